"""SQL of rules, conditions and the list of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.contracts.alerts import AlertStatus, Severity
from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.trail.repository import alert_scope
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings.domain.rules import Rule, RuleInForce
from services.alerts.warnings.tables import ConditionRow, RuleRow


def _within(column: Any, code: str) -> ColumnElement[bool]:
    """Rows of the region's subtree; a malformed code has none."""
    try:
        inside: ColumnElement[bool] = column.like(f"{regions.prefix(code)}%")
    except regions.InvalidRegionCode:
        return false()
    return inside


ALERTS = Listing(
    fields={
        "id": FilterField(col(AlertRow.id), UUID),
        "number": FilterField(col(AlertRow.number), int),
        "status": FilterField(col(AlertRow.status), AlertStatus),
        "severity": FilterField(col(AlertRow.severity), Severity),
        "region_code": FilterField(col(AlertRow.region_code), own={"within": _within}),
        "enterprise_id": FilterField(col(AlertRow.enterprise_id), UUID),
        "object_type": FilterField(col(AlertRow.object_type)),
        "object_id": FilterField(col(AlertRow.object_id)),
        "object_label": FilterField(col(AlertRow.object_label)),
        "condition_kind": FilterField(col(AlertRow.condition_kind)),
        "rule_code": FilterField(col(AlertRow.rule_code)),
        "escalation_level": FilterField(col(AlertRow.escalation_level), int),
        "occurred_at": FilterField(col(AlertRow.occurred_at), datetime),
        "received_at": FilterField(col(AlertRow.received_at), datetime),
        "updated_at": FilterField(col(AlertRow.updated_at), datetime),
    },
    sortable=("number", "occurred_at", "received_at", "updated_at"),
    default_sort="-number",
)


async def page_alerts(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(AlertRow).where(alert_scope(principal)))


async def list_rules_in_force(session: AsyncSession, opened_type: str, at: datetime) -> list[RuleInForce]:
    """Of each rule for the event type the newest revision whose period holds `at`."""
    statement = (
        select(RuleRow)
        .where(
            col(RuleRow.valid_from) <= at,
            or_(col(RuleRow.valid_until).is_(None), col(RuleRow.valid_until) > at),
        )
        .ext(distinct_on(col(RuleRow.code)))
        .order_by(col(RuleRow.code), col(RuleRow.revision).desc())
    )
    rows = await session.scalars(statement)
    # The type is compared afterwards: a newer revision may have turned to another event.
    return [
        RuleInForce(row.code, row.revision, Rule.model_validate(row.definition))
        for row in rows
        if row.opened_type == opened_type
    ]


async def list_newest_rules(session: AsyncSession) -> Sequence[RuleRow]:
    """The newest revision of each rule, by code."""
    statement = select(RuleRow).ext(distinct_on(col(RuleRow.code)))
    newest_first = (col(RuleRow.code), col(RuleRow.revision).desc())
    return (await session.scalars(statement.order_by(*newest_first))).all()


async def list_rule_revisions(session: AsyncSession, code: str) -> Sequence[RuleRow]:
    """All revisions of a rule, newest first."""
    statement = select(RuleRow).where(col(RuleRow.code) == code).order_by(col(RuleRow.revision).desc())
    return (await session.scalars(statement)).all()


async def lock_condition(session: AsyncSession, source: str, condition_id: str, *, at: datetime) -> ConditionRow:
    """The condition's row, made if it is new (version 0), locked until the transaction ends."""
    await session.execute(
        insert(ConditionRow)
        .values(source=source, condition_id=condition_id, last_version=0, state="open", updated_at=at)
        .on_conflict_do_nothing()
    )
    statement = (
        select(ConditionRow)
        .where(col(ConditionRow.source) == source, col(ConditionRow.condition_id) == condition_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one()


async def count_open_conditions(session: AsyncSession, alert_id: UUID) -> int:
    """How many conditions still hold an alert open."""
    statement = (
        select(func.count())
        .select_from(ConditionRow)
        .where(col(ConditionRow.alert_id) == alert_id, col(ConditionRow.state) == "open")
    )
    return await session.scalar(statement) or 0
