"""A project in one row of a table: its own columns, its plan turned into columns, and codes for ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, Select, String, and_, cast, null
from sqlalchemy.orm import aliased
from sqlmodel import col

from libs.common.contracts.projects import Stage
from services.projects.exchange.domain.path import DAY_FIELDS
from services.projects.exchange.entities.projects import PROJECTS
from services.projects.ledger.domain.stages import MILESTONE_OF_STAGE, PLAN_FIELDS
from services.projects.ledger.tables import ProjectPlanRow, ProjectRow
from services.projects.registry.tables import EnterpriseRow, PersonRow, UnitRow

_CODES = {
    "enterprise_code": EnterpriseRow.credit_code,
    "responsible_person_code": PersonRow.code,
    "responsible_unit_code": UnitRow.code,
}


def project_columns() -> tuple[dict[str, Any], Callable[[Select[Any]], Select[Any]]]:
    """Expressions by field, and the joins they need."""
    plans = {milestone: aliased(ProjectPlanRow, name=f"plan_{milestone.value}") for milestone in PLAN_FIELDS}
    parent = aliased(ProjectRow, name="parent")
    expressions: dict[str, Any] = {
        column.field: getattr(ProjectRow, column.field)
        for column in PROJECTS.columns
        if hasattr(ProjectRow, column.field)
    }
    expressions |= _CODES
    expressions |= {PLAN_FIELDS[milestone]: plan.current_on for milestone, plan in plans.items()}
    expressions |= {
        name: plans[MILESTONE_OF_STAGE[stage]].actual_on
        for stage, name in DAY_FIELDS.items()
        if stage is not Stage.SIGNED
    }
    expressions["parent_code"] = parent.code
    expressions["confirm_amount"] = cast(null(), Boolean)
    # Why planned dates were moved stands in the history; the column is there for the next import.
    expressions["reason"] = cast(null(), String)

    def source(statement: Select[Any]) -> Select[Any]:
        joined = statement.select_from(ProjectRow)
        for milestone, plan in plans.items():
            is_its_plan = and_(col(plan.project_id) == col(ProjectRow.id), col(plan.milestone) == milestone.value)
            joined = joined.outerjoin(plan, is_its_plan)
        return (
            joined.outerjoin(parent, col(parent.id) == col(ProjectRow.parent_id))
            .outerjoin(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(ProjectRow.enterprise_id))
            .outerjoin(PersonRow, col(PersonRow.person_id) == col(ProjectRow.responsible_person_id))
            .outerjoin(UnitRow, col(UnitRow.unit_id) == col(ProjectRow.responsible_unit_id))
        )

    return expressions, source
