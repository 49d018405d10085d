"""Contests: their rules, the frozen quarters with their rows, and appeals."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.efficiency.tables.catalogue import DatedRow, VersionedRow
from services.energy.tables import EnergyTable


def _score() -> Any:
    return Field(default=None, sa_column=Column(Numeric(6, 2)))


class ContestRuleRow(DatedRow, table=True):
    """See the domain's ContestRule."""

    __tablename__ = "contest_rule"
    __table_args__ = (
        Index(
            "uq_contest_rule_code_region_from",
            "code",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("weight_level + weight_improvement + weight_quality = 1", name="weights_one"),
    )

    code: str
    name: str
    sectors: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    basis: str
    product_code: str
    factor_kind: str
    weight_level: Decimal = Field(sa_column=Column(Numeric(5, 4), nullable=False))
    weight_improvement: Decimal = Field(sa_column=Column(Numeric(5, 4), nullable=False))
    weight_quality: Decimal = Field(sa_column=Column(Numeric(5, 4), nullable=False))
    score_at_limit: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    full_improvement_percent: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    min_quality: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    without_last_year: str
    excludes_over_limit: bool
    excludes_vetoed: bool
    tie_breaks: list[str] = Field(sa_column=Column(JSONB, nullable=False))


class EditionRow(EnergyTable, table=True):
    """A frozen quarter; the highest ``edition`` of a quarter is the one that stands. Never changed."""

    __tablename__ = "contest_edition"
    __table_args__ = (
        Index("uq_contest_edition", "contest_code", "region_code", "year", "quarter", "edition", unique=True),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
    )

    id: UUID = Field(primary_key=True)
    contest_code: str
    contest_name: str
    region_code: str
    year: int = Field(sa_type=SmallInteger)
    quarter: int = Field(sa_type=SmallInteger)
    edition: int
    reason: str
    rule: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    ranked: int
    excluded: int
    frozen_at: datetime = Field(sa_type=UtcDateTime)
    frozen_by: str


class EntryRow(EnergyTable, table=True):
    """An enterprise of a frozen quarter: rank and scores, or why it is excluded, and what they were made of."""

    __tablename__ = "contest_entry"
    __table_args__ = (
        Index("uq_contest_entry_enterprise", "edition_id", "enterprise_id", unique=True),
        CheckConstraint("(rank IS NULL) = (exclusion IS NOT NULL)", name="ranked_or_excluded"),
    )

    id: UUID = Field(primary_key=True)
    edition_id: UUID = Field(foreign_key="contest_edition.id")
    position: int
    rank: int | None = None
    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    exclusion: str | None = None
    total: Decimal | None = _score()
    level_score: Decimal | None = _score()
    improvement_score: Decimal | None = _score()
    quality_score: Decimal | None = _score()
    intensity: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 6)))
    intensity_before: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 6)))
    improvement_percent: Decimal | None = Field(default=None, sa_column=Column(Numeric(12, 2)))
    standing: str | None = None
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class AppealRow(VersionedRow, table=True):
    """An objection to an entry (异议): who brings it, what was decided, and the edition that came of it."""

    __tablename__ = "contest_appeal"
    __table_args__ = (
        Index("ix_contest_appeal_edition", "edition_id"),
        CheckConstraint("status IN ('open', 'upheld', 'dismissed')", name="status"),
        CheckConstraint("(status = 'open') = (decided_on IS NULL)", name="decided_on_a_day"),
    )

    id: UUID = Field(primary_key=True)
    edition_id: UUID = Field(foreign_key="contest_edition.id")
    enterprise_id: UUID
    region_code: str
    text: str
    filed_on: date
    status: str
    decision: str | None = None
    decided_on: date | None = None
    decided_by: str | None = None
    resulting_edition_id: UUID | None = Field(default=None, foreign_key="contest_edition.id")
