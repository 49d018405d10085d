"""The delivery worker: takes due deliveries, sends them, records how it went. And the auditor of deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import SYSTEM
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.delivery import Outcome
from libs.common.webhooks.loop import DeliveryLoop
from services.alerts.notifications import queue
from services.alerts.notifications.queue import Outgoing
from services.alerts.notifications.senders import Sender
from services.alerts.trail import repository as alerts
from services.alerts.trail import service as trail
from services.alerts.trail.domain.life import TrailKind
from services.alerts.watch import service as watch
from services.alerts.watch.service import FindingKind

log = structlog.get_logger(__name__)

ATTEMPTS = Counter("duban_alerts_delivery_attempts_total", "Attempts by kind and outcome", ["kind", "outcome"])
POSSIBLE_DUPLICATES = Counter(
    "duban_alerts_delivery_possible_duplicates_total", "Deliveries sent again since an attempt had no recorded end"
)
SECONDS = Histogram("duban_alerts_delivery_seconds", "Real time of one attempt", ["kind"])


class DeliveryWorker:
    """Delivers at least once: the attempt is committed, then sent, then its outcome committed.

    A kill between sending and recording leaves an attempt without an end and a lease that runs out; the delivery
    is then sent again under the same id. `concurrency` bounds what is under way, `per_channel` what is under way
    to one receiver, so that a slow one does not take all places.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        senders: Mapping[str, Sender],
        *,
        schedule: RetrySchedule,
        concurrency: int = 32,
        per_channel: int = 8,
        lease_seconds: float = 60.0,
        poll_seconds: float = 0.1,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._senders = senders
        self._schedule = schedule
        self._lease_seconds = lease_seconds
        self._loop = DeliveryLoop(
            self._claim,
            self._deliver,
            lambda outgoing: outgoing.channel_id,
            concurrency=concurrency,
            per_receiver=per_channel,
            poll_seconds=poll_seconds,
        )

    async def run(self) -> None:
        """Deliver until cancelled."""
        await self._loop.run()

    async def deliver_due(self) -> int:
        """Deliver what is due now and wait for it; returns how many attempts were made. For tests and replays."""
        return await self._loop.deliver_due()

    async def _claim(self, limit: int, busy: Collection[UUID]) -> list[Outgoing]:
        async with self._database.transaction() as session:
            claimed = await queue.claim(session, limit=limit, lease_seconds=self._lease_seconds, busy=busy)
            interrupted = await queue.mark_interrupted(session, claimed)
        if interrupted:
            POSSIBLE_DUPLICATES.inc(interrupted)
        return claimed

    async def _deliver(self, outgoing: Outgoing) -> None:
        with SECONDS.labels(outgoing.kind).time():
            try:
                # Shorter than the lease: nobody else may send while we still might.
                async with asyncio.timeout(self._lease_seconds / 2):
                    outcome = await self._senders[outgoing.kind].send(outgoing)
            except TimeoutError:
                outcome = Outcome(False, error="timed out")
            except Exception as error:
                log.exception("delivery.failed_unexpectedly", delivery_id=str(outgoing.id))
                outcome = Outcome(False, error=f"{type(error).__name__}: {error}"[:300])
        async with self._database.transaction() as session:
            ctx = Context(session=session, now=self._clock.now(), new_id=self._new_id, principal=SYSTEM)
            result = await self._record(ctx, outgoing, outcome)
        ATTEMPTS.labels(outgoing.kind, result).inc()

    async def _record(self, ctx: Context, outgoing: Outgoing, outcome: Outcome) -> str:
        session, error = ctx.session, outcome.error or ""
        if outcome.delivered:
            await queue.complete(session, outgoing, ctx.now)
            await queue.finish_attempt(session, outgoing, "delivered", outcome.status_code, None)
            if outgoing.channel_id is not None:
                await queue.channel_works(session, outgoing.channel_id)
            return "delivered"
        wait = self._schedule.wait_after(outgoing.attempt - outgoing.forgiven, asked_seconds=outcome.wait_seconds)
        await queue.finish_attempt(session, outgoing, "failed", outcome.status_code, error)
        if outcome.is_final or wait is None:
            if await queue.fail(session, outgoing, ctx.now, error):
                await self._leave_in_trail(ctx, outgoing, error)
            result = "given_up"
        else:
            await queue.postpone(session, outgoing, wait, error)
            result = "failed"
        if outgoing.channel_id is not None:
            await self._rest_channel(ctx, outgoing.channel_id, outcome, error)
        return result

    async def _leave_in_trail(self, ctx: Context, outgoing: Outgoing, error: str) -> None:
        if outgoing.alert_id is None:
            return
        alert = await alerts.lock(ctx.session, outgoing.alert_id)
        if alert is not None:
            facts = {
                "delivery_id": outgoing.id,
                "kind": outgoing.kind,
                "error": error,
                "attempts": outgoing.attempt,
            }
            trail.append(ctx, alert, TrailKind.UNDELIVERED, facts)
            await ctx.session.flush()

    async def _rest_channel(self, ctx: Context, channel_id: UUID, outcome: Outcome, error: str) -> None:
        failures = await queue.count_channel_failure(ctx.session, channel_id)
        if not outcome.gone and failures < self._schedule.pause_after:
            return
        reason = "gone" if outcome.gone else f"{failures} failures in a row"
        if await queue.pause_channel(ctx.session, channel_id, ctx.now, reason):
            detail = {"reason": reason, "last_error": error}
            await watch.report(ctx, FindingKind.CHANNEL_PAUSED, str(channel_id), detail)


class DeliveryAuditor:
    """Looks for deliveries that were due long ago and not tried."""

    def __init__(self, *, late_after_seconds: float) -> None:
        self._late_after_seconds = late_after_seconds

    async def check_deliveries(self, ctx: Context, due_at: datetime) -> None:
        """A job: findings for what is late now, and none any more for what has passed."""
        late = await queue.late(ctx.session, self._late_after_seconds)
        for delivery_id, seconds in late:
            await watch.report(ctx, FindingKind.DELIVERY_LATE, str(delivery_id), {"late_real_seconds": seconds})
        await watch.clear_others(ctx, FindingKind.DELIVERY_LATE, {str(delivery_id) for delivery_id, _ in late})
