"""The way between a project's row and the domain's value."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.coordinates import CoordinateSystem, Location
from services.projects.ledger.domain.grid import FinancingForm, GridWork, GridWorks
from services.projects.ledger.domain.project import Channel, KeyLevel, PlannedDate, Project
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.ledger.tables import ProjectRow

# What is a column by the same name; place and grid works are spread over several.
_COLUMNS = tuple(spec.name for spec in fields(Project) if spec.name not in {"plan", "location", "grid"})

_ENUMS = (
    *("kind", "stage", "interrupted_stage", "channel", "key_level"),
    *("coordinate_system", "grid_work", "financing_form"),
)
_values = attrgetter(*_COLUMNS)


def project_of(row: ProjectRow, plan: Mapping[Milestone, PlannedDate]) -> Project:
    """The domain's value of a row."""
    facts: dict[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
    facts |= {
        "kind": ProjectKind(row.kind),
        "stage": Stage(row.stage),
        "channel": None if row.channel is None else Channel(row.channel),
        "interrupted_stage": None if row.interrupted_stage is None else Stage(row.interrupted_stage),
        "key_level": None if row.key_level is None else KeyLevel(row.key_level),
        "location": _location_of(row),
        "grid": _grid_of(row),
        "plan": dict(plan),
    }
    return Project(**facts)


def _location_of(row: ProjectRow) -> Location | None:
    if row.longitude is None or row.latitude is None or row.coordinate_system is None:
        return None
    # As it was given: the column's trailing zeros are not the caller's.
    return Location(_plain(row.longitude), _plain(row.latitude), CoordinateSystem(row.coordinate_system))


def _grid_of(row: ProjectRow) -> GridWorks | None:
    grid = GridWorks(
        work=None if row.grid_work is None else GridWork(row.grid_work),
        voltage_kv=None if row.voltage_kv is None else _plain(row.voltage_kv),
        capacity_mva=None if row.capacity_mva is None else _plain(row.capacity_mva),
        line_length_km=None if row.line_length_km is None else _plain(row.line_length_km),
        financing_form=None if row.financing_form is None else FinancingForm(row.financing_form),
    )
    return None if grid == GridWorks() else grid


def _plain(value: Decimal) -> Decimal:
    return Decimal(format(value.normalize(), "f"))


def columns_of(project: Project) -> dict[str, Any]:
    """The row's columns of a value."""
    place, grid = project.location, project.grid or GridWorks()
    longitude, latitude = place.wgs84 if place is not None else (None, None)
    facts: dict[str, Any] = dict(zip(_COLUMNS, _values(project), strict=True))
    facts |= {
        "longitude": place and place.longitude,
        "latitude": place and place.latitude,
        "coordinate_system": place and place.system,
        "wgs84_longitude": longitude,
        "wgs84_latitude": latitude,
        "grid_work": grid.work,
        "voltage_kv": grid.voltage_kv,
        "capacity_mva": grid.capacity_mva,
        "line_length_km": grid.line_length_km,
        "financing_form": grid.financing_form,
    }
    for name in _ENUMS:
        if isinstance(value := facts[name], Enum):
            facts[name] = value.value
    return facts
