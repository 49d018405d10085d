"""SQL of grid projects."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.grid.tables import GridWorksRow

WORKS: Final = Listing(
    fields={
        "id": FilterField(GridWorksRow.project_id, UUID),
        "code": FilterField(GridWorksRow.code, str),
        "region_code": FilterField(GridWorksRow.region_code, str),
        "work": FilterField(GridWorksRow.work, str),
        "stage": FilterField(GridWorksRow.stage, str),
        "stage_on": FilterField(GridWorksRow.stage_on, date),
        "commissioned_on": FilterField(GridWorksRow.commissioned_on, date),
        "is_counted": FilterField(col(GridWorksRow.capacity_id).is_not(None), bool, frozenset({"eq"})),
    },
    sortable=("stage_on", "code"),
    default_sort="-stage_on",
)


async def list_works(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[GridWorksRow]:
    statement = select(GridWorksRow).where(region_scope(col(GridWorksRow.region_code), principal))
    page: Page[GridWorksRow] = await query.page(session, statement)
    return page


async def find_works(session: AsyncSession, project_id: UUID) -> GridWorksRow | None:
    """Locked."""
    statement = select(GridWorksRow).where(col(GridWorksRow.project_id) == project_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()
