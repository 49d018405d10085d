"""What becomes of an occurrence that fails, hangs, or whose claim is lost."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client import REGISTRY

from libs.common.clock import ManualClock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.scheduler import Job, RetryPolicy, SchedulerRunner, cron, repository
from libs.common.workdays import SHANGHAI

if TYPE_CHECKING:
    from tests.integration.scheduler.conftest import Records, Run

START = datetime(2026, 9, 15, 7, 0, tzinfo=SHANGHAI)
DUE = datetime(2026, 9, 15, 7, 30, tzinfo=SHANGHAI)
DAILY = cron("30 7 * * *")
AT_ONCE = RetryPolicy(first_wait=timedelta(), longest_wait=timedelta())
LATER = RetryPolicy(first_wait=timedelta(hours=1), longest_wait=timedelta(hours=1))


class Faulty:
    """Writes, then raises as often as told: what it wrote must go with it."""

    def __init__(self, write: Run, failures: int) -> None:
        self._write = write
        self._failures = failures
        self.calls = 0

    async def __call__(self, ctx: Context, due: datetime) -> None:
        self.calls += 1
        await self._write(ctx, due)
        if self.calls <= self._failures:
            raise RuntimeError(f"fault {self.calls}")


async def due_runner(database: Database, *jobs: Job, days: int = 0) -> tuple[SchedulerRunner, ManualClock]:
    """A runner whose jobs were planned before and are due now (and on each of the `days` after)."""
    clock = ManualClock(START)
    runner = SchedulerRunner(database, clock, jobs)
    await runner.run_due()
    clock.set(DUE + timedelta(days=days))
    return runner, clock


async def test_a_failure_leaves_no_effect_and_is_tried_again(database: Database, records: Records) -> None:
    faulty = Faulty(records.writing("daily"), failures=2)
    runner, _ = await due_runner(database, Job("daily", DAILY, faulty, retry=AT_ONCE))
    assert await runner.run_due() == 1
    assert faulty.calls == 3
    assert await records.effects("daily") == [DUE]
    done = (await records.occurrences("daily"))[0]
    assert (done["status"], done["attempts"], done["last_error"]) == ("done", 3, None)
    assert done["completed_at"] == DUE


async def test_a_failure_is_recorded_and_waits_in_real_time(database: Database, records: Records) -> None:
    faulty = Faulty(records.writing("daily"), failures=1)
    runner, clock = await due_runner(database, Job("daily", DAILY, faulty, retry=LATER))
    assert await runner.run_due() == 0
    clock.advance(timedelta(hours=20))
    assert await runner.run_due() == 0
    assert faulty.calls == 1
    waiting = (await records.occurrences("daily"))[0]
    assert (waiting["status"], waiting["attempts"], waiting["claimed_by"]) == ("pending", 1, None)
    assert waiting["last_error"] == "RuntimeError('fault 1')"
    query = "SELECT available_at - clock_timestamp() AS wait FROM job_occurrence WHERE due_at = $1"
    wait = (await records.fetch(query, DUE))[0]["wait"]
    assert timedelta(minutes=50) < wait <= timedelta(hours=1)


async def test_later_due_times_wait_for_a_failed_one_and_other_jobs_do_not(
    database: Database, records: Records
) -> None:
    faulty = Faulty(records.writing("daily"), failures=1)
    runner, _ = await due_runner(
        database,
        Job("daily", DAILY, faulty, retry=LATER),
        Job("other", DAILY, records.writing("other")),
        days=2,
    )
    assert await runner.run_due() == 3
    assert await records.effects("daily") == []
    assert len(await records.effects("other")) == 3
    await records.fetch("UPDATE job_occurrence SET available_at = clock_timestamp() WHERE job = 'daily'")
    assert await runner.run_due() == 3
    assert await records.effects("daily") == [DUE + timedelta(days=offset) for offset in range(3)]


async def test_an_occurrence_is_given_up_after_its_last_attempt_and_the_next_one_runs(
    database: Database, records: Records
) -> None:
    faulty = Faulty(records.writing("daily"), failures=3)
    retry = RetryPolicy(first_wait=timedelta(), longest_wait=timedelta(), max_attempts=3)
    runner, _ = await due_runner(database, Job("daily", DAILY, faulty, retry=retry), days=1)
    assert await runner.run_due() == 1
    failed, done, _ = await records.occurrences("daily")
    assert (failed["status"], failed["attempts"], failed["last_error"]) == ("failed", 3, "RuntimeError('fault 3')")
    assert done["status"] == "done"
    assert await records.effects("daily") == [DUE + timedelta(days=1)]


async def test_a_job_that_takes_its_process_with_it_is_given_up_too(database: Database, records: Records) -> None:
    retry = RetryPolicy(max_attempts=2)
    runner, clock = await due_runner(database, Job("daily", DAILY, records.writing("daily"), retry=retry))
    for _ in range(2):
        # A claim that nobody follows up: the process died at once.
        async with database.transaction() as session:
            assert await repository.claim(session, ["daily"], clock.now(), timedelta(), "died")
    assert await runner.run_due() == 0
    assert await records.statuses("daily") == ["failed", "pending"]
    assert await records.effects("daily") == []


async def test_exceeding_the_time_limit_is_a_failure(database: Database, records: Records) -> None:
    async def hang(ctx: Context, due: datetime) -> None:
        await records.writing("daily")(ctx, due)
        await asyncio.sleep(60)

    runner, _ = await due_runner(database, Job("daily", DAILY, hang, retry=LATER, timeout_seconds=0.2))
    assert await runner.run_due() == 0
    assert await records.effects("daily") == []
    assert (await records.occurrences("daily"))[0]["last_error"] == "TimeoutError()"


async def test_an_abandoned_claim_is_taken_over_when_its_lease_ends(database: Database, records: Records) -> None:
    runner, clock = await due_runner(database, Job("daily", DAILY, records.writing("daily")))
    async with database.transaction() as session:
        assert await repository.claim(session, ["daily"], clock.now(), timedelta(hours=1), "died")
    assert await runner.run_due() == 0
    await records.fetch("UPDATE job_occurrence SET available_at = clock_timestamp() WHERE due_at = $1", DUE)
    assert await runner.run_due() == 1
    assert await records.effects("daily") == [DUE]


async def test_a_lost_claim_can_neither_hold_nor_complete_nor_fail(database: Database, records: Records) -> None:
    _, clock = await due_runner(database, Job("daily", DAILY, records.writing("daily")))
    async with database.transaction() as session:
        first = await repository.claim(session, ["daily"], clock.now(), timedelta(), "slow")
    async with database.transaction() as session:
        second = await repository.claim(session, ["daily"], clock.now(), timedelta(minutes=1), "fast")
    assert first is not None
    assert second is not None
    async with database.transaction() as session:
        assert not await repository.hold(session, first)
        assert not await repository.complete(session, first, clock.now())
        assert not await repository.record_failure(session, first, "late", timedelta())
        assert not await repository.release(session, first)
        assert await repository.hold(session, second)
        assert await repository.complete(session, second, clock.now())
    async with database.transaction() as session:
        assert not await repository.hold(session, second)


async def test_the_effect_is_rolled_back_when_the_claim_is_lost_at_the_end(
    database: Database, records: Records
) -> None:
    async def lose(ctx: Context, due: datetime) -> None:
        # Nobody else can change the row while it is held, so the job itself takes it out of the runner's hands.
        await records.writing("daily")(ctx, due)
        await repository.give_up(ctx.session, repository.Claim("daily", due, 1), None, ctx.now)

    runner, _ = await due_runner(database, Job("daily", DAILY, lose))
    assert await runner.run_due() == 0
    assert await records.effects("daily") == []
    assert (await records.occurrences("daily"))[0]["status"] == "pending"


def test_two_jobs_of_one_name_are_refused(records: Records) -> None:
    jobs = [Job("daily", DAILY, records.writing("daily"))] * 2
    with pytest.raises(ValueError, match="same name"):
        SchedulerRunner(Database(records.dsn), ManualClock(START), jobs)


async def test_lateness_and_outcomes_are_measured(database: Database, records: Records) -> None:
    job = Job("measured", DAILY, records.writing("measured"))
    broken = Job("broken", DAILY, Faulty(records.writing("broken"), failures=9), retry=LATER)
    runner, clock = await due_runner(database, job, broken)
    clock.advance(timedelta(minutes=10))
    await runner.run_due()
    await runner.upkeep()
    labels = {"job": "measured"}
    assert REGISTRY.get_sample_value("duban_job_lateness_seconds_sum", labels) == 600
    assert REGISTRY.get_sample_value("duban_job_runs_total", {**labels, "outcome": "done"}) == 1
    assert REGISTRY.get_sample_value("duban_job_overdue_seconds", labels) == 0
    assert REGISTRY.get_sample_value("duban_job_runs_total", {"job": "broken", "outcome": "failed"}) == 1
    assert REGISTRY.get_sample_value("duban_job_overdue_seconds", {"job": "broken"}) == 600
