"""The timers of conditions: what has lasted opens, what fell silent closes; and who notices a late one."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import SYSTEM
from libs.common.tasks import take_turns
from services.alerts.warnings import intake, repository
from services.alerts.warnings.service import verification
from services.alerts.watch import service as watch
from services.alerts.watch.service import FindingKind

log = structlog.get_logger(__name__)

WOKEN = Counter("duban_alerts_conditions_woken_total", "Timers of conditions that fired")
FAILED = Counter(
    "duban_alerts_conditions_failed_total", "Timers of conditions whose firing failed and is tried again"
)
LATENESS = Histogram(
    "duban_alerts_condition_lateness_seconds",
    "Stack time from a condition's due time to its firing",
    buckets=(0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 14_400, 86_400),
)

_LONGEST_WAIT_SECONDS = 300.0


class ConditionRunner:
    """Wakes conditions that are due, each in a transaction of its own; any number may run at once."""

    def __init__(self, database: Database, clock: Clock, new_id: IdFactory, *, poll_seconds: float = 0.2) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Wake until cancelled; errors of the database are waited out."""
        await take_turns(self.wake_due, "conditions.interrupted", poll_seconds=self._poll_seconds)

    async def wake_due(self) -> int:
        """Wake everything that is due by the stack's present time; returns how many there were."""
        woken = 0
        while (one := await self._wake_one()) is not None:
            woken += one
        return woken

    async def _wake_one(self) -> int | None:
        """1 when a condition was woken, 0 when that failed, None when nothing is due."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            ctx = Context(session=session, now=now, new_id=self._new_id, principal=SYSTEM)
            condition = await repository.lock_due_condition(session, now)
            if condition is None:
                return None
            due_at = min(at for at in (condition.opens_at, condition.clears_at) if at is not None)
            try:
                # A savepoint: what goes wrong with one condition leaves the lock, so that the failure is ours to
                # note.
                async with session.begin_nested():
                    await intake.wake(ctx, condition)
            except (SQLAlchemyError, OSError, TimeoutError):
                raise
            except Exception as error:
                log.exception("conditions.failed", source=condition.source, condition_id=condition.condition_id)
                await repository.record_failure(session, condition, repr(error), _LONGEST_WAIT_SECONDS)
                FAILED.inc()
                return 0
        WOKEN.inc()
        LATENESS.observe(max(0.0, (now - due_at).total_seconds()))
        return 1


class ConditionAuditor:
    """Looks for conditions that should have opened or ended by now; runs apart from what wakes them."""

    def __init__(self, *, late_after_seconds: float) -> None:
        self._late_after = timedelta(seconds=late_after_seconds)

    async def check_conditions(self, ctx: Context, due_at: datetime) -> None:
        """A job: findings for what is late now, and none any more for what has passed."""
        late = await repository.list_late(ctx.session, ctx.now - self._late_after)
        for condition in late:
            detail = {
                "opens_at": condition.opens_at and condition.opens_at.isoformat(),
                "clears_at": condition.clears_at and condition.clears_at.isoformat(),
                "last_error": condition.last_error,
            }
            await watch.report(
                ctx, FindingKind.CONDITION_LATE, f"{condition.source}/{condition.condition_id}", detail
            )
        still = {f"{condition.source}/{condition.condition_id}" for condition in late}
        await watch.clear_others(ctx, FindingKind.CONDITION_LATE, still)


async def remind_verifiers(ctx: Context, due_at: datetime) -> None:
    """A job: what was resolved and waits too long for its verification."""
    log.info("verifiers.reminded", alerts=await verification.remind_verifiers(ctx))


async def forget_events(ctx: Context, due_at: datetime) -> None:
    """A job: kept events go when their type's days are over."""
    log.info("rule_events.forgotten", count=await repository.forget_events(ctx.session, ctx.now))
