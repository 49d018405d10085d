"""Tables of the gate. A project's row lock guards all of its reviews and overrides."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable, VersionedTable


class GateRuleRow(DatedTable, table=True):
    """See the domain's GateRule. A row with a ``template`` is in force nowhere until a region adopts it."""

    __tablename__ = "gate_rule"
    __table_args__ = (
        Index(
            "uq_gate_rule_code_region_from",
            "code",
            "region_code",
            "valid_from",
            "template",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("max_investment_yuan > min_investment_yuan", name="bounds_in_order"),
    )

    code: str
    review: str
    points: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    kinds: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    sectors: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    min_investment_yuan: int | None = Field(default=None, sa_type=BigInteger)
    max_investment_yuan: int | None = Field(default=None, sa_type=BigInteger)
    required: bool
    source: str
    template: str | None = None


class ReviewStandardRow(DatedTable, table=True):
    """See the domain's ReviewStandard."""

    __tablename__ = "gate_standard"
    __table_args__ = (
        Index(
            "uq_gate_standard_review_region_from",
            "review",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("validity_months >= 1", name="validity_positive"),
        CheckConstraint("min_experts >= 0", name="experts_not_negative"),
        CheckConstraint("grave_after_days >= 1", name="grave_after_positive"),
    )

    review: str
    validity_months: int
    min_experts: int
    grave_after_days: int


class SectorBenchmarkRow(DatedTable, table=True):
    """See the domain's SectorBenchmark; tce per 万元 of output value or per unit of product."""

    __tablename__ = "sector_benchmark"
    __table_args__ = (
        Index(
            "uq_sector_benchmark_key_from",
            "sector_code",
            "basis",
            "product_unit",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint(
            "0 < advanced_value AND advanced_value <= coalesce(entry_value, limit_value) "
            "AND coalesce(entry_value, limit_value) <= limit_value",
            name="values_in_order",
        ),
    )

    sector_code: str
    basis: str
    product_unit: str
    limit_value: Decimal = Field(sa_column=Column(Numeric(18, 6), nullable=False))
    entry_value: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 6)))
    advanced_value: Decimal = Field(sa_column=Column(Numeric(18, 6), nullable=False))
    source: str


class EnergyBenchmarkRow(ProjectsTable, table=True):
    """A benchmark of the energy service, as its events tell it; the version keeps an older record from winning.

    A withdrawn one stays as ``withdrawn`` with its version. No foreign keys: events come in any order.
    """

    __tablename__ = "energy_benchmark_replica"
    __table_args__ = (Index("ix_energy_benchmark_replica_basis", "basis", "product_unit"),)

    benchmark_id: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    withdrawn: bool
    sector_code: str
    basis: str
    product_code: str
    product_unit: str
    factor_kind: str
    region_code: str | None = None
    limit_value: Decimal = Field(sa_column=Column(Numeric(18, 6), nullable=False))
    entry_value: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 6)))
    advanced_value: Decimal = Field(sa_column=Column(Numeric(18, 6), nullable=False))
    source: str
    valid_from: date
    valid_to: date | None = None


class GateReviewRow(VersionedTable, table=True):
    """See the domain's Review."""

    __tablename__ = "gate_review"
    __table_args__ = (
        Index("ix_gate_review_valid_until", "valid_until"),
        CheckConstraint(
            "(status = 'open') = (verdict IS NULL) OR status = 'revoked'", name="concluded_with_verdict"
        ),
        CheckConstraint("valid_until >= issued_on", name="valid_after_issued"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    review: str
    opened_on: date
    summary: str
    status: str
    documents: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    energy: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    measured: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    verdict: str | None = None
    document_no: str | None = None
    conclusion: str | None = None
    issued_on: date | None = None
    valid_until: date | None = None
    fulfilled_on: date | None = None
    fulfilment_note: str | None = None
    revoked_on: date | None = None
    revocation_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class GateExpertRow(ProjectsTable, table=True):
    """One of a review's panel."""

    __tablename__ = "gate_expert"
    __table_args__ = (
        CheckConstraint("opinion IS NULL OR conflict IS NULL", name="no_opinion_in_conflict"),
        Index("uq_gate_expert_person", "review_id", "name", "organisation", unique=True),
    )

    id: UUID = Field(primary_key=True)
    review_id: UUID = Field(foreign_key="gate_review.id", index=True)
    position: int
    name: str
    organisation: str
    expertise: str
    conflict: str | None = None
    opinion: str | None = None
    opinion_text: str
    opined_on: date | None = None


class GateOverrideRow(VersionedTable, table=True):
    """See the domain's Override."""

    __tablename__ = "gate_override"
    __table_args__ = (
        CheckConstraint(
            "status NOT IN ('used', 'made_good') OR (used_on IS NOT NULL AND used_for IS NOT NULL)",
            name="used_for_something",
        ),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    point: str
    reviews: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    approver_person_id: UUID = Field(foreign_key="person.person_id")
    granted_on: date
    make_good_by: date
    status: str
    used_on: date | None = None
    used_for: str | None = None
    made_good_on: date | None = None
    revoked_on: date | None = None
    revocation_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class GateChangeRow(ProjectsTable, table=True):
    """One step of a review or an override: who, when, why, and what it changed. Never changed."""

    __tablename__ = "gate_change"

    subject_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
