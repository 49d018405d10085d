"""What happens to a case of phase-out: evidence, inspections, verdicts, closure, grants."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


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
