"""SQL of contests."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.efficiency.domain.contest import ContestRule
from services.energy.efficiency.errors import EfficiencyNotFound, EntryUnknown
from services.energy.efficiency.repository.scopes import owned_scope, region_filter
from services.energy.efficiency.tables import AppealRow, ContestRuleRow, EditionRow, EntryRow

_RULE, _RULE_FIELDS = TypeAdapter(ContestRule), {spec.name for spec in fields(ContestRule)}

RULES: Final = Listing(
    fields={
        "id": FilterField(col(ContestRuleRow.id), UUID),
        "code": FilterField(col(ContestRuleRow.code)),
        "region_code": region_filter(col(ContestRuleRow.region_code)),
        "valid_from": FilterField(col(ContestRuleRow.valid_from), date),
    },
    sortable=("code", "region_code", "valid_from"),
    default_sort="code,region_code,valid_from",
)
EDITIONS: Final = Listing(
    fields={
        "id": FilterField(col(EditionRow.id), UUID),
        "contest_code": FilterField(col(EditionRow.contest_code)),
        "region_code": region_filter(col(EditionRow.region_code)),
        "year": FilterField(col(EditionRow.year), int),
        "quarter": FilterField(col(EditionRow.quarter), int),
        "edition": FilterField(col(EditionRow.edition), int),
        "frozen_at": FilterField(col(EditionRow.frozen_at), datetime),
    },
    sortable=("frozen_at", "year", "quarter", "edition"),
    default_sort="-frozen_at",
)
ENTRIES: Final = Listing(
    fields={
        "id": FilterField(col(EntryRow.id), UUID),
        "position": FilterField(col(EntryRow.position), int),
        "enterprise_id": FilterField(col(EntryRow.enterprise_id), UUID),
        "region_code": region_filter(col(EntryRow.region_code)),
        "rank": FilterField(col(EntryRow.rank), int),
        "exclusion": FilterField(col(EntryRow.exclusion)),
        "standing": FilterField(col(EntryRow.standing)),
    },
    sortable=("position",),
    default_sort="position",
)
APPEALS: Final = Listing(
    fields={
        "id": FilterField(col(AppealRow.id), UUID),
        "edition_id": FilterField(col(AppealRow.edition_id), UUID),
        "enterprise_id": FilterField(col(AppealRow.enterprise_id), UUID),
        "status": FilterField(col(AppealRow.status)),
        "filed_on": FilterField(col(AppealRow.filed_on), date),
    },
    sortable=("filed_on",),
    default_sort="-filed_on",
)


def rule_of(row: ContestRuleRow) -> ContestRule:
    return _RULE.validate_python(row.model_dump(include=_RULE_FIELDS))


async def rule_rows(session: AsyncSession, code: str, region_code: str | None) -> list[ContestRuleRow]:
    """The entries of one contest and exactly this region, in order of time."""
    statement = select(ContestRuleRow).where(
        col(ContestRuleRow.code) == code, col(ContestRuleRow.region_code).is_not_distinct_from(region_code)
    )
    return list(await session.scalars(statement.order_by(col(ContestRuleRow.valid_from))))


async def rules_of(session: AsyncSession, code: str) -> list[ContestRule]:
    statement = select(ContestRuleRow).where(col(ContestRuleRow.code) == code)
    return [rule_of(row) for row in await session.scalars(statement)]


async def list_editions(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[EditionRow]:
    """Editions the caller's region organises, and those an enterprise is in."""
    page: Page[EditionRow] = await query.page(session, select(EditionRow).where(_visible(principal)))
    return page


def _visible(principal: Principal) -> Any:
    if principal.is_enterprise_bound:
        own = select(col(EntryRow.edition_id)).where(
            *owned_scope(col(EntryRow.region_code), col(EntryRow.enterprise_id), principal)
        )
        return col(EditionRow.id).in_(own)
    if principal.region_code is None:
        return region_scope(col(EditionRow.region_code), principal)
    # A county sees the ranking of its city too, with its own enterprises in it.
    taking_part = select(col(EntryRow.edition_id)).where(region_scope(col(EntryRow.region_code), principal))
    return or_(region_scope(col(EditionRow.region_code), principal), col(EditionRow.id).in_(taking_part))


async def get_edition(session: AsyncSession, principal: Principal, edition_id: UUID) -> EditionRow:
    """Raises EfficiencyNotFound."""
    statement = select(EditionRow).where(col(EditionRow.id) == edition_id, _visible(principal))
    row = (await session.scalars(statement)).first()
    if row is None:
        raise EfficiencyNotFound(id=edition_id)
    return row


async def latest_edition(
    session: AsyncSession, code: str, region_code: str, year: int, quarter: int
) -> EditionRow | None:
    statement = (
        select(EditionRow)
        .where(
            col(EditionRow.contest_code) == code,
            col(EditionRow.region_code) == region_code,
            col(EditionRow.year) == year,
            col(EditionRow.quarter) == quarter,
        )
        .order_by(col(EditionRow.edition).desc())
    )
    return (await session.scalars(statement.limit(1))).first()


def _entry_scope(edition: EditionRow, principal: Principal) -> tuple[Any, ...]:
    """Who organises sees all of an edition; others see their own part."""
    own = owned_scope(col(EntryRow.region_code), col(EntryRow.enterprise_id), principal)
    return (col(EntryRow.edition_id) == edition.id, *own)


async def list_entries(
    session: AsyncSession, principal: Principal, edition: EditionRow, query: ListQuery
) -> Page[EntryRow]:
    page: Page[EntryRow] = await query.page(session, select(EntryRow).where(*_entry_scope(edition, principal)))
    return page


async def all_entries(session: AsyncSession, principal: Principal, edition: EditionRow) -> list[EntryRow]:
    statement = select(EntryRow).where(*_entry_scope(edition, principal)).order_by(col(EntryRow.position))
    return list(await session.scalars(statement))


async def get_entry(
    session: AsyncSession, principal: Principal, edition: EditionRow, enterprise_id: UUID
) -> EntryRow:
    """Raises EntryUnknown."""
    statement = select(EntryRow).where(
        *_entry_scope(edition, principal), col(EntryRow.enterprise_id) == enterprise_id
    )
    row = (await session.scalars(statement)).first()
    if row is None:
        raise EntryUnknown(enterprise_id=enterprise_id)
    return row


async def open_appeals(session: AsyncSession, edition_id: UUID, enterprise_id: UUID) -> int:
    statement = select(func.count()).where(
        col(AppealRow.edition_id) == edition_id,
        col(AppealRow.enterprise_id) == enterprise_id,
        col(AppealRow.status) == "open",
    )
    return int(await session.scalar(statement) or 0)
