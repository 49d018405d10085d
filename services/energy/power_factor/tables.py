"""Pairs of meters by the time they hold, and the days that were computed of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class PowerFactorPairRow(EnergyTable, table=True):
    """The meters of one supply point; ``valid_to`` is exclusive. ``standard``: class of user."""

    __tablename__ = "power_factor_pair"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        CheckConstraint("standard IN ('large_industry', 'general', 'agricultural')", name="standard"),
        Index("ix_power_factor_pair_active", "active_index"),
        Index("ix_power_factor_pair_import", "reactive_import_index"),
        Index("ix_power_factor_pair_export", "reactive_export_index"),
        Index("ix_power_factor_pair_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    active_no: str
    active_index: int
    reactive_import_no: str
    reactive_import_index: int
    reactive_export_no: str | None = None
    reactive_export_index: int | None = None
    standard: str
    region_code: str
    enterprise_id: UUID | None = None
    valid_from: date
    valid_to: date | None = None
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class PowerFactorDayRow(EnergyTable, table=True):
    """A day of a pair, by its active meter; ``factor`` null where the day says nothing."""

    __tablename__ = "power_factor_day"

    active_index: int = Field(primary_key=True)
    day: date = Field(primary_key=True)
    slots: int
    loaded: int
    active_kwh: float
    reactive_kvarh: float
    factor: float | None = None
    standard: float
    worst: float | None = None
    worst_slot: int | None = None
    computed_at: datetime = Field(sa_type=UtcDateTime)
