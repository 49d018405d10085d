"""How often the database is asked: the same for many alerts as for few where they come together."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.ids import new_id
from libs.common.remember import gathering, savepoint
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.delivery import Outcome
from services.alerts.alertmanager import intake, upkeep
from services.alerts.alertmanager.domain import configuration
from services.alerts.grouping.jobs import GroupRunner
from services.alerts.notifications.jobs import DeliveryWorker
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.tables import ALERTMANAGER
from services.alerts.trail import service as trail
from tests.support.alerts import COUNTY, MORNING, World, spike, spike_over
from tests.support.statements import asked

CONFIGURATION = """
route:
  receiver: hook
  group_by: ['...']
  group_wait: 0s
receivers:
  - name: hook
    webhook_configs: [{url: 'http://localhost:9/'}]
"""
BEGIN_AND_COMMIT = 2


def firing(name: str, count: int, **facts: Any) -> list[dict[str, Any]]:
    return [
        {
            "labels": {"alertname": name, "instance": f"host-{number}"},
            "annotations": {"summary": "gone"},
            "startsAt": "2020-01-01T00:00:00Z",
            **facts,
        }
        for number in range(count)
    ]


async def configure(world: World, text: str = CONFIGURATION) -> None:
    async with world.edge() as ctx:
        await upkeep.put_in_force(ctx, configuration.read(text))


async def post(world: World, alerts: Sequence[Any], **headers: str) -> int:
    async with world.client() as client:
        answer = await client.post("/api/v2/alerts", json=list(alerts), headers=headers)
        return answer.status_code


async def take(world: World) -> int:
    async with world.edge() as ctx:
        return await intake.take(ctx)


async def flush(world: World) -> int:
    return await GroupRunner(world.database, world.clock, new_id, external_url="https://duban.example.test").work()


class Postman:
    """Everything arrives."""

    async def send(self, outgoing: Outgoing) -> Outcome:
        return Outcome(True, status_code=200)


def worker(world: World) -> DeliveryWorker:
    return DeliveryWorker(
        world.database,
        world.clock,
        new_id,
        {ALERTMANAGER: Postman()},
        schedule=RetrySchedule(waits=(1.0,), pause_after=20),
        concurrency=64,
        per_channel=32,
    )


async def test_posted_alerts_cost_one_statement_however_many_they_are(world: World) -> None:
    await configure(world)
    await post(world, firing("Warm", 1))
    for count in (1, 100):
        with asked(world.database) as found:
            assert await post(world, firing(f"Of{count}", count)) == 200
        assert len(found) == 1, found
    assert await world.scalar("SELECT count(*) FROM external_alert") == 102


async def test_callers_who_post_at_once_share_commits_and_an_invalid_neighbour_harms_nobody(world: World) -> None:
    await configure(world)
    await post(world, firing("Warm", 1))
    bodies: list[list[Any]] = [firing(f"Caller{number}", 3) for number in range(30)]
    bodies[7] = [*firing("Half", 1), {"labels": {}}]
    bodies[11] = [{"labels": {"alertname": "Nul\x00"}}]
    bodies[13] = ["no alert"]
    with asked(world.database) as found:
        statuses = await asyncio.gather(*(post(world, body) for body in bodies))
    assert [statuses[place] for place in (7, 11, 13)] == [400, 400, 422]
    assert statuses.count(200) == 27
    assert len(found) <= 10, found
    assert await world.scalar("SELECT count(*) FROM external_alert") == 1 + 27 * 3 + 1


async def test_same_alert_of_many_callers_is_merged_as_if_they_came_one_by_one(world: World) -> None:
    await configure(world)
    await post(world, firing("Warm", 1))
    starts = [f"2026-09-15T00:{minute:02}:00Z" for minute in range(20, 28)]
    statuses = await asyncio.gather(*(post(world, firing("Same", 1, startsAt=start)) for start in starts))
    assert set(statuses) == {200}
    (row,) = await world.rows("SELECT revision, starts_at FROM external_alert WHERE labels LIKE '%Same%'")
    assert (row.revision, row.starts_at) == (len(starts), MORNING.replace(minute=20))
    assert await take(world) == 2
    assert await world.scalar("SELECT count(*) FROM alert") == 2


async def test_sending_is_read_by_the_tree_that_is_in_force_when_it_is_kept(world: World) -> None:
    await configure(world)
    await post(world, firing("Warm", 1, startsAt=None))
    await configure(world, CONFIGURATION.replace("route:", "global: {resolve_timeout: 1h}\nroute:", 1))
    assert await post(world, firing("Later", 1, startsAt=None)) == 200
    rows = await world.rows("SELECT ends_at - starts_at AS lasts FROM external_alert ORDER BY labels")
    # "Later" goes before "Warm".
    assert [row.lasts.total_seconds() for row in rows] == [3600, 300]


async def test_keyed_sending_is_kept_with_its_answer(world: World) -> None:
    await configure(world)
    # Answers of this interface are not to be stored: that it was done is remembered, and told as a conflict.
    for status in (200, 409):
        assert await post(world, firing("Keyed", 1), **{"Idempotency-Key": "once"}) == status
    assert await world.scalar("SELECT revision FROM external_alert") == 1


async def test_intake_and_flush_cost_the_same_for_many_alerts_as_for_few(world: World) -> None:
    await configure(world)
    await post(world, firing("Warm", 2))
    await take(world)
    await flush(world)
    costs: dict[str, list[int]] = {"take": [], "flush": [], "end": []}
    for count in (2, 80):
        name = f"Of{count}"
        await post(world, firing(name, count))
        with asked(world.database) as found:
            assert await take(world) == count
        costs["take"].append(len(found))
        with asked(world.database) as found:
            assert await flush(world) == count
        costs["flush"].append(len(found))
        await post(world, firing(name, count, endsAt=MORNING.isoformat()))
        with asked(world.database) as found:
            assert await take(world) == count
        costs["end"].append(len(found))
    assert costs["take"][0] == costs["take"][1] <= 13, costs
    assert costs["flush"][0] == costs["flush"][1] <= 28, costs
    assert costs["end"][0] == costs["end"][1] <= 11, costs
    assert await world.scalar("SELECT count(*) FROM delivery") == 84
    async with world.edge() as ctx:
        ids = [row.id for row in await world.rows("SELECT id FROM alert")]
        assert len(ids) == 84
        assert {await trail.verify(ctx, alert_id) for alert_id in ids} == {None}
    kinds = await world.rows("SELECT kind, count(*) FROM alert_trail GROUP BY kind ORDER BY kind")
    assert [tuple(row) for row in kinds] == [("opened", 84), ("resolved", 82), ("told_in_group", 84)]
    events = await world.rows("SELECT type, count(*) FROM outbox GROUP BY type ORDER BY type")
    assert [tuple(row) for row in events] == [("alerts.alert.opened.v1", 84), ("alerts.alert.resolved.v1", 82)]


async def test_what_arrived_is_recorded_together(world: World) -> None:
    await configure(world)
    await post(world, firing("Down", 30))
    await take(world)
    await flush(world)
    with asked(world.database) as found:
        assert await worker(world).deliver_due() == 30
    # Two claims (the second finds nothing) and one record of thirty successes.
    assert len(found) <= 18, found
    rows = await world.rows("SELECT DISTINCT status, attempts FROM delivery")
    assert [tuple(row) for row in rows] == [("delivered", 1)]
    rows = await world.rows("SELECT outcome, status_code, count(*) FROM delivery_attempt GROUP BY 1, 2")
    assert [tuple(row) for row in rows] == [("delivered", 200, 30)]


async def test_list_is_read_with_few_statements(world: World) -> None:
    await configure(world)
    await post(world, firing("Down", 50))
    await world.handle(spike(uuid4()))
    with asked(world.database) as found:
        async with world.client() as client:
            shown = json.loads((await client.get("/api/v2/alerts")).content)
    assert len(shown) == 51
    assert len(found) <= 3 + BEGIN_AND_COMMIT, found


@pytest.mark.parametrize("level", [1, 3])
async def test_opened_alerts_ask_for_rules_people_and_calendars_once_a_batch(world: World, level: int) -> None:
    async def cost(payloads: list[EventPayload]) -> int:
        with asked(world.database) as found:
            await world.handle_all(payloads)
        return len(found)

    await world.handle(spike(uuid4()))
    one = await cost([spike(uuid4(), level=level)])
    many = await cost([spike(uuid4(), level=level) for _ in range(51)])
    # The condition and the alert; everything else is written once a batch.
    assert (many - one) / 50 <= 2.2, (one, many)
    assert await world.scalar("SELECT count(*) FROM alert") == 53
    assert await world.scalar("SELECT count(*) FROM alert WHERE region_code = :code", code=COUNTY) == 53


async def test_event_that_fails_takes_nothing_of_its_neighbours_with_it(world: World) -> None:
    first, second = spike(uuid4()), spike(uuid4())

    async def fail(ctx: Context) -> None:
        """Ends the first condition, for which what was left for later has to be written, and fails."""
        async with savepoint(ctx.session):
            await world.give(ctx, spike_over(first), 2)
            raise ValueError("poison")

    async with world.edge() as ctx, gathering(ctx.session):
        async with savepoint(ctx.session):
            await world.give(ctx, first)
        with pytest.raises(ValueError, match="poison"):
            await fail(ctx)
        async with savepoint(ctx.session):
            await world.give(ctx, second)
    rows = await world.rows("SELECT status, trail_length FROM alert ORDER BY number")
    assert [tuple(row) for row in rows] == [("open", 2), ("open", 2)]
    for table, count in (("alert_trail", 4), ("notification", 2), ("delivery", 2), ("rule_event", 2)):
        assert await world.scalar(f"SELECT count(*) FROM {table}") == count, table
    assert await world.scalar("SELECT count(*) FROM escalation_timer WHERE state = 'pending'") == 2
    events = await world.rows("SELECT type FROM outbox ORDER BY sequence")
    assert [event.type for event in events] == ["alerts.alert.opened.v1"] * 2
    async with world.edge() as ctx:
        for row in await world.rows("SELECT id FROM alert"):
            assert await trail.verify(ctx, row.id) is None


async def test_condition_that_opens_and_ends_within_one_batch_has_its_whole_story(world: World) -> None:
    opened = spike(uuid4())
    async with world.edge() as ctx, gathering(ctx.session):
        await world.give(ctx, opened)
        await world.give(ctx, spike_over(opened), 2)
    (row,) = await world.rows("SELECT id, status FROM alert")
    assert row.status == "resolved"
    kinds = await world.rows("SELECT kind FROM alert_trail ORDER BY seq")
    assert [one.kind for one in kinds] == ["opened", "notified", "resolved", "notified"]
    assert await world.scalar("SELECT count(*) FROM escalation_timer WHERE state = 'pending'") == 0
    async with world.edge() as ctx:
        assert await trail.verify(ctx, row.id) is None


async def test_storm_within_one_batch_is_held_as_one_of_many_batches_is(world: World) -> None:
    await world.handle_all([spike(uuid4()) for _ in range(25)])
    rows = await world.rows("SELECT held, count(*) FROM storm_notice GROUP BY held ORDER BY held")
    assert [tuple(row) for row in rows] == [(False, 20), (True, 5)]
