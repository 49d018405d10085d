"""Nobody acts: the alert climbs; somebody promises: it waits; the promise is broken: it climbs again."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.common.database import Database
from libs.common.ids import new_id
from services.alerts.escalation.jobs import TimerRunner
from tests.support.alerts import CITY, MORNING, World, spike, spike_over


async def told(world: World) -> list[tuple[str, str]]:
    """(reason, name) of everybody told, in order."""
    rows = await world.rows("SELECT reason, recipient_name FROM notification ORDER BY id")
    return [(row.reason, row.recipient_name.removesuffix("（演示）")) for row in rows]


async def trail_kinds(world: World) -> list[str]:
    return [row.kind for row in await world.rows("SELECT kind FROM alert_trail ORDER BY alert_id, seq")]


async def acknowledge(world: World, alert_id: UUID, **body: Any) -> Any:
    async with world.client("officer") as client:
        answer = await client.post(f"/v1/alerts/{alert_id}/acknowledgements", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()


async def test_yellow_alert_climbs_in_working_time_when_nobody_acts(world: World) -> None:
    await world.handle(spike(uuid4(), level=1))
    # 120 working minutes to the leader: not after 119, but after 120.
    assert await world.advance(minutes=119) == 0
    assert await world.advance(minutes=1) == 1
    # 240 more to the supervision group: 10:30 to 12:00 and 14:30 to 17:00.
    assert await world.advance(hours=6, minutes=29) == 0
    assert await world.advance(minutes=1) == 1
    assert await told(world) == [
        ("opened", "officer"),
        ("escalated", "leader"),
        ("escalated", "supervision_group"),
    ]
    levels = await world.rows("SELECT type, aggregate_version FROM outbox ORDER BY sequence")
    assert [tuple(row) for row in levels] == [
        ("alerts.alert.opened.v1", 1),
        ("alerts.alert.escalated.v1", 2),
        ("alerts.alert.escalated.v1", 3),
    ]


async def test_red_alert_climbs_at_night_when_nobody_acts(world: World) -> None:
    # Saturday evening.
    world.clock.set(datetime(2026, 9, 19, 14, 0, tzinfo=UTC))
    await world.handle(spike(uuid4(), level=3))
    assert await world.advance(minutes=15) == 1
    assert await world.advance(minutes=30) == 1
    assert [name for _, name in await told(world)] == ["officer", "leader", "supervision_group"]


async def test_yellow_alert_waits_over_weekend_and_holiday_when_it_opens_before_them(world: World) -> None:
    # Wednesday 30 September 2026, 17:30: half an hour is left, then the National Day holiday until the 8th.
    world.clock.set(datetime(2026, 9, 30, 9, 30, tzinfo=UTC))
    await world.handle(spike(uuid4(), level=1))
    (timer,) = await world.rows("SELECT due_at FROM escalation_timer WHERE state = 'pending'")
    assert timer.due_at == datetime(2026, 10, 8, 2, 0, tzinfo=UTC)


async def test_climb_stops_until_the_promise_when_somebody_acknowledges(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    alert_id = await world.scalar("SELECT id FROM alert")
    promised = MORNING + timedelta(hours=5)
    body = await acknowledge(world, alert_id, promised_at=promised.isoformat(), note="on site")
    assert (body["status"], body["acknowledged_by"]) == ("acknowledged", "officer")
    assert await world.advance(hours=4, minutes=29) == 0
    # Half an hour before the date whoever promised is reminded.
    assert await world.advance(minutes=1) == 1
    assert await world.advance(minutes=29) == 0
    # The promise is broken: the next rung hears of it, and the climb goes on from there.
    assert await world.advance(minutes=1) == 1
    assert await told(world) == [("opened", "officer"), ("promise_due", "officer"), ("promise_broken", "leader")]
    assert await world.scalar("SELECT status FROM alert") == "open"
    assert await world.advance(minutes=30) == 1
    assert (await told(world))[-1] == ("escalated", "supervision_group")
    assert "promise_broken" in await trail_kinds(world)


async def test_promise_is_made_by_the_policy_when_none_is_named(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    body = await acknowledge(world, await world.scalar("SELECT id FROM alert"))
    assert datetime.fromisoformat(body["promised_at"]) == MORNING + timedelta(minutes=120)


async def test_promise_is_refused_when_it_lies_behind_or_too_far_ahead(world: World) -> None:
    await world.handle(spike(uuid4()))
    alert_id = await world.scalar("SELECT id FROM alert")
    async with world.client("officer") as client:
        for promised, code in (
            (MORNING - timedelta(minutes=1), "alert.promise_in_past"),
            (MORNING + timedelta(days=31), "alert.promise_too_far"),
        ):
            answer = await client.post(
                f"/v1/alerts/{alert_id}/acknowledgements", json={"promised_at": promised.isoformat()}
            )
            assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_everything_stops_when_the_condition_clears(world: World) -> None:
    opened = spike(uuid4(), level=3)
    await world.handle(opened)
    await world.handle(spike_over(opened), 2)
    assert await world.advance(days=3) == 0


async def test_next_rung_is_told_at_once_when_a_rung_has_nobody(world: World) -> None:
    async with world.database.transaction() as session:
        await session.execute(_deactivate("officer"))
    await world.handle(spike(uuid4(), level=3))
    assert await told(world) == [("escalated", "leader")]
    assert (await trail_kinds(world))[:4] == ["opened", "nobody_to_notify", "escalated", "notified"]


async def test_alert_stands_when_nobody_at_all_can_be_told(world: World) -> None:
    async with world.database.transaction() as session:
        for post in ("officer", "leader", "supervision_group"):
            await session.execute(_deactivate(post))
    await world.handle(spike(uuid4(), level=3))
    assert await told(world) == []
    assert (await trail_kinds(world)).count("nobody_to_notify") == 4
    # From now on somebody is there: the reminder finds them.
    await world.add_person("leader")
    assert await world.advance(hours=8) == 1
    assert await told(world) == [("reminded", "leader")]


async def test_region_above_answers_when_the_county_has_nobody(world: World) -> None:
    await world.add_person("leading_group", region_code=CITY)
    await world.handle(spike(uuid4(), level=3))
    for _ in range(4):
        await world.advance(hours=2)
    assert [name for _, name in await told(world)][3] == "leading_group"


async def test_delay_is_that_of_the_new_severity_when_it_rises(world: World) -> None:
    opened = spike(uuid4(), level=1)
    await world.handle(opened, 1)
    await world.handle(opened.model_copy(update={"level": 3}), 2)
    # 15 minutes for red, where yellow would have had 120.
    assert await world.advance(minutes=15) == 1
    assert await told(world) == [("opened", "officer"), ("amended", "officer"), ("escalated", "leader")]


async def test_acknowledgement_is_void_when_the_severity_rises(world: World) -> None:
    opened = spike(uuid4(), level=1)
    await world.handle(opened, 1)
    await acknowledge(world, await world.scalar("SELECT id FROM alert"))
    await world.handle(opened.model_copy(update={"level": 3}), 2)
    (alert,) = await world.rows("SELECT status, promised_at FROM alert")
    assert tuple(alert) == ("open", None)
    assert await world.advance(minutes=15) == 1


async def test_minutes_run_around_the_clock_when_the_calendar_ends(world: World) -> None:
    world.clock.set(datetime(2031, 3, 3, 2, 0, tzinfo=UTC))
    await world.handle(spike(uuid4(), level=1))
    (timer,) = await world.rows("SELECT due_at FROM escalation_timer WHERE state = 'pending'")
    assert timer.due_at == world.clock.now() + timedelta(minutes=120)
    assert "calendar_unknown" in await trail_kinds(world)


async def test_timer_fires_once_when_several_runners_look_at_once(world: World, database: Database) -> None:
    for _ in range(8):
        await world.handle(spike(uuid4(), level=3))
    world.clock.advance(timedelta(minutes=15))
    runners = [TimerRunner(database, world.clock, new_id) for _ in range(4)]
    assert sum(await asyncio.gather(*(runner.fire_due() for runner in runners))) == 8
    assert await world.scalar("SELECT count(*) FROM notification WHERE reason = 'escalated'") == 8


async def test_other_timers_fire_when_one_cannot(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    broken = await world.scalar("SELECT id FROM alert")
    await world.handle(spike(uuid4(), level=3))
    async with world.database.transaction() as session:
        await session.execute(_break_policy(broken))
    assert await world.advance(minutes=15) == 1
    (timer,) = await world.rows(
        "SELECT failures, last_error FROM escalation_timer WHERE alert_id = :id", id=broken
    )
    assert timer.failures == 1
    assert "validation errors for Policy" in timer.last_error


def _deactivate(post: str) -> Any:
    return text("UPDATE person_replica SET active = false WHERE post = :post").bindparams(post=post)


def _break_policy(alert_id: UUID) -> Any:
    return text("UPDATE alert SET policy = '{}' WHERE id = :id").bindparams(id=alert_id)
