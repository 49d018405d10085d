"""What runs beside the scheduler: making deliveries of events, sending them, and forgetting old ones."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.envelope import SealBroken
from libs.common.security.principal import SYSTEM
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.delivery import Outcome, WebhookClient
from libs.common.webhooks.loop import DeliveryLoop
from services.projects.webhooks import queue, receivers, repository
from services.projects.webhooks.domain.pausing import PauseRule, rest_after
from services.projects.webhooks.queue import Outgoing
from services.projects.webhooks.service.pausing import pause_with_warning
from services.projects.webhooks.service.planning import BATCH, plan_deliveries
from services.projects.webhooks.service.subscriptions import WebhookGuard

log = structlog.get_logger(__name__)

ATTEMPTS = Counter("duban_projects_webhook_attempts_total", "Attempts by outcome", ["outcome"])
POSSIBLE_DUPLICATES = Counter(
    "duban_projects_webhook_possible_duplicates_total",
    "Deliveries sent again since an attempt had no recorded end",
)
SECONDS = Histogram("duban_projects_webhook_seconds", "Real time of one attempt")

# As long as the log of deliveries is of use to those who look for a lost message.
KEEP_DELIVERIES = timedelta(days=30)
_PAUSE_AFTER_ERROR_SECONDS = 1.0


class DeliveryPlanner:
    """Makes deliveries of what the relay has placed; safe on several instances, each takes other subscriptions."""

    def __init__(self, database: Database, clock: Clock, new_id: IdFactory, *, poll_seconds: float = 0.5) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Plan until cancelled; errors of the database are waited out."""
        while True:
            try:
                made = await self.plan_due()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("webhook.planning_interrupted", error=repr(error)[:200])
                await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
                continue
            if made < BATCH:
                await asyncio.sleep(self._poll_seconds)

    async def plan_due(self) -> int:
        """One look for every subscription that has something new before it; answers how many were made."""
        async with self._database.session() as session:
            waiting = await repository.waiting_subscriptions(session)
        made = 0
        for subscription_id in waiting:
            async with self._database.transaction() as session:
                ctx = Context(session, self._clock.now(), self._new_id, SYSTEM)
                made += await plan_deliveries(ctx, subscription_id)
        return made


class WebhookWorker:
    """Delivers at least once: the attempt is committed, then sent, then its outcome committed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        webhooks: WebhookClient,
        guard: WebhookGuard,
        *,
        schedule: RetrySchedule,
        pausing: PauseRule,
        lease_seconds: float = 60.0,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._webhooks = webhooks
        self._guard = guard
        self._schedule = schedule
        self._pausing = pausing
        self._lease_seconds = lease_seconds
        self._loop = DeliveryLoop(self._claim, self._deliver, lambda outgoing: outgoing.subscription_id)

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
        with SECONDS.time():
            outcome = await self._send(outgoing)
        async with self._database.transaction() as session:
            ctx = Context(session, self._clock.now(), self._new_id, SYSTEM)
            result = await self._record(ctx, outgoing, outcome)
        ATTEMPTS.labels(result).inc()

    async def _send(self, outgoing: Outgoing) -> Outcome:
        try:
            secrets = [self._guard.open(sealed) for sealed in outgoing.secrets_sealed]
            # Shorter than the lease: nobody else may send while we still might.
            async with asyncio.timeout(self._lease_seconds / 2):
                return await self._webhooks.post(outgoing.url, secrets, str(outgoing.event_id), outgoing.body)
        except TimeoutError:
            return Outcome(False, error="timed out")
        except SealBroken:
            return Outcome(False, error="the subscription's secret cannot be opened", is_final=True)
        except Exception as error:
            log.exception("webhook.failed_unexpectedly", delivery_id=str(outgoing.id))
            return Outcome(False, error=f"{type(error).__name__}: {error}"[:300])

    async def _record(self, ctx: Context, outgoing: Outgoing, outcome: Outcome) -> str:
        session, code, error = ctx.session, outcome.status_code, outcome.error or ""
        # The subscription first, as the claim does: two outcomes of one receiver never wait for each other.
        subscription = await repository.lock_subscription(session, outgoing.subscription_id)
        if outcome.delivered:
            await queue.end(session, outgoing, "delivered", ctx.now, status_code=code)
            await queue.finish_attempt(session, outgoing, "delivered", code, None)
            await receivers.works(session, subscription.id)
            return "delivered"
        await queue.finish_attempt(session, outgoing, "failed", code, error)
        wait = self._schedule.wait_after(outgoing.attempt - outgoing.forgiven, asked_seconds=outcome.wait_seconds)
        if outcome.is_final or wait is None:
            await queue.end(session, outgoing, "failed", ctx.now, status_code=code, error=error)
            result = "given_up"
        else:
            await queue.postpone(session, outgoing, wait, status_code=code, error=error)
            result = "failed"
        failures, seconds = await receivers.count_failure(session, subscription.id)
        await receivers.rest(session, subscription.id, rest_after(failures, self._schedule))
        reason = self._pausing.reason(failures, seconds, gone=outcome.gone)
        if reason is not None and subscription.deleted_at is None:
            await pause_with_warning(ctx, subscription, reason, failures=failures, failing_seconds=seconds)
        return result


async def forget_old_deliveries(ctx: Context, due: datetime) -> None:
    """A job: deliveries that ended long ago are forgotten, with their attempts."""
    forgotten = await repository.forget_completed(ctx.session, ctx.now - KEEP_DELIVERIES)
    log.info("webhook.deliveries_forgotten", count=forgotten)
