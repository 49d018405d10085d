"""SQL of closed months."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.economy.tables.rules import ClosedMonthRow

CLOSINGS = Listing(
    fields={
        "id": FilterField(col(ClosedMonthRow.id), UUID),
        "month": FilterField(col(ClosedMonthRow.month), date),
        "region_code": FilterField(col(ClosedMonthRow.region_code)),
    },
    sortable=("month", "region_code"),
    default_sort="-month",
)


async def closings_of(session: AsyncSession, month: date) -> list[ClosedMonthRow]:
    statement = select(ClosedMonthRow).where(col(ClosedMonthRow.month) == month)
    return list((await session.scalars(statement)).all())


async def list_closings(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ClosedMonthRow]:
    scope = dated_scope(col(ClosedMonthRow.region_code), principal)
    return await query.page(session, select(ClosedMonthRow).where(scope))
