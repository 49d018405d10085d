"""What can be exported: the columns a table is imported by, and those that only the service knows.

An exported table can be changed and imported again; what nobody changed is then unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Select, String, cast, func, literal_column, null, select
from sqlmodel import col

from libs.common.security.principal import Principal, Role
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing
from services.projects.exchange.domain.columns import Column, Kind
from services.projects.exchange.entities.entries import ARRIVALS, INVESTMENTS, PROGRESS
from services.projects.exchange.entities.project_columns import project_columns
from services.projects.exchange.entities.projects import PROJECTS
from services.projects.exchange.entities.registry import ENTERPRISES, PEOPLE, REGIONS, UNITS
from services.projects.ledger import repository as ledger
from services.projects.ledger.tables import (
    FundsArrivalRow,
    InvestmentEntryRow,
    ProgressEntryRow,
    ProjectChangeRow,
    ProjectRow,
)
from services.projects.registry import repository as registry
from services.projects.registry.repository import region_filter
from services.projects.registry.routes.answers import OFFICES
from services.projects.registry.tables import EnterpriseRow, PersonRow, RegionRow, UnitRow

EVERYBODY = tuple(role for role in Role if role is not Role.FEED)


@dataclass(frozen=True, slots=True)
class ExportEntity:
    """``expressions`` by column; ``source`` puts the tables together that they and the listing speak of.

    ``visible`` are the list's own conditions of scope; ``last`` breaks ties of the order.
    """

    name: str
    columns: tuple[Column, ...]
    expressions: Mapping[str, Any]
    source: Callable[[Select[Any]], Select[Any]]
    visible: Callable[[Principal], Sequence[ColumnElement[bool]]]
    listing: Listing
    last: Sequence[Any]
    roles: tuple[Role, ...] = EVERYBODY

    def statement(self, principal: Principal, columns: Sequence[Column]) -> Select[Any]:
        """Rows of the columns, in no order yet."""
        chosen = [self.expressions[column.field].label(f"c{index}") for index, column in enumerate(columns)]
        return self.source(select(*chosen)).where(*self.visible(principal))


def _of_projects(principal: Principal) -> Sequence[ColumnElement[bool]]:
    return ledger.reach_of(principal)


def _alive(table: Any) -> ColumnElement[bool]:
    living: ColumnElement[bool] = col(table.deleted_at).is_(None)
    return living


_ENTRY_FIELDS: dict[str, FilterField] = {
    "project_id": FilterField(col(ProjectRow.id), UUID),
    "project_code": FilterField(col(ProjectRow.code)),
    "region_code": region_filter(col(ProjectRow.region_code)),
}
_CHANGE = func.jsonb_array_elements(ProjectChangeRow.changes).table_valued("value", name="change")
_CHANGED: Any = literal_column("change.value")

HISTORY_COLUMNS = (
    Column("project_code"),
    Column("project_name"),
    Column("version", Kind.INTEGER),
    Column("at", Kind.INSTANT),
    Column("actor"),
    Column("actor_role", Kind.TERM, Role),
    Column("action"),
    Column("reason"),
    Column("field"),
    Column("before"),
    Column("after"),
    Column("project_id", Kind.ID),
)


def _registered(table: Any, entity: Any, names: Mapping[str, str], listing: Listing, region: Any) -> ExportEntity:
    """An export of one of the registry's tables."""
    key = getattr(table, "credit_code" if table is EnterpriseRow else "code")

    def visible(principal: Principal) -> Sequence[ColumnElement[bool]]:
        own = [enterprise_scope(col(EnterpriseRow.enterprise_id), principal)] if table is EnterpriseRow else []
        return [_alive(table), region_scope(col(region), principal), *own]

    expressions: dict[str, Any] = {
        column.field: getattr(table, names.get(column.field, column.field))
        for column in entity.columns
        if column.field != "unit_code"
    }
    if table is PersonRow:
        expressions["unit_code"] = UnitRow.code

    def source(statement: Select[Any]) -> Select[Any]:
        statement = statement.select_from(table)
        if table is PersonRow:
            return statement.outerjoin(UnitRow, col(UnitRow.unit_id) == col(PersonRow.unit_id))
        return statement

    return ExportEntity(
        entity.name, entity.columns, expressions, source, visible, listing, (col(key),),
        OFFICES if table is PersonRow else EVERYBODY,
    )  # fmt: skip


def _entries(table: Any, entity: Any, listing: Listing, last: Sequence[Any]) -> ExportEntity:
    others = {"project_code", "project_name", "confirm_amount"}
    names = [column.field for column in entity.columns if column.field not in others]
    return ExportEntity(
        entity.name,
        entity.columns,
        {
            **{name: getattr(table, name) for name in names},
            "project_code": ProjectRow.code,
            "project_name": ProjectRow.name,
            # Doubts are answered when a table is imported; the column is there for the next one.
            "confirm_amount": cast(null(), Boolean),
        },
        lambda statement: statement.select_from(table).join(
            ProjectRow, col(ProjectRow.id) == col(table.project_id)
        ),
        _of_projects,
        listing,
        last,
    )


_project_expressions, _project_source = project_columns()

EXPORTABLE: Mapping[str, ExportEntity] = {
    entity.name: entity
    for entity in (
        ExportEntity(
            "projects",
            PROJECTS.columns,
            _project_expressions,
            _project_source,
            _of_projects,
            ledger.PROJECTS,
            (col(ProjectRow.id),),
        ),
        _entries(
            ProgressEntryRow,
            PROGRESS,
            Listing(
                fields={
                    **_ENTRY_FIELDS,
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
            Listing(
                fields={
                    **_ENTRY_FIELDS,
                    "month": FilterField(col(InvestmentEntryRow.month), date),
                    "amount_yuan": FilterField(col(InvestmentEntryRow.amount_yuan), int),
                },
                sortable=("month",),
                default_sort="project_code,month",
                key="project_code",
            ),
            (col(InvestmentEntryRow.month),),
        ),
        _entries(FundsArrivalRow, ARRIVALS, ledger.ALL_FUNDS, (col(FundsArrivalRow.id),)),
        _registered(RegionRow, REGIONS, {}, registry.REGIONS, RegionRow.code),
        _registered(UnitRow, UNITS, {"id": "unit_id"}, registry.UNITS, UnitRow.region_code),
        _registered(PersonRow, PEOPLE, {"id": "person_id"}, registry.PERSONS, PersonRow.region_code),
        _registered(
            EnterpriseRow, ENTERPRISES, {"id": "enterprise_id"}, registry.ENTERPRISES, EnterpriseRow.region_code
        ),
        ExportEntity(
            "history",
            HISTORY_COLUMNS,
            {
                "project_code": ProjectRow.code,
                "project_name": ProjectRow.name,
                "version": ProjectChangeRow.version,
                "at": ProjectChangeRow.at,
                "actor": ProjectChangeRow.actor,
                "actor_role": ProjectChangeRow.actor_role,
                "action": ProjectChangeRow.action,
                "reason": ProjectChangeRow.reason,
                "field": cast(_CHANGED.op("->>")("field"), String),
                "before": cast(_CHANGED.op("->>")("before"), String),
                "after": cast(_CHANGED.op("->>")("after"), String),
                "project_id": ProjectChangeRow.project_id,
            },
            lambda statement: (
                statement.select_from(ProjectChangeRow)
                .join(ProjectRow, col(ProjectRow.id) == col(ProjectChangeRow.project_id))
                .join(_CHANGE, literal_column("true"))
            ),
            _of_projects,
            Listing(
                fields={
                    **_ENTRY_FIELDS,
                    "version": FilterField(col(ProjectChangeRow.version), int),
                    "at": FilterField(col(ProjectChangeRow.at), datetime),
                    "actor": FilterField(col(ProjectChangeRow.actor)),
                    "action": FilterField(col(ProjectChangeRow.action)),
                },
                sortable=("at", "version"),
                default_sort="project_code,version",
                key="project_code",
            ),
            (col(ProjectChangeRow.version),),
        ),
    )
}
