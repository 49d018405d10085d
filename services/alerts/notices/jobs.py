"""Sending notices, reminding of them, and saying when their time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import structlog
from prometheus_client import Counter

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import SYSTEM
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.delivery import Outcome
from libs.common.webhooks.loop import DeliveryLoop
from services.alerts.notices import queue, service
from services.alerts.notices.domain.links import NoticeLinks
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import Sender

log = structlog.get_logger(__name__)

ATTEMPTS = Counter("duban_alerts_notice_attempts_total", "Attempts to send a notice", ["kind", "outcome"])


class NoticeWorker:
    """Sends at least once under one id: claimed and committed, sent, recorded with its meaning for the receipt."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        senders: Mapping[str, Sender],
        *,
        schedule: RetrySchedule,
        lease_seconds: float = 60.0,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._senders = senders
        self._schedule = schedule
        self._lease_seconds = lease_seconds
        self._loop = DeliveryLoop(self._claim, self._deliver, _receiver_of, concurrency=8)

    async def run(self) -> None:
        """Send until cancelled."""
        await self._loop.run()

    async def deliver_due(self) -> int:
        """Send what is due now and wait for it; returns how many attempts were made."""
        return await self._loop.deliver_due()

    async def _claim(self, limit: int, busy: Collection[UUID]) -> list[Outgoing]:
        async with self._database.transaction() as session:
            return await queue.claim(session, limit=limit, lease_seconds=self._lease_seconds, busy=busy)

    async def _deliver(self, outgoing: Outgoing) -> None:
        try:
            # Shorter than the lease: nobody else may send while we still might.
            async with asyncio.timeout(self._lease_seconds / 2):
                outcome = await self._senders[outgoing.kind].send(outgoing)
        except TimeoutError:
            outcome = Outcome(False, error="timed out")
        except Exception as error:
            log.exception("notice.failed_unexpectedly", delivery_id=str(outgoing.id))
            outcome = Outcome(False, error=f"{type(error).__name__}: {error}"[:300])
        async with self._database.transaction() as session:
            ctx = Context(session=session, now=self._clock.now(), new_id=self._new_id, principal=SYSTEM)
            result = await self._record(ctx, outgoing, outcome)
        ATTEMPTS.labels(outgoing.kind, result).inc()

    async def _record(self, ctx: Context, outgoing: Outgoing, outcome: Outcome) -> str:
        error = outcome.error or ""
        if outcome.delivered:
            receipt_id = await queue.end(ctx.session, outgoing, ctx.now, error=None)
            if receipt_id is not None:
                await service.note_delivered(ctx, receipt_id)
            return "delivered"
        wait = self._schedule.wait_after(outgoing.attempt, asked_seconds=outcome.wait_seconds)
        if not outcome.is_final and wait is not None:
            await queue.postpone(ctx.session, outgoing, wait, error)
            return "failed"
        receipt_id = await queue.end(ctx.session, outgoing, ctx.now, error=error)
        if receipt_id is not None:
            await service.note_failed(ctx, receipt_id)
        return "given_up"


def _receiver_of(outgoing: Outgoing) -> UUID | None:
    return outgoing.channel_id if outgoing.gateway is None else outgoing.gateway.id


class NoticeKeeper:
    """Reminders and deadlines."""

    def __init__(self, links: NoticeLinks) -> None:
        self._links = links

    async def remind(self, ctx: Context, due_at: datetime) -> None:
        """A job: every reminder that is due, and every deadline that has passed."""
        while await service.remind_due(ctx, self._links):
            pass
        while await service.tell_overdue(ctx):
            pass
