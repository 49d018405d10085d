"""SQL of subscriptions and deliveries as people see them, and of making deliveries (their queue: ``queue``)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.outbox.tables import OutboxRow
from libs.common.security.principal import Principal, Role
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.change_feed import visible_events
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.registry.repository import region_filter
from services.projects.webhooks.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookSubscriptionRow

# Who looks after the subscriptions of others, as far as their region reaches.
_MANAGERS = frozenset({Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR})

SUBSCRIPTIONS = Listing(
    fields={
        "id": FilterField(col(WebhookSubscriptionRow.id), UUID),
        "name": FilterField(col(WebhookSubscriptionRow.name)),
        "region_code": region_filter(col(WebhookSubscriptionRow.region_code)),
        "project_id": FilterField(col(WebhookSubscriptionRow.project_id), UUID),
        "owner": FilterField(col(WebhookSubscriptionRow.owner)),
        "paused": FilterField(col(WebhookSubscriptionRow.paused_at).is_not(None), bool, frozenset({"eq"})),
    },
    sortable=("name",),
    default_sort="name",
)
DELIVERIES = Listing(
    fields={
        "id": FilterField(col(WebhookDeliveryRow.id), UUID),
        "subscription_id": FilterField(col(WebhookDeliveryRow.subscription_id), UUID),
        "status": FilterField(col(WebhookDeliveryRow.status)),
        "type": FilterField(col(WebhookDeliveryRow.type)),
        "event_id": FilterField(col(WebhookDeliveryRow.event_id), UUID),
        "subject": FilterField(col(WebhookDeliveryRow.subject)),
        "created_at": FilterField(col(WebhookDeliveryRow.created_at), datetime),
    },
    # Ids are UUIDv7: their order is that of creation.
    sortable=("id",),
    default_sort="-id",
)


def visible(principal: Principal) -> ColumnElement[bool]:
    """One's own subscriptions; those who manage, all of their region and, if bound, of their enterprise."""
    own = col(WebhookSubscriptionRow.owner) == principal.subject
    if principal.role not in _MANAGERS:
        return own
    managed = and_(
        region_scope(col(WebhookSubscriptionRow.region_code), principal),
        enterprise_scope(col(WebhookSubscriptionRow.owner_enterprise_id), principal),
    )
    return or_(own, managed)


async def list_subscriptions(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[WebhookSubscriptionRow]:
    statement = select(WebhookSubscriptionRow).where(
        visible(principal), col(WebhookSubscriptionRow.deleted_at).is_(None)
    )
    return await query.page(session, statement)


async def find_subscription(
    session: AsyncSession, principal: Principal, subscription_id: UUID, *, lock: bool = False
) -> WebhookSubscriptionRow | None:
    statement = select(WebhookSubscriptionRow).where(
        col(WebhookSubscriptionRow.id) == subscription_id,
        visible(principal),
        col(WebhookSubscriptionRow.deleted_at).is_(None),
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_deliveries(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[WebhookDeliveryRow]:
    statement = select(WebhookDeliveryRow).where(
        col(WebhookDeliveryRow.subscription_id).in_(
            select(col(WebhookSubscriptionRow.id)).where(visible(principal))
        )
    )
    return await query.page(session, statement)


async def find_delivery(
    session: AsyncSession, principal: Principal, delivery_id: UUID, *, lock: bool = False
) -> tuple[WebhookDeliveryRow, WebhookSubscriptionRow] | None:
    """The delivery and its subscription, which may have ended."""
    statement = (
        select(WebhookDeliveryRow, WebhookSubscriptionRow)
        .join(WebhookSubscriptionRow, col(WebhookSubscriptionRow.id) == col(WebhookDeliveryRow.subscription_id))
        .where(col(WebhookDeliveryRow.id) == delivery_id, visible(principal))
    )
    if lock:
        statement = statement.with_for_update(of=WebhookDeliveryRow).execution_options(populate_existing=True)
    found = (await session.execute(statement)).first()
    return None if found is None else (found[0], found[1])


async def list_attempts(session: AsyncSession, delivery_id: UUID) -> Sequence[WebhookAttemptRow]:
    statement = select(WebhookAttemptRow).where(col(WebhookAttemptRow.delivery_id) == delivery_id)
    return (await session.scalars(statement.order_by(col(WebhookAttemptRow.number)))).all()


async def feed_ends(session: AsyncSession) -> tuple[int, int]:
    """The first and the last position that the outbox holds; (1, 0) while it holds none."""
    statement = select(func.min(OutboxRow.position), func.max(OutboxRow.position))
    first, last = (await session.execute(statement)).one()
    return (1, 0) if first is None or last is None else (first, last)


async def waiting_subscriptions(session: AsyncSession, limit: int = 1000) -> list[UUID]:
    """Ids of living subscriptions for which there is something new in the outbox."""
    last = select(func.max(OutboxRow.position)).scalar_subquery()
    statement = (
        select(col(WebhookSubscriptionRow.id))
        .where(_alive(), col(WebhookSubscriptionRow.position) < last)
        .order_by(col(WebhookSubscriptionRow.position))
        .limit(limit)
    )
    return list((await session.scalars(statement)).all())


async def take_subscription(session: AsyncSession, subscription_id: UUID) -> WebhookSubscriptionRow | None:
    """The living subscription, locked; None when somebody else is at it."""
    statement = (
        select(WebhookSubscriptionRow)
        .where(col(WebhookSubscriptionRow.id) == subscription_id, _alive())
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).first()


async def lock_subscription(session: AsyncSession, subscription_id: UUID) -> WebhookSubscriptionRow:
    statement = (
        select(WebhookSubscriptionRow)
        .where(col(WebhookSubscriptionRow.id) == subscription_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one()


async def events_after(
    session: AsyncSession,
    principal: Principal,
    topics: frozenset[str],
    region_code: str,
    *,
    after: int,
    until: int,
    limit: int,
) -> Sequence[OutboxRow]:
    """The next events that the owner may see, of a region and below, in order."""
    statement = (
        select(OutboxRow)
        .where(
            visible_events(principal, sorted(topics)),
            col(OutboxRow.region_code).startswith(regions.prefix(region_code)),
            col(OutboxRow.position) > after,
            col(OutboxRow.position) <= until,
        )
        .order_by(col(OutboxRow.position))
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def add_deliveries(session: AsyncSession, deliveries: list[dict[str, Any]]) -> None:
    """Insert deliveries; an event that a subscription has already is left as it is."""
    if deliveries:
        statement = insert(WebhookDeliveryRow).on_conflict_do_nothing(
            index_elements=["subscription_id", "event_id"]
        )
        await session.execute(statement, deliveries)


async def move_on(session: AsyncSession, subscription_id: UUID, position: int, gap_at: datetime | None) -> None:
    values: dict[str, Any] = {"position": position}
    if gap_at is not None:
        values["history_gap_at"] = gap_at
    await session.execute(
        update(WebhookSubscriptionRow)
        .where(col(WebhookSubscriptionRow.id) == subscription_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def forget_completed(session: AsyncSession, before: datetime) -> int:
    """Delete deliveries that ended before an instant, with their attempts; returns how many."""
    result = await session.execute(
        delete(WebhookDeliveryRow).where(
            col(WebhookDeliveryRow.completed_at) < before, col(WebhookDeliveryRow.status) != "pending"
        )
    )
    assert isinstance(result, CursorResult)
    return result.rowcount


def _alive() -> ColumnElement[bool]:
    return and_(col(WebhookSubscriptionRow.deleted_at).is_(None), col(WebhookSubscriptionRow.paused_at).is_(None))
