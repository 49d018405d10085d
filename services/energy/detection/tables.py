"""Conditions, the rules by which they open and clear, and the detector's checkpoints."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class ConditionRow(EnergyTable, table=True):
    """One condition of one meter. Its id follows from meter, kind, opening and revision.

    The figures are those of the strongest slot, kW, of a shift the share by which it drifted, of a clock hours;
    ``evidence``: [{at, value_kw, expected_kw, sigma_kw, limit_kw}], ``at`` in minutes of the meter's standard time
    since 1970. ``score``: magnitude in the measure of the kind (parameters.py). ``episode_ended_at``: when the
    detector was done with it, also where a correction had cleared it before. ``version`` is the aggregate version
    of its last event.
    """

    __tablename__ = "condition"
    __table_args__ = (
        # At most one open condition of a kind a meter, whatever the software believes.
        Index("uq_condition_open", "meter_id", "kind", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_condition_meter_opened", "meter_index", "kind", "opened_at"),
        Index("ix_condition_opened_at", "opened_at", "condition_id"),
        Index("ix_condition_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    condition_id: UUID = Field(primary_key=True)
    kind: str
    status: str
    revision: int
    version: int
    meter_id: UUID
    meter_index: int
    meter_no: str
    region_code: str
    enterprise_id: UUID | None = None
    interval_minutes: int = Field(sa_type=SmallInteger)
    offset_minutes: int = Field(sa_type=SmallInteger)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    clear_reason: str | None = None
    episode_ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    detected_at: datetime = Field(sa_type=UtcDateTime)
    announced: bool
    level: int = Field(sa_type=SmallInteger)
    score: float
    value_kw: float
    expected_kw: float
    expected_low_kw: float
    expected_high_kw: float
    lasted_minutes: int
    day_type: str
    evidence: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    # What an operator found: true or false alarm; None: nobody has said.
    verdict: bool | None = None
    verdict_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verdict_by: str | None = None
    verdict_note: str | None = None


class DetectionRuleRow(EnergyTable, table=True):
    """Thresholds of a kind, for all meters, a region's subtree or one meter; ``valid_to`` is exclusive."""

    __tablename__ = "detection_rule"
    __table_args__ = (
        Index(
            "uq_detection_rule_scope",
            "kind",
            "region_code",
            "meter_no",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    region_code: str | None = None
    meter_no: str | None = None
    valid_from: date
    valid_to: date | None = None
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    note: str
    # What it was tried with before it held; None of what is shipped and of earlier releases.
    backtest_id: UUID | None = None
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class DetectorCheckpointRow(EnergyTable, table=True):
    """How far the stored states of a partition reach: they have seen every record below ``next_offset``.

    ``clock``: minutes UTC since 1970 of the newest creation stamp among them.
    """

    __tablename__ = "detector_checkpoint"

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    next_offset: int = Field(sa_type=BigInteger)
    clock: int = Field(sa_type=BigInteger)
    taken_at: datetime = Field(sa_type=UtcDateTime)


class DetectorStateRow(EnergyTable, table=True):
    """The detector's memory of one shard's meters with so many slots; only changed shards are written anew."""

    __tablename__ = "detector_state"

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    shard: int = Field(primary_key=True)
    slots: int = Field(primary_key=True, sa_type=SmallInteger)
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DetectionFactRow(EnergyTable, table=True):
    """One thing the detector goes by, from this mark on; see journal.py. Rows are appended, never changed.

    ``payload`` None: nothing holds of the key any more.
    """

    __tablename__ = "detection_fact"
    __table_args__ = (Index("ix_detection_fact_key", "subject", "key", "mark"),)

    mark: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    subject: str
    key: str
    payload: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True), nullable=True))
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class DetectorAdoptionRow(EnergyTable, table=True):
    """From which offset on a partition's worker went by the facts up to ``mark``."""

    __tablename__ = "detector_adoption"

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    from_offset: int = Field(primary_key=True, sa_type=BigInteger)
    mark: int = Field(sa_type=BigInteger)
