"""The auditor of the timers: late ones reach people although the worker is stuck; clocks that jump hurt nobody."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from libs.common.database import Database
from libs.common.ids import new_id
from services.alerts.escalation import repository as timers
from services.alerts.escalation.auditor import TimerAuditor
from services.alerts.escalation.watchkeeping import TimerWatch, WorkerWatch
from services.alerts.warnings import intake
from services.alerts.watch.conditions import OwnConditions
from tests.support.alerts import MORNING, World, spike
from tests.support.duty import get, heard, local, play, trail_of

CONDITIONS = OwnConditions(intake.take_opened, intake.take_cleared)


def auditor(*, confirm: float = 0.0) -> TimerAuditor:
    return TimerAuditor(CONDITIONS, late_after_seconds=300, confirm_real_seconds=confirm)


def watch(world: World, database: Database, *, confirm: float = 0.0) -> TimerWatch:
    return TimerWatch(database, world.clock, new_id, auditor(confirm=confirm))


async def check(world: World, *, confirm: float = 0.0) -> None:
    async with world.edge() as ctx:
        await auditor(confirm=confirm).check_timers(ctx, ctx.now)


async def open_findings(world: World) -> list[tuple[str, str]]:
    rows = await world.rows("SELECT kind, object_id FROM finding WHERE cleared_at IS NULL ORDER BY kind")
    return [tuple(row) for row in rows]


async def own_alerts(world: World) -> list[tuple[str, str, str]]:
    """(condition, severity, status) of the alerts about the service itself."""
    rows = await world.rows(
        "SELECT condition_kind, severity, status FROM alert WHERE object_type = 'alerts_service' ORDER BY number"
    )
    return [tuple(row) for row in rows]


async def test_late_timer_is_a_red_alert_to_operations_until_it_has_fired(
    world: World, database: Database
) -> None:
    await world.add_person("operations")
    await world.handle(spike(uuid4(), level=3))
    # The worker is stuck: nobody fires the leader's timer.
    world.clock.set(MORNING + timedelta(minutes=15))
    await watch(world, database).look()
    assert await own_alerts(world) == []
    world.clock.set(MORNING + timedelta(minutes=25))
    await watch(world, database).look()
    assert "timer_late" in [kind for kind, _ in await open_findings(world)]
    assert await own_alerts(world) == [("timers_late", "red", "open")]
    assert (await heard(world))[-1] == ("09-15 08:55", "opened", "operations")
    # Once, however often it looks; and its own chase goes on without the worker.
    await watch(world, database).look()
    world.clock.set(MORNING + timedelta(minutes=40))
    await watch(world, database).look()
    assert [row for row in await heard(world) if row[2] == "leader"] == [("09-15 09:10", "escalated", "leader")]
    assert len(await own_alerts(world)) == 1
    await world.fire()
    await watch(world, database).look()
    assert await own_alerts(world) == [("timers_late", "red", "resolved")]
    assert await open_findings(world) == []
    kinds = await world.rows("SELECT type FROM outbox WHERE topic = 'alerts.condition.v1' ORDER BY sequence")
    assert [row.type for row in kinds] == ["alerts.condition.opened.v1", "alerts.condition.cleared.v1"]


async def test_policy_has_its_own_limit_for_what_is_late(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE alert SET policy = policy || '{\"late_after_seconds\": 60}'"))
    world.clock.set(MORNING + timedelta(minutes=16, seconds=1))
    await check(world)
    assert [kind for kind, _ in await open_findings(world)] == ["timer_late", "timers_late"]


async def test_clock_that_is_set_forward_is_no_fault_of_the_timers(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    world.clock.set(MORNING + timedelta(days=3))
    # Seen, but only just: the worker gets its moment.
    await check(world, confirm=3600)
    assert [kind for kind, _ in await open_findings(world)] == ["timer_late"]
    assert await own_alerts(world) == []
    await world.fire()
    await check(world, confirm=3600)
    assert await open_findings(world) == []


async def test_one_alarm_is_raised_when_two_watchers_look_at_once(world: World, database: Database) -> None:
    await world.handle(spike(uuid4(), level=3))
    world.clock.set(MORNING + timedelta(minutes=30))
    await asyncio.gather(*(watch(world, database).look() for _ in range(4)))
    assert await own_alerts(world) == [("timers_late", "red", "open")]


async def test_auditor_reports_when_an_alert_has_lost_its_timer(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    async with world.edge() as ctx:
        (alert,) = await world.rows("SELECT id FROM alert")
        await timers.cancel_timers(ctx.session, alert.id, ctx.now)
    await check(world)
    assert await open_findings(world) == [("timer_missing", str(alert.id))]


async def test_jump_forward_fires_each_timer_once_and_gives_people_their_time(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    # The clock jumps by two days: what was due has fired once, and the next rung has its whole time from now.
    world.clock.set(MORNING + timedelta(days=2))
    assert await world.fire() == 1
    assert await world.fire() == 0
    assert [name for _, _, name in await heard(world)] == ["officer", "leader"]
    await play(world, MORNING + timedelta(days=2, minutes=29))
    assert len(await heard(world)) == 2
    await play(world, MORNING + timedelta(days=2, minutes=30))
    assert (await heard(world))[-1] == ("09-17 09:00", "escalated", "supervision_group")


async def test_jump_back_takes_nothing_back_and_lets_nothing_wait_longer(world: World, database: Database) -> None:
    looking = watch(world, database)
    await looking.look()
    # An hour ahead by mistake: the alert opens and its leader hears in this time.
    world.clock.set(MORNING + timedelta(hours=1))
    await world.handle(spike(uuid4(), level=3))
    await play(world, MORNING + timedelta(hours=1, minutes=15))
    assert [name for _, _, name in await heard(world)] == ["officer", "leader"]
    # Set right: 08:31. The supervision group was due at 10:15 of the wrong time, thirty minutes after the leader.
    world.clock.set(MORNING + timedelta(minutes=1))
    assert await world.fire() == 0
    await looking.look()
    assert "clock_stepped" in await trail_of(world)
    (timer,) = await world.rows("SELECT due_at, state FROM escalation_timer WHERE state = 'pending'")
    assert timer.due_at == MORNING + timedelta(minutes=31)
    assert await world.scalar("SELECT count(*) FROM escalation_timer WHERE state = 'fired'") == 1
    await play(world, MORNING + timedelta(hours=2))
    assert [name for _, _, name in await heard(world)] == ["officer", "leader", "supervision_group"]


async def test_promise_keeps_its_date_when_the_clock_is_set_back(world: World, database: Database) -> None:
    looking = watch(world, database)
    await looking.look()
    world.clock.set(MORNING + timedelta(hours=1))
    await world.handle(spike(uuid4(), level=3))
    promised = MORNING + timedelta(hours=3)
    async with world.client("officer") as client:
        path = f"/v1/alerts/{await world.scalar('SELECT id FROM alert')}/acknowledgements"
        assert (await client.post(path, json={"promised_at": promised.isoformat()})).status_code == 201
    world.clock.set(MORNING)
    await looking.look()
    dues = await world.rows("SELECT kind, due_at FROM escalation_timer WHERE state = 'pending' ORDER BY kind")
    assert [tuple(row) for row in dues] == [
        ("promise", promised),
        ("promise_reminder", promised - timedelta(minutes=30)),
    ]


async def test_step_is_an_alarm_where_the_clock_should_be_real(world: World) -> None:
    for instant in (MORNING, MORNING + timedelta(hours=5)):
        world.clock.set(instant)
        async with world.edge() as ctx:
            await auditor().check_clock(ctx, "watch", 1.0, alarms=True)
    assert await own_alerts(world) == [("clock_stepped", "orange", "open")]
    async with world.edge() as ctx:
        await auditor().check_clock(ctx, "watch", 1.0, alarms=True)
    assert await open_findings(world) == []
    # That it runs evenly again does not say what it did: a person closes it.
    assert await own_alerts(world) == [("clock_stepped", "orange", "open")]


@pytest.mark.parametrize(("name", "other"), [("watch", "scheduler"), ("scheduler", "watch")])
async def test_watchers_notice_when_the_other_is_silent(
    world: World, database: Database, name: str, other: str
) -> None:
    async with world.edge() as ctx:
        await auditor().check_clock(ctx, other, 1.0, alarms=False)
    await set_beat(world, other, minutes=10)
    world.clock.set(MORNING + timedelta(minutes=10))
    if name == "watch":
        await watch(world, database).look()
    else:
        async with world.edge() as ctx:
            await WorkerWatch(world.clock, auditor()).check_timers(ctx, ctx.now)
    assert await own_alerts(world) == [("worker_silent", "red", "open")]
    async with world.edge() as ctx:
        await auditor().check_clock(ctx, other, 1.0, alarms=False)
        await auditor().check_watchers(ctx, (other,))
    assert await own_alerts(world) == [("worker_silent", "red", "resolved")]


async def test_watcher_is_not_silent_while_the_stacks_time_stands(world: World, database: Database) -> None:
    async with world.edge() as ctx:
        await auditor().check_clock(ctx, "scheduler", 0.0, alarms=False)
    await set_beat(world, "scheduler", minutes=60)
    await watch(world, database).look()
    assert await own_alerts(world) == []


async def test_findings_are_read_by_who_runs_the_service(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    world.clock.set(local(2026, 9, 15, 9))
    await check(world)
    kinds = [row["kind"] for row in (await get(world, "/v1/findings", by="admin"))["items"]]
    assert sorted(kinds) == ["timer_late", "timers_late"]
    await get(world, "/v1/findings", by="officer", expect=403)


async def set_beat(world: World, name: str, *, minutes: int) -> None:
    """As if the watcher had looked so long ago, in real time."""
    statement = (
        "UPDATE watch_beat SET real_at = clock_timestamp() - make_interval(mins => :minutes) WHERE name = :name"
    )
    async with world.database.transaction() as session:
        await session.execute(text(statement), {"minutes": minutes, "name": name})
