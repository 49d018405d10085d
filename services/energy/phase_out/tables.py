"""Standards of phase-out, cases under them and everything that happens to a case."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class PhaseOutStandardRow(EnergyTable, table=True):
    """An entry of the catalogue while it holds; a revision ends it and makes another row of the same ``code``."""

    __tablename__ = "phase_out_standard"
    __table_args__ = (
        CheckConstraint("category IN ('product', 'process', 'equipment', 'scale')", name="category"),
        CheckConstraint("comparator IN ('at_least', 'at_most', 'banned')", name="comparator"),
        CheckConstraint("(comparator = 'banned') = (threshold IS NULL)", name="threshold"),
        CheckConstraint("threshold IS NULL OR unit IS NOT NULL", name="unit"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        Index(
            "uq_phase_out_standard_code",
            "code",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: UUID = Field(primary_key=True)
    code: str
    name: str
    category: str
    sector_code: str | None = None
    description: str
    comparator: str
    threshold: float | None = None
    measure: str
    unit: str | None = None
    basis: str
    basis_document: str | None = None
    deadline_on: date | None = None
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class PhaseOutRuleRow(EnergyTable, table=True):
    """When dates are near or grave, and when a load means running; in a region for a time."""

    __tablename__ = "phase_out_rule"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        Index(
            "uq_phase_out_rule_scope", "region_code", "valid_from", unique=True, postgresql_nulls_not_distinct=True
        ),
    )

    id: UUID = Field(primary_key=True)
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    due_soon_working_days: int = Field(sa_type=SmallInteger)
    overdue_level2_days: int = Field(sa_type=SmallInteger)
    most_extensions: int = Field(sa_type=SmallInteger)
    running_share: float
    running_floor_kw: float
    running_slots: int = Field(sa_type=SmallInteger)
    least_completeness: float
    baseline_days: int = Field(sa_type=SmallInteger)
    check_days: int = Field(sa_type=SmallInteger)
    note: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class PhaseOutCaseRow(EnergyTable, table=True):
    """An enterprise, or some of its equipment, under a standard. ``version`` is that of its newest event.

    ``required``, ``comparator`` and ``unit`` are those that hold for this case: the standard's, or stricter ones.
    """

    __tablename__ = "phase_out_case"
    __table_args__ = (
        CheckConstraint(
            "status IN ('listed', 'passed', 'closing', 'ordered', 'served', 'executed', 'closed', 'withdrawn')",
            name="status",
        ),
        CheckConstraint("comparator IN ('at_least', 'at_most', 'banned')", name="comparator"),
        CheckConstraint("(comparator = 'banned') = (required IS NULL)", name="required"),
        CheckConstraint("(ended_on IS NOT NULL) = (status IN ('passed', 'closed', 'withdrawn'))", name="ended"),
        Index("ix_phase_out_case_region_code", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_phase_out_case_enterprise_id", "enterprise_id"),
        Index(
            "uq_phase_out_case_open",
            "enterprise_id",
            "standard_code",
            "title",
            unique=True,
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index("ix_phase_out_case_standard_id", "standard_id"),
    )

    id: UUID = Field(primary_key=True)
    number: str = Field(unique=True)
    title: str
    enterprise_id: UUID
    credit_code: str
    enterprise_name: str
    region_code: str
    standard_id: UUID = Field(foreign_key="phase_out_standard.id")
    standard_code: str
    comparator: str
    required: float | None = None
    unit: str | None = None
    measured: float | None = None
    measured_on: date | None = None
    source: str
    note: str
    status: str
    listed_on: date
    deadline_on: date
    original_deadline_on: date
    extensions: int = Field(sa_type=SmallInteger)
    ended_on: date | None = None
    withdrawn_reason: str | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class PhaseOutItemRow(EnergyTable, table=True):
    """A piece of equipment, a line or a product of a case, with what its nameplate and papers say."""

    __tablename__ = "phase_out_item"
    __table_args__ = (Index("ix_phase_out_item_case_id", "case_id"),)

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="phase_out_case.id")
    category: str
    name: str
    model: str | None = None
    serial_no: str | None = None
    maker: str | None = None
    made_on: date | None = None
    quantity: float
    rated: float | None = None
    rated_unit: str | None = None
    nameplate: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    source: str
    removed_on: date | None = None
    removal_note: str | None = None
    version: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class PhaseOutMilestoneRow(EnergyTable, table=True):
    """A step on the way with its plan; ``original_on`` never changes."""

    __tablename__ = "phase_out_milestone"
    __table_args__ = (Index("uq_phase_out_milestone_name", "case_id", "name", unique=True),)

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="phase_out_case.id")
    name: str
    planned_on: date
    original_on: date
    reached_on: date | None = None
    note: str
    version: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class PhaseOutReplanRow(EnergyTable, table=True):
    """A date that was moved: of a milestone, or of the case where there is none. Never changed."""

    __tablename__ = "phase_out_replan"
    __table_args__ = (Index("ix_phase_out_replan_case_id", "case_id", "recorded_at"),)

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="phase_out_case.id")
    milestone_id: UUID | None = Field(default=None, foreign_key="phase_out_milestone.id")
    before_on: date
    after_on: date
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
