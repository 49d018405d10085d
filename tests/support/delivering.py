"""Delivery in a test of the alerts service: a worker with the real senders, and the waits that have passed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import text

from libs.common.ids import new_id
from libs.common.security.envelope import Envelope
from libs.common.webhooks.backoff import RetrySchedule
from services.alerts.notifications.jobs import DeliveryWorker, FollowUpRunner
from services.alerts.notifications.senders.catalogue import Means, build_senders
from tests.support.alerts import World

DEMO_NUMBER = "13800000000"


def means_of(world: World) -> Means:
    settings = world.settings
    return Means(
        Envelope(settings.secret_key.get_secret_value()),
        settings.allowed_hosts(),
        settings.webhook_allowed_hosts,
        settings.smtp_server(),
        settings.vapid_key(),
        settings.apprise_schemes,
        60.0,
    )


@asynccontextmanager
async def delivering(world: World, **options: Any) -> AsyncIterator[DeliveryWorker]:
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        given = {"schedule": RetrySchedule(waits=(3600, 3600), pause_after=20)} | options
        yield DeliveryWorker(
            world.database,
            world.clock,
            new_id,
            build_senders(client, means_of(world)),
            links=world.settings.links(),
            **given,
        )


async def follow_up(world: World) -> int:
    """Do what is due after messages that nobody answered."""
    return await FollowUpRunner(world.database, world.clock, new_id).fire_due()


async def pass_the_wait(world: World) -> None:
    """As if the time until the next attempt, and the minute of a quota, had passed."""
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE delivery SET next_attempt_at = clock_timestamp()"))
        await session.execute(text("UPDATE send_quota SET sent = '{}', held_until = NULL"))


async def create(world: World, path: str, caller: str = "admin", **body: Any) -> dict[str, Any]:
    async with world.client(caller) as client:
        answer = await client.post(path, json=body)
        assert answer.status_code in {201, 202}, answer.text
        return dict(answer.json())


async def trail_of(world: World, kind: str) -> list[dict[str, Any]]:
    """Facts of the trail's entries of a kind, oldest first."""
    rows = await world.rows(
        "SELECT facts::jsonb AS facts FROM alert_trail WHERE kind = :kind ORDER BY alert_id, seq", kind=kind
    )
    return [dict(row.facts) for row in rows]
