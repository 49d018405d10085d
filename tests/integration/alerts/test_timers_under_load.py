"""Many timers due at once, and workers that are killed between due and fired: each rung is told once, in order."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import psutil
from sqlalchemy import text

from libs.common.database import Database
from libs.common.ids import new_id
from services.alerts.escalation import repository
from services.alerts.escalation.jobs import TimerRunner
from services.alerts.trail import service as trail
from tests.support.alerts import MORNING, World
from tests.support.many_alerts import open_many

ROOT = Path(__file__).parents[3]
# A timer that fires draws a few, and a batch is of twenty: more than one batch draws.
IDS = 150


async def told_of_rung(world: World, rung: int) -> list[int]:
    """How often each alert's rung was told."""
    rows = await world.rows(
        "SELECT count(n.id) AS told FROM alert a LEFT JOIN notification n ON n.alert_id = a.id AND n.step = :rung "
        "AND n.reason = 'escalated' GROUP BY a.id",
        rung=rung,
    )
    return [row.told for row in rows]


async def test_timers_fire_in_the_order_of_their_due_time_in_bounded_batches(
    world: World, database: Database
) -> None:
    await open_many(world, 60)
    world.clock.set(MORNING + timedelta(minutes=20))
    async with database.transaction() as session:
        first = await repository.lock_due_alerts(session, world.clock.now(), 25)
        async with database.transaction() as other:
            second = await repository.lock_due_alerts(other, world.clock.now(), 25)
    numbers = {row.id: row.number for row in await world.rows("SELECT id, number FROM alert")}
    assert [numbers[alert] for alert in first] == list(range(1, 26))
    # What one runner holds the other passes over; nothing is taken twice and nothing left out.
    assert [numbers[alert] for alert in second] == list(range(26, 51))
    runners = [TimerRunner(database, world.clock, new_id, batch=7) for _ in range(3)]
    assert sum(await asyncio.gather(*(runner.fire_due() for runner in runners))) == 60
    assert set(await told_of_rung(world, 1)) == {1}


async def test_nobody_starves_when_the_oldest_timers_cannot_fire(world: World, database: Database) -> None:
    await open_many(world, 23)
    async with database.transaction() as session:
        await session.execute(text("UPDATE alert SET policy = '{}' WHERE number <= 3"))
    world.clock.set(MORNING + timedelta(minutes=20))
    assert await TimerRunner(database, world.clock, new_id, batch=5).fire_due() == 20
    failed = await world.rows("SELECT failures FROM escalation_timer WHERE failures > 0")
    assert [row.failures for row in failed] == [1] * 3


async def test_each_rung_is_told_once_when_the_worker_is_killed_between_due_and_fired(
    world: World, database: Database
) -> None:
    count = 200
    await open_many(world, count)
    now = MORNING + timedelta(minutes=30)
    world.clock.set(now)
    # Somewhere in the second batch, and in the third.
    for ids in (IDS, 2 * IDS):
        left = await pending(world, now)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.timer_worker",
            database.dsn,
            now.isoformat(),
            str(ids),
            cwd=ROOT,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await standing_still(process)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        # It was at it when it died, and far from done.
        assert 0 < await pending(world, now) < left
    await TimerRunner(database, world.clock, new_id).fire_due()
    assert await pending(world, now) == 0
    assert await told_of_rung(world, 1) == [1] * count
    escalated = "SELECT count(*) FROM outbox WHERE type = 'alerts.alert.escalated.v1'"
    assert await world.scalar(escalated) == count
    # One trail a rung, whole, and one timer that waits for the next.
    async with world.edge() as ctx:
        rows = await world.rows("SELECT id FROM alert ORDER BY number LIMIT 25")
        assert [await trail.verify(ctx, row.id) for row in rows] == [None] * 25
    waiting = await world.rows(
        "SELECT alert_id FROM escalation_timer WHERE state = 'pending' GROUP BY alert_id HAVING count(*) = 1"
    )
    assert len(waiting) == count


async def pending(world: World, now: object) -> int:
    found: int = await world.scalar(
        "SELECT count(*) FROM escalation_timer WHERE state = 'pending' AND due_at <= :now", now=now
    )
    return found


async def standing_still(process: asyncio.subprocess.Process) -> None:
    """Until the worker has stopped itself in the middle of its work."""
    async with asyncio.timeout(300):
        while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
            assert process.returncode is None, "it ended by itself"
            await asyncio.sleep(0.02)
