"""SQL of duties, and the way between rows and the domain's values."""

from dataclasses import fields
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.duties.domain.duty import Duty, DutyStatus
from services.projects.duties.domain.rules import DutyKind, DutyRule
from services.projects.duties.tables import DutyRuleRow, DutyTable

_DUTY = tuple(spec.name for spec in fields(Duty))

RULES = Listing(
    fields={
        "id": FilterField(col(DutyRuleRow.id), UUID),
        "kind": FilterField(col(DutyRuleRow.kind), DutyKind),
        "region_code": FilterField(col(DutyRuleRow.region_code)),
        "valid_from": FilterField(col(DutyRuleRow.valid_from), date),
    },
    sortable=("kind", "region_code", "valid_from"),
    default_sort="kind,region_code,valid_from",
)


def duty_fields(table: type[DutyTable]) -> dict[str, FilterField]:
    """What every list of duties may be filtered by."""
    return {
        "id": FilterField(col(table.id), UUID),
        "status": FilterField(col(table.status), DutyStatus),
        "owner_unit_id": FilterField(col(table.owner_unit_id), UUID),
        "owner_person_id": FilterField(col(table.owner_person_id), UUID),
        "due_on": FilterField(col(table.due_on), date),
        "overdue_since": FilterField(col(table.overdue_since), date),
        "resolved_on": FilterField(col(table.resolved_on), date),
        "closed_on": FilterField(col(table.closed_on), date),
        "reopenings": FilterField(col(table.reopenings), int),
    }


def rule_of(row: DutyRuleRow) -> DutyRule:
    return DutyRule(
        kind=DutyKind(row.kind),
        threshold_days=row.threshold_days,
        level2_days=row.level2_days,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def duty_of(row: DutyTable) -> Duty:
    """The domain's value of a row."""
    facts: dict[str, Any] = {name: getattr(row, name) for name in _DUTY}
    return Duty(**facts | {"status": DutyStatus(row.status)})


def columns_of(duty: Duty) -> dict[str, Any]:
    """The row's columns of a value."""
    return {name: value.value if isinstance(value := getattr(duty, name), Enum) else value for name in _DUTY}


async def all_rules(session: AsyncSession) -> tuple[DutyRule, ...]:
    return tuple(rule_of(row) for row in await session.scalars(select(DutyRuleRow)))


async def rules_of(session: AsyncSession, kind: DutyKind, region_code: str | None) -> list[DutyRuleRow]:
    """The rules of one kind and exactly this region, in order of time."""
    statement = (
        select(DutyRuleRow)
        .where(
            col(DutyRuleRow.kind) == kind.value,
            col(DutyRuleRow.region_code).is_not_distinct_from(region_code),
        )
        .order_by(col(DutyRuleRow.valid_from))
    )
    return list((await session.scalars(statement)).all())


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[DutyRuleRow]:
    """Rules for everywhere, those of the caller's subtree and those of the regions above."""
    scope = dated_scope(col(DutyRuleRow.region_code), principal)
    return await query.page(session, select(DutyRuleRow).where(scope))
