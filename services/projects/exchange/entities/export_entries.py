"""Exports of what is recorded beside projects: the columns it is imported by, and who recorded it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Numeric,
    Select,
    String,
    and_,
    cast,
    func,
    literal_column,
    null,
)
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing
from services.projects.exchange.entities.base import ImportEntity
from services.projects.exchange.entities.entries import ARRIVALS, INVESTMENTS, OUTPUTS, PROGRESS
from services.projects.exchange.entities.export_base import PROJECT_FIELDS, ExportEntity, of_projects
from services.projects.exchange.entities.milestones import DESIGNATIONS, FORMALITIES, MILESTONES
from services.projects.exchange.entities.plans import ANNUAL_PLANS, CURVES
from services.projects.ledger import repository as ledger
from services.projects.ledger.domain.formalities import Formality
from services.projects.ledger.domain.project import KeyLevel
from services.projects.ledger.tables import (
    AnnualPlanRow,
    FundsArrivalRow,
    InvestmentEntryRow,
    MilestoneRow,
    OutputEntryRow,
    PlanCurveRow,
    ProgressEntryRow,
    ProjectRow,
)

# What is answered when a table is imported, and told of a change; the columns are there for the next import.
_ASKED: dict[str, Any] = {"confirm_amount": cast(null(), Boolean), "reason": cast(null(), String)}


def _entries(
    table: Any,
    entity: ImportEntity,
    listing: Listing,
    last: Sequence[Any],
    where: ColumnElement[bool] | None = None,
) -> ExportEntity:
    known: dict[str, Any] = {"project_code": ProjectRow.code, "project_name": ProjectRow.name}
    names = [column.field for column in entity.columns if column.field not in known]
    known |= {name: getattr(table, name) if hasattr(table, name) else _ASKED[name] for name in names}

    def source(statement: Select[Any]) -> Select[Any]:
        joined = statement.select_from(table).join(ProjectRow, col(ProjectRow.id) == col(table.project_id))
        return joined if where is None else joined.where(where)

    return ExportEntity(entity.name, entity.columns, known, source, of_projects, listing, last)


def _monthly(table: Any, **fields: FilterField) -> Listing:
    return Listing(
        fields={**PROJECT_FIELDS, "month": FilterField(col(table.month), date), **fields},
        sortable=("month",),
        default_sort="project_code,month",
        key="project_code",
    )


def _papers(**fields: FilterField) -> Listing:
    return Listing(
        fields={
            **PROJECT_FIELDS,
            "planned_on": FilterField(col(MilestoneRow.planned_on), date),
            "actual_on": FilterField(col(MilestoneRow.actual_on), date),
            **fields,
        },
        sortable=("project_code", "planned_on", "actual_on", *fields),
        default_sort="project_code," + ",".join(fields),
        key="project_code",
    )


_POINT = func.jsonb_array_elements(PlanCurveRow.points).table_valued("value", name="point")
_POINT_MONTH: Any = cast(literal_column("point.value").op("->>")("month"), Date)
_POINT_PERCENT: Any = cast(literal_column("point.value").op("->>")("percent"), Numeric(5, 2))


def _curve_points(statement: Select[Any]) -> Select[Any]:
    """A row for each month of the revision that counts."""
    later = aliased(PlanCurveRow, name="later")
    is_replaced = (
        select(later.project_id)
        .where(
            and_(
                col(later.project_id) == col(PlanCurveRow.project_id),
                col(later.revision) > col(PlanCurveRow.revision),
            )
        )
        .exists()
    )
    return (
        statement.select_from(PlanCurveRow)
        .join(ProjectRow, col(ProjectRow.id) == col(PlanCurveRow.project_id))
        .join(_POINT, literal_column("true"))
        .where(~is_replaced)
    )


def _key_projects(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(ProjectRow).where(col(ProjectRow.is_key))


ENTRIES: tuple[ExportEntity, ...] = (
    _entries(
        ProgressEntryRow,
        PROGRESS,
        Listing(
            fields={
                **PROJECT_FIELDS,
                "id": FilterField(col(ProgressEntryRow.id), UUID),
                "on": FilterField(col(ProgressEntryRow.on), date),
                "percent": FilterField(col(ProgressEntryRow.percent), Decimal),
                "recorded_at": FilterField(col(ProgressEntryRow.recorded_at), datetime),
            },
            sortable=("project_code", "on", "recorded_at"),
            default_sort="project_code,on",
        ),
        (col(ProgressEntryRow.id),),
    ),
    _entries(
        InvestmentEntryRow,
        INVESTMENTS,
        _monthly(InvestmentEntryRow, amount_yuan=FilterField(col(InvestmentEntryRow.amount_yuan), int)),
        (col(InvestmentEntryRow.month),),
    ),
    _entries(
        OutputEntryRow,
        OUTPUTS,
        _monthly(OutputEntryRow, output_value_yuan=FilterField(col(OutputEntryRow.output_value_yuan), int)),
        (col(OutputEntryRow.month),),
    ),
    _entries(FundsArrivalRow, ARRIVALS, ledger.ALL_FUNDS, (col(FundsArrivalRow.id),)),
    ExportEntity(
        CURVES.name,
        CURVES.columns,
        {
            "project_code": ProjectRow.code,
            "project_name": ProjectRow.name,
            "month": _POINT_MONTH,
            "percent": _POINT_PERCENT,
            "reason": PlanCurveRow.reason,
            "revision": PlanCurveRow.revision,
            "recorded_at": PlanCurveRow.recorded_at,
            "recorded_by": PlanCurveRow.recorded_by,
        },
        _curve_points,
        of_projects,
        Listing(
            fields={**PROJECT_FIELDS, "revision": FilterField(col(PlanCurveRow.revision), int)},
            sortable=(),
            default_sort="project_code",
            key="project_code",
        ),
        (_POINT_MONTH,),
    ),
    _entries(
        AnnualPlanRow,
        ANNUAL_PLANS,
        Listing(
            fields={**PROJECT_FIELDS, "year": FilterField(col(AnnualPlanRow.year), int)},
            sortable=("year",),
            default_sort="project_code,year",
            key="project_code",
        ),
        (col(AnnualPlanRow.year),),
    ),
    _entries(
        MilestoneRow,
        MILESTONES,
        _papers(title=FilterField(col(MilestoneRow.title))),
        (col(MilestoneRow.id),),
        col(MilestoneRow.formality).is_(None),
    ),
    _entries(
        MilestoneRow,
        FORMALITIES,
        _papers(formality=FilterField(col(MilestoneRow.formality), Formality)),
        (col(MilestoneRow.id),),
        col(MilestoneRow.formality).is_not(None),
    ),
    ExportEntity(
        DESIGNATIONS.name,
        DESIGNATIONS.columns,
        {
            "project_code": ProjectRow.code,
            "project_name": ProjectRow.name,
            "level": ProjectRow.key_level,
            "reason": _ASKED["reason"],
            "key_since": ProjectRow.key_since,
            "key_by": ProjectRow.key_by,
        },
        _key_projects,
        of_projects,
        Listing(
            fields={
                **PROJECT_FIELDS,
                "level": FilterField(col(ProjectRow.key_level), KeyLevel),
                "key_since": FilterField(col(ProjectRow.key_since), date),
            },
            sortable=("level", "key_since"),
            default_sort="project_code",
            key="project_code",
        ),
        (col(ProjectRow.id),),
    ),
)
