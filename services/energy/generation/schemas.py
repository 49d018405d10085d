"""Plants in the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.generation.domain.plant import MeterRole, PlantKind
from services.energy.generation.models import ModelKind
from services.energy.generation.service.registry import PlantFacts, UnitFacts
from services.energy.generation.tables import (
    PlantConnectionRow,
    PlantMeterRow,
    PlantRow,
    PlantUnitModelRow,
    PlantUnitRatingRow,
    PlantUnitRow,
)
from services.energy.metering.domain.meter import METER_NO_PATTERN

CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"
Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Region = Annotated[str, Field(min_length=6, max_length=9)]
MeterNo = Annotated[str, Field(pattern=METER_NO_PATTERN)]
Power = Annotated[float, Field(ge=0, le=25_000_000)]
Capacity = Annotated[float, Field(gt=0, le=25_000_000)]


def example(**facts: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [facts]})


class PlantWrite(BaseModel):
    model_config = example(
        code="JGS-1",
        name="九宫山一级水电站",
        kind="hydro",
        region_code="421224",
        commissioned_on="2008-05-01",
        river_or_site="富水河支流",
        grid_voltage_kv=35,
    )

    code: Code
    name: Name
    kind: PlantKind
    region_code: Region
    commissioned_on: date
    retired_on: date | None = Field(default=None, description="Exclusive.")
    enterprise_id: UUID | None = None
    river_or_site: Name | None = None
    grid_voltage_kv: float | None = Field(default=None, gt=0, le=1100)
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    note: str = Field(default="", max_length=1000)

    def facts(self) -> PlantFacts:
        return PlantFacts(**self.model_dump(exclude={"code"}) | {"kind": self.kind})


class PlantChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    region_code: Region | None = None
    commissioned_on: date | None = None
    retired_on: date | None = None
    enterprise_id: UUID | None = None
    river_or_site: Name | None = None
    grid_voltage_kv: float | None = Field(default=None, gt=0, le=1100)
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    note: Annotated[str, Field(max_length=1000)] | None = None

    def facts(self) -> dict[str, Any]:
        """What was named; null empties a fact that may be empty."""
        given = self.model_dump(exclude_unset=True)
        kept = {"name", "region_code", "commissioned_on", "note"}
        return {name: value for name, value in given.items() if value is not None or name not in kept}


class PlantRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    name: str
    kind: PlantKind
    region_code: str
    enterprise_id: UUID | None
    river_or_site: str | None
    grid_voltage_kv: float | None
    commissioned_on: date
    retired_on: date | None
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    note: str
    version: int
    changed_at: datetime
    changed_by: str


class Held(BaseModel):
    """From ``valid_from`` until before ``valid_to``; open if that is left out."""

    model_config = ConfigDict(extra="forbid")

    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive.")


class ConnectionWrite(Held):
    node_code: Name = Field(description="The node of the grid that the plant feeds.")


class ConnectionRead(Held):
    model_config = ConfigDict(from_attributes=True)

    node_code: str


class UnitWrite(Held):
    code: Code
    name: Name
    capacity_kw: Capacity
    maker: Name | None = None
    model: Name | None = None

    def facts(self) -> UnitFacts:
        return UnitFacts(**self.model_dump())


class RatingWrite(Held):
    capacity_kw: Capacity
    reason: Reason


class RatingRead(RatingWrite):
    model_config = ConfigDict(from_attributes=True)


class Retirement(BaseModel):
    model_config = ConfigDict(extra="forbid")

    on: date = Field(description="The first day out of service.")
    reason: Reason


class ModelWrite(Held):
    model_config = example(
        kind="hydro",
        parameters={"rated_flow_m3s": 12.5, "net_head_m": 42, "efficiency": [[0.3, 0.7], [0.8, 0.88], [1, 0.86]]},
        source="厂家特性曲线",
        valid_from="2026-01-01",
    )

    kind: ModelKind
    parameters: dict[str, Any] = Field(description="By kind: see docs/generation.md.")
    source: Reason


class ModelRead(ModelWrite):
    model_config = ConfigDict(from_attributes=True)


class UnitRead(BaseModel):
    id: UUID
    code: str
    name: str
    maker: str | None
    model: str | None
    ratings: list[RatingRead]
    models: list[ModelRead]


class MeterPlaceWrite(Held):
    meter_no: MeterNo
    role: MeterRole
    unit_code: Code | None = Field(default=None, description="With the role unit.")
    counts_backwards: bool = Field(default=False, description="Its positive values are the other direction.")


class MeterPlaceRead(BaseModel):
    id: UUID
    meter_no: str
    role: MeterRole
    unit_code: str | None
    counts_backwards: bool
    valid_from: date
    valid_to: date | None


class MeterPlaceChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    valid_to: date | None = Field(description="Exclusive; null opens it again.")


class PlantDetail(PlantRead):
    """A plant with its parts."""

    capacity_kw: float = Field(description="Of the units in service today.")
    connections: list[ConnectionRead]
    units: list[UnitRead]
    meters: list[MeterPlaceRead]


def plant_read(row: PlantRow) -> PlantRead:
    return PlantRead.model_validate(row)


def meter_read(row: PlantMeterRow, units: dict[UUID, PlantUnitRow]) -> MeterPlaceRead:
    return MeterPlaceRead(
        id=row.id,
        meter_no=row.meter_no,
        role=MeterRole(row.role),
        unit_code=None if row.unit_id is None else units[row.unit_id].code,
        counts_backwards=row.sign < 0,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def unit_read(
    row: PlantUnitRow, ratings: Sequence[PlantUnitRatingRow], models: Sequence[PlantUnitModelRow]
) -> UnitRead:
    return UnitRead(
        id=row.id,
        code=row.code,
        name=row.name,
        maker=row.maker,
        model=row.model,
        ratings=[RatingRead.model_validate(one) for one in ratings if one.unit_id == row.id],
        models=[ModelRead.model_validate(one) for one in models if one.unit_id == row.id],
    )


def connection_read(row: PlantConnectionRow) -> ConnectionRead:
    return ConnectionRead.model_validate(row)
