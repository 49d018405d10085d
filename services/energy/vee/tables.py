"""Validation, estimation and editing at rest: rules, findings, estimates, edits."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import REAL, BigInteger, CheckConstraint, Column, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class VeeRuleRow(EnergyTable, table=True):
    """Thresholds of a kind, for all meters, a region's subtree or one meter; ``valid_to`` is exclusive."""

    __tablename__ = "vee_rule"
    __table_args__ = (
        Index(
            "uq_vee_rule_scope",
            "kind",
            "region_code",
            "meter_no",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity_forward"),
        CheckConstraint("region_code IS NULL OR meter_no IS NULL", name="one_scope"),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    region_code: str | None = None
    meter_no: str | None = None
    valid_from: date
    valid_to: date | None = None
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    note: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class VeeFindingRow(EnergyTable, table=True):
    """What a rule found on one day of one meter: open while it is there, cleared once when it is gone.

    ``accepted``: a person has looked and says the values are right; it is not opened again for the same slots.
    ``figures`` say what was seen and what the rule allows.
    """

    __tablename__ = "vee_finding"
    __table_args__ = (
        Index(
            "uq_vee_finding_current",
            "meter_index",
            "quantity",
            "day",
            "kind",
            unique=True,
            postgresql_where=text("status <> 'cleared'"),
        ),
        Index("ix_vee_finding_opened_at", "opened_at", "id"),
        Index("ix_vee_finding_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("status IN ('open', 'accepted', 'cleared')", name="status_known"),
    )

    id: UUID = Field(primary_key=True)
    meter_index: int
    meter_no: str
    region_code: str
    enterprise_id: UUID | None = None
    quantity: int = Field(sa_type=SmallInteger)
    day: date
    kind: str
    rule_id: UUID | None = None
    status: str
    slots: list[int] = Field(sa_column=Column(ARRAY(SmallInteger, dimensions=1), nullable=False))
    figures: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    opened_at: datetime = Field(sa_type=UtcDateTime)
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_by: str | None = None
    accepted_because: str | None = None
    version: int


class CurveEstimateRow(EnergyTable, table=True):
    """Values the software has estimated on one day of one meter, with the method and what it went by.

    Whether a slot still shows its estimate is said by the curve's own quality; ``replaced_at`` is set when none
    does.
    """

    __tablename__ = "curve_estimate"
    __table_args__ = (
        Index("ix_curve_estimate_day", "meter_index", "quantity", "day"),
        Index("ix_curve_estimate_standing", "meter_index", "day", postgresql_where=text("replaced_at IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    meter_index: int
    quantity: int = Field(sa_type=SmallInteger)
    day: date
    method: str
    slots: list[int] = Field(sa_column=Column(ARRAY(SmallInteger, dimensions=1), nullable=False))
    values_kw: list[float] = Field(sa_column=Column(ARRAY(REAL, dimensions=1), nullable=False))
    inputs: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    made_at: datetime = Field(sa_type=UtcDateTime)
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CurveEditRow(EnergyTable, table=True):
    """What a person changed in a day, and why; the database refuses to change or delete it.

    ``before_kw`` is NaN where there was no value, ``after_kw`` where a value was taken back; ``revision`` is the
    day's after the edit. ``before_rank`` and ``after_quality`` are null in edits of before there was taking back:
    all they entered is edited.
    """

    __tablename__ = "curve_edit"
    __table_args__ = (Index("ix_curve_edit_day", "meter_index", "quantity", "day"),)

    id: UUID = Field(primary_key=True)
    meter_index: int
    quantity: int = Field(sa_type=SmallInteger)
    day: date
    revision: int
    slots: list[int] = Field(sa_column=Column(ARRAY(SmallInteger, dimensions=1), nullable=False))
    before_kw: list[float] = Field(sa_column=Column(ARRAY(REAL, dimensions=1), nullable=False))
    before_quality: list[int] = Field(sa_column=Column(ARRAY(SmallInteger, dimensions=1), nullable=False))
    before_rank: list[int] | None = Field(
        default=None, sa_column=Column(ARRAY(BigInteger, dimensions=1), nullable=True)
    )
    after_kw: list[float] = Field(sa_column=Column(ARRAY(REAL, dimensions=1), nullable=False))
    after_quality: list[int] | None = Field(
        default=None, sa_column=Column(ARRAY(SmallInteger, dimensions=1), nullable=True)
    )
    reason: str
    edited_by: str
    edited_at: datetime = Field(sa_type=UtcDateTime)
