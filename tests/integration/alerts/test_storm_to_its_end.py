"""Ten thousand alerts in a minute: what their officer reads then and afterwards, counted at the officer's door.

The count is made of what arrived there and of the alerts' own table; what the service says of storms is not asked.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from libs.common.contracts.energy import EnergyConditionClearedV1, EnergyConditionOpenedV1
from libs.common.ids import new_id
from services.alerts.grouping.jobs import GroupRunner
from services.alerts.notifications.jobs import DeliveryWorker
from tests.support.alerts import World, spike, spike_over
from tests.support.delivering import create, delivering
from tests.support.receiver import Receiver, running_receiver

STORM, RED, BATCH = 10_000, 100, 25
Told = Counter[str]


async def play(
    world: World, events: list[EnergyConditionOpenedV1] | list[EnergyConditionClearedV1], version: int
) -> None:
    """The events in batches, as the consumer takes them, within one minute of the stack's time."""
    batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
    for batch in batches:
        await world.handle_all(batch, version)
        world.clock.advance(timedelta(seconds=59) / len(batches))


async def let_pass(world: World, worker: DeliveryWorker) -> None:
    """The minute after: digests are made and everything that is due is delivered."""
    world.clock.advance(timedelta(seconds=61))
    await GroupRunner(world.database, world.clock, new_id, external_url="https://duban.example.test").keep()
    await worker.deliver_due()


def take(receiver: Receiver, reason: str) -> tuple[Told, list[dict[str, Any]]]:
    """How often each alert was named in what arrived, singly for `reason` or in digests; the digests."""
    told: Told = Counter()
    digests = []
    for _, body in receiver.requests:
        message = json.loads(body)
        if message["type"] == "alert.digest":
            digests.append(message["data"])
            told.update(message["data"]["alert_ids"])
        elif message["data"]["notification_reason"] == reason:
            told.update([message["data"]["alert_id"]])
    return told, digests


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_storm_of_ten_thousand_is_told_to_its_end_and_the_next_alert_by_itself(
    world: World,
) -> None:
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE person_replica SET email = NULL"))
    async with running_receiver() as receiver, delivering(world) as worker:
        await create(
            world, "/v1/channels", kind="webhook", name="officer", target=receiver.url,
            person_id=str(world.people["officer"]),
        )  # fmt: skip
        opened = [spike(uuid4(), level=3 if number < RED else 1) for number in range(STORM)]
        await play(world, opened, 1)
        await let_pass(world, worker)
        everything = {str(row.id) for row in await world.rows("SELECT id FROM alert")}
        assert len(everything) == STORM

        # Each is named once, singly or in a digest; the person has not read more than they can.
        told, digests = take(receiver, "opened")
        assert told == Counter(dict.fromkeys(everything, 1))
        assert len(receiver.requests) <= 70
        assert sum(digest["count"] for digest in digests) == STORM - (len(receiver.requests) - len(digests))
        for digest in digests:
            lines = digest["text"].splitlines()
            # A screenful: how many of what and where, the gravest by name, and where the rest is listed.
            assert len(lines) <= 40
            assert max(map(len, lines)) <= 200
            assert f"{digest['count']} " in digest["text"]
            assert digest["link"] in lines[-1]
            weights = [one["severity"] for one in digest["gravest"]]
            assert weights == sorted(weights, key=["red", "orange", "yellow", "blue"].index)
        # The gravest are named first: red ones stand in the digest as long as there are any.
        reds_in_digests = sum(digest["counts"]["severity"].get("red", 0) for digest in digests)
        named = [one for digest in digests for one in digest["gravest"] if one["severity"] == "red"]
        assert len(named) == min(reds_in_digests, sum(len(digest["gravest"]) for digest in digests))

        # What has ended is told the same way, and nothing of the storm is left waiting.
        receiver.requests.clear()
        await play(world, [spike_over(event) for event in opened], 2)
        await let_pass(world, worker)
        ended, digests = take(receiver, "resolved")
        assert ended == Counter(dict.fromkeys(everything, 1))
        assert len(receiver.requests) <= 70
        assert await world.scalar("SELECT count(*) FROM alert WHERE status <> 'resolved'") == 0
        assert await world.scalar("SELECT count(*) FROM delivery WHERE status <> 'delivered'") == 0
        await let_pass(world, worker)
        assert await world.scalar("SELECT count(*) FROM escalation_timer WHERE state = 'pending'") == 0

        # The storm is over: the next alert is told by itself, at once.
        receiver.requests.clear()
        await world.handle(spike(uuid4()))
        await worker.deliver_due()
        (message,) = [json.loads(body) for _, body in receiver.requests]
        assert (message["type"], message["data"]["notification_reason"]) == ("alert.opened", "opened")

    # Every alert's own trail says where it was told, and stands whole.
    told_in_trail = await world.rows(
        "SELECT alert_id FROM alert_trail WHERE kind IN ('notified', 'told_in_digest') GROUP BY alert_id"
    )
    assert everything < {str(row.alert_id) for row in told_in_trail}
    async with world.client("supervisor") as client:
        for row in told_in_trail[:: STORM // 20]:
            assert (await client.get(f"/v1/alerts/{row.alert_id}/trail")).json()["intact"]
