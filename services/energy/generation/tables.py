"""Plants, what they are made of, what is given of them, and their computed days."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class PlantRow(EnergyTable, table=True):
    """A plant; ``version`` rises with every change of it or of what belongs to it, and is that of its events."""

    __tablename__ = "plant"
    __table_args__ = (
        CheckConstraint("kind IN ('hydro', 'wind', 'solar', 'thermal', 'storage')", name="kind"),
        CheckConstraint("retired_on IS NULL OR retired_on > commissioned_on", name="life"),
        Index("ix_plant_region_code", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_plant_enterprise_id", "enterprise_id"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    kind: str
    region_code: str
    enterprise_id: UUID | None = None
    river_or_site: str | None = None
    grid_voltage_kv: float | None = None
    commissioned_on: date
    retired_on: date | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    note: str = ""
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class PlantConnectionRow(EnergyTable, table=True):
    """Which node of the grid a plant feeds, and since when; one at a time, ``valid_to`` is exclusive."""

    __tablename__ = "plant_connection"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        Index("ix_plant_connection_plant_id", "plant_id", "valid_from"),
        Index("ix_plant_connection_node_id", "node_id"),
    )

    id: UUID = Field(primary_key=True)
    plant_id: UUID = Field(foreign_key="plant.id")
    node_id: UUID = Field(foreign_key="grid_node.id")
    node_code: str
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class PlantUnitRow(EnergyTable, table=True):
    """A unit of a plant; whether it is in service is said by its ratings."""

    __tablename__ = "plant_unit"
    __table_args__ = (Index("uq_plant_unit_code", "plant_id", "code", unique=True),)

    id: UUID = Field(primary_key=True)
    plant_id: UUID = Field(foreign_key="plant.id")
    code: str
    name: str
    maker: str | None = None
    model: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class PlantUnitRatingRow(EnergyTable, table=True):
    """A unit's capacity for a time, with the reason; between ratings the unit is not in service."""

    __tablename__ = "plant_unit_rating"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        CheckConstraint("capacity_kw > 0", name="capacity"),
        Index("ix_plant_unit_rating_unit_id", "unit_id", "valid_from"),
    )

    id: UUID = Field(primary_key=True)
    unit_id: UUID = Field(foreign_key="plant_unit.id")
    capacity_kw: float
    valid_from: date
    valid_to: date | None = None
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class PlantUnitModelRow(EnergyTable, table=True):
    """A unit's characteristic for a time: what it makes of its resource."""

    __tablename__ = "plant_unit_model"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        CheckConstraint("kind IN ('hydro', 'wind', 'solar', 'firing')", name="kind"),
        Index("ix_plant_unit_model_unit_id", "unit_id", "valid_from"),
    )

    id: UUID = Field(primary_key=True)
    unit_id: UUID = Field(foreign_key="plant_unit.id")
    kind: str
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    source: str
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class PlantMeterRow(EnergyTable, table=True):
    """A meter of a plant for a time. ``sign`` turns its values into output: −1 where it counts the other way."""

    __tablename__ = "plant_meter"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        CheckConstraint("role IN ('export', 'own_use', 'unit')", name="role"),
        CheckConstraint("sign IN (-1, 1)", name="sign"),
        CheckConstraint("(role = 'unit') = (unit_id IS NOT NULL)", name="unit_named"),
        Index("ix_plant_meter_plant_id", "plant_id", "valid_from"),
        Index("ix_plant_meter_meter_index", "meter_index"),
    )

    id: UUID = Field(primary_key=True)
    plant_id: UUID = Field(foreign_key="plant.id")
    unit_id: UUID | None = Field(default=None, foreign_key="plant_unit.id")
    meter_no: str
    meter_index: int
    role: str
    sign: int = Field(sa_type=SmallInteger)
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
