"""The delivery worker: takes due deliveries, sends them, records how it went. And the auditor of deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import SYSTEM
from libs.common.tasks import take_turns
from libs.common.together import Together
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.delivery import Outcome
from libs.common.webhooks.loop import DeliveryLoop
from services.alerts.notifications import (
    circuit,
    claiming,
    followups,
    push_repository,
    queue,
    quota_book,
    way_repository,
)
from services.alerts.notifications.domain.kinds import ChannelKind, traits_of
from services.alerts.notifications.links import Links
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import Sender
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

# However long a receiver asks for: an hour later it is asked again.
_LONGEST_HOLD_SECONDS = 3600.0
_LONGEST_WAIT_SECONDS = 300.0


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
        links: Links | None = None,
        concurrency: int = 32,
        per_channel: int = 8,
        lease_seconds: float = 60.0,
        poll_seconds: float = 0.1,
        wanted: asyncio.Event | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._senders = senders
        self._schedule = schedule
        self._links = links
        self._lease_seconds = lease_seconds
        # Many arrive at once: that they did is written down together.
        self._arrived: Together[tuple[Outgoing, Outcome], None] = Together(self._record_arrived, most=concurrency)
        self._loop = DeliveryLoop(
            self._claim,
            self._deliver,
            lambda outgoing: outgoing.channel_id if outgoing.gateway is None else outgoing.gateway.id,
            concurrency=concurrency,
            per_receiver=per_channel,
            poll_seconds=poll_seconds,
            wanted=wanted,
        )

    async def run(self) -> None:
        """Deliver until cancelled."""
        await self._loop.run()

    async def deliver_due(self) -> int:
        """Deliver what is due now and wait for it; returns how many attempts were made. For tests and replays."""
        return await self._loop.deliver_due()

    async def _claim(self, limit: int, busy: Collection[UUID]) -> list[Outgoing]:
        async with self._database.transaction() as session:
            claimed = await claiming.claim(
                session, limit=limit, lease_seconds=self._lease_seconds, now=self._clock.now(), busy=busy
            )
            interrupted = await claiming.mark_interrupted(session, claimed)
            if self._links is not None:
                claimed = await self._links.put_in(session, claimed)
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
                outcome = Outcome(False, error="timed out", error_code="timeout")
            except Exception as error:
                log.exception("delivery.failed_unexpectedly", delivery_id=str(outgoing.id))
                outcome = Outcome(False, error=f"{type(error).__name__}: {error}"[:300], error_code="unexpected")
        if outcome.delivered:
            await self._arrived.do((outgoing, outcome))
            result = "delivered"
        else:
            async with self._database.transaction() as session:
                result = await self._record_failure(self._context(session), outgoing, outcome)
        ATTEMPTS.labels(outgoing.kind, result).inc()

    def _context(self, session: AsyncSession) -> Context:
        return Context(session=session, now=self._clock.now(), new_id=self._new_id, principal=SYSTEM)

    async def _record_failure(self, ctx: Context, outgoing: Outgoing, outcome: Outcome) -> str:
        session, error = ctx.session, outcome.error or ""
        if outcome.is_quota and not outcome.is_final:
            wait = max(outcome.wait_seconds or 0.0, traits_of(outgoing.kind).full_wait_seconds)
            await self._wait_for_room(ctx, outgoing, min(wait, _LONGEST_HOLD_SECONDS), outcome)
            return "quota"
        wait_seconds = self._schedule.wait_after(
            outgoing.attempt - outgoing.forgiven, asked_seconds=outcome.wait_seconds
        )
        await queue.finish_attempt(session, outgoing, "failed", outcome.status_code, error)
        is_over, given_up = outcome.is_final or wait_seconds is None, False
        if outcome.is_final or wait_seconds is None:
            given_up = await queue.fail(session, outgoing, ctx.now, error, outcome.error_code)
        else:
            await queue.postpone(session, outgoing, wait_seconds, error, outcome.error_code)
        # The channel first, then the alert, then what follows: in one order, whoever records.
        paused = None
        channel_id = outgoing.channel_id
        if channel_id is not None and await self._rest_channel(ctx, channel_id, outgoing.kind, outcome, error):
            paused = channel_id
        if given_up or paused is not None:
            await way_repository.lock_failures(session)
        if given_up:
            await self._leave_in_trail(ctx, outgoing, outcome)
        if given_up or paused is not None:
            await followups.after_failure(ctx, outgoing.id if given_up else None, paused_channel=paused)
        if paused is not None and outcome.gone and outgoing.kind == ChannelKind.WEB_PUSH:
            await push_repository.discard_waiting(session, paused, "gone")
        return "given_up" if is_over else "failed"

    async def _record_arrived(self, arrived: Sequence[tuple[Outgoing, Outcome]]) -> list[None]:
        channels = {outgoing.channel_id for outgoing, _ in arrived if outgoing.channel_id is not None}
        async with self._database.transaction() as session:
            ctx = self._context(session)
            await queue.complete_all(session, arrived, ctx.now)
            # In the order of their ids, as whoever locks several.
            for channel_id in await circuit.ailing(session, channels):
                if await circuit.channel_works(session, channel_id):
                    await watch.clear(ctx, FindingKind.CHANNEL_PAUSED, str(channel_id))
        return [None] * len(arrived)

    async def _wait_for_room(self, ctx: Context, outgoing: Outgoing, wait: float, outcome: Outcome) -> None:
        """The receiver takes no more for now: everything to it waits, and nobody has failed."""
        gateway_id = None if outgoing.gateway is None else outgoing.gateway.id
        if outgoing.channel_id is not None or gateway_id is not None:
            await quota_book.hold(ctx.session, quota_book.quota_key(outgoing.channel_id, gateway_id), wait)
        error = outcome.error or "too much for now"
        await queue.finish_attempt(ctx.session, outgoing, "refused_for_now", outcome.status_code, error)
        await queue.postpone(ctx.session, outgoing, wait, error, outcome.error_code, forgiven=True)

    async def _leave_in_trail(self, ctx: Context, outgoing: Outgoing, outcome: Outcome) -> None:
        if outgoing.alert_id is None:
            return
        alert = await alerts.lock(ctx.session, outgoing.alert_id)
        if alert is None:
            return
        facts = {
            "delivery_id": outgoing.id,
            "kind": outgoing.kind,
            "error": outcome.error or "",
            "error_code": outcome.error_code,
            "attempts": outgoing.attempt,
        }
        trail.append(ctx, alert, TrailKind.UNDELIVERED, facts)
        await ctx.session.flush()

    async def _rest_channel(self, ctx: Context, channel_id: UUID, kind: str, outcome: Outcome, error: str) -> bool:
        """Count the failure; True when the channel rests from now on."""
        if outcome.gone and kind == ChannelKind.WEB_PUSH:
            # A browser that was reinstalled or took its permission back: that is nobody's fault to look after.
            return await push_repository.retire(ctx.session, channel_id, ctx.now, "gone")
        failures = await circuit.count_channel_failure(ctx.session, channel_id)
        if not outcome.gone and failures < self._schedule.pause_after:
            return False
        reason = "gone" if outcome.gone else f"{failures} failures in a row"
        if not await circuit.pause_channel(ctx.session, channel_id, ctx.now, reason, probes=not outcome.gone):
            return False
        detail = {"reason": reason, "last_error": error}
        await watch.report(ctx, FindingKind.CHANNEL_PAUSED, str(channel_id), detail)
        return True


class FollowUpRunner:
    """Does what is due after unanswered messages, each in a transaction of its own; any number may run."""

    def __init__(self, database: Database, clock: Clock, new_id: IdFactory, *, poll_seconds: float = 0.2) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Until cancelled; errors of the database are waited out."""
        await take_turns(self.fire_due, "follow_ups.interrupted", poll_seconds=self._poll_seconds)

    async def fire_due(self) -> int:
        """Do everything that is due by the stack's present time; returns how much of it was still wanted."""
        fired = 0
        while (one := await self._fire_one()) is not None:
            fired += one
        return fired

    async def _fire_one(self) -> int | None:
        """1 when something was done, 0 when it had become void, None when nothing is due."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            ctx = Context(session=session, now=now, new_id=self._new_id, principal=SYSTEM)
            alert_id = await way_repository.lock_due_alert(session, now)
            if alert_id is None:
                return None
            alert = await alerts.lock(session, alert_id)
            follow_up = await way_repository.due_follow_up(session, alert_id, now)
            if alert is None or follow_up is None:
                return 0
            follow_up_id = follow_up.id
            try:
                # A savepoint: what goes wrong with one alert leaves the lock, so that the failure is ours to note.
                async with session.begin_nested():
                    return int(await followups.fire(ctx, alert, follow_up))
            except (SQLAlchemyError, OSError, TimeoutError):
                raise
            except Exception as error:
                log.exception("follow_ups.failed", alert_id=str(alert_id))
                await way_repository.record_failure(session, follow_up_id, repr(error), _LONGEST_WAIT_SECONDS)
                return 0


class DeliveryAuditor:
    """Looks for deliveries that were due long ago and not tried, and for follow-ups that nobody did.

    `late_after_seconds` is real time, `follow_up_late_after_seconds` the stack's.
    """

    def __init__(self, *, late_after_seconds: float, follow_up_late_after_seconds: float = 300.0) -> None:
        self._late_after_seconds = late_after_seconds
        self._follow_up_late_after = timedelta(seconds=follow_up_late_after_seconds)

    async def check_deliveries(self, ctx: Context, due_at: datetime) -> None:
        """A job: findings for what is late now, and none any more for what has passed."""
        late = await queue.late(ctx.session, self._late_after_seconds, ctx.now)
        for delivery_id, seconds in late:
            await watch.report(ctx, FindingKind.DELIVERY_LATE, str(delivery_id), {"late_real_seconds": seconds})
        await watch.clear_others(ctx, FindingKind.DELIVERY_LATE, {str(delivery_id) for delivery_id, _ in late})
        waiting = await way_repository.list_late(ctx.session, ctx.now - self._follow_up_late_after)
        for follow_up in waiting:
            detail = {
                "follow_up_id": str(follow_up.id),
                "due_at": follow_up.due_at.isoformat(),
                "late_seconds": (ctx.now - follow_up.due_at).total_seconds(),
                "last_error": follow_up.last_error,
            }
            await watch.report(ctx, FindingKind.FOLLOW_UP_LATE, str(follow_up.alert_id), detail)
        still = {str(follow_up.alert_id) for follow_up in waiting}
        await watch.clear_others(ctx, FindingKind.FOLLOW_UP_LATE, still)
