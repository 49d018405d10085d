"""Standards of phase-out, cases under them and everything that happens to a case."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
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


class PhaseOutContentRow(EnergyTable, table=True):
    """Bytes of evidence, once however often they are handed in. Never changed, never deleted."""

    __tablename__ = "phase_out_content"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_hex"),
        CheckConstraint("octet_length(data) > 0", name="not_empty"),
    )

    sha256: str = Field(primary_key=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    stored_at: datetime = Field(sa_type=UtcDateTime)


class PhaseOutEvidenceRow(EnergyTable, table=True):
    """A photo or paper of a case: bytes kept here by their digest, or a reference to where they are kept."""

    __tablename__ = "phase_out_evidence"
    __table_args__ = (
        CheckConstraint("(content_sha256 IS NULL) <> (reference IS NULL)", name="bytes_or_reference"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_with_reason"),
        Index("ix_phase_out_evidence_case_id", "case_id", "recorded_at"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="phase_out_case.id")
    milestone_id: UUID | None = Field(default=None, foreign_key="phase_out_milestone.id")
    item_id: UUID | None = Field(default=None, foreign_key="phase_out_item.id")
    kind: str
    title: str
    taken_on: date | None = None
    content_sha256: str | None = Field(
        default=None, sa_column=Column(Text, ForeignKey("phase_out_content.sha256"), nullable=True)
    )
    media_type: str | None = None
    size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    reference: str | None = None
    reference_sha256: str | None = None
    enterprise_id: UUID | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None


class PhaseOutInspectionRow(EnergyTable, table=True):
    """What was found on site. Never changed: a mistake is followed by another inspection."""

    __tablename__ = "phase_out_inspection"
    __table_args__ = (
        CheckConstraint("conclusion IN ('met', 'not_met', 'cannot_tell')", name="conclusion"),
        Index("ix_phase_out_inspection_case_id", "case_id", "inspected_on"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="phase_out_case.id")
    inspected_on: date
    inspectors: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    findings: str
    measured: float | None = None
    is_running: bool | None = None
    conclusion: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class PhaseOutVerdictRow(EnergyTable, table=True):
    """What was decided of a case. Never changed."""

    __tablename__ = "phase_out_verdict"
    __table_args__ = (
        CheckConstraint("verdict IN ('passed', 'extended', 'close')", name="verdict"),
        CheckConstraint("(verdict = 'extended') = (new_deadline_on IS NOT NULL)", name="extended_to"),
        Index("ix_phase_out_verdict_case_id", "case_id", "recorded_at"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="phase_out_case.id")
    verdict: str
    decided_on: date
    reason: str
    document_no: str | None = None
    new_deadline_on: date | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class PhaseOutOrderRow(EnergyTable, table=True):
    """A closure order (关停令) and how far it got; one order of a case stands at a time.

    ``meter_nos``: what must stand still; null is everything of the enterprise.
    """

    __tablename__ = "phase_out_order"
    __table_args__ = (
        CheckConstraint("execute_by >= issued_on", name="execute_by"),
        Index(
            "uq_phase_out_order_standing", "case_id", unique=True, postgresql_where=text("withdrawn_on IS NULL")
        ),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="phase_out_case.id")
    number: str = Field(unique=True)
    issuer: str
    scope: str
    meter_nos: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    issued_on: date
    execute_by: date
    served_on: date | None = None
    served_note: str | None = None
    executed_on: date | None = None
    executed_note: str | None = None
    verified_on: date | None = None
    verified_note: str | None = None
    withdrawn_on: date | None = None
    withdrawn_reason: str | None = None
    running: str | None = None
    running_checked_on: date | None = None
    version: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class PhaseOutRunningRow(EnergyTable, table=True):
    """One check whether what was closed runs, with its figures. Never changed: later values make another."""

    __tablename__ = "phase_out_running"
    __table_args__ = (
        CheckConstraint("result IN ('running', 'stopped', 'cannot_tell')", name="result"),
        Index("ix_phase_out_running_order_id", "order_id", "checked_at"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="phase_out_case.id")
    order_id: UUID = Field(foreign_key="phase_out_order.id")
    first_day: date
    last_day: date
    result: str
    reason: str | None = None
    meters: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    usual_kw: float | None = None
    threshold_kw: float
    highest_kw: float | None = None
    mean_kw: float | None = None
    completeness: float
    slots_above: int
    slots: int
    checked_at: datetime = Field(sa_type=UtcDateTime)
    checked_by: str


class PhaseOutGrantRow(EnergyTable, table=True):
    """A reward or compensation (奖励、补偿) decided for a case, whole yuan; paid in parts up to its amount."""

    __tablename__ = "phase_out_grant"
    __table_args__ = (
        CheckConstraint("kind IN ('reward', 'compensation', 'resettlement')", name="kind"),
        CheckConstraint("amount_yuan > 0 AND paid_yuan >= 0 AND paid_yuan <= amount_yuan", name="paid"),
        CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_with_reason"),
        Index("ix_phase_out_grant_case_id", "case_id"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="phase_out_case.id")
    kind: str
    amount_yuan: int = Field(sa_type=BigInteger)
    paid_yuan: int = Field(sa_type=BigInteger)
    decided_on: date
    document_no: str | None = None
    reason: str
    withdrawn_on: date | None = None
    withdrawn_reason: str | None = None
    version: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class PhaseOutPaymentRow(EnergyTable, table=True):
    """A payment of a grant. Never changed."""

    __tablename__ = "phase_out_payment"
    __table_args__ = (
        CheckConstraint("yuan > 0", name="yuan"),
        Index("ix_phase_out_payment_grant_id", "grant_id", "paid_on"),
    )

    id: UUID = Field(primary_key=True)
    grant_id: UUID = Field(foreign_key="phase_out_grant.id")
    yuan: int = Field(sa_type=BigInteger)
    paid_on: date
    document_no: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
