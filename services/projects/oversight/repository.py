"""SQL of oversight."""

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
from services.projects.oversight.domain.rules import ConditionKind, Rule
from services.projects.oversight.tables import ProjectRuleRow

RULES = Listing(
    fields={
        "id": FilterField(col(ProjectRuleRow.id), UUID),
        "kind": FilterField(col(ProjectRuleRow.kind), ConditionKind),
        "region_code": FilterField(col(ProjectRuleRow.region_code)),
        "valid_from": FilterField(col(ProjectRuleRow.valid_from), date),
    },
    sortable=("kind", "region_code", "valid_from"),
    default_sort="kind,region_code,valid_from",
)


def rule_of(row: ProjectRuleRow) -> Rule:
    return Rule(
        kind=ConditionKind(row.kind),
        threshold_days=row.threshold_days,
        level2_days=row.level2_days,
        threshold_percent=row.threshold_percent,
        level2_percent=row.level2_percent,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


async def all_rules(session: AsyncSession) -> tuple[Rule, ...]:
    return tuple(rule_of(row) for row in await session.scalars(select(ProjectRuleRow)))


async def rules_of(session: AsyncSession, kind: ConditionKind, region_code: str | None) -> list[ProjectRuleRow]:
    """The rules of one kind and exactly this region, in order of time."""
    statement = (
        select(ProjectRuleRow)
        .where(
            col(ProjectRuleRow.kind) == kind.value,
            col(ProjectRuleRow.region_code).is_not_distinct_from(region_code),
        )
        .order_by(col(ProjectRuleRow.valid_from))
    )
    return list((await session.scalars(statement)).all())


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ProjectRuleRow]:
    """Rules for everywhere, those of the caller's subtree and those of the regions above."""
    scope = dated_scope(col(ProjectRuleRow.region_code), principal)
    return await query.page(session, select(ProjectRuleRow).where(scope))
