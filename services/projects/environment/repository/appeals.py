"""SQL of appeals."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.environment.domain.appeals import (
    OPEN,
    AppealCategory,
    AppealKind,
    AppealStatus,
    ClosedAs,
)
from services.projects.environment.tables.appeals import AppealRoundRow, AppealRow
from services.projects.registry.repository import region_filter

APPEALS = Listing(
    fields={
        "id": FilterField(col(AppealRow.id), UUID),
        "code": FilterField(col(AppealRow.code)),
        "region_code": region_filter(col(AppealRow.region_code)),
        "kind": FilterField(col(AppealRow.kind), AppealKind),
        "category": FilterField(col(AppealRow.category), AppealCategory),
        "title": FilterField(col(AppealRow.title)),
        "anonymous": FilterField(col(AppealRow.anonymous), bool),
        "enterprise_id": FilterField(col(AppealRow.enterprise_id), UUID),
        "target_unit_id": FilterField(col(AppealRow.target_unit_id), UUID),
        "unit_id": FilterField(col(AppealRow.unit_id), UUID),
        "status": FilterField(col(AppealRow.status), AppealStatus),
        "closed_as": FilterField(col(AppealRow.closed_as), ClosedAs),
        "due_on": FilterField(col(AppealRow.due_on), date),
        "accepted_on": FilterField(col(AppealRow.accepted_on), date),
        "accepted_at": FilterField(col(AppealRow.accepted_at), datetime),
    },
    sortable=("code", "accepted_at", "due_on"),
    default_sort="-accepted_at",
)


async def find_appeal(session: AsyncSession, appeal_id: UUID, *, lock: bool = False) -> AppealRow | None:
    statement = select(AppealRow).where(col(AppealRow.id) == appeal_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def find_by_hash(session: AsyncSession, tracking_hash: str, *, lock: bool = False) -> AppealRow | None:
    statement = select(AppealRow).where(col(AppealRow.tracking_hash) == tracking_hash)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def rounds_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, list[AppealRoundRow]]:
    """The rounds of several appeals, oldest first."""
    statement = (
        select(AppealRoundRow)
        .where(col(AppealRoundRow.appeal_id).in_(list(ids)))
        .order_by(col(AppealRoundRow.appeal_id), col(AppealRoundRow.number))
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[AppealRoundRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.appeal_id, []).append(row)
    return found


async def list_appeals(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[AppealRow]:
    """Those of the caller's region and enterprise, and those that the caller's unit has in hand."""
    reached = and_(
        region_scope(col(AppealRow.region_code), principal),
        enterprise_scope(col(AppealRow.enterprise_id), principal),
    )
    own = false() if principal.unit_id is None else col(AppealRow.unit_id) == principal.unit_id
    statement = select(AppealRow).where(or_(reached, own))
    return await query.page(session, statement)


async def overdue_appeals(session: AsyncSession, today: date) -> list[UUID]:
    """Those that wait for somebody past their day."""
    statement = select(col(AppealRow.id)).where(
        col(AppealRow.status).in_([status.value for status in OPEN]), col(AppealRow.due_on) < today
    )
    return list((await session.scalars(statement)).all())


async def unrated_appeals(session: AsyncSession, today: date) -> list[UUID]:
    """Those answered whose time to be rated is over."""
    statement = select(col(AppealRow.id)).where(
        col(AppealRow.status) == AppealStatus.ANSWERED.value, col(AppealRow.rate_by) < today
    )
    return list((await session.scalars(statement)).all())


def facts_of(row: AppealRow) -> dict[str, Any]:
    """What may be told of an appeal: everything but who made it and how it is tracked."""
    return row.model_dump(exclude={"sealed_identity", "tracking_hash", "filed_by"})
