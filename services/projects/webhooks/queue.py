"""SQL of the delivery queue: claims and results.

Leases, waits and rests are real time by the database's clock, so that workers on several machines agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.projects.webhooks import receivers
from services.projects.webhooks.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookSubscriptionRow


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed delivery: what is to be sent, and the number of the attempt that fences it."""

    id: UUID
    subscription_id: UUID
    event_id: UUID
    url: str
    body: str
    attempt: int
    forgiven: int
    secrets_sealed: tuple[str, ...]


async def claim(
    session: AsyncSession, *, limit: int, lease_seconds: float, busy: Collection[UUID] = ()
) -> list[Outgoing]:
    """Take due deliveries for ``lease_seconds``; those of paused, resting or ``busy`` subscriptions are left.

    Of a receiver that has been failing one is taken, to see whether it is back. Of events of one aggregate the
    first goes alone: its successor waits until it has arrived or was given up.
    """
    claimed: list[Outgoing] = []
    for subscription, former in await _due_subscriptions(session, limit, busy):
        room = limit - len(claimed)
        if room <= 0:
            break
        is_failing = subscription.failures_in_a_row > 0
        ids = await _due_deliveries(session, subscription.id, 1 if is_failing else room)
        if not ids:
            continue
        if is_failing:
            await receivers.rest(session, subscription.id, lease_seconds)
        claimed += await _take(session, subscription, former, ids, lease_seconds)
    if claimed:
        attempts = [{"delivery_id": one.id, "number": one.attempt} for one in claimed]
        await session.execute(insert(WebhookAttemptRow), attempts)
    return claimed


async def _due_subscriptions(
    session: AsyncSession, limit: int, busy: Collection[UUID]
) -> Sequence[tuple[WebhookSubscriptionRow, str | None]]:
    due = select(WebhookDeliveryRow).where(
        col(WebhookDeliveryRow.subscription_id) == col(WebhookSubscriptionRow.id),
        col(WebhookDeliveryRow.status) == "pending",
        col(WebhookDeliveryRow.next_attempt_at) <= func.clock_timestamp(),
    )
    former = case(
        (
            col(WebhookSubscriptionRow.previous_secret_until) > func.clock_timestamp(),
            col(WebhookSubscriptionRow.previous_secret_sealed),
        )
    )
    statement = (
        select(WebhookSubscriptionRow, former)
        .where(
            col(WebhookSubscriptionRow.deleted_at).is_(None),
            col(WebhookSubscriptionRow.paused_at).is_(None),
            col(WebhookSubscriptionRow.rest_until) <= func.clock_timestamp(),
            col(WebhookSubscriptionRow.id).not_in(list(busy)),
            due.exists(),
        )
        .order_by(col(WebhookSubscriptionRow.rest_until), col(WebhookSubscriptionRow.id))
        .limit(limit)
        .with_for_update(of=WebhookSubscriptionRow, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [(row, sealed) for row, sealed in await session.execute(statement)]


async def _due_deliveries(session: AsyncSession, subscription_id: UUID, limit: int) -> list[UUID]:
    # The subscription is locked: nobody else takes of its deliveries meanwhile.
    earlier = aliased(WebhookDeliveryRow)
    before = select(earlier).where(
        col(earlier.subscription_id) == col(WebhookDeliveryRow.subscription_id),
        col(earlier.sequence_key) == col(WebhookDeliveryRow.sequence_key),
        col(earlier.status) == "pending",
        col(earlier.position) < col(WebhookDeliveryRow.position),
    )
    statement = (
        select(col(WebhookDeliveryRow.id))
        .where(
            col(WebhookDeliveryRow.subscription_id) == subscription_id,
            col(WebhookDeliveryRow.status) == "pending",
            col(WebhookDeliveryRow.next_attempt_at) <= func.clock_timestamp(),
            ~before.exists(),
        )
        .order_by(col(WebhookDeliveryRow.position), col(WebhookDeliveryRow.id))
        .limit(limit)
        .with_for_update(of=WebhookDeliveryRow, skip_locked=True)
    )
    return list((await session.scalars(statement)).all())


async def _take(
    session: AsyncSession,
    subscription: WebhookSubscriptionRow,
    former: str | None,
    ids: Sequence[UUID],
    lease_seconds: float,
) -> list[Outgoing]:
    taken = await session.execute(
        update(WebhookDeliveryRow)
        .where(col(WebhookDeliveryRow.id).in_(ids))
        .values(
            attempts=WebhookDeliveryRow.attempts + 1,
            # Until then it is ours; a worker that dies leaves it due again.
            next_attempt_at=func.clock_timestamp() + timedelta(seconds=lease_seconds),
        )
        .returning(
            col(WebhookDeliveryRow.id),
            col(WebhookDeliveryRow.event_id),
            col(WebhookDeliveryRow.body),
            col(WebhookDeliveryRow.attempts),
            col(WebhookDeliveryRow.attempts_forgiven),
            col(WebhookDeliveryRow.position),
        )
        .execution_options(synchronize_session=False)
    )
    secrets = (subscription.secret_sealed, *((former,) if former is not None else ()))
    return [
        Outgoing(
            row.id,
            subscription.id,
            row.event_id,
            subscription.url,
            row.body,
            row.attempts,
            row.attempts_forgiven,
            secrets,
        )
        for row in sorted(taken, key=lambda row: (row.position, row.id))
    ]


async def mark_interrupted(session: AsyncSession, claimed: Sequence[Outgoing]) -> int:
    """Name earlier attempts without an end for what they are; returns how many (each a possible duplicate)."""
    repeated = [outgoing for outgoing in claimed if outgoing.attempt > 1]
    if not repeated:
        return 0
    earlier = or_(
        *(
            and_(
                col(WebhookAttemptRow.delivery_id) == outgoing.id,
                col(WebhookAttemptRow.number) < outgoing.attempt,
            )
            for outgoing in repeated
        )
    )
    marked = await session.scalars(
        update(WebhookAttemptRow)
        .where(earlier, col(WebhookAttemptRow.finished_at).is_(None))
        .values(outcome="interrupted", finished_at=func.clock_timestamp())
        .returning(col(WebhookAttemptRow.number))
        .execution_options(synchronize_session=False)
    )
    return len(marked.all())


async def finish_attempt(
    session: AsyncSession, outgoing: Outgoing, outcome: str, status_code: int | None, error: str | None
) -> None:
    await session.execute(
        update(WebhookAttemptRow)
        .where(
            col(WebhookAttemptRow.delivery_id) == outgoing.id,
            col(WebhookAttemptRow.number) == outgoing.attempt,
        )
        .values(outcome=outcome, status_code=status_code, error=error, finished_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def end(
    session: AsyncSession,
    outgoing: Outgoing,
    status: str,
    at: datetime,
    *,
    status_code: int | None,
    error: str | None = None,
) -> bool:
    """Mark as delivered or given up; False when another worker has taken it over meanwhile."""
    return await _write(
        session, outgoing, status=status, completed_at=at, last_status_code=status_code, last_error=error
    )


async def postpone(
    session: AsyncSession, outgoing: Outgoing, wait_seconds: float, *, status_code: int | None, error: str
) -> bool:
    """Try again after ``wait_seconds`` of real time."""
    due = func.clock_timestamp() + timedelta(seconds=wait_seconds)
    return await _write(session, outgoing, next_attempt_at=due, last_status_code=status_code, last_error=error)


async def _write(session: AsyncSession, outgoing: Outgoing, **values: object) -> bool:
    held = await session.scalar(
        update(WebhookDeliveryRow)
        .where(
            col(WebhookDeliveryRow.id) == outgoing.id,
            col(WebhookDeliveryRow.attempts) == outgoing.attempt,
            col(WebhookDeliveryRow.status) == "pending",
        )
        .values(**values)
        .returning(col(WebhookDeliveryRow.id))
        .execution_options(synchronize_session=False)
    )
    return held is not None


async def repeat(session: AsyncSession, subscription_id: UUID, delivery_id: UUID | None = None) -> int:
    """Make an ended delivery, or all that failed, due again, with a whole schedule; returns how many."""
    wanted = (
        col(WebhookDeliveryRow.status) == "failed"
        if delivery_id is None
        else and_(col(WebhookDeliveryRow.id) == delivery_id, col(WebhookDeliveryRow.status) != "pending")
    )
    repeated = await session.scalars(
        update(WebhookDeliveryRow)
        .where(col(WebhookDeliveryRow.subscription_id) == subscription_id, wanted)
        .values(
            status="pending",
            completed_at=None,
            attempts_forgiven=WebhookDeliveryRow.attempts,
            next_attempt_at=func.clock_timestamp(),
        )
        .returning(col(WebhookDeliveryRow.id))
        .execution_options(synchronize_session=False)
    )
    return len(repeated.all())
