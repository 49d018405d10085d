"""Plans occurrences up to the stack's present time and runs them, once in effect, on any number of instances.

A run takes three steps. The claim is a short transaction: it counts the attempt and leases the row in real
time, so a job that kills its process is counted too. The work is one transaction: it locks the row, runs the
job and marks the row as done. A failure is recorded in a third. A crash anywhere leaves either a finished
occurrence or one whose lease runs out; a lost claim is noticed by its fence and rolled back.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from opentelemetry import trace
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock, sleep_until
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory, new_id
from libs.common.scheduler import repository
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.repository import Claim
from libs.common.security.principal import SYSTEM

log = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)

LATENESS = Histogram(
    "duban_job_lateness_seconds",
    "Stack time from an occurrence's due time to the start of its attempt",
    ["job"],
    buckets=(1, 5, 15, 60, 300, 900, 3600, 14400, 86400, 604800),
)
OVERDUE = Gauge("duban_job_overdue_seconds", "Stack time since the oldest unfinished due time", ["job"])
RUNS = Counter("duban_job_runs_total", "Attempts by outcome: done, failed, given_up, lost", ["job", "outcome"])
PLAN_FAILURES = Counter("duban_job_plan_failures_total", "Due times that could not be computed", ["job"])

# At most so many occurrences are planned at once after an absence; the rest follows when these are planned.
_PLAN_BATCH = 500
# How often (real seconds) plans are compared with triggers, gauges set and old rows deleted.
_UPKEEP_SECONDS = 15.0
_DAY = timedelta(days=1)
_DATABASE_ERRORS = (SQLAlchemyError, OSError, TimeoutError)


class ClaimLost(Exception):
    """Another runner has the occurrence: what this one did is rolled back."""


class SchedulerRunner:
    """Runs the jobs of one service. Several instances may run at once, in one or several processes.

    `lease` and `poll_seconds` are real time, `retention` is stack time.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        jobs: Sequence[Job],
        *,
        ids: IdFactory = new_id,
        concurrency: int = 2,
        lease: timedelta = timedelta(seconds=15),
        poll_seconds: float = 1.0,
        retention: timedelta = timedelta(days=35),
    ) -> None:
        self._jobs = {job.name: job for job in jobs}
        if len(self._jobs) != len(jobs):
            raise ValueError("two jobs have the same name")
        self._database = database
        self._clock = clock
        self._ids = ids
        self._concurrency = concurrency
        self._lease = lease
        self._poll_seconds = poll_seconds
        self._retention = retention
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._upcoming: dict[str, datetime] = {}
        self._stopping = asyncio.Event()
        self._work = asyncio.Event()

    def stop(self) -> None:
        """Ask `run` to return after the occurrences that are being run."""
        self._stopping.set()
        self._work.set()

    async def run(self) -> None:
        """Plan and run until `stop` or cancellation; errors of the database are waited out.

        Cancelled, it rolls back what is being run and gives the occurrences back.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self._plan_and_wait))
            for _ in range(self._concurrency):
                group.create_task(self._repeat(self._run_or_wait))

    async def run_due(self) -> int:
        """Run everything due by the stack's present time, one by one; returns how many succeeded.

        For played time (tests, replays). Occurrences that wait for their next attempt are left.
        """
        done = 0
        while True:
            unplanned = await self._plan_all()
            while (outcome := await self._run_one()) is not None:
                done += outcome
            if not unplanned:
                return done

    async def _repeat(self, step: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping.is_set():
            try:
                await step()
            except _DATABASE_ERRORS as error:
                log.warning("scheduler.interrupted", error=repr(error)[:200])
                await self._rest(self._poll_seconds)

    # Planning

    async def _plan_and_wait(self) -> None:
        upkeep_at = time.monotonic() + _UPKEEP_SECONDS
        self._upcoming.clear()
        await self.upkeep()
        while not self._stopping.is_set() and time.monotonic() < upkeep_at:
            unplanned = await self._plan_all()
            self._work.set()
            if unplanned:
                continue
            upcoming = min(self._upcoming.values(), default=self._clock.now() + _DAY)
            left = max(0.0, upkeep_at - time.monotonic())
            await sleep_until(self._clock, upcoming, min(self._poll_seconds, left))

    async def _plan_all(self) -> bool:
        """Plan every job whose next due time has come; True when some still lag behind the present."""
        unplanned = False
        for job in self._jobs.values():
            now = self._clock.now()
            upcoming = self._upcoming.get(job.name)
            if upcoming is None or upcoming <= now:
                unplanned |= await self._plan(job, now)
        return unplanned

    async def _plan(self, job: Job, now: datetime) -> bool:
        async with self._database.transaction() as session:
            anchor = await repository.find_anchor(session, job.name, now)
            dues, error = _dues(job, anchor, now)
            await repository.plan(session, job.name, dues, now)
            if error is None and dues[-1] > now:
                await repository.drop_stale_plan(session, job.name, max(now, anchor or now), dues[-1])
        if error is None:
            self._upcoming[job.name] = dues[-1]
            return dues[-1] <= now
        # A calendar that ends, above all. The other jobs go on, and so does this one once the year is known:
        # planning starts from the anchor, so nothing is passed over. Until then upkeep tries again.
        PLAN_FAILURES.labels(job.name).inc()
        log.error("scheduler.plan_failed", job=job.name, error=str(error))
        self._upcoming[job.name] = now + _DAY
        return False

    async def upkeep(self) -> None:
        """Set the gauges and delete finished occurrences older than the retention; `run` does it by itself."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            overdue = await repository.oldest_overdue(session, self._jobs, now)
            await repository.prune(session, now - self._retention)
        for name in self._jobs:
            OVERDUE.labels(name).set((now - overdue[name]).total_seconds() if name in overdue else 0.0)

    # Running

    async def _run_or_wait(self) -> None:
        self._work.clear()
        if await self._run_one() is None:
            await self._rest(self._poll_seconds, self._work)

    async def _rest(self, seconds: float, event: asyncio.Event | None = None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await (event or self._stopping).wait()
        except TimeoutError:
            return

    async def _run_one(self) -> bool | None:
        """Claim and run one occurrence: whether it succeeded, or None when there is none to run."""
        claimed = await self._claim()
        if claimed is None:
            return None
        job = self._jobs[claimed.job]
        if claimed.attempt > job.retry.max_attempts:
            # Its earlier attempts never came to record a failure: they took their process with them.
            await self._give_up(job, claimed, None)
            return False
        try:
            await self._work_on(job, claimed)
        except ClaimLost:
            RUNS.labels(job.name, "lost").inc()
            log.warning("scheduler.claim_lost", job=job.name, due_at=claimed.due_at.isoformat())
            return False
        except asyncio.CancelledError:
            await self._release(claimed)
            raise
        except Exception as error:
            await self._record_failure(job, claimed, error)
            return False
        RUNS.labels(job.name, "done").inc()
        return True

    async def _claim(self) -> Claim | None:
        now = self._clock.now()
        latest_only = [job.name for job in self._jobs.values() if job.catch_up is CatchUp.LATEST]
        for name in latest_only:
            # After a jump of the clock what was planned is the newest no longer, and the planner may be later
            # than this worker.
            if self._upcoming.get(name, now) <= now:
                await self._plan(self._jobs[name], now)
        async with self._database.transaction() as session:
            if latest_only:
                await repository.supersede_older(session, latest_only, now)
            return await repository.claim(session, self._jobs, now, self._lease, self._name)

    async def _work_on(self, job: Job, claimed: Claim) -> None:
        async with asyncio.timeout(job.timeout_seconds), self._database.transaction() as session:
            if not await repository.hold(session, claimed):
                raise ClaimLost
            now = self._clock.now()
            LATENESS.labels(job.name).observe(max(0.0, (now - claimed.due_at).total_seconds()))
            with tracer.start_as_current_span(f"job {job.name}", attributes={"duban.job": job.name}):
                await job.run(
                    Context(session=session, now=now, new_id=self._ids, principal=SYSTEM), claimed.due_at
                )
            if not await repository.complete(session, claimed, self._clock.now()):
                raise ClaimLost

    async def _record_failure(self, job: Job, claimed: Claim, error: Exception) -> None:
        if claimed.attempt >= job.retry.max_attempts:
            await self._give_up(job, claimed, error)
            return
        wait = job.retry.wait_after(claimed.attempt)
        RUNS.labels(job.name, "failed").inc()
        log.warning(
            "scheduler.job_failed",
            job=job.name,
            due_at=claimed.due_at.isoformat(),
            attempt=claimed.attempt,
            wait_seconds=wait.total_seconds(),
            exc_info=error,
        )
        async with self._database.transaction() as session:
            await repository.record_failure(session, claimed, repr(error), wait)

    async def _give_up(self, job: Job, claimed: Claim, error: Exception | None) -> None:
        RUNS.labels(job.name, "given_up").inc()
        log.error(
            "scheduler.job_given_up", job=job.name, due_at=claimed.due_at.isoformat(), exc_info=error or False
        )
        async with self._database.transaction() as session:
            await repository.give_up(session, claimed, repr(error) if error else None, self._clock.now())

    async def _release(self, claimed: Claim) -> None:
        """Give the claim back on cancellation; failing that, the lease runs out by itself."""
        try:
            async with asyncio.timeout(2), self._database.transaction() as session:
                await repository.release(session, claimed)
        except _DATABASE_ERRORS:
            log.warning("scheduler.release_failed", job=claimed.job)


def _dues(job: Job, anchor: datetime | None, now: datetime) -> tuple[list[datetime], Exception | None]:
    """Due times to plan after `anchor`: those until `now`, at most a batch, and then the one after `now`.

    A job that was never seen starts with its first due time after `now`. The one after `now` is planned ahead,
    so that it is caught up with even when nothing runs at that moment. A trigger that cannot answer ends the
    list, and its error stands beside what was found before.
    """
    dues: list[datetime] = []
    try:
        if anchor is None or anchor > now:
            dues.append(job.trigger.next_after(anchor or now))
        elif job.catch_up is CatchUp.LATEST:
            last = job.trigger.last_until(now)
            if last > anchor:
                dues.append(last)
            dues.append(job.trigger.next_after(now))
        else:
            dues.append(job.trigger.next_after(anchor))
            while dues[-1] <= now and len(dues) < _PLAN_BATCH:
                dues.append(job.trigger.next_after(dues[-1]))
    except Exception as error:
        return dues, error
    return dues, None
