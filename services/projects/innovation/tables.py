"""Tables of innovation and honours. Money in whole yuan."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import VersionedTable


def _prefix_index(table: str) -> Index:
    return Index(f"ix_{table}_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"})


class InnovationRecordRow(VersionedTable, table=True):
    """See the domain's Record. ``claim``: what there is only one of among those that stand."""

    __tablename__ = "innovation_record"
    __table_args__ = (
        _prefix_index("innovation_record"),
        Index(
            "uq_innovation_record_claim",
            "claim",
            unique=True,
            postgresql_where=text("status IN ('recorded', 'verified')"),
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("amount_yuan >= 0", name="amount_not_negative"),
        CheckConstraint("verified_by <> recorded_by", name="verified_by_another"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(index=True)
    status: str
    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id", index=True)
    region_code: str = Field(sa_type=Text)
    title: str
    valid_from: date
    valid_to: date | None = None
    number: str | None = None
    grade: str | None = None
    partner: str | None = None
    year: int | None = None
    amount_yuan: int | None = Field(default=None, sa_type=BigInteger)
    evidence: str
    note: str
    claim: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    recorded_person_id: UUID | None = None
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_by: str | None = None
    ended_reason: str | None = None


class HonourRoundRow(VersionedTable, table=True):
    """``result`` is frozen with the decision: figures, points, vetoes and objections of everybody; a revocation
    makes the next ``edition``."""

    __tablename__ = "honour_round"
    __table_args__ = (
        _prefix_index("honour_round"),
        CheckConstraint("places >= 1", name="places_positive"),
        CheckConstraint("notice_days >= 1", name="notice_days_positive"),
        CheckConstraint("nominations_until >= opens_on", name="closes_after_it_opens"),
        CheckConstraint("(status = 'decided') = (result IS NOT NULL)", name="decided_with_a_result"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    kind: str = Field(index=True)
    year: int
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    status: str
    places: int
    condition: str
    criteria: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    figures_month: date
    opens_on: date
    nominations_until: date
    notice_days: int
    basis: str
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    notice_from: date | None = None
    notice_until: date | None = None
    decided_on: date | None = None
    decided_by: str | None = None
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    edition: int
    cancelled_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class NominationRow(VersionedTable, table=True):
    """A person of an enterprise, or the enterprise itself where ``nominee_name`` is empty."""

    __tablename__ = "honour_nomination"
    __table_args__ = (
        Index("uq_honour_nomination_nominee", "round_id", "enterprise_id", "nominee_name", unique=True),
    )

    id: UUID = Field(primary_key=True)
    round_id: UUID = Field(foreign_key="honour_round.id")
    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id", index=True)
    region_code: str = Field(sa_type=Text)
    nominee_name: str
    nominee_post: str
    merits: str
    status: str
    verdict: str | None = None
    judgement: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    points: Decimal | None = Field(default=None, sa_column=Column(Numeric(40, 20)))
    place: int | None = None
    parts: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    vetoes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    admission_reason: str | None = None
    admitted_by: str | None = None
    ended_reason: str | None = None
    nominated_at: datetime = Field(sa_type=UtcDateTime)
    nominated_by: str


class ObjectionRow(VersionedTable, table=True):
    __tablename__ = "honour_objection"
    __table_args__ = (
        CheckConstraint("(status = 'open') = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("decided_by <> recorded_by", name="decided_by_another"),
    )

    id: UUID = Field(primary_key=True)
    nomination_id: UUID = Field(foreign_key="honour_nomination.id", index=True)
    objector: str
    content: str
    raised_on: date
    status: str
    recorded_by: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str | None = None
    decided_on: date | None = None
    decision_reason: str | None = None
