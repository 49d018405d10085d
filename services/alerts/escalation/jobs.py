"""The timers themselves, and the auditor who notices when one did not fire in time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import SYSTEM
from services.alerts.escalation import repository, service
from services.alerts.trail import repository as alerts
from services.alerts.watch import service as watch
from services.alerts.watch.service import FindingKind

log = structlog.get_logger(__name__)

FIRED = Counter("duban_alerts_timers_fired_total", "Timers fired")
FAILED = Counter("duban_alerts_timers_failed_total", "Timers whose firing failed and is tried again")
LATENESS = Histogram(
    "duban_alerts_timer_lateness_seconds",
    "Stack time from a timer's due time to its firing",
    buckets=(0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 14_400, 86_400),
)
LATE = Gauge("duban_alerts_timers_late", "Timers that the auditor found late at its last look")

_LONGEST_WAIT_SECONDS = 300.0
_PAUSE_AFTER_ERROR_SECONDS = 1.0


class TimerRunner:
    """Fires due timers, each in a transaction of its own; any number may run at once."""

    def __init__(self, database: Database, clock: Clock, new_id: IdFactory, *, poll_seconds: float = 0.2) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Fire until cancelled; errors of the database are waited out."""
        while True:
            try:
                await self.fire_due()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("timers.interrupted", error=repr(error)[:200])
                await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
            await asyncio.sleep(self._poll_seconds)

    async def fire_due(self) -> int:
        """Fire everything that is due by the stack's present time; returns how many timers fired."""
        fired = 0
        while (one := await self._fire_one()) is not None:
            fired += one
        return fired

    async def _fire_one(self) -> int | None:
        """1 when a timer fired, 0 when it had become void, None when nothing is due."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            ctx = Context(session=session, now=now, new_id=self._new_id, principal=SYSTEM)
            alert_id = await repository.lock_due_alert(session, now)
            if alert_id is None:
                return None
            try:
                # A savepoint: what goes wrong with one alert leaves the lock, so that the failure is ours to note.
                async with session.begin_nested():
                    alert = await alerts.lock(session, alert_id)
                    timer = await repository.find_pending_timer(session, alert_id)
                    if alert is None or timer is None or not await service.fire(ctx, alert):
                        return 0
            except (SQLAlchemyError, OSError, TimeoutError):
                raise
            except Exception as error:
                log.exception("timers.failed", alert_id=str(alert_id))
                await repository.record_failure(session, alert_id, repr(error), _LONGEST_WAIT_SECONDS)
                FAILED.inc()
                return 0
        FIRED.inc()
        LATENESS.observe(max(0.0, (now - timer.due_at).total_seconds()))
        return 1


class TimerAuditor:
    """Looks for timers that are late and for alerts that nothing waits for; runs apart from the timers."""

    def __init__(self, *, late_after_seconds: float) -> None:
        self._late_after = timedelta(seconds=late_after_seconds)

    async def check_timers(self, ctx: Context, due_at: datetime) -> None:
        """A job: findings for what is wrong now, and none any more for what has passed."""
        late = await repository.list_late(ctx.session, ctx.now - self._late_after)
        LATE.set(len(late))
        for timer in late:
            lateness = (ctx.now - timer.due_at).total_seconds()
            detail = {
                "timer_id": str(timer.id),
                "due_at": timer.due_at.isoformat(),
                "late_seconds": lateness,
                "last_error": timer.last_error,
            }
            await watch.report(ctx, FindingKind.TIMER_LATE, str(timer.alert_id), detail)
        await watch.clear_others(ctx, FindingKind.TIMER_LATE, {str(timer.alert_id) for timer in late})
        abandoned = [
            alert for alert in await repository.list_live_without_timer(ctx.session) if not service.may_rest(alert)
        ]
        for alert in abandoned:
            detail = {"number": alert.number, "status": alert.status, "level": alert.escalation_level}
            await watch.report(ctx, FindingKind.TIMER_MISSING, str(alert.id), detail)
        await watch.clear_others(ctx, FindingKind.TIMER_MISSING, {str(alert.id) for alert in abandoned})
