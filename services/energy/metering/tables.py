"""Meters and their curves at rest."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import REAL, BigInteger, CheckConstraint, Column, Identity, Index, LargeBinary, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class MeterRow(EnergyTable, table=True):
    """A meter. ``meter_index`` is dense, given once and never again: it places the meter in shard and partition.

    ``change_mark`` is the id of the transaction that last changed the row, so caches find what is new to them.
    Facts that may change in a meter's life stand here as they are today and in ``meter_period`` as they were and
    will be; ``periods`` counts those rows.
    """

    __tablename__ = "meter"
    __table_args__ = (
        Index("ix_meter_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_meter_enterprise", "enterprise_id"),
        Index("ix_meter_change_mark", "change_mark"),
        Index("ix_meter_feeder", "feeder_code"),
        Index("ix_meter_transformer", "transformer_code"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="life"),
    )

    meter_id: UUID = Field(primary_key=True)
    meter_no: str = Field(unique=True)
    meter_index: int = Field(unique=True)
    name: str
    kind: str
    quantity: str
    profile: str
    interval_minutes: int = Field(sa_type=SmallInteger)
    offset_minutes: int = Field(sa_type=SmallInteger)
    capacity_kw: float | None = None
    low_kw: float | None = None
    high_kw: float | None = None
    multiplier: float
    ct_ratio: float
    pt_ratio: float
    register_digits: int | None = Field(default=None, sa_type=SmallInteger)
    pulses_per_kwh: float | None = None
    asset_no: str | None = None
    feeder_code: str | None = None
    transformer_code: str | None = None
    region_code: str
    enterprise_id: UUID | None = None
    valid_from: date
    valid_to: date | None = None
    # Since when the present owner is the owner: what an enterprise may see.
    owned_from: date
    periods: int = Field(sa_type=SmallInteger)
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    change_mark: int = Field(sa_column=Column(BigInteger, nullable=False))


class MeterPeriodRow(EnergyTable, table=True):
    """Facts of a meter from a minute of its standard time on, until its next row; the first holds from ever.

    ``taken_effect`` is false while the time lies ahead: a job then brings the meter's own row up to date.
    """

    __tablename__ = "meter_period"
    __table_args__ = (Index("ix_meter_period_due", "from_minute", postgresql_where="NOT taken_effect"),)

    meter_id: UUID = Field(primary_key=True, foreign_key="meter.meter_id")
    from_minute: int = Field(primary_key=True, sa_type=BigInteger)
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    taken_effect: bool


class MeterRevisionRow(EnergyTable, table=True):
    """One change of a meter's record: who, when, why, from when on, and what it was and became."""

    __tablename__ = "meter_revision"

    meter_id: UUID = Field(primary_key=True, foreign_key="meter.meter_id")
    version: int = Field(primary_key=True)
    act: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
    effective_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = None
    before: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class MeterAliasRow(EnergyTable, table=True):
    """A name of a meter in another system: 户号, asset number, ``NMI:suffix``."""

    __tablename__ = "meter_alias"
    __table_args__ = (Index("ix_meter_alias_meter_id", "meter_id"), Index("ix_meter_alias_code", "code"))

    system: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    meter_id: UUID = Field(foreign_key="meter.meter_id")


class MeterCounterRow(EnergyTable, table=True):
    """The next free ``meter_index``: one row, locked by each registration, so a rollback leaves no hole."""

    __tablename__ = "meter_counter"

    singleton: bool = Field(default=True, primary_key=True)
    next_index: int


class CurveDayRow(EnergyTable, table=True):
    """One meter, quantity and standard-time day: the utilities' own model P1…Pn.

    ``load_kw``: a little-endian float32 a slot, NaN where missing; SQL reads it through ``load_values``.
    ``quality``: one byte a slot, null when all that is there was measured. ``rank``: precedence of the row's
    values; ``slot_ranks`` says by how much single slots lie below it. ``revision`` counts the corrections of
    stored values.
    """

    __tablename__ = "curve_day"
    __table_args__ = {"postgresql_partition_by": "RANGE (day)"}  # noqa: RUF012 - SQLAlchemy's declarative form

    meter_index: int = Field(primary_key=True)
    quantity: int = Field(primary_key=True, sa_type=SmallInteger)
    day: date = Field(primary_key=True)
    slots: int = Field(sa_type=SmallInteger)
    present: int = Field(sa_type=SmallInteger)
    energy_kwh: float
    peak_kw: float = Field(sa_type=REAL)
    rank: int = Field(sa_type=BigInteger)
    revision: int
    load_kw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    quality: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    slot_ranks: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class CurveRevisionRow(EnergyTable, table=True):
    """What a correction replaced: the slots it touched and their values before, in kW."""

    __tablename__ = "curve_revision"

    meter_index: int = Field(primary_key=True)
    quantity: int = Field(primary_key=True, sa_type=SmallInteger)
    day: date = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    receipt_id: UUID
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    slots: list[int] = Field(sa_column=Column(ARRAY(SmallInteger, dimensions=1), nullable=False))
    before_kw: list[float] = Field(sa_column=Column(ARRAY(REAL, dimensions=1), nullable=False))


class TouchedBatchRow(EnergyTable, table=True):
    """Days that one batch changed, packed as little-endian int32: meters and, of equal length, their days."""

    __tablename__ = "touched_batch"

    sequence: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    quantity: int = Field(sa_type=SmallInteger)
    meter_index: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    day: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CurveArchiveRow(EnergyTable, table=True):
    """A month that was written to files. ``state``: archived (the table has it no more) or restored.

    ``month`` is its first day; ``rows``, ``readings`` (values present) and ``energy_kwh`` are the month's,
    ``sha256`` the digest of its manifest; ``location`` is a directory.
    """

    __tablename__ = "curve_archive"
    __table_args__ = (CheckConstraint("state IN ('archived', 'restored')", name="state_known"),)

    month: date = Field(primary_key=True)
    state: str
    location: str
    rows: int = Field(sa_column=Column(BigInteger, nullable=False))
    readings: int = Field(sa_column=Column(BigInteger, nullable=False))
    energy_kwh: float
    sha256: str
    archived_at: datetime = Field(sa_type=UtcDateTime)
    restored_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    restored_because: str | None = None
