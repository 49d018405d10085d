"""SQL of the events that are kept for tests of rules, and of how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.warnings.repository.regions import within
from services.alerts.warnings.tables import RuleEventRetentionRow, RuleEventRow

ALL_TYPES = "*"

RULE_EVENTS = Listing(
    fields={
        "event_id": FilterField(col(RuleEventRow.event_id), UUID),
        "type": FilterField(col(RuleEventRow.type)),
        "condition_id": FilterField(col(RuleEventRow.condition_id)),
        "region_code": FilterField(col(RuleEventRow.region_code), own={"within": within}),
        "enterprise_id": FilterField(col(RuleEventRow.enterprise_id), UUID),
        "occurred_at": FilterField(col(RuleEventRow.occurred_at), datetime),
        "received_at": FilterField(col(RuleEventRow.received_at), datetime),
    },
    sortable=("received_at", "occurred_at"),
    default_sort="-received_at",
    key="event_id",
)


async def page_rule_events(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    scope = region_scope(col(RuleEventRow.region_code), principal)
    bound = enterprise_scope(col(RuleEventRow.enterprise_id), principal)
    return await query.page(session, select(RuleEventRow).where(scope, bound))


async def list_events_for_test(
    session: AsyncSession,
    principal: Principal,
    types: Sequence[str],
    since: datetime,
    region_code: str | None,
    limit: int,
) -> Sequence[RuleEventRow]:
    """Kept events of the types that the caller may see, in the order in which they came."""
    statement = select(RuleEventRow).where(
        col(RuleEventRow.type).in_(list(types)),
        col(RuleEventRow.received_at) >= since,
        region_scope(col(RuleEventRow.region_code), principal),
        enterprise_scope(col(RuleEventRow.enterprise_id), principal),
    )
    if region_code is not None:
        statement = statement.where(within(col(RuleEventRow.region_code), region_code))
    in_order = (col(RuleEventRow.received_at), col(RuleEventRow.version), col(RuleEventRow.event_id))
    return (await session.scalars(statement.order_by(*in_order).limit(limit))).all()


async def list_retention(session: AsyncSession) -> Sequence[RuleEventRetentionRow]:
    statement = select(RuleEventRetentionRow).order_by(col(RuleEventRetentionRow.event_type))
    return (await session.scalars(statement)).all()


async def set_retention(session: AsyncSession, event_type: str, days: int, by: str, at: datetime) -> None:
    values = {"event_type": event_type, "days": days, "changed_by": by, "changed_at": at}
    await session.execute(
        insert(RuleEventRetentionRow)
        .values(**values)
        .on_conflict_do_update(index_elements=["event_type"], set_=values)
    )


async def forget_events(session: AsyncSession, now: datetime) -> int:
    """Delete what is older than its type's days; returns how many."""
    kept = {row.event_type: row.days for row in await list_retention(session)}
    own = [event_type for event_type in kept if event_type != ALL_TYPES]
    forgotten = 0
    for event_type, days in kept.items():
        old = delete(RuleEventRow).where(col(RuleEventRow.received_at) < now - timedelta(days=days))
        if event_type == ALL_TYPES:
            old = old.where(col(RuleEventRow.type).not_in(own)) if own else old
        else:
            old = old.where(col(RuleEventRow.type) == event_type)
        forgotten += cast("CursorResult[Any]", await session.execute(old)).rowcount
    return forgotten
