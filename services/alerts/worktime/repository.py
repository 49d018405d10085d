"""SQL of office hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.worktime.domain.hours import Timetable
from services.alerts.worktime.tables import OfficeHoursRow

OFFICE_HOURS = Listing(
    fields={
        "id": FilterField(col(OfficeHoursRow.id), UUID),
        "region_code": FilterField(col(OfficeHoursRow.region_code)),
        "valid_from": FilterField(col(OfficeHoursRow.valid_from), date),
        "valid_to": FilterField(col(OfficeHoursRow.valid_to), date),
    },
    sortable=("region_code", "valid_from"),
    default_sort="region_code,valid_from",
)


async def list_timetables(session: AsyncSession) -> list[Timetable]:
    """All of them; an installation has tens."""
    rows: Sequence[OfficeHoursRow] = (await session.scalars(select(OfficeHoursRow))).all()
    return [
        Timetable(
            row.region_code,
            row.valid_from,
            row.valid_to,
            tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in row.segments),
        )
        for row in rows
    ]


async def page(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(OfficeHoursRow).where(_readable(principal)))


async def find(
    session: AsyncSession, principal: Principal, hours_id: UUID, *, lock: bool = False
) -> OfficeHoursRow | None:
    statement = select(OfficeHoursRow).where(col(OfficeHoursRow.id) == hours_id, _readable(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def find_beginning(session: AsyncSession, region_code: str | None, on: date) -> OfficeHoursRow | None:
    statement = select(OfficeHoursRow).where(
        col(OfficeHoursRow.region_code).is_not_distinct_from(region_code), col(OfficeHoursRow.valid_from) == on
    )
    return (await session.scalars(statement)).one_or_none()


def _readable(principal: Principal) -> ColumnElement[bool]:
    # What holds everywhere holds for the caller as well.
    return or_(col(OfficeHoursRow.region_code).is_(None), region_scope(col(OfficeHoursRow.region_code), principal))
