"""SQL of standards and rules of phase-out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, any_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.phase_out.domain.case import Category, Comparator
from services.energy.phase_out.errors import StandardNotFound
from services.energy.phase_out.tables import PhaseOutRuleRow, PhaseOutStandardRow

STANDARDS: Final = Listing(
    fields={
        "id": FilterField(PhaseOutStandardRow.id, UUID),
        "code": FilterField(PhaseOutStandardRow.code, str),
        "name": FilterField(PhaseOutStandardRow.name, str),
        "category": FilterField(PhaseOutStandardRow.category, Category),
        "comparator": FilterField(PhaseOutStandardRow.comparator, Comparator),
        "sector_code": FilterField(PhaseOutStandardRow.sector_code, str),
        "region_code": FilterField(PhaseOutStandardRow.region_code, str),
        "valid_from": FilterField(PhaseOutStandardRow.valid_from, date),
        "valid_to": FilterField(PhaseOutStandardRow.valid_to, date),
        "deadline_on": FilterField(PhaseOutStandardRow.deadline_on, date),
    },
    sortable=("code", "valid_from", "deadline_on"),
    default_sort="code",
)


RULES: Final = Listing(
    fields={
        "id": FilterField(PhaseOutRuleRow.id, UUID),
        "region_code": FilterField(PhaseOutRuleRow.region_code, str),
        "valid_from": FilterField(PhaseOutRuleRow.valid_from, date),
    },
    sortable=("valid_from",),
    default_sort="-valid_from",
)


async def list_standards(session: AsyncSession, query: ListQuery) -> Page[PhaseOutStandardRow]:
    page: Page[PhaseOutStandardRow] = await query.page(session, select(PhaseOutStandardRow))
    return page


async def get_standard(session: AsyncSession, standard_id: UUID, *, lock: bool = False) -> PhaseOutStandardRow:
    """Raises StandardNotFound."""
    statement = select(PhaseOutStandardRow).where(col(PhaseOutStandardRow.id) == standard_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = (await session.scalars(statement)).first()
    if row is None:
        raise StandardNotFound(standard_id=standard_id)
    return row


async def standards_of_code(session: AsyncSession, code: str) -> list[PhaseOutStandardRow]:
    statement = select(PhaseOutStandardRow).where(col(PhaseOutStandardRow.code) == code)
    return list(await session.scalars(statement))


async def standards_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, PhaseOutStandardRow]:
    statement = select(PhaseOutStandardRow).where(
        col(PhaseOutStandardRow.id) == any_(cast(list(ids), ARRAY(Uuid)))
    )
    return {row.id: row for row in await session.scalars(statement)}


async def all_rules(session: AsyncSession) -> list[PhaseOutRuleRow]:
    return list(await session.scalars(select(PhaseOutRuleRow)))


async def list_rules(session: AsyncSession, query: ListQuery) -> Page[PhaseOutRuleRow]:
    page: Page[PhaseOutRuleRow] = await query.page(session, select(PhaseOutRuleRow))
    return page
