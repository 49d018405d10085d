"""SQL of browsers that subscribed to Web Push."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import SYSTEM
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.tables import ChannelRow, DeliveryRow

PUSH_SUBSCRIPTIONS = Listing(
    fields={
        "id": FilterField(col(ChannelRow.id), UUID),
        "name": FilterField(col(ChannelRow.name)),
        "created_at": FilterField(col(ChannelRow.created_at), datetime),
    },
    sortable=("created_at",),
    default_sort="-created_at",
)


def _of(person_id: UUID) -> Any:
    return select(ChannelRow).where(
        col(ChannelRow.person_id) == person_id,
        col(ChannelRow.kind) == ChannelKind.WEB_PUSH.value,
        col(ChannelRow.enabled).is_(True),
    )


async def page_own(session: AsyncSession, person_id: UUID, query: ListQuery) -> Page[ChannelRow]:
    return await query.page(session, _of(person_id))


async def find_own(session: AsyncSession, person_id: UUID, channel_id: UUID) -> ChannelRow | None:
    statement = _of(person_id).where(col(ChannelRow.id) == channel_id).with_for_update()
    found: ChannelRow | None = (await session.scalars(statement)).one_or_none()
    return found


async def oldest_beyond(session: AsyncSession, person_id: UUID, most: int) -> list[UUID]:
    """Subscriptions of a person beyond the newest so many."""
    statement = _of(person_id).with_only_columns(col(ChannelRow.id))
    statement = statement.order_by(col(ChannelRow.created_at).desc(), col(ChannelRow.id).desc()).offset(most)
    return list((await session.scalars(statement)).all())


async def lock_endpoint(session: AsyncSession, endpoint_hash: str) -> ChannelRow | None:
    """The channel of a browser's endpoint, locked; until the transaction ends nobody else makes one of it."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"push:{endpoint_hash}", 0))))
    statement = select(ChannelRow).where(col(ChannelRow.endpoint_hash) == endpoint_hash).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def retire(session: AsyncSession, channel_id: UUID, at: datetime, reason: str) -> bool:
    """Take a browser's subscription away: its secrets are forgotten. False when it was taken away before.

    The row stays for the deliveries that it had.
    """
    retired = await session.scalar(
        update(ChannelRow)
        .where(col(ChannelRow.id) == channel_id, col(ChannelRow.enabled).is_(True))
        .values(
            enabled=False,
            secret_sealed=None,
            endpoint_hash=None,
            paused_reason=reason,
            probe_at=None,
            version=ChannelRow.version + 1,
            updated_at=at,
        )
        .returning(col(ChannelRow.id))
        .execution_options(synchronize_session=False)
    )
    return retired is not None


async def discard_waiting(session: AsyncSession, channel_id: UUID, reason: str) -> None:
    """Nothing waits for a browser that was taken away; what is under way ends by itself."""
    waiting = (
        select(col(DeliveryRow.id))
        .where(col(DeliveryRow.channel_id) == channel_id, col(DeliveryRow.status) == "pending")
        # Whoever records a failure holds its delivery and waits for the channel, which we hold.
        .with_for_update(skip_locked=True)
    )
    ids = (await session.scalars(waiting)).all()
    await session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(ids))
        .values(status="discarded", discarded_by=SYSTEM.subject, discard_reason=f"subscription {reason}")
        .execution_options(synchronize_session=False)
    )
