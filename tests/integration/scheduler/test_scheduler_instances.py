"""Several instances at once, a clock that races or jumps, SIGKILL, lost connections, clean stops."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from libs.common.clock import FileClock, ManualClock, change_rate, write_clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.scheduler import CatchUp, Job, SchedulerRunner, cron, every
from libs.common.workdays import SHANGHAI

if TYPE_CHECKING:
    from tests.integration.scheduler.conftest import Records

ROOT = Path(__file__).parents[3]
START = datetime(2026, 9, 15, 8, 30, tzinfo=SHANGHAI)
MORNING = datetime(2026, 9, 16, 7, 30, tzinfo=SHANGHAI)
DAILY = cron("30 7 * * *")
MINUTE = timedelta(minutes=1)


@asynccontextmanager
async def running(*runners: SchedulerRunner) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(runner.run()) for runner in runners]
    try:
        yield
    finally:
        for runner in runners:
            runner.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), timeout=120)


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 120) -> None:
    give_up = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < give_up, "it did not come about"
        await asyncio.sleep(0.05)


def assert_unbroken(effects: list[datetime], step: timedelta) -> None:
    expected = [effects[0] + step * number for number in range(len(effects))]
    assert effects == expected, "an occurrence was missed, doubled or out of order"


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    path = tmp_path / "clock.json"
    write_clock(path, START, 1)
    return path


async def test_two_runners_share_the_work_without_missing_or_doubling_when_time_races(
    database: Database, other_database: Database, records: Records, clock_file: Path
) -> None:
    runners = [
        SchedulerRunner(
            pool, FileClock(clock_file), [Job("tick", every(minutes=1), records.writing("tick", name))]
        )
        for pool, name in ((database, "first"), (other_database, "second"))
    ]
    async with running(*runners):
        await eventually(lambda: _has_plan(records, "tick"))
        change_rate(clock_file, 600)
        await eventually(lambda: _has_effects(records, "tick", 30))
        change_rate(clock_file, 1)
    effects = await records.effects("tick")
    assert effects[0] == START + MINUTE
    assert_unbroken(effects, MINUTE)
    assert "failed" not in await records.statuses("tick")


async def test_a_jump_of_a_month_is_caught_up_once_when_two_runners_are_at_work(
    database: Database, other_database: Database, records: Records, clock_file: Path
) -> None:
    def jobs(name: str) -> list[Job]:
        return [
            Job("daily", DAILY, records.writing("daily", name)),
            Job("scan", every(minutes=15), records.writing("scan", name), catch_up=CatchUp.LATEST),
        ]

    runners = [
        SchedulerRunner(pool, FileClock(clock_file), jobs(name))
        for pool, name in ((database, "first"), (other_database, "second"))
    ]
    async with running(*runners):
        await eventually(lambda: _has_plan(records, "daily"))
        await eventually(lambda: _has_plan(records, "scan"))
        write_clock(clock_file, START + timedelta(days=31), 1)
        await eventually(lambda: _has_effects(records, "daily", 31))
        await eventually(lambda: _has_effects(records, "scan", 1))
        await asyncio.sleep(0.5)
    effects = await records.effects("daily")
    assert effects == [MORNING + timedelta(days=offset) for offset in range(31)]
    assert await records.effects("scan") == [START + timedelta(days=31)]


async def test_an_occurrence_that_a_jump_made_old_does_not_run_before_the_newest_is_planned(
    database: Database, records: Records
) -> None:
    clock = ManualClock(START)
    later = START + timedelta(days=31)

    async def jump(_ctx: Context, _due: datetime) -> None:
        clock.set(later)

    scan = Job("scan", every(minutes=15), records.writing("scan"), catch_up=CatchUp.LATEST)
    runner = SchedulerRunner(database, clock, [Job("jump", cron("31 8 15 9 *"), jump), scan])
    await runner.run_due()
    clock.set(START + MINUTE)
    await runner.run_due()
    assert await records.effects("scan") == [later]


async def test_an_occurrence_runs_once_when_it_takes_longer_than_its_lease(
    database: Database, other_database: Database, records: Records
) -> None:
    started = 0

    async def slow(ctx: Context, due: datetime) -> None:
        nonlocal started
        started += 1
        await records.writing("daily")(ctx, due)
        await asyncio.sleep(1.5)

    clock = ManualClock(START)
    job = Job("daily", DAILY, slow)
    lease = timedelta(seconds=0.2)
    runners = [
        SchedulerRunner(p, clock, [job], lease=lease, poll_seconds=0.05) for p in (database, other_database)
    ]
    await runners[0].run_due()
    clock.set(MORNING)
    async with running(*runners):
        await eventually(lambda: _has_effects(records, "daily", 1))
    assert started == 1
    assert await records.effects("daily") == [MORNING]


async def test_a_killed_process_loses_nothing_and_doubles_nothing(
    database: Database, records: Records, clock_file: Path
) -> None:
    job = Job("daily", DAILY, records.writing("daily", "survivor"))
    lease = timedelta(seconds=1)
    await SchedulerRunner(database, FileClock(clock_file), [job]).run_due()
    write_clock(clock_file, MORNING + timedelta(days=2), 1)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.scheduler.crashing_scheduler",
        records.dsn,
        str(clock_file),
        str(lease.total_seconds()),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = b""
    while b"working" not in line:
        line = await asyncio.wait_for(process.stdout.readline(), timeout=120)
        assert line, "the process ended before it came to work"
    survivor = SchedulerRunner(database, FileClock(clock_file), [job], lease=lease)
    await asyncio.sleep(1.2)
    # The lease is over, but its holder lives and works.
    assert await survivor.run_due() == 0
    process.send_signal(signal.SIGKILL)
    await process.wait()
    async with running(survivor):
        await eventually(lambda: _has_effects(records, "daily", 3))
    assert await records.effects("daily") == [MORNING + timedelta(days=offset) for offset in range(3)]
    rows = await records.fetch("SELECT DISTINCT runner FROM effect")
    assert [row["runner"] for row in rows] == ["survivor"]
    assert (await records.occurrences("daily"))[0]["attempts"] == 2


async def test_lost_connections_are_waited_out_when_time_races(
    database: Database, other_database: Database, records: Records, clock_file: Path
) -> None:
    job = Job("tick", every(minutes=1), records.writing("tick"))
    lease = timedelta(seconds=0.5)
    runners = [
        SchedulerRunner(pool, FileClock(clock_file), [job], lease=lease, poll_seconds=0.1)
        for pool in (database, other_database)
    ]
    async with running(*runners):
        await eventually(lambda: _has_plan(records, "tick"))
        change_rate(clock_file, 300)
        for _ in range(6):
            await asyncio.sleep(0.3)
            await records.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        planned = len(await records.effects("tick"))
        await eventually(lambda: _has_effects(records, "tick", planned + 5))
        change_rate(clock_file, 1)
        await eventually(lambda: _caught_up(records, "tick", FileClock(clock_file)))
    assert_unbroken(await records.effects("tick"), MINUTE)


async def test_stop_lets_the_present_occurrence_finish(database: Database, records: Records) -> None:
    begun = asyncio.Event()

    async def slow(ctx: Context, due: datetime) -> None:
        begun.set()
        await asyncio.sleep(0.5)
        await records.writing("daily")(ctx, due)

    clock = ManualClock(START)
    runner = SchedulerRunner(database, clock, [Job("daily", DAILY, slow)])
    await runner.run_due()
    clock.set(MORNING + timedelta(days=5))
    task = asyncio.create_task(runner.run())
    await asyncio.wait_for(begun.wait(), timeout=60)
    runner.stop()
    await asyncio.wait_for(task, timeout=60)
    assert await records.effects("daily") == [MORNING]


async def test_cancelling_rolls_back_and_gives_the_occurrence_back(database: Database, records: Records) -> None:
    begun = asyncio.Event()

    async def hang(ctx: Context, due: datetime) -> None:
        await records.writing("daily", "cancelled")(ctx, due)
        begun.set()
        await asyncio.sleep(60)

    clock = ManualClock(START)
    runner = SchedulerRunner(database, clock, [Job("daily", DAILY, hang)], lease=timedelta(hours=1))
    await runner.run_due()
    clock.set(MORNING)
    task = asyncio.create_task(runner.run())
    await asyncio.wait_for(begun.wait(), timeout=60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await records.effects("daily") == []
    assert (await records.occurrences("daily"))[0]["attempts"] == 0
    successor = SchedulerRunner(database, clock, [Job("daily", DAILY, records.writing("daily"))])
    assert await successor.run_due() == 1


async def _has_plan(records: Records, job: str) -> bool:
    return bool(await records.occurrences(job))


async def _has_effects(records: Records, job: str, number: int) -> bool:
    return len(await records.effects(job)) >= number


async def _caught_up(records: Records, job: str, clock: FileClock) -> bool:
    now = clock.now()
    return not any(row["status"] == "pending" and row["due_at"] <= now for row in await records.occurrences(job))
