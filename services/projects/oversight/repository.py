"""SQL of oversight."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.tables import ProjectRow
from services.projects.oversight.domain.rules import ConditionKind, Rule
from services.projects.oversight.tables import ProjectConditionRow, ProjectRuleRow
from services.projects.registry.repository import region_filter

CONDITIONS = Listing(
    fields={
        "id": FilterField(col(ProjectConditionRow.id), UUID),
        "kind": FilterField(col(ProjectConditionRow.kind), ConditionKind),
        "project_id": FilterField(col(ProjectConditionRow.project_id), UUID),
        "region_code": region_filter(col(ProjectConditionRow.region_code)),
        "level": FilterField(col(ProjectConditionRow.level), int),
        "open": FilterField(col(ProjectConditionRow.cleared_at).is_(None), bool, frozenset({"eq"})),
        "opened_on": FilterField(col(ProjectConditionRow.opened_on), date),
        "opened_at": FilterField(col(ProjectConditionRow.opened_at), datetime),
        "cleared_on": FilterField(col(ProjectConditionRow.cleared_on), date),
    },
    sortable=("opened_at", "level", "kind"),
    default_sort="-opened_at",
)
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
    """Rules for everywhere and those of the caller's subtree."""
    statement = select(ProjectRuleRow).where(
        or_(
            col(ProjectRuleRow.region_code).is_(None),
            region_scope(col(ProjectRuleRow.region_code), principal),
        )
    )
    return await query.page(session, statement)


async def open_conditions(
    session: AsyncSession, project_ids: Iterable[UUID] | None = None
) -> dict[UUID, dict[ConditionKind, ProjectConditionRow]]:
    """Open conditions by project and kind, of all projects or of some."""
    statement = select(ProjectConditionRow).where(col(ProjectConditionRow.cleared_at).is_(None))
    if project_ids is not None:
        statement = statement.where(col(ProjectConditionRow.project_id).in_(list(project_ids)))
    found: dict[UUID, dict[ConditionKind, ProjectConditionRow]] = {}
    # Read anew: another transaction may have changed what this session saw before it took the lock.
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        found.setdefault(row.project_id, {})[ConditionKind(row.kind)] = row
    return found


async def list_conditions(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (condition, project code, project name)."""
    statement: Any = (
        select(ProjectConditionRow, col(ProjectRow.code), col(ProjectRow.name))
        .join(ProjectRow, col(ProjectRow.id) == col(ProjectConditionRow.project_id))
        .where(
            region_scope(col(ProjectConditionRow.region_code), principal),
            enterprise_scope(col(ProjectRow.enterprise_id), principal),
        )
    )
    return await query.page(session, statement)
