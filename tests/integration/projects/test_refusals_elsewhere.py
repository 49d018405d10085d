"""Refusals of the energy and the alerts service: told by Kafka, counted with ours, one alert of all three."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlmodel import col

from libs.common.clock import ManualClock
from libs.common.context import Context
from libs.common.contracts.key_uses import ALERTS_KEY, ENERGY_KEY
from libs.common.contracts.refusals import ALERTS_REFUSAL, ENERGY_REFUSAL
from libs.common.database import Database, migrate
from libs.common.ids import new_id
from libs.common.kafka.deadletter import DeadLetters
from libs.common.kafka.producer import running_publisher
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.relay import Relay
from libs.common.registry.tables import ApiKeyReplicaRow
from libs.common.security.keys import new_api_key
from libs.common.security.principal import SYSTEM
from libs.common.settings import Environment
from services.alerts import bootstrap as alerts
from services.alerts.settings import AlertsSettings
from services.energy import bootstrap as energy
from services.energy.settings import EnergySettings
from services.projects.conditions.tables import ConditionRow
from services.projects.subscriptions import SUBSCRIPTIONS
from services.projects.watch.jobs import check_sign_ins
from tests.integration.projects.conftest import MORNING, Office
from tests.support.messaging import eventually

TOPICS = (ENERGY_REFUSAL, ALERTS_REFUSAL)


@asynccontextmanager
async def _others(
    template_database: Callable[..., str],
) -> AsyncIterator[tuple[tuple[Database, FastAPI], tuple[Database, FastAPI]]]:
    """The APIs of energy and alerts as they are put together, each on its own database."""
    clock = ManualClock(MORNING)
    facts: dict[str, Any] = {"environment": Environment.LOCAL, "kafka_bootstrap": "127.0.0.1:9"}
    stored = Database(template_database("energy", lambda dsn: migrate(dsn, energy.MIGRATIONS)))
    warned = Database(template_database("alerts", lambda dsn: migrate(dsn, alerts.MIGRATIONS)))
    of_energy = EnergySettings(database_dsn=SecretStr(stored.dsn), **facts)
    of_alerts = AlertsSettings(database_dsn=SecretStr(warned.dsn), **facts)
    try:
        yield (
            (stored, energy.build_app(of_energy, stored, clock, ())),
            (warned, alerts.build_app(of_alerts, warned, clock, ())),
        )
    finally:
        await stored.close()
        await warned.close()


async def _know(database: Database, key_id: UUID, key_hash: str) -> None:
    async with database.transaction() as session:
        session.add(
            ApiKeyReplicaRow(
                subject=str(key_id), version=1, key_id=key_id, name="robot", key_hash=key_hash, role="officer",
                scopes=["energy:read", "alerts:read"], region_code="421224",
            )
        )  # fmt: skip


async def _ask(app: FastAPI, path: str, key: str) -> int:
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as http:
        return (await http.get(path, headers={"X-API-Key": key})).status_code


async def _taken(office: Office, databases: list[Database], bootstrap: str, prefix: str, events: int) -> None:
    """Relay what the services recorded, until projects has counted so many events."""
    async with running_publisher(bootstrap, "test-refusals") as publisher:
        for database in databases:
            async with database.engine.connect() as connection:
                await Relay(database, publisher, topic_prefix=prefix).relay_once(connection)
        runner = ConsumerRunner(
            bootstrap=bootstrap,
            consumer="projects",
            subscriptions=[known for known in SUBSCRIPTIONS if known.topic in TOPICS],
            database=office.database,
            clock=office.clock,
            new_id=new_id,
            dead_letters=DeadLetters(publisher, consumer="projects"),
            topic_prefix=prefix,
        )
        running = asyncio.create_task(runner.run())

        async def is_counted() -> bool:
            async with office.database.session() as session:
                return bool(await session.scalar(text("SELECT count(*) FROM inbox")) == events)

        try:
            await eventually(is_counted)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _alarms(office: Office) -> list[tuple[str, int, bool]]:
    now = office.clock.now()
    async with office.database.transaction() as session:
        await check_sign_ins(Context(session, now, new_id, SYSTEM), now)
        kind = col(ConditionRow.kind) == "requests_refused"
        rows = (await session.scalars(select(ConditionRow).where(kind))).all()
        return [(row.explanation_en, row.level, row.cleared_at is None) for row in rows]


async def _counted(office: Office) -> dict[str, int]:
    statement = text("SELECT caller, sum(count), min(minute) FROM caller_refusals GROUP BY caller")
    async with office.database.session() as session:
        found = list(await session.execute(statement))
    assert all(isinstance(minute, datetime) for _, _, minute in found)
    return {caller: int(count) for caller, count, _ in found}


async def test_refusals_of_energy_and_alerts_are_the_alert_that_those_of_projects_are(
    office: Office, template_database: Callable[..., str], kafka_bootstrap: str, topic_prefix: str
) -> None:
    tag = {"If-Match": (await office.call("GET", "/v1/sign-in-policy")).headers["etag"]}
    await office.done("PATCH", "/v1/sign-in-policy", {"alarm_refusals": 6}, headers=tag)
    await ensure_topics(
        kafka_bootstrap, [*TOPICS, ENERGY_KEY, ALERTS_KEY], prefix=topic_prefix, partitions=1, replication=1
    )
    async with _others(template_database) as ((stored, of_energy), (warned, of_alerts)):
        for app in (of_energy, of_alerts):
            # Counts are handed over every five seconds; here with each refusal.
            app.state.refusals.monotonic = itertools.count(step=10).__next__
        robot, key_id = new_api_key(), uuid4()
        for database in (stored, warned):
            await _know(database, key_id, robot.key_hash)
        # What succeeds, or is wrong in itself, is no refusal.
        assert await _ask(of_energy, "/v1/meters", robot.key) == 200
        assert await _ask(of_alerts, "/v1/alerts?limit=x", robot.key) == 422
        for number in range(2):
            assert await _ask(of_energy, f"/v1/meters/M-{number}", robot.key) == 404
            assert await _ask(of_alerts, f"/v1/alerts/{uuid4()}", robot.key) == 404
        assert await _ask(of_alerts, "/v1/findings", robot.key) == 403
        await _taken(office, [stored, warned], kafka_bootstrap, topic_prefix, events=5)
        # Nobody was refused by one service as often as is an attack, nor yet by both together.
        assert await _alarms(office) == []
        assert await _counted(office) == {str(key_id): 5, "address 203.0.113.9": 5}
        for app, path in ((of_energy, "/v1/meters"), (of_alerts, "/v1/alerts")):
            assert await _ask(app, path, "dbk_forged") == 401
        await _taken(office, [stored, warned], kafka_bootstrap, topic_prefix, events=7)
        assert await _counted(office) == {str(key_id): 5, "address 203.0.113.9": 7}
        told = "Too many refused requests within 10 minutes: 1 callers, most of address 203.0.113.9: 7"
        assert await _alarms(office) == [(told, 1, True)]
