"""SQL of contests: their weights, rules, and what is added or taken beside the components."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.domain.rules import ContestRule
from services.projects.contest.domain.schemes import Scheme
from services.projects.contest.tables import (
    ContestAdjustmentRow,
    ContestRow,
    ContestRuleRow,
    ContestSchemeRow,
)
from services.projects.registry.repository import region_filter

SCHEME: TypeAdapter[Scheme] = TypeAdapter(Scheme)
RULE: TypeAdapter[ContestRule] = TypeAdapter(ContestRule)
_RULE_FIELDS = set(ContestRule.__dataclass_fields__)
_SCHEME_FIELDS = set(Scheme.__dataclass_fields__)

CONTESTS = Listing(
    fields={
        "id": FilterField(col(ContestRow.id), UUID),
        "code": FilterField(col(ContestRow.code)),
        "name": FilterField(col(ContestRow.name)),
        "kind": FilterField(col(ContestRow.kind), ParticipantKind),
        "region_code": region_filter(col(ContestRow.region_code)),
        "year": FilterField(col(ContestRow.year), int),
        "created_at": FilterField(col(ContestRow.created_at), datetime),
    },
    sortable=("year", "code", "created_at"),
    default_sort="-year",
)
SCHEMES = Listing(
    fields={
        "revision": FilterField(col(ContestSchemeRow.revision), int),
        "from_quarter": FilterField(col(ContestSchemeRow.from_quarter), int),
    },
    default_sort="-revision",
    key="revision",
)
RULES = Listing(
    fields={
        "id": FilterField(col(ContestRuleRow.id), UUID),
        "region_code": FilterField(col(ContestRuleRow.region_code)),
        "valid_from": FilterField(col(ContestRuleRow.valid_from), date),
    },
    sortable=("region_code", "valid_from"),
    default_sort="region_code,valid_from",
)
ADJUSTMENTS = Listing(
    fields={
        "id": FilterField(col(ContestAdjustmentRow.id), UUID),
        "participant_id": FilterField(col(ContestAdjustmentRow.participant_id), UUID),
        "quarter": FilterField(col(ContestAdjustmentRow.quarter), int),
        "kind": FilterField(col(ContestAdjustmentRow.kind)),
        "withdrawn": FilterField(col(ContestAdjustmentRow.withdrawn_at).is_not(None), bool, frozenset({"eq"})),
    },
    sortable=("quarter",),
    default_sort="quarter",
)


async def list_contests(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ContestRow]:
    """Contests of the caller's subtree and of the regions above, in which its participants stand."""
    return await query.page(session, select(ContestRow).where(dated_scope(col(ContestRow.region_code), principal)))


async def find_contest(session: AsyncSession, contest_id: UUID, *, lock: bool = False) -> ContestRow | None:
    statement = select(ContestRow).where(col(ContestRow.id) == contest_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def contest_by_code(session: AsyncSession, code: str) -> ContestRow | None:
    return (await session.scalars(select(ContestRow).where(col(ContestRow.code) == code))).first()


async def may_see(session: AsyncSession, principal: Principal, contest_id: UUID) -> bool:
    seen = dated_scope(col(ContestRow.region_code), principal)
    statement = select(ContestRow).where(col(ContestRow.id) == contest_id, seen)
    return bool(await session.scalar(select(statement.exists())))


def scheme_of(row: ContestSchemeRow) -> Scheme:
    return SCHEME.validate_python(row.model_dump(include=_SCHEME_FIELDS))


async def schemes_of(session: AsyncSession, contest_id: UUID) -> list[ContestSchemeRow]:
    """All revisions, the latest first."""
    statement = (
        select(ContestSchemeRow)
        .where(col(ContestSchemeRow.contest_id) == contest_id)
        .order_by(col(ContestSchemeRow.revision).desc())
    )
    return list(await session.scalars(statement))


async def list_schemes(session: AsyncSession, contest_id: UUID, query: ListQuery) -> Page[ContestSchemeRow]:
    return await query.page(
        session, select(ContestSchemeRow).where(col(ContestSchemeRow.contest_id) == contest_id)
    )


def rule_of(row: ContestRuleRow) -> ContestRule:
    return RULE.validate_python(row.model_dump(include=_RULE_FIELDS))


@remembered
async def all_rules(session: AsyncSession) -> tuple[ContestRule, ...]:
    return tuple(rule_of(row) for row in await session.scalars(select(ContestRuleRow)))


async def rule_rows(session: AsyncSession, region_code: str | None) -> list[ContestRuleRow]:
    statement = (
        select(ContestRuleRow)
        .where(col(ContestRuleRow.region_code).is_not_distinct_from(region_code))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(statement))


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ContestRuleRow]:
    scope = dated_scope(col(ContestRuleRow.region_code), principal)
    return await query.page(session, select(ContestRuleRow).where(scope))


async def adjustments_of(session: AsyncSession, contest_id: UUID, quarter: int) -> Sequence[ContestAdjustmentRow]:
    """Those of a quarter that stand, in the order of their recording."""
    statement = (
        select(ContestAdjustmentRow)
        .where(
            col(ContestAdjustmentRow.contest_id) == contest_id,
            col(ContestAdjustmentRow.quarter) == quarter,
            col(ContestAdjustmentRow.withdrawn_at).is_(None),
        )
        .order_by(col(ContestAdjustmentRow.recorded_at), col(ContestAdjustmentRow.id))
    )
    return (await session.scalars(statement)).all()


async def list_adjustments(
    session: AsyncSession, contest_id: UUID, query: ListQuery
) -> Page[ContestAdjustmentRow]:
    return await query.page(
        session, select(ContestAdjustmentRow).where(col(ContestAdjustmentRow.contest_id) == contest_id)
    )


async def find_adjustment(
    session: AsyncSession, adjustment_id: UUID, *, lock: bool = False
) -> ContestAdjustmentRow | None:
    statement = select(ContestAdjustmentRow).where(col(ContestAdjustmentRow.id) == adjustment_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()
