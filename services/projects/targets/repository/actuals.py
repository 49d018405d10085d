"""SQL of the monthly figures."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.targets.tables import TargetActualRow, TargetActualSourceRow

ACTUALS = Listing(
    fields={
        "id": FilterField(col(TargetActualRow.id), UUID),
        "month": FilterField(col(TargetActualRow.month), date),
        "edition": FilterField(col(TargetActualRow.edition), int),
        "value": FilterField(col(TargetActualRow.value), Decimal),
        "recorded_at": FilterField(col(TargetActualRow.recorded_at), datetime),
    },
    sortable=("month", "recorded_at", "edition"),
    default_sort="month,edition",
)


async def latest_actuals(
    session: AsyncSession, target_ids: Iterable[UUID], known_at: datetime | None = None
) -> dict[UUID, dict[date, TargetActualRow]]:
    """The edition of each month that stands, or stood at an instant, by target."""
    statement = (
        select(TargetActualRow)
        .where(col(TargetActualRow.target_id).in_(list(target_ids)))
        .ext(distinct_on(col(TargetActualRow.target_id), col(TargetActualRow.month)))
        .order_by(col(TargetActualRow.target_id), col(TargetActualRow.month), col(TargetActualRow.edition).desc())
    )
    if known_at is not None:
        statement = statement.where(col(TargetActualRow.recorded_at) <= known_at)
    found: dict[UUID, dict[date, TargetActualRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.target_id, {})[row.month] = row
    return found


async def list_actuals(session: AsyncSession, target_id: UUID, query: ListQuery) -> Page[TargetActualRow]:
    """Every edition of every month."""
    statement = select(TargetActualRow).where(col(TargetActualRow.target_id) == target_id)
    return await query.page(session, statement)


async def find_actual(session: AsyncSession, actual_id: UUID) -> TargetActualRow | None:
    return await session.get(TargetActualRow, actual_id)


async def rows_of(session: AsyncSession, actual_id: UUID) -> list[dict[str, Any]]:
    found = await session.get(TargetActualSourceRow, actual_id)
    return [] if found is None else found.rows
