"""Tables of support. Money in whole yuan."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable
from services.projects.duties.tables import TrailTable


def _prefix_index(table: str) -> Index:
    return Index(f"ix_{table}_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"})


class PolicyRow(VersionedTable, table=True):
    """See the domain's Policy. Only a template is without a region, and nobody applies under it."""

    __tablename__ = "support_policy"
    __table_args__ = (
        _prefix_index("support_policy"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("status = 'template' OR region_code IS NOT NULL", name="in_a_region"),
        CheckConstraint("cap_yuan > 0", name="cap_positive"),
        CheckConstraint("appeal_days >= 1", name="appeal_days_positive"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    kind: str = Field(index=True)
    status: str
    region_code: str | None = Field(default=None, foreign_key="region.code", sa_type=Text)
    valid_from: date
    valid_to: date | None = None
    condition: str
    terms: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    papers: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    steps: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    cap_yuan: int | None = Field(default=None, sa_type=BigInteger)
    once: str
    budgeted: bool
    vetoable: bool
    appeal_days: int
    source: str
    template_code: str | None = None
    adopted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    adopted_by: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class BudgetRow(VersionedTable, table=True):
    """What a policy has in a year: ``reserved`` by approvals, ``paid`` by payments, never more than ``amount``."""

    __tablename__ = "support_budget"
    __table_args__ = (
        UniqueConstraint("policy_id", "year", name="uq_support_budget_year"),
        CheckConstraint("reserved_yuan >= 0 AND paid_yuan >= 0", name="nothing_negative"),
        CheckConstraint("reserved_yuan + paid_yuan <= amount_yuan", name="not_overspent"),
    )

    id: UUID = Field(primary_key=True)
    policy_id: UUID = Field(foreign_key="support_policy.id")
    year: int
    amount_yuan: int = Field(sa_type=BigInteger)
    reserved_yuan: int = Field(sa_type=BigInteger)
    paid_yuan: int = Field(sa_type=BigInteger)


class BudgetEntryRow(ProjectsTable, table=True):
    """One movement of a budget; their sums are its figures. Never changed."""

    __tablename__ = "support_budget_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('set', 'reserved', 'released', 'paid', 'repaid')", name="kind_known"),
    )

    id: UUID = Field(primary_key=True)
    budget_id: UUID = Field(foreign_key="support_budget.id", index=True)
    kind: str
    # Of a setting the difference, else above zero.
    amount_yuan: int = Field(sa_type=BigInteger)
    application_id: UUID | None = Field(default=None, foreign_key="support_application.id", index=True)
    note: str
    at: datetime = Field(sa_type=UtcDateTime)
    by: str


class ApplicationRow(VersionedTable, table=True):
    """See the domain's statuses. ``terms`` are the policy's when it was submitted; ``reviewers`` who applied and
    decided in this round; ``claim`` what is applied for once."""

    __tablename__ = "support_application"
    __table_args__ = (
        _prefix_index("support_application"),
        Index(
            "uq_support_application_claim",
            "policy_id",
            "claim",
            unique=True,
            postgresql_where=text("status NOT IN ('draft', 'refused', 'withdrawn')"),
        ),
        CheckConstraint("paid_yuan <= approved_yuan", name="not_overpaid"),
        CheckConstraint("clawed_back_yuan <= paid_yuan", name="not_overclaimed"),
        CheckConstraint("approved_yuan <= computed_yuan", name="not_above_the_rule"),
        CheckConstraint(
            "status NOT IN ('approved', 'closed') OR approved_yuan IS NOT NULL", name="approved_amount"
        ),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    policy_id: UUID = Field(foreign_key="support_policy.id")
    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id", index=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    region_code: str = Field(sa_type=Text)
    year: int
    status: str = Field(index=True)
    step: int
    round: int
    claim: str
    requested_yuan: int = Field(sa_type=BigInteger)
    inputs: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    papers: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    terms: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    computed_yuan: int | None = Field(default=None, sa_type=BigInteger)
    computation: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    checks: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    reviewers: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    approved_yuan: int | None = Field(default=None, sa_type=BigInteger)
    paid_yuan: int = Field(sa_type=BigInteger)
    clawed_back_yuan: int = Field(sa_type=BigInteger)
    submitted_on: date | None = None
    decided_on: date | None = None
    decision_reason: str | None = None
    appeal_until: date | None = None
    appeal_reason: str | None = None
    appealed_on: date | None = None
    note: str
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    created_by: str


class ApplicationStepRow(TrailTable, table=True):
    __tablename__ = "support_application_step"

    application_id: UUID = Field(primary_key=True, foreign_key="support_application.id")


class PaymentRow(ProjectsTable, table=True):
    """One instalment that was paid. Never changed: what was too much is claimed back."""

    __tablename__ = "support_payment"
    __table_args__ = (
        UniqueConstraint("application_id", "number", name="uq_support_payment_number"),
        CheckConstraint("amount_yuan > 0", name="is_something"),
    )

    id: UUID = Field(primary_key=True)
    application_id: UUID = Field(foreign_key="support_application.id")
    number: int
    amount_yuan: int = Field(sa_type=BigInteger)
    paid_on: date = Field(index=True)
    evidence: str
    document_id: UUID | None = Field(default=None, foreign_key="document.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class ClawbackRow(VersionedTable, table=True):
    """Money that is to come back; once it has, the budget has it again."""

    __tablename__ = "support_clawback"
    __table_args__ = (
        CheckConstraint("amount_yuan > 0", name="is_something"),
        CheckConstraint("(status = 'repaid') = (repaid_on IS NOT NULL)", name="repaid_on_a_day"),
        CheckConstraint("status IN ('claimed', 'repaid', 'dropped')", name="status_known"),
    )

    id: UUID = Field(primary_key=True)
    application_id: UUID = Field(foreign_key="support_application.id", index=True)
    amount_yuan: int = Field(sa_type=BigInteger)
    status: str
    reason: str
    claimed_on: date
    due_on: date
    claimed_by: str
    repaid_on: date | None = None
    evidence: str | None = None
    settled_by: str | None = None


class NeedRow(VersionedTable, table=True):
    """See the domain; ``granted_yuan`` is the sum of what banks granted."""

    __tablename__ = "financing_need"
    __table_args__ = (
        _prefix_index("financing_need"),
        CheckConstraint("num_nonnulls(enterprise_id, project_id) >= 1", name="of_somebody"),
        CheckConstraint("amount_yuan > 0", name="is_something"),
        CheckConstraint("granted_yuan >= 0", name="granted_not_negative"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.enterprise_id", index=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    region_code: str = Field(sa_type=Text)
    purpose: str
    amount_yuan: int = Field(sa_type=BigInteger)
    granted_yuan: int = Field(sa_type=BigInteger)
    needed_by: date = Field(index=True)
    term_months: int | None = None
    collateral: str
    owner_person_id: UUID | None = Field(default=None, foreign_key="person.person_id", index=True)
    owner_unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    status: str = Field(index=True)
    closed_reason: str | None = None
    closed_on: date | None = None
    created_on: date
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class OutcomeRow(VersionedTable, table=True):
    """What one bank said to a need; see the domain's Outcome."""

    __tablename__ = "financing_outcome"
    __table_args__ = (
        CheckConstraint("(answer = 'granted') = (granted_yuan IS NOT NULL)", name="granted_an_amount"),
        CheckConstraint("guaranteed_yuan <= granted_yuan", name="guaranteed_of_the_grant"),
    )

    id: UUID = Field(primary_key=True)
    need_id: UUID = Field(foreign_key="financing_need.id", index=True)
    bank: str
    asked_on: date
    answer: str
    decided_on: date | None = None
    granted_yuan: int | None = Field(default=None, sa_type=BigInteger)
    annual_rate_percent: Decimal | None = Field(default=None, sa_column=Column(Numeric(9, 6)))
    guarantor: str | None = None
    guaranteed_yuan: int | None = Field(default=None, sa_type=BigInteger)
    reason: str
    evidence: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class SupportNumberRow(ProjectsTable, table=True):
    """The last number given of a series and year."""

    __tablename__ = "support_number"

    series: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int
