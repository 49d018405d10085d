"""SQL of results: what became of an attempt, and what is done again.

Waits are real time by the database's clock, so that workers on several machines agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Text, Uuid, and_, cast, column, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.webhooks.delivery import Outcome
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.tables import AttemptRow, ChannelRow, DeliveryRow

_LISTED = 100


async def finish_attempt(
    session: AsyncSession, outgoing: Outgoing, outcome: str, status_code: int | None, error: str | None
) -> None:
    await session.execute(
        update(AttemptRow)
        .where(col(AttemptRow.delivery_id) == outgoing.id, col(AttemptRow.number) == outgoing.attempt)
        .values(outcome=outcome, status_code=status_code, error=error, finished_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def complete_all(session: AsyncSession, arrived: Sequence[tuple[Outgoing, Outcome]], at: datetime) -> None:
    """Mark as delivered, and their attempts as finished; what another worker has taken over stays as it is."""
    given = (
        func.unnest(
            cast([outgoing.id for outgoing, _ in arrived], ARRAY(Uuid)),
            cast([outgoing.attempt for outgoing, _ in arrived], ARRAY(Integer)),
            cast([outcome.provider_id for _, outcome in arrived], ARRAY(Text)),
            cast([outcome.status_code for _, outcome in arrived], ARRAY(Integer)),
        )
        .table_valued(
            column("id", Uuid), column("number", Integer), column("provider_id", Text), column("code", Integer)
        )
        .render_derived(name="arrived")
    )
    await session.execute(
        update(DeliveryRow)
        .where(
            col(DeliveryRow.id) == given.c.id,
            col(DeliveryRow.attempts) == given.c.number,
            col(DeliveryRow.status) == "pending",
        )
        .values(
            status="delivered",
            completed_at=at,
            last_error=None,
            error_code=None,
            provider_id=given.c.provider_id,
        )
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(AttemptRow)
        .where(col(AttemptRow.delivery_id) == given.c.id, col(AttemptRow.number) == given.c.number)
        .values(outcome="delivered", status_code=given.c.code, error=None, finished_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


async def fail(session: AsyncSession, outgoing: Outgoing, at: datetime, error: str, code: str | None) -> bool:
    """Give up for good."""
    return await _end(
        session, outgoing, status="failed", completed_at=at, last_error=error, error_code=code or "unknown"
    )


async def postpone(
    session: AsyncSession,
    outgoing: Outgoing,
    wait_seconds: float,
    error: str,
    code: str | None,
    *,
    forgiven: bool = False,
) -> bool:
    """Try again after `wait_seconds` of real time; a `forgiven` attempt does not count against the schedule."""
    due = func.clock_timestamp() + timedelta(seconds=wait_seconds)
    values: dict[str, object] = {"next_attempt_at": due, "last_error": error, "error_code": code}
    if forgiven:
        values["attempts_forgiven"] = DeliveryRow.attempts_forgiven + 1
    return await _end(session, outgoing, **values)


async def repeat(session: AsyncSession, delivery_ids: Sequence[UUID]) -> None:
    """Make ended deliveries due again, with a whole schedule before them."""
    await session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(list(delivery_ids)))
        .values(
            status="pending",
            completed_at=None,
            discarded_by=None,
            discard_reason=None,
            attempts_forgiven=DeliveryRow.attempts,
            next_attempt_at=func.clock_timestamp(),
        )
        .execution_options(synchronize_session=False)
    )


async def late(session: AsyncSession, older_than_seconds: float, now: datetime) -> list[tuple[UUID, float]]:
    """Deliveries that should have been tried long ago and were not, with their lateness in real seconds."""
    lateness = func.extract("epoch", func.clock_timestamp() - col(DeliveryRow.next_attempt_at))
    rows = await session.execute(
        select(col(DeliveryRow.id), lateness)
        .outerjoin(ChannelRow, col(ChannelRow.id) == col(DeliveryRow.channel_id))
        .where(
            col(DeliveryRow.status) == "pending",
            lateness > older_than_seconds,
            or_(col(DeliveryRow.not_before).is_(None), col(DeliveryRow.not_before) <= now),
            or_(
                col(DeliveryRow.channel_id).is_(None),
                and_(col(ChannelRow.enabled).is_(True), col(ChannelRow.paused_at).is_(None)),
            ),
        )
        .order_by(col(DeliveryRow.next_attempt_at))
        .limit(_LISTED)
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
