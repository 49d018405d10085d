"""What can be exported: the columns a table is imported by, and those that only the service knows.

An exported table can be changed and imported again; what nobody changed is then unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal_column
from sqlmodel import col

from libs.common.security.principal import Principal, Role
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing
from services.projects.exchange.domain.columns import Column, Kind
from services.projects.exchange.entities.export_base import EVERYBODY, PROJECT_FIELDS, ExportEntity, of_projects
from services.projects.exchange.entities.export_entries import ENTRIES
from services.projects.exchange.entities.project_columns import project_columns
from services.projects.exchange.entities.projects import PROJECTS
from services.projects.exchange.entities.registry import ENTERPRISES, PEOPLE, REGIONS, UNITS
from services.projects.ledger import repository as ledger
from services.projects.ledger.tables import (
    ProjectChangeRow,
    ProjectRow,
)
from services.projects.registry import repository as registry
from services.projects.registry.routes.answers import OFFICES
from services.projects.registry.tables import EnterpriseRow, PersonRow, RegionRow, UnitRow


def _alive(table: Any) -> ColumnElement[bool]:
    living: ColumnElement[bool] = col(table.deleted_at).is_(None)
    return living


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


_project_expressions, _project_source = project_columns()

EXPORTABLE: Mapping[str, ExportEntity] = {
    entity.name: entity
    for entity in (
        ExportEntity(
            "projects",
            PROJECTS.columns,
            _project_expressions,
            _project_source,
            of_projects,
            ledger.PROJECTS,
            (col(ProjectRow.id),),
        ),
        *ENTRIES,
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
            of_projects,
            Listing(
                fields={
                    **PROJECT_FIELDS,
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
