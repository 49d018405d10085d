"""SQL of the rest that a failing channel is given, and of trying whether it works again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.alerts.notifications.tables import ChannelRow, DeliveryRow

# A channel that was paused by itself is tried again after so long, then twice as long each time.
PROBE_SECONDS = 60.0
LONGEST_PROBE_SECONDS = 3600.0


async def due_probes(session: AsyncSession, limit: int) -> list[UUID]:
    """One waiting delivery of each paused channel whose time to be tried has come; the next try comes later."""
    channels = (
        await session.scalars(
            select(ChannelRow)
            .where(
                col(ChannelRow.paused_at).is_not(None),
                col(ChannelRow.enabled).is_(True),
                col(ChannelRow.probe_at) <= func.clock_timestamp(),
            )
            .order_by(col(ChannelRow.probe_at))
            .limit(limit)
            # Not its key: who writes a delivery for it need not wait.
            .with_for_update(skip_locked=True, key_share=True)
            .execution_options(populate_existing=True)
        )
    ).all()
    chosen = []
    for channel in channels:
        oldest = await session.scalar(
            select(col(DeliveryRow.id))
            .where(col(DeliveryRow.channel_id) == channel.id, col(DeliveryRow.status) == "pending")
            .order_by(col(DeliveryRow.priority), col(DeliveryRow.next_attempt_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if oldest is None:
            continue
        wait = min(PROBE_SECONDS * 2 ** min(channel.probes + 1, 10), LONGEST_PROBE_SECONDS)
        await session.execute(
            update(ChannelRow)
            .where(col(ChannelRow.id) == channel.id)
            .values(probe_at=func.clock_timestamp() + timedelta(seconds=wait), probes=ChannelRow.probes + 1)
            .execution_options(synchronize_session=False)
        )
        await session.execute(
            update(DeliveryRow)
            .where(col(DeliveryRow.id) == oldest)
            .values(next_attempt_at=func.least(DeliveryRow.next_attempt_at, func.clock_timestamp()))
            .execution_options(synchronize_session=False)
        )
        chosen.append(oldest)
    return chosen


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


async def pause_channel(
    session: AsyncSession, channel_id: UUID, at: datetime, reason: str, *, probes: bool
) -> bool:
    """Stop trying a channel; False when it was paused already. With `probes` it is tried again by itself."""
    probe_at = func.clock_timestamp() + timedelta(seconds=PROBE_SECONDS) if probes else None
    paused = await session.scalar(
        update(ChannelRow)
        .where(col(ChannelRow.id) == channel_id, col(ChannelRow.paused_at).is_(None))
        .values(paused_at=at, paused_reason=reason, probe_at=probe_at, probes=0, version=ChannelRow.version + 1)
        .returning(col(ChannelRow.id))
        .execution_options(synchronize_session=False)
    )
    return paused is not None


async def ailing(session: AsyncSession, channel_ids: Collection[UUID]) -> list[UUID]:
    """Those of the channels that failed lately or are being tried, in the order of their ids."""
    if not channel_ids:
        return []
    statement = select(col(ChannelRow.id)).where(col(ChannelRow.id).in_(sorted(channel_ids)), _ails())
    return list(await session.scalars(statement.order_by(col(ChannelRow.id))))


async def channel_works(session: AsyncSession, channel_id: UUID) -> bool:
    """Forget earlier failures, no write where there were none; True when a paused channel goes on by this.

    What waited for it is due at once, also what had been put off for long.
    """
    resumes = col(ChannelRow.probe_at).is_not(None)
    found = (
        await session.execute(select(resumes).where(col(ChannelRow.id) == channel_id, _ails()).with_for_update())
    ).scalar_one_or_none()
    if found is None:
        return False
    await session.execute(
        update(ChannelRow)
        .where(col(ChannelRow.id) == channel_id)
        .values(
            failures_in_a_row=0,
            paused_at=None,
            paused_reason=None,
            probe_at=None,
            probes=0,
            version=case((resumes, ChannelRow.version + 1), else_=ChannelRow.version),
        )
        .execution_options(synchronize_session=False)
    )
    return bool(found)


def _ails() -> ColumnElement[bool]:
    return or_(
        col(ChannelRow.probe_at).is_not(None),
        and_(col(ChannelRow.failures_in_a_row) > 0, col(ChannelRow.paused_at).is_(None)),
    )
