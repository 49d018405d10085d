"""Which due times run: after absence, on jumps of the clock, when triggers and calendars change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from libs.common.clock import ManualClock
from libs.common.database import Database
from libs.common.scheduler import CatchUp, Job, SchedulerRunner, cron, every, working_days
from libs.common.workdays import SHANGHAI, WorkCalendar

if TYPE_CHECKING:
    from tests.integration.scheduler.conftest import Records

START = datetime(2026, 9, 15, 8, 30, tzinfo=SHANGHAI)
DAILY = cron("30 7 * * *")


def morning(day: int, month: int = 9) -> datetime:
    return datetime(2026, month, day, 7, 30, tzinfo=SHANGHAI)


async def test_a_new_job_starts_with_its_next_due_time(database: Database, records: Records) -> None:
    clock = ManualClock(START)
    runner = SchedulerRunner(database, clock, [Job("daily", DAILY, records.writing("daily"))])
    assert await runner.run_due() == 0
    assert await records.statuses("daily") == ["pending"]
    clock.set(morning(16) - timedelta(microseconds=1))
    assert await runner.run_due() == 0
    clock.set(morning(16))
    assert await runner.run_due() == 1
    assert await runner.run_due() == 0
    assert await records.effects("daily") == [morning(16)]


async def test_the_first_due_time_is_not_lost_when_nothing_ran_at_that_moment(
    database: Database, records: Records
) -> None:
    jobs = [Job("daily", DAILY, records.writing("daily"))]
    await SchedulerRunner(database, ManualClock(START), jobs).run_due()
    later = SchedulerRunner(database, ManualClock(morning(16) + timedelta(hours=2)), jobs)
    assert await later.run_due() == 1
    assert await records.effects("daily") == [morning(16)]


async def test_each_missed_due_time_runs_in_order_when_the_clock_jumps_a_month(
    database: Database, records: Records
) -> None:
    clock = ManualClock(START)
    runner = SchedulerRunner(database, clock, [Job("daily", DAILY, records.writing("daily"))])
    await runner.run_due()
    clock.advance(timedelta(days=31))
    assert await runner.run_due() == 31
    assert await records.effects("daily") == [morning(16) + timedelta(days=offset) for offset in range(31)]


async def test_only_the_latest_runs_when_the_job_wants_no_more(database: Database, records: Records) -> None:
    clock = ManualClock(START)
    job = Job("scan", DAILY, records.writing("scan"), catch_up=CatchUp.LATEST)
    runner = SchedulerRunner(database, clock, [job])
    await runner.run_due()
    clock.advance(timedelta(days=31))
    assert await runner.run_due() == 1
    assert await records.effects("scan") == [morning(16, 10)]
    assert await records.statuses("scan") == ["superseded", "done", "pending"]
    clock.advance(timedelta(days=1))
    assert await runner.run_due() == 1
    assert await records.effects("scan") == [morning(16, 10), morning(17, 10)]


async def test_a_backlog_longer_than_a_planning_batch_is_complete(database: Database, records: Records) -> None:
    clock = ManualClock(START)
    runner = SchedulerRunner(database, clock, [Job("tick", every(minutes=1), records.writing("tick"))])
    await runner.run_due()
    clock.advance(timedelta(minutes=620))
    assert await runner.run_due() == 620
    assert await records.effects("tick") == [START + timedelta(minutes=n) for n in range(1, 621)]


async def test_jobs_do_not_hold_up_one_another(database: Database, records: Records) -> None:
    clock = ManualClock(START)
    jobs = [
        Job("daily", DAILY, records.writing("daily")),
        Job("hourly", every(minutes=60), records.writing("hourly")),
        Job("working", working_days("09:00"), records.writing("working")),
    ]
    runner = SchedulerRunner(database, clock, jobs)
    await runner.run_due()
    # From Tuesday 15 September over the worked Sunday 20 September to Monday 28 September, 08:30.
    clock.advance(timedelta(days=13))
    assert await runner.run_due() == 13 + 13 * 24 + 9
    working = await records.effects("working")
    assert [due.day for due in working] == [15, 16, 17, 18, 20, 21, 22, 23, 24]


async def test_a_changed_trigger_replaces_the_due_time_planned_ahead(database: Database, records: Records) -> None:
    clock = ManualClock(START)
    await SchedulerRunner(database, clock, [Job("job", DAILY, records.writing("job"))]).run_due()
    changed = Job("job", cron("0 9 * * *"), records.writing("job"))
    runner = SchedulerRunner(database, clock, [changed])
    await runner.run_due()
    clock.set(morning(16) + timedelta(hours=3))
    assert await runner.run_due() == 2
    nine = START.replace(hour=9, minute=0)
    assert await records.effects("job") == [nine, nine + timedelta(days=1)]


async def test_nothing_runs_twice_when_the_clock_is_set_back(database: Database, records: Records) -> None:
    clock = ManualClock(START)
    jobs = [Job("daily", DAILY, records.writing("daily"))]
    runner = SchedulerRunner(database, clock, jobs)
    await runner.run_due()
    clock.advance(timedelta(days=5))
    assert await runner.run_due() == 5
    clock.set(START)
    for _ in range(8):
        await SchedulerRunner(database, clock, jobs).run_due()
        clock.advance(timedelta(days=1))
    await SchedulerRunner(database, clock, jobs).run_due()
    assert await records.effects("daily") == [morning(16) + timedelta(days=offset) for offset in range(8)]


async def test_the_others_go_on_when_the_calendar_of_one_ends(database: Database, records: Records) -> None:
    clock = ManualClock(datetime(2026, 12, 29, 12, tzinfo=SHANGHAI))
    rows: dict[date, bool] = {}
    years: list[int] = []
    jobs = [
        Job(
            "working",
            working_days("07:30", calendar=lambda: WorkCalendar(rows, declared_years=years)),
            records.writing("working"),
        ),
        Job("daily", DAILY, records.writing("daily")),
    ]
    await SchedulerRunner(database, clock, jobs).run_due()
    clock.advance(timedelta(days=9))
    # 30 and 31 December are known; what follows is not guessed.
    assert await SchedulerRunner(database, clock, jobs).run_due() == 2 + 9
    assert [due.day for due in await records.effects("working")] == [30, 31]
    rows[date(2027, 1, 1)] = False
    years.append(2027)
    assert await SchedulerRunner(database, clock, jobs).run_due() == 4
    assert [due.day for due in await records.effects("working")] == [30, 31, 4, 5, 6, 7]


async def test_a_changed_calendar_moves_the_due_time_planned_ahead(database: Database, records: Records) -> None:
    clock = ManualClock(START)
    rows: dict[date, bool] = {}
    job = Job("working", working_days("07:30", calendar=lambda: WorkCalendar(rows)), records.writing("working"))
    await SchedulerRunner(database, clock, [job]).run_due()
    rows[date(2026, 9, 16)] = False
    await SchedulerRunner(database, clock, [job]).run_due()
    clock.advance(timedelta(days=2))
    assert await SchedulerRunner(database, clock, [job]).run_due() == 1
    assert await records.effects("working") == [morning(17)]


async def test_old_rows_go_and_the_newest_stays_as_the_anchor(database: Database, records: Records) -> None:
    clock = ManualClock(START)
    job = Job("daily", DAILY, records.writing("daily"))
    runner = SchedulerRunner(database, clock, [job], retention=timedelta(days=10))
    await runner.run_due()
    clock.advance(timedelta(days=30))
    await runner.run_due()
    await runner.upkeep()
    assert (await records.occurrences("daily"))[0]["due_at"] == morning(6, 10)
    clock.advance(timedelta(days=365))
    await runner.upkeep()
    assert (await records.occurrences("daily"))[0]["due_at"] == morning(15, 10)
