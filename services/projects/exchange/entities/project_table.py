"""The columns of the table of projects, in the order an office keeps its ledger in."""

from collections.abc import Mapping
from typing import Any

from libs.common.contracts.projects import Stage
from services.projects.exchange.domain.columns import Column, Kind
from services.projects.ledger.domain.coordinates import CoordinateSystem
from services.projects.ledger.domain.grid import FinancingForm, GridWork
from services.projects.ledger.domain.project import Channel, KeyLevel, Project
from services.projects.ledger.domain.stages import ProjectKind

# The columns of a project's parts, by what the parts' fields are called.
LOCATION = {"longitude": "longitude", "latitude": "latitude", "system": "coordinate_system"}
GRID = {
    "work": "grid_work",
    "voltage_kv": "voltage_kv",
    "capacity_mva": "capacity_mva",
    "line_length_km": "line_length_km",
    "financing_form": "financing_form",
}
# Where what REST finds wrong with a part stands in the table.
PLACES = {
    "location": "longitude",
    "grid": "grid_work",
    **{f"location/{name}": column for name, column in LOCATION.items()},
    **{f"grid/{name}": column for name, column in GRID.items()},
}

COLUMNS = (
    Column("code", required=True, example="2025-421224-44-03-000001"),
    Column("name", on_new=True, example="九宫山风力电场一期"),
    Column("kind", Kind.TERM, ProjectKind, on_new=True),
    Column("region_code", on_new=True, example="421224104"),
    Column("stage", Kind.TERM, Stage),
    Column("summary"),
    Column("parent_code", example="2025-421224-44-03-000000"),
    Column("sector_code", example="4415"),
    Column("park_code"),
    Column("enterprise_code", example="91350100M000100Y43"),
    Column("responsible_person_code", example="421224-0001"),
    Column("responsible_unit_code", example="421224-GJ"),
    Column("total_investment_yuan", Kind.MONEY, example="14000"),
    Column("contract_amount_yuan", Kind.MONEY, example="14000"),
    Column("investor", example="风电投资方（演示）"),
    Column("channel", Kind.TERM, Channel),
    Column("confirm_amount", Kind.BOOLEAN),
    Column("longitude", Kind.DECIMAL, example="114.5831"),
    Column("latitude", Kind.DECIMAL, example="29.3857"),
    Column("coordinate_system", Kind.TERM, CoordinateSystem),
    Column("grid_work", Kind.TERM, GridWork),
    Column("voltage_kv", Kind.DECIMAL),
    Column("capacity_mva", Kind.DECIMAL),
    Column("line_length_km", Kind.DECIMAL),
    Column("financing_form", Kind.TERM, FinancingForm),
    Column("design_output", Kind.DECIMAL),
    Column("output_unit"),
    Column("planned_start_on", Kind.DATE, example="2025-12-01"),
    Column("planned_completion_on", Kind.DATE),
    Column("planned_production_on", Kind.DATE),
    Column("planned_capacity_on", Kind.DATE, example="2027-01-31"),
    Column("planned_opening_on", Kind.DATE),
    Column("reason"),
    Column("signed_on", Kind.DATE, example="2025-09-22"),
    Column("started_on", Kind.DATE),
    Column("evidence"),
    Column("completed_on", Kind.DATE),
    Column("in_production_on", Kind.DATE),
    Column("first_output"),
    Column("at_capacity_on", Kind.DATE),
    Column("actual_output", Kind.DECIMAL),
    Column("opened_on", Kind.DATE),
    Column("interrupted_on", Kind.DATE),
    Column("interruption_reason"),
    Column("resumed_on", Kind.DATE),
    Column("key_level", Kind.TERM, KeyLevel, read_only=True),
    Column("key_since", Kind.DATE, read_only=True),
    Column("size_band", read_only=True),
    Column("percent", Kind.PERCENT, read_only=True),
    Column("last_progress_on", Kind.DATE, read_only=True),
    Column("invested_yuan", Kind.MONEY, read_only=True),
    Column("last_investment_month", Kind.MONTH, read_only=True),
    Column("verified_funds_yuan", Kind.MONEY, read_only=True),
    Column("id", Kind.ID, read_only=True),
    Column("version", Kind.INTEGER, read_only=True),
    Column("created_at", Kind.INSTANT, read_only=True),
    Column("updated_at", Kind.INSTANT, read_only=True),
)


def parts_of(facts: Mapping[str, Any], known: Project | None) -> dict[str, Any]:
    """Place and grid works as REST takes them: what a row says of them, beside what is known already."""
    place = None if known is None else known.location
    grid = None if known is None else known.grid
    parts: dict[str, Any] = {}
    for name, columns, part in (("location", LOCATION, place), ("grid", GRID, grid)):
        said = {field: facts[column] for field, column in columns.items() if column in facts}
        if said:
            whole = {field: getattr(part, field, None) for field in columns} | said
            parts[name] = {field: value for field, value in whole.items() if value is not None} or None
    return parts
