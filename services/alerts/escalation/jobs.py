"""The timers themselves: due ones fire in the order in which they fell due, in batches."""

from __future__ import annotations

from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.outages import is_database_outage
from libs.common.remember import gathering, savepoint
from libs.common.security.principal import SYSTEM
from libs.common.tasks import take_turns
from services.alerts.escalation import repository, service
from services.alerts.escalation.tables import TimerRow
from services.alerts.trail import repository as alerts

log = structlog.get_logger(__name__)

FIRED = Counter("duban_alerts_timers_fired_total", "Timers fired")
FAILED = Counter("duban_alerts_timers_failed_total", "Timers whose firing failed and is tried again")
LATENESS = Histogram(
    "duban_alerts_timer_lateness_seconds",
    "Stack time from a timer's due time to its firing",
    buckets=(0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 14_400, 86_400),
)

_LONGEST_WAIT_SECONDS = 300.0
# What the database says of one alert's rows; anything else it says is of the database itself.
_OF_THE_ALERT = (IntegrityError, DataError, ProgrammingError)


class TimerRunner:
    """Fires due timers; any number of runners may be at it at once.

    Alerts whose timers are due are locked in batches, the longest due first; what others hold is passed over. A
    batch is one transaction: few enough that nobody waits long for an alert, many enough that thousands due at
    once are soon done. One whose firing fails leaves the others alone and is tried again later. ``object_type``
    narrows a runner to the alerts about one kind of thing.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        *,
        poll_seconds: float = 0.2,
        batch: int = 20,
        object_type: str | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._poll_seconds = poll_seconds
        self._batch = batch
        self._object_type = object_type

    async def run(self) -> None:
        """Fire until cancelled; errors of the database are waited out."""
        await take_turns(self.fire_due, "timers.interrupted", poll_seconds=self._poll_seconds)

    async def fire_due(self) -> int:
        """Fire everything that is due by the stack's present time; returns how many timers fired."""
        fired = 0
        # What failed is tried again by the next call, however long this one takes.
        failed: set[UUID] = set()
        while (batch := await self._fire_batch(failed)) is not None:
            fired += batch
        return fired

    async def _fire_batch(self, failed: set[UUID]) -> int | None:
        """How many timers fired, None when nothing is due; what fails joins `failed`."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            ctx = Context(session=session, now=now, new_id=self._new_id, principal=SYSTEM)
            due = await repository.lock_due_alerts(
                session, now, self._batch, object_type=self._object_type, passing_over=failed
            )
            if not due:
                return None
            async with gathering(session):
                outcomes = [await self._fire_one(ctx, alert_id, failed) for alert_id in due]
        fired = [timer for timer in outcomes if timer is not None]
        # Counted when it is committed.
        FIRED.inc(len(fired))
        for timer in fired:
            LATENESS.observe(max(0.0, (now - timer.due_at).total_seconds()))
        return len(fired)

    async def _fire_one(self, ctx: Context, alert_id: UUID, failed: set[UUID]) -> TimerRow | None:
        try:
            # A savepoint: what goes wrong with one alert leaves the locks, so that the failure is ours to note.
            async with savepoint(ctx.session):
                alert = await alerts.lock(ctx.session, alert_id)
                return None if alert is None else await service.fire(ctx, alert)
        except (OSError, TimeoutError):
            raise
        except Exception as error:
            is_of_database = isinstance(error, DBAPIError) and not isinstance(error, _OF_THE_ALERT)
            if is_of_database or is_database_outage(error):
                raise
            log.exception("timers.failed", alert_id=str(alert_id))
            await repository.record_failure(ctx.session, alert_id, ctx.now, repr(error), _LONGEST_WAIT_SECONDS)
            FAILED.inc()
            failed.add(alert_id)
            return None
