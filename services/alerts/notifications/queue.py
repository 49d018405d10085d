"""SQL of the delivery queue: claims, results, the rest that a failing channel is given.

Leases and waits are real time by the database's clock, so that workers on several machines agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.alerts.notifications.tables import AttemptRow, ChannelRow, DeliveryRow


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed delivery: what is to be sent, and the number of the attempt that fences it."""

    id: UUID
    alert_id: UUID | None
    kind: str
    target: str
    subject: str
    body: str
    language: str
    attempt: int
    forgiven: int
    channel_id: UUID | None
    secret_sealed: str | None


async def claim(
    session: AsyncSession, *, limit: int, lease_seconds: float, busy: Collection[UUID] = ()
) -> list[Outgoing]:
    """Take due deliveries for `lease_seconds`; those of paused, disabled or `busy` channels are left."""
    due = (
        select(col(DeliveryRow.id))
        .outerjoin(ChannelRow, col(ChannelRow.id) == col(DeliveryRow.channel_id))
        .where(
            col(DeliveryRow.status) == "pending",
            col(DeliveryRow.next_attempt_at) <= func.clock_timestamp(),
            or_(
                col(DeliveryRow.channel_id).is_(None),
                and_(
                    col(ChannelRow.enabled).is_(True),
                    col(ChannelRow.paused_at).is_(None),
                    col(ChannelRow.id).not_in(list(busy)),
                ),
            ),
        )
        .order_by(col(DeliveryRow.next_attempt_at))
        .limit(limit)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    )
    ids = (await session.scalars(due)).all()
    if not ids:
        return []
    await session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(ids))
        .values(
            attempts=DeliveryRow.attempts + 1,
            # Until then it is ours; a worker that dies leaves it due again.
            next_attempt_at=func.clock_timestamp() + timedelta(seconds=lease_seconds),
        )
        .execution_options(synchronize_session=False)
    )
    rows = await session.execute(
        select(DeliveryRow, col(ChannelRow.secret_sealed))
        .outerjoin(ChannelRow, col(ChannelRow.id) == col(DeliveryRow.channel_id))
        .where(col(DeliveryRow.id).in_(ids))
        .order_by(col(DeliveryRow.id))
        .execution_options(populate_existing=True)
    )
    claimed = [
        Outgoing(
            id=row.id,
            alert_id=row.alert_id,
            kind=row.kind,
            target=row.target,
            subject=row.subject,
            body=row.body,
            language=row.language,
            attempt=row.attempts,
            forgiven=row.attempts_forgiven,
            channel_id=row.channel_id,
            secret_sealed=secret_sealed,
        )
        for row, secret_sealed in rows
    ]
    await session.execute(
        insert(AttemptRow), [{"delivery_id": outgoing.id, "number": outgoing.attempt} for outgoing in claimed]
    )
    return claimed


async def mark_interrupted(session: AsyncSession, claimed: Sequence[Outgoing]) -> int:
    """Name earlier attempts without an end for what they are; returns how many (each a possible duplicate)."""
    repeated = [outgoing for outgoing in claimed if outgoing.attempt > 1]
    if not repeated:
        return 0
    earlier = or_(
        *(
            and_(col(AttemptRow.delivery_id) == outgoing.id, col(AttemptRow.number) < outgoing.attempt)
            for outgoing in repeated
        )
    )
    marked = await session.scalars(
        update(AttemptRow)
        .where(earlier, col(AttemptRow.finished_at).is_(None))
        .values(outcome="interrupted", finished_at=func.clock_timestamp())
        .returning(col(AttemptRow.number))
        .execution_options(synchronize_session=False)
    )
    return len(marked.all())


async def finish_attempt(
    session: AsyncSession, outgoing: Outgoing, outcome: str, status_code: int | None, error: str | None
) -> None:
    await session.execute(
        update(AttemptRow)
        .where(col(AttemptRow.delivery_id) == outgoing.id, col(AttemptRow.number) == outgoing.attempt)
        .values(outcome=outcome, status_code=status_code, error=error, finished_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def complete(session: AsyncSession, outgoing: Outgoing, at: datetime) -> bool:
    """Mark as delivered; False when another worker has taken it over meanwhile."""
    return await _end(session, outgoing, status="delivered", completed_at=at, last_error=None)


async def fail(session: AsyncSession, outgoing: Outgoing, at: datetime, error: str) -> bool:
    """Give up for good."""
    return await _end(session, outgoing, status="failed", completed_at=at, last_error=error)


async def postpone(session: AsyncSession, outgoing: Outgoing, wait_seconds: float, error: str) -> bool:
    """Try again after `wait_seconds` of real time."""
    due = func.clock_timestamp() + timedelta(seconds=wait_seconds)
    return await _end(session, outgoing, next_attempt_at=due, last_error=error)


async def repeat(session: AsyncSession, delivery_id: UUID) -> None:
    """Make an ended delivery due again, with a whole schedule before it."""
    await session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.id) == delivery_id)
        .values(
            status="pending",
            completed_at=None,
            attempts_forgiven=DeliveryRow.attempts,
            next_attempt_at=func.clock_timestamp(),
        )
        .execution_options(synchronize_session=False)
    )


async def count_channel_failure(session: AsyncSession, channel_id: UUID) -> int:
    """How many attempts through the channel have now failed in a row."""
    failures = await session.scalar(
        update(ChannelRow)
        .where(col(ChannelRow.id) == channel_id)
        .values(failures_in_a_row=ChannelRow.failures_in_a_row + 1)
        .returning(col(ChannelRow.failures_in_a_row))
        .execution_options(synchronize_session=False)
    )
    return failures or 0


async def pause_channel(session: AsyncSession, channel_id: UUID, at: datetime, reason: str) -> bool:
    """Stop trying a channel; False when it was paused already."""
    paused = await session.scalar(
        update(ChannelRow)
        .where(col(ChannelRow.id) == channel_id, col(ChannelRow.paused_at).is_(None))
        .values(paused_at=at, paused_reason=reason, version=ChannelRow.version + 1)
        .returning(col(ChannelRow.id))
        .execution_options(synchronize_session=False)
    )
    return paused is not None


async def channel_works(session: AsyncSession, channel_id: UUID) -> None:
    """Forget earlier failures; no write where there were none."""
    await session.execute(
        update(ChannelRow)
        .where(col(ChannelRow.id) == channel_id, col(ChannelRow.failures_in_a_row) > 0)
        .values(failures_in_a_row=0)
        .execution_options(synchronize_session=False)
    )


async def late(session: AsyncSession, older_than_seconds: float, limit: int = 100) -> list[tuple[UUID, float]]:
    """Deliveries that should have been tried long ago and were not, with their lateness in real seconds."""
    lateness = func.extract("epoch", func.clock_timestamp() - col(DeliveryRow.next_attempt_at))
    rows = await session.execute(
        select(col(DeliveryRow.id), lateness)
        .outerjoin(ChannelRow, col(ChannelRow.id) == col(DeliveryRow.channel_id))
        .where(
            col(DeliveryRow.status) == "pending",
            lateness > older_than_seconds,
            or_(
                col(DeliveryRow.channel_id).is_(None),
                and_(col(ChannelRow.enabled).is_(True), col(ChannelRow.paused_at).is_(None)),
            ),
        )
        .order_by(col(DeliveryRow.next_attempt_at))
        .limit(limit)
    )
    return [(delivery_id, float(seconds)) for delivery_id, seconds in rows]


async def _end(session: AsyncSession, outgoing: Outgoing, **values: object) -> bool:
    held = await session.scalar(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.id) == outgoing.id,
            col(DeliveryRow.attempts) == outgoing.attempt,
            col(DeliveryRow.status) == "pending",
        )
        .values(**values)
        .returning(col(DeliveryRow.id))
        .execution_options(synchronize_session=False)
    )
    return held is not None
