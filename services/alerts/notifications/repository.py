"""SQL of channels, notifications and deliveries as people see them; the queue's own SQL is in ``queue``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.contracts.alerts import Severity
from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.notifications.tables import (
    AttemptRow,
    ChannelRow,
    DeliveryRow,
    NotificationRow,
)

CHANNELS = Listing(
    fields={
        "id": FilterField(col(ChannelRow.id), UUID),
        "name": FilterField(col(ChannelRow.name)),
        "kind": FilterField(col(ChannelRow.kind)),
        "recipient": FilterField(col(ChannelRow.recipient)),
        "person_id": FilterField(col(ChannelRow.person_id), UUID),
        "post": FilterField(col(ChannelRow.post)),
        "region_code": FilterField(col(ChannelRow.region_code)),
        "enabled": FilterField(col(ChannelRow.enabled), bool),
    },
    sortable=("name",),
    default_sort="name",
)

DELIVERIES = Listing(
    fields={
        "id": FilterField(col(DeliveryRow.id), UUID),
        "status": FilterField(col(DeliveryRow.status)),
        "kind": FilterField(col(DeliveryRow.kind)),
        "reason": FilterField(col(DeliveryRow.reason)),
        "alert_id": FilterField(col(DeliveryRow.alert_id), UUID),
        "channel_id": FilterField(col(DeliveryRow.channel_id), UUID),
        "gateway_id": FilterField(col(DeliveryRow.gateway_id), UUID),
        "notification_id": FilterField(col(DeliveryRow.notification_id), UUID),
        "person_id": FilterField(col(DeliveryRow.person_id), UUID),
        "region_code": FilterField(col(DeliveryRow.region_code)),
        "error_code": FilterField(col(DeliveryRow.error_code)),
        "created_at": FilterField(col(DeliveryRow.created_at), datetime),
        "completed_at": FilterField(col(DeliveryRow.completed_at), datetime),
        "read_at": FilterField(col(DeliveryRow.read_at), datetime),
        "acknowledged_at": FilterField(col(DeliveryRow.acknowledged_at), datetime),
    },
    # Ids are UUIDv7: their order is that of creation.
    sortable=("id",),
    default_sort="-id",
)


def region_chain(code: str) -> tuple[str, ...]:
    """The region and those above it; a malformed code stands alone."""
    try:
        return (code, *regions.ancestors(code))
    except regions.InvalidRegionCode:
        return (code,)


@remembered
async def channels_of_people(session: AsyncSession, person_ids: tuple[UUID, ...]) -> Sequence[ChannelRow]:
    statement = select(ChannelRow).where(
        col(ChannelRow.person_id).in_(list(person_ids)), col(ChannelRow.enabled).is_(True)
    )
    return (await session.scalars(statement.order_by(col(ChannelRow.id)))).all()


@remembered
async def channels_of_post(session: AsyncSession, post: str, region_code: str) -> Sequence[ChannelRow]:
    """Channels of the post in the region or in one above it."""
    statement = select(ChannelRow).where(
        col(ChannelRow.post) == post,
        col(ChannelRow.enabled).is_(True),
        col(ChannelRow.region_code).in_(region_chain(region_code)),
    )
    return (await session.scalars(statement.order_by(col(ChannelRow.id)))).all()


@remembered
async def subscriptions(
    session: AsyncSession, region_code: str, severity: Severity, event_type: str
) -> list[ChannelRow]:
    """Subscriptions that want this event: their region holds the alert's, their severity is not above it."""
    weights = {other.value: weight for weight, other in enumerate(Severity)}
    statement = select(ChannelRow).where(
        col(ChannelRow.recipient) == "subscription",
        col(ChannelRow.enabled).is_(True),
        or_(col(ChannelRow.region_code).is_(None), col(ChannelRow.region_code).in_(region_chain(region_code))),
        or_(col(ChannelRow.event_types).is_(None), literal(event_type) == any_(col(ChannelRow.event_types))),
    )
    rows = await session.scalars(statement.order_by(col(ChannelRow.id)))
    return [row for row in rows if weights.get(row.min_severity or "", 0) <= weights[severity.value]]


@remembered
async def has_subscriptions(session: AsyncSession) -> bool:
    """Whether any system wants changes of alerts at all."""
    statement = select(col(ChannelRow.id)).where(
        col(ChannelRow.recipient) == "subscription", col(ChannelRow.enabled).is_(True)
    )
    return await session.scalar(statement.limit(1)) is not None


async def channel_in_use(session: AsyncSession, channel_id: UUID) -> ChannelRow | None:
    """The channel unless it is switched off; for those who tell, whatever its region."""
    statement = select(ChannelRow).where(col(ChannelRow.id) == channel_id, col(ChannelRow.enabled).is_(True))
    return (await session.scalars(statement)).one_or_none()


async def told(session: AsyncSession, alert_id: UUID) -> list[tuple[UUID | None, str | None]]:
    """(person, post) of everybody who was told of the alert; systems are told by their subscriptions."""
    statement = (
        select(col(NotificationRow.person_id), col(NotificationRow.post))
        .where(
            col(NotificationRow.alert_id) == alert_id,
            col(NotificationRow.recipient_kind).in_(["person", "post"]),
        )
        .distinct()
    )
    return [(person_id, post) for person_id, post in await session.execute(statement)]


async def page_channels(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(ChannelRow).where(_channel_scope(principal)))


async def find_channel(
    session: AsyncSession, principal: Principal, channel_id: UUID, *, lock: bool = False
) -> ChannelRow | None:
    statement = select(ChannelRow).where(col(ChannelRow.id) == channel_id, _channel_scope(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def page_deliveries(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(DeliveryRow).where(_delivery_scope(principal)))


async def find_delivery(
    session: AsyncSession, principal: Principal, delivery_id: UUID, *, lock: bool = False
) -> DeliveryRow | None:
    statement = select(DeliveryRow).where(col(DeliveryRow.id) == delivery_id, _delivery_scope(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def lock_dead(session: AsyncSession, principal: Principal, query: ListQuery) -> list[UUID]:
    """Dead letters that the query's filters choose, oldest first, locked; those somebody else holds are left."""
    statement = (
        select(col(DeliveryRow.id))
        .where(_delivery_scope(principal), col(DeliveryRow.status) == "failed", *query.conditions)
        .order_by(col(DeliveryRow.id))
        .limit(query.limit)
        .with_for_update(skip_locked=True)
    )
    return list((await session.scalars(statement)).all())


async def page_dead(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement = select(DeliveryRow).where(_delivery_scope(principal), col(DeliveryRow.status) == "failed")
    return await query.page(session, statement)


async def get_notification(session: AsyncSession, notification_id: UUID) -> NotificationRow:
    statement = select(NotificationRow).where(col(NotificationRow.id) == notification_id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def errors_of(session: AsyncSession, notification_id: UUID) -> list[str]:
    """Why the notification's deliveries failed: kind and cause of each, oldest first."""
    statement = (
        select(col(DeliveryRow.kind), col(DeliveryRow.error_code))
        .where(col(DeliveryRow.notification_id) == notification_id, col(DeliveryRow.error_code).is_not(None))
        .order_by(col(DeliveryRow.id))
    )
    return [f"{kind}: {code}" for kind, code in await session.execute(statement)]


async def person_name(session: AsyncSession, identity: str) -> str | None:
    """The name by which a person was told last, also of one who has left."""
    try:
        person_id = UUID(identity)
    except ValueError:
        return None
    statement = (
        select(col(NotificationRow.recipient_name))
        .where(col(NotificationRow.person_id) == person_id)
        .order_by(col(NotificationRow.id).desc())
        .limit(1)
    )
    return await session.scalar(statement)


async def find_reported(session: AsyncSession, gateway_id: UUID, name: str) -> DeliveryRow | None:
    """The delivery that a gateway's report speaks of, by the provider's name for it or by our id; locked."""
    known: ColumnElement[bool] = col(DeliveryRow.provider_id) == name
    with suppress(ValueError):
        known = or_(known, col(DeliveryRow.id) == UUID(name))
    statement = (
        select(DeliveryRow)
        .where(col(DeliveryRow.gateway_id) == gateway_id, known)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one_or_none()


async def list_attempts(session: AsyncSession, delivery_id: UUID) -> Sequence[AttemptRow]:
    statement = select(AttemptRow).where(col(AttemptRow.delivery_id) == delivery_id)
    return (await session.scalars(statement.order_by(col(AttemptRow.number)))).all()


async def list_notifications(
    session: AsyncSession, alert_id: UUID
) -> list[tuple[NotificationRow, list[DeliveryRow]]]:
    """All notifications of an alert, oldest first, each with its deliveries."""
    rows = (
        await session.scalars(
            select(NotificationRow)
            .where(col(NotificationRow.alert_id) == alert_id)
            .order_by(col(NotificationRow.id))
        )
    ).all()
    deliveries = await session.scalars(
        select(DeliveryRow).where(col(DeliveryRow.alert_id) == alert_id).order_by(col(DeliveryRow.id))
    )
    by_notification: dict[UUID, list[DeliveryRow]] = {}
    for delivery in deliveries:
        assert delivery.notification_id is not None
        by_notification.setdefault(delivery.notification_id, []).append(delivery)
    return [(row, by_notification.get(row.id, [])) for row in rows]


def _channel_scope(principal: Principal) -> ColumnElement[bool]:
    # Channels belong to offices; an enterprise's caller has none, whatever region it is in.
    if principal.is_enterprise_bound:
        return col(ChannelRow.id).is_(None)
    return region_scope(col(ChannelRow.region_code), principal)


def _delivery_scope(principal: Principal) -> ColumnElement[bool]:
    return and_(
        region_scope(col(DeliveryRow.region_code), principal),
        enterprise_scope(col(DeliveryRow.enterprise_id), principal),
    )
