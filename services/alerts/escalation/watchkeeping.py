"""The watch: looks after the timers from another process than theirs, and brings its own alarm to people.

It shares nothing with the worker but the database: its own loop, its own runner for the alarm's timers, and its
own delivery worker beside, which `bootstrap` puts there.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock, SystemClock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import SYSTEM
from services.alerts.escalation.auditor import OWN_OBJECT, TimerAuditor
from services.alerts.escalation.jobs import TimerRunner

log = structlog.get_logger(__name__)

WATCH = "watch"
SCHEDULER = "scheduler"


class TimerWatch:
    """Looks every few seconds of real time until cancelled; errors of the database are waited out."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        auditor: TimerAuditor,
        *,
        poll_seconds: float = 5.0,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._auditor = auditor
        self._poll_seconds = poll_seconds
        self._own_timers = TimerRunner(database, clock, new_id, object_type=OWN_OBJECT)

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("watch.interrupted", error=repr(error)[:200])
            await asyncio.sleep(self._poll_seconds)

    async def look(self) -> None:
        """One look: the clock, the timers, the other watcher; then the alarm's own timers."""
        async with self._database.transaction() as session:
            ctx = Context(session=session, now=self._clock.now(), new_id=self._new_id, principal=SYSTEM)
            rate, alarms = rate_of(self._clock), isinstance(self._clock, SystemClock)
            await self._auditor.check_clock(ctx, WATCH, rate, alarms=alarms)
            await self._auditor.check_timers(ctx, ctx.now)
            await self._auditor.check_watchers(ctx, (SCHEDULER,))
        await self._own_timers.fire_due()


class WorkerWatch:
    """The same looks as a job of the scheduler, which in turn notices when the watch is gone."""

    def __init__(self, clock: Clock, auditor: TimerAuditor) -> None:
        self._clock = clock
        self._auditor = auditor

    async def check_timers(self, ctx: Context, due_at: datetime) -> None:
        """A job."""
        alarms = isinstance(self._clock, SystemClock)
        await self._auditor.check_clock(ctx, SCHEDULER, rate_of(self._clock), alarms=alarms)
        await self._auditor.check_timers(ctx, due_at)
        await self._auditor.check_watchers(ctx, (WATCH,))


def rate_of(clock: Clock) -> float:
    """Stack seconds in a real second; 1 of a clock that does not say."""
    return float(getattr(clock, "rate", 1.0))
