"""SQL of the rules, running numbers and the trail."""

from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.environment.domain.limits import (
    InspectionKind,
    InspectionLimit,
    LimitBasis,
    LimitPeriod,
)
from services.projects.environment.domain.quiet_days import VisitRule, VisitRuleKind
from services.projects.environment.domain.rules import EnvironmentRule, RuleKind
from services.projects.environment.tables.rules import (
    AnonymousIntakeRow,
    EnvironmentNumberRow,
    EnvironmentRuleRow,
    EnvironmentTrailRow,
    InspectionLimitRow,
    VisitRuleRow,
)

ENVIRONMENT_RULES = Listing(
    fields={
        "id": FilterField(col(EnvironmentRuleRow.id), UUID),
        "kind": FilterField(col(EnvironmentRuleRow.kind), RuleKind),
        "category": FilterField(col(EnvironmentRuleRow.category)),
        "region_code": FilterField(col(EnvironmentRuleRow.region_code)),
        "valid_from": FilterField(col(EnvironmentRuleRow.valid_from), date),
    },
    sortable=("kind", "region_code", "valid_from"),
    default_sort="kind,region_code,valid_from",
)
VISIT_RULES = Listing(
    fields={
        "id": FilterField(col(VisitRuleRow.id), UUID),
        "code": FilterField(col(VisitRuleRow.code)),
        "kind": FilterField(col(VisitRuleRow.kind), VisitRuleKind),
        "park_code": FilterField(col(VisitRuleRow.park_code)),
        "region_code": FilterField(col(VisitRuleRow.region_code)),
        "valid_from": FilterField(col(VisitRuleRow.valid_from), date),
    },
    sortable=("code", "valid_from"),
    default_sort="code,valid_from",
)
INSPECTION_LIMITS = Listing(
    fields={
        "id": FilterField(col(InspectionLimitRow.id), UUID),
        "basis": FilterField(col(InspectionLimitRow.basis), LimitBasis),
        "kind": FilterField(col(InspectionLimitRow.kind), InspectionKind),
        "unit_id": FilterField(col(InspectionLimitRow.unit_id), UUID),
        "region_code": FilterField(col(InspectionLimitRow.region_code)),
        "valid_from": FilterField(col(InspectionLimitRow.valid_from), date),
    },
    sortable=("basis", "valid_from"),
    default_sort="basis,valid_from",
)
TRAIL = Listing(
    fields={
        "number": FilterField(col(EnvironmentTrailRow.number), int),
        "action": FilterField(col(EnvironmentTrailRow.action)),
    },
    key="number",
)


def environment_rule_of(row: EnvironmentRuleRow) -> EnvironmentRule:
    return EnvironmentRule(
        kind=RuleKind(row.kind),
        value=row.value,
        level2_value=row.level2_value,
        category=row.category,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def visit_rule_of(row: VisitRuleRow) -> VisitRule:
    return VisitRule(
        code=row.code,
        name=row.name,
        kind=VisitRuleKind(row.kind),
        basis=row.basis,
        region_code=row.region_code,
        park_code=row.park_code,
        enterprise_ids=frozenset(row.enterprise_ids),
        days_of_month=frozenset(row.days_of_month),
        weekdays=frozenset(row.weekdays),
        also_on=frozenset(row.also_on),
        except_on=frozenset(row.except_on),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def limit_of(row: InspectionLimitRow) -> InspectionLimit:
    return InspectionLimit(
        basis=LimitBasis(row.basis),
        max_count=row.max_count,
        period=LimitPeriod(row.period),
        kind=None if row.kind is None else InspectionKind(row.kind),
        unit_id=row.unit_id,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


async def environment_rules(session: AsyncSession, *kinds: RuleKind) -> tuple[EnvironmentRule, ...]:
    statement = select(EnvironmentRuleRow).where(col(EnvironmentRuleRow.kind).in_([kind.value for kind in kinds]))
    return tuple(environment_rule_of(row) for row in await session.scalars(statement))


async def visit_rules(session: AsyncSession) -> tuple[VisitRule, ...]:
    """All of them: some dozens a county."""
    statement = select(VisitRuleRow).order_by(col(VisitRuleRow.code), col(VisitRuleRow.valid_from))
    return tuple(visit_rule_of(row) for row in await session.scalars(statement))


async def inspection_limits(session: AsyncSession) -> tuple[InspectionLimit, ...]:
    return tuple(limit_of(row) for row in await session.scalars(select(InspectionLimitRow)))


async def environment_rule_rows(session: AsyncSession, rule: EnvironmentRule) -> list[EnvironmentRuleRow]:
    """The rows of the rule's kind, category and exactly its region."""
    statement = select(EnvironmentRuleRow).where(
        col(EnvironmentRuleRow.kind) == rule.kind.value,
        col(EnvironmentRuleRow.category).is_not_distinct_from(rule.category),
        col(EnvironmentRuleRow.region_code).is_not_distinct_from(rule.region_code),
    )
    return list((await session.scalars(statement)).all())


async def visit_rule_rows(session: AsyncSession, code: str) -> list[VisitRuleRow]:
    return list((await session.scalars(select(VisitRuleRow).where(col(VisitRuleRow.code) == code))).all())


async def limit_rows(session: AsyncSession, limit: InspectionLimit) -> list[InspectionLimitRow]:
    statement = select(InspectionLimitRow).where(
        col(InspectionLimitRow.basis) == limit.basis.value,
        col(InspectionLimitRow.kind).is_not_distinct_from(None if limit.kind is None else limit.kind.value),
        col(InspectionLimitRow.unit_id).is_not_distinct_from(limit.unit_id),
        col(InspectionLimitRow.region_code).is_not_distinct_from(limit.region_code),
    )
    return list((await session.scalars(statement)).all())


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery, table: Any) -> Page[Any]:
    """Rules for everywhere, those of the caller's subtree and those of the regions above."""
    scope = dated_scope(col(table.region_code), principal)
    return await query.page(session, select(table).where(scope))


async def next_code(session: AsyncSession, series: str, year: int) -> str:
    """The next number of the series, such as ``JC-2026-00017``; others wait until this transaction ends."""
    statement = insert(EnvironmentNumberRow).values(series=series, year=year, last=1)
    number = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=["series", "year"], set_={"last": col(EnvironmentNumberRow.last) + 1}
        ).returning(col(EnvironmentNumberRow.last))
    )
    return f"{series}-{year}-{number:05d}"


async def next_trail_number(session: AsyncSession, subject_id: UUID) -> int:
    """The caller holds the subject's row lock."""
    statement = select(func.max(EnvironmentTrailRow.number)).where(
        col(EnvironmentTrailRow.subject_id) == subject_id
    )
    return int(await session.scalar(statement) or 0) + 1


async def list_trail(session: AsyncSession, subject_id: UUID, query: ListQuery) -> Page[EnvironmentTrailRow]:
    statement = select(EnvironmentTrailRow).where(col(EnvironmentTrailRow.subject_id) == subject_id)
    return await query.page(session, statement)


async def count_anonymous(session: AsyncSession, sender: str, hour: datetime) -> int:
    """One more of this sender in this hour; how many that makes. Hours of the day before are forgotten."""
    await session.execute(
        delete(AnonymousIntakeRow).where(col(AnonymousIntakeRow.hour) < hour - timedelta(days=1))
    )
    statement = insert(AnonymousIntakeRow).values(sender=sender, hour=hour, count=1)
    counted = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=["sender", "hour"], set_={"count": col(AnonymousIntakeRow.count) + 1}
        ).returning(col(AnonymousIntakeRow.count))
    )
    return cast(int, counted)
