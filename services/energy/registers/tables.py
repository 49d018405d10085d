"""States of registers, what happened to their devices, and what could not be explained."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, SmallInteger
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class RegisterReadingRow(EnergyTable, table=True):
    """The state of a register at a minute of the meter's standard time since 1970.

    ``value`` is as the device counts, before any multiplier: kWh (kvarh, kVAh) or pulses. ``rank`` is the
    precedence of its source, ``revision`` counts corrections.
    """

    __tablename__ = "register_reading"

    meter_index: int = Field(primary_key=True)
    minute: int = Field(primary_key=True)
    value: float
    quality: int = Field(sa_type=SmallInteger)
    rank: int = Field(sa_type=BigInteger)
    revision: int


class RegisterRevisionRow(EnergyTable, table=True):
    """What a correction of a register's state replaced; ``after`` is null when it was taken out, with a reason."""

    __tablename__ = "register_revision"

    meter_index: int = Field(primary_key=True)
    minute: int = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    receipt_id: UUID
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    before: float
    after: float | None = None
    reason: str | None = None
    changed_by: str | None = None


class DeviceEventRow(EnergyTable, table=True):
    """A device replaced, reset or turned over; one that was recorded in error is voided, never deleted."""

    __tablename__ = "device_event"
    __table_args__ = (
        Index("ix_device_event_live", "meter_index", "minute", unique=True, postgresql_where="voided_at IS NULL"),
        Index("ix_device_event_meter_id", "meter_id"),
        CheckConstraint("kind IN ('replaced', 'reset', 'turned')", name="kind"),
    )

    id: UUID = Field(primary_key=True)
    meter_id: UUID = Field(foreign_key="meter.meter_id")
    meter_index: int
    kind: str
    at: datetime = Field(sa_type=UtcDateTime)
    minute: int
    final_state: float | None = None
    initial_state: float | None = None
    old_asset_no: str | None = None
    new_asset_no: str | None = None
    reason: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    voided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    voided_by: str | None = None
    void_reason: str | None = None


class RegisterFaultRow(EnergyTable, table=True):
    """Two neighbouring states that give no energy; ``cleared_at`` once others stand there."""

    __tablename__ = "register_fault"
    __table_args__ = (Index("ix_register_fault_open", "meter_index", postgresql_where="cleared_at IS NULL"),)

    meter_index: int = Field(primary_key=True)
    start_minute: int = Field(primary_key=True)
    end_minute: int = Field(primary_key=True)
    kind: str
    before: float | None = None
    after: float | None = None
    found_at: datetime = Field(sa_type=UtcDateTime)
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RegisterDerivationRow(EnergyTable, table=True):
    """The powers that a record of the readings' log gave rise to, as a block, for the detector's replay.

    What a state means depends on its neighbours at the time: a replay cannot compute it again from the log alone.
    """

    __tablename__ = "register_derivation"

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    record_offset: int = Field(primary_key=True, sa_type=BigInteger)
    noted_at: datetime = Field(sa_type=UtcDateTime, index=True)
    block: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
