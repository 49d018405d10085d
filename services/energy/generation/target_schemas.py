"""Given series, targets, their pace and the rules of generation in the API."""

from __future__ import annotations

import datetime as dt
import math
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from services.energy.generation.day_tables import GenerationRuleRow, GenerationTargetRow, PlantSeriesRow
from services.energy.generation.domain.pace import Pace, ProfileSource
from services.energy.generation.domain.plant import PlantKind, SeriesQuantity
from services.energy.generation.schemas import Code, Reason, Region, example
from services.energy.generation.service.rules import RuleFacts
from services.energy.generation.service.series import SeriesDay
from services.energy.sheet_table import TableFaultRead

Energy = Annotated[float, Field(gt=0, le=1e12)]
Share = Annotated[float, Field(ge=0, le=1)]


class SeriesDayWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    quantity: SeriesQuantity
    date: dt.date
    values: list[float | None] = Field(description="24, 48, 96 or 288; null says nothing.")


class SeriesWrite(BaseModel):
    model_config = example(
        source="水情测报", days=[{"quantity": "inflow_m3s", "date": "2026-09-15", "values": [8.5] * 24}]
    )

    source: Reason
    days: list[SeriesDayWrite] = Field(min_length=1, max_length=2000)


class SeriesTaken(BaseModel):
    created: int
    changed: int
    unchanged: int


class SeriesImported(BaseModel):
    plants: dict[str, SeriesTaken]


class PlantsImported(BaseModel):
    """What became, or would become, of a table."""

    dry_run: bool
    plants: int = Field(description="New ones.")
    units: int = Field(description="New ones.")
    unchanged: int = Field(description="Rows whose unit is registered already.")
    faults: list[TableFaultRead]


class SeriesRead(BaseModel):
    quantity: SeriesQuantity
    day: date
    values: list[float | None]
    source: str
    revision: int
    recorded_at: datetime
    recorded_by: str


class SeriesPage(BaseModel):
    items: list[SeriesRead]


class TargetWrite(BaseModel):
    model_config = example(
        region_code="421224",
        kind="hydro",
        year=2026,
        energy_kwh=80000000,
        basis="history",
        reason="县政府工作报告",
    )

    region_code: Region
    plant_code: Code | None = Field(default=None, description="A plant's own target, instead of a kind's.")
    kind: PlantKind | None = Field(default=None, description="All kinds if left out.")
    year: int = Field(ge=2000, le=2100)
    energy_kwh: Energy
    basis: ProfileSource = ProfileSource.HISTORY
    monthly_kwh: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=12, max_length=12)] | None = None
    reason: Reason
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class TargetRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    line_id: UUID = Field(description="The same through all versions.")
    version: int
    region_code: str
    plant_id: UUID | None
    kind: PlantKind | None
    year: int
    energy_kwh: float
    monthly_kwh: list[float] | None
    basis: ProfileSource
    reason: str
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    recorded_at: datetime
    recorded_by: str
    replaced_at: datetime | None


class PaceRead(BaseModel):
    """A target by the end of a day. Energies kWh; null where too little is known to say so."""

    target: TargetRead
    name_zh: str
    name_en: str
    day: date
    profile: ProfileSource
    profile_years: list[int]
    planned_kwh: float
    planned_share: float
    actual_kwh: float
    done_share: float
    completeness: float | None
    scaled_kwh: float | None
    behind_points: float | None = Field(description="Percentage points of the year's target.")
    level: int | None = Field(description="0 on pace, 1, 2 by the rule; null cannot be told.")
    forecast_kwh: float | None
    forecast_low_kwh: float | None
    forecast_high_kwh: float | None
    needed_kwh_a_day: float | None


class PacePage(BaseModel):
    items: list[PaceRead]


class RuleWrite(BaseModel):
    """Thresholds of a region, everywhere if none is named, from a day on."""

    model_config = ConfigDict(extra="forbid")

    region_code: Region | None = None
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive.")
    behind_points_1: float = Field(default=10, gt=0, le=100)
    behind_points_2: float = Field(default=30, gt=0, le=100)
    least_completeness: Share = 0.8
    outage_share_1: float = Field(default=0.25, gt=0, le=1)
    outage_share_2: float = Field(default=0.6, gt=0, le=1)
    outage_hours: float = Field(default=4, ge=0, le=1000)
    under_ratio: float = Field(default=0.85, gt=0, le=1)
    under_days: int = Field(default=5, ge=1, le=60)
    note: str = Field(default="", max_length=500)

    def facts(self) -> RuleFacts:
        return RuleFacts(**self.model_dump())


class RuleRead(RuleWrite):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    changed_at: datetime
    changed_by: str


def series_days(body: SeriesWrite) -> list[SeriesDay]:
    return [
        SeriesDay(
            one.quantity,
            one.date,
            np.array([np.nan if value is None else value for value in one.values], np.float64),
        )
        for one in body.days
    ]


def series_read(row: PlantSeriesRow) -> SeriesRead:
    return SeriesRead(
        quantity=SeriesQuantity(row.quantity),
        day=row.day,
        values=[None if math.isnan(value) else value for value in row.slot_values],
        source=row.source,
        revision=row.revision,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )


def target_read(row: GenerationTargetRow) -> TargetRead:
    return TargetRead.model_validate(row)


def pace_read(row: GenerationTargetRow, names: tuple[str, str], pace: Pace, level: int | None) -> PaceRead:
    return PaceRead(
        target=target_read(row),
        name_zh=names[0],
        name_en=names[1],
        day=pace.day,
        profile=pace.profile.source,
        profile_years=list(pace.profile.years),
        planned_kwh=pace.planned_kwh,
        planned_share=pace.planned_share,
        actual_kwh=pace.actual_kwh,
        done_share=pace.done_share,
        completeness=pace.completeness,
        scaled_kwh=pace.scaled_kwh,
        behind_points=pace.behind_points,
        level=level,
        forecast_kwh=pace.forecast_kwh,
        forecast_low_kwh=pace.forecast_low_kwh,
        forecast_high_kwh=pace.forecast_high_kwh,
        needed_kwh_a_day=pace.needed_kwh_a_day,
    )


def rule_read(row: GenerationRuleRow) -> RuleRead:
    return RuleRead.model_validate(row)
