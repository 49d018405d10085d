"""SQL of targets and rules of generation."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.generation.day_tables import GenerationRuleRow, GenerationTargetRow
from services.energy.generation.domain.plant import PlantKind
from services.energy.generation.errors import TargetNotFound
from services.energy.generation.repository import visible
from services.energy.generation.tables import PlantRow

TARGETS: Final = Listing(
    fields={
        "id": FilterField(GenerationTargetRow.id, UUID),
        "line_id": FilterField(GenerationTargetRow.line_id, UUID),
        "region_code": FilterField(GenerationTargetRow.region_code, str),
        "plant_id": FilterField(GenerationTargetRow.plant_id, UUID),
        "kind": FilterField(GenerationTargetRow.kind, PlantKind),
        "year": FilterField(GenerationTargetRow.year, int),
        "current": FilterField(col(GenerationTargetRow.replaced_at).is_(None), bool, frozenset({"eq"})),
    },
    sortable=("year", "region_code"),
    default_sort="-year",
)


RULES: Final = Listing(
    fields={
        "id": FilterField(GenerationRuleRow.id, UUID),
        "region_code": FilterField(GenerationRuleRow.region_code, str),
        "valid_from": FilterField(GenerationRuleRow.valid_from, date),
    },
    sortable=("valid_from",),
    default_sort="-valid_from",
)


def _visible_targets(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    own = region_scope(col(GenerationTargetRow.region_code), principal)
    if not principal.is_enterprise_bound:
        return (own,)
    plants = select(col(PlantRow.id)).where(*visible(principal))
    return (own, col(GenerationTargetRow.plant_id).in_(plants))


async def list_targets(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[GenerationTargetRow]:
    statement = select(GenerationTargetRow).where(*_visible_targets(principal))
    page: Page[GenerationTargetRow] = await query.page(session, statement)
    return page


async def get_target(session: AsyncSession, principal: Principal, target_id: UUID) -> GenerationTargetRow:
    """Raises TargetNotFound."""
    statement = select(GenerationTargetRow).where(
        col(GenerationTargetRow.id) == target_id, *_visible_targets(principal)
    )
    row = (await session.scalars(statement)).first()
    if row is None:
        raise TargetNotFound(target_id=target_id)
    return row


async def current_targets(
    session: AsyncSession, year: int, *, lock: bool = False, principal: Principal | None = None
) -> list[GenerationTargetRow]:
    statement = select(GenerationTargetRow).where(
        col(GenerationTargetRow.year) == year, col(GenerationTargetRow.replaced_at).is_(None)
    )
    if principal is not None:
        statement = statement.where(*_visible_targets(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(await session.scalars(statement.order_by(col(GenerationTargetRow.line_id))))


async def target_of(
    session: AsyncSession, region_code: str, plant_id: UUID | None, kind: str | None, year: int
) -> GenerationTargetRow | None:
    """The one that stands, locked."""
    statement = select(GenerationTargetRow).where(
        col(GenerationTargetRow.region_code) == region_code,
        col(GenerationTargetRow.plant_id).is_not_distinct_from(plant_id),
        col(GenerationTargetRow.kind).is_not_distinct_from(kind),
        col(GenerationTargetRow.year) == year,
        col(GenerationTargetRow.replaced_at).is_(None),
    )
    return (await session.scalars(statement.with_for_update())).first()


async def all_rules(session: AsyncSession) -> list[GenerationRuleRow]:
    return list(await session.scalars(select(GenerationRuleRow)))


async def list_rules(session: AsyncSession, query: ListQuery) -> Page[GenerationRuleRow]:
    page: Page[GenerationRuleRow] = await query.page(session, select(GenerationRuleRow))
    return page
