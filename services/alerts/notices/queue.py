"""SQL of notices on their way: claims and results, as for notifications."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Update, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.alerts.notices.tables import NoticeDeliveryRow
from services.alerts.notifications import quota_book
from services.alerts.notifications.claiming import access_of
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.quota_book import Due
from services.alerts.notifications.tables import STANDARD, ChannelRow, GatewayRow


async def claim(
    session: AsyncSession, *, limit: int, lease_seconds: float, busy: Collection[UUID] = ()
) -> list[Outgoing]:
    """Take due messages for `lease_seconds`; those of paused, disabled or `busy` channels and
    gateways are left, and what exceeds a quota is put off.

    The notice stands where an alert stands in what is sent of alerts.
    """
    rows = await session.execute(
        select(
            col(NoticeDeliveryRow.id),
            col(NoticeDeliveryRow.kind),
            col(NoticeDeliveryRow.channel_id),
            col(NoticeDeliveryRow.gateway_id),
            col(ChannelRow.limits),
            col(GatewayRow.limits),
        )
        .outerjoin(ChannelRow, col(ChannelRow.id) == col(NoticeDeliveryRow.channel_id))
        .outerjoin(GatewayRow, col(GatewayRow.id) == col(NoticeDeliveryRow.gateway_id))
        .where(
            col(NoticeDeliveryRow.status) == "pending",
            col(NoticeDeliveryRow.next_attempt_at) <= func.clock_timestamp(),
            or_(
                col(NoticeDeliveryRow.channel_id).is_(None),
                and_(
                    col(ChannelRow.enabled).is_(True),
                    col(ChannelRow.paused_at).is_(None),
                    col(ChannelRow.id).not_in(list(busy)),
                ),
            ),
            or_(
                col(NoticeDeliveryRow.gateway_id).is_(None),
                and_(col(GatewayRow.enabled).is_(True), col(GatewayRow.id).not_in(list(busy))),
            ),
        )
        .order_by(col(NoticeDeliveryRow.next_attempt_at))
        .limit(limit)
        .with_for_update(of=NoticeDeliveryRow, skip_locked=True)
    )
    ids = await quota_book.take(session, [Due(*row) for row in rows], NoticeDeliveryRow)
    if not ids:
        return []
    await session.execute(
        update(NoticeDeliveryRow)
        .where(col(NoticeDeliveryRow.id).in_(ids))
        .values(
            attempts=NoticeDeliveryRow.attempts + 1,
            next_attempt_at=func.clock_timestamp() + timedelta(seconds=lease_seconds),
        )
        .execution_options(synchronize_session=False)
    )
    claimed = await session.execute(
        select(
            NoticeDeliveryRow,
            col(ChannelRow.secret_sealed),
            col(ChannelRow.format),
            col(ChannelRow.options),
            GatewayRow,
        )
        .outerjoin(ChannelRow, col(ChannelRow.id) == col(NoticeDeliveryRow.channel_id))
        .outerjoin(GatewayRow, col(GatewayRow.id) == col(NoticeDeliveryRow.gateway_id))
        .where(col(NoticeDeliveryRow.id).in_(ids))
        .order_by(col(NoticeDeliveryRow.id))
        .execution_options(populate_existing=True)
    )
    return [
        Outgoing(
            id=row.id,
            alert_id=row.notice_id,
            kind=row.kind,
            target=row.target,
            subject=row.subject,
            body=row.body,
            language=row.language,
            attempt=row.attempts,
            forgiven=0,
            channel_id=row.channel_id,
            secret_sealed=secret_sealed,
            format=form or STANDARD,
            options=options or {},
            gateway=access_of(gateway),
            reason=row.reason,
        )
        for row, secret_sealed, form, options, gateway in claimed
    ]


async def end(session: AsyncSession, outgoing: Outgoing, at: datetime, *, error: str | None) -> UUID | None:
    """Mark as delivered, or as failed for good with `error`; the receipt, None when another worker has it."""
    return await session.scalar(
        _held(outgoing)
        .values(status="delivered" if error is None else "failed", completed_at=at, last_error=error)
        .returning(col(NoticeDeliveryRow.receipt_id))
    )


async def postpone(session: AsyncSession, outgoing: Outgoing, wait_seconds: float, error: str) -> None:
    """Try again after `wait_seconds` of real time."""
    due = func.clock_timestamp() + timedelta(seconds=wait_seconds)
    await session.execute(_held(outgoing).values(next_attempt_at=due, last_error=error))


async def has_others(session: AsyncSession, receipt_id: UUID) -> bool:
    """Whether something is still on its way to the recipient, or has arrived."""
    statement = select(NoticeDeliveryRow).where(
        col(NoticeDeliveryRow.receipt_id) == receipt_id, col(NoticeDeliveryRow.status) != "failed"
    )
    return bool(await session.scalar(select(statement.exists())))


async def stop(session: AsyncSession, notice_id: UUID, at: datetime, reason: str) -> None:
    """Send nothing more of a notice."""
    await session.execute(
        update(NoticeDeliveryRow)
        .where(col(NoticeDeliveryRow.notice_id) == notice_id, col(NoticeDeliveryRow.status) == "pending")
        .values(status="failed", completed_at=at, last_error=reason)
        .execution_options(synchronize_session=False)
    )


def _held(outgoing: Outgoing) -> Update:
    return (
        update(NoticeDeliveryRow)
        .where(
            col(NoticeDeliveryRow.id) == outgoing.id,
            col(NoticeDeliveryRow.attempts) == outgoing.attempt,
            col(NoticeDeliveryRow.status) == "pending",
        )
        .execution_options(synchronize_session=False)
    )
