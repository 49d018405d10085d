"""Frozen quarters and years, and the misses that people answer for."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Date, Index, Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class TargetEditionRow(ProjectsTable, table=True):
    """A quarter's assessment or a year's settlement, frozen; the highest edition stands. Never changed."""

    __tablename__ = "target_edition"
    __table_args__ = (
        Index(
            "ix_target_edition_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}
        ),
        Index(
            "uq_target_edition",
            "region_code",
            "year",
            "quarter",
            "edition",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
        CheckConstraint("edition = 1 OR reason <> ''", name="later_with_reason"),
    )

    id: UUID = Field(primary_key=True)
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    year: int = Field(sa_type=SmallInteger)
    # Null: the year's settlement.
    quarter: int | None = Field(default=None, sa_type=SmallInteger)
    edition: int
    reason: str
    targets: int
    reached: int
    missed: int
    unknown: int
    digest: str
    frozen_at: datetime = Field(sa_type=UtcDateTime)
    frozen_by: str


class TargetEditionEntryRow(ProjectsTable, table=True):
    """A target in a frozen period, with the figures and the rule that made its score. Never changed.

    ``planned`` is the pace at the period's end, of a settled target its amount; ``actual_ids`` are the actuals
    behind it, by month.
    """

    __tablename__ = "target_edition_entry"

    edition_id: UUID = Field(primary_key=True, foreign_key="target_edition.id")
    target_id: UUID = Field(primary_key=True, foreign_key="target.id", index=True)
    position: int
    code: str
    name: str
    region_code: str = Field(sa_type=Text)
    unit: str
    amount: Decimal = Field(sa_column=Column(Numeric(24, 6), nullable=False))
    planned: Decimal | None = Field(default=None, sa_column=Column(Numeric(24, 6)))
    actual: Decimal | None = Field(default=None, sa_column=Column(Numeric(24, 6)))
    through: date | None = None
    verdict: str
    # Of a target that ends in the year: judged for good.
    is_final: bool
    reason: str | None = None
    completion_percent: Decimal | None = Field(default=None, sa_column=Column(Numeric(36, 6)))
    score: Decimal | None = Field(default=None, sa_column=Column(Numeric(12, 6)))
    weight: Decimal = Field(sa_column=Column(Numeric(8, 4), nullable=False))
    unit_id: UUID | None = None
    unit_name: str
    person_id: UUID | None = None
    person_name: str
    rule: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    actual_ids: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class TargetMissRow(VersionedTable, table=True):
    """A target that a settlement found missed, and whoever answers for it.

    ``state``: open, explained, decided, carried_out; lifted when a later edition finds it met after all.
    """

    __tablename__ = "target_miss"
    __table_args__ = (
        Index("ix_target_miss_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("uq_target_miss_target_year", "target_id", "year", unique=True),
        CheckConstraint("state IN ('open', 'explained', 'decided', 'carried_out', 'lifted')", name="state"),
    )

    id: UUID = Field(primary_key=True)
    target_id: UUID = Field(foreign_key="target.id")
    edition_id: UUID = Field(foreign_key="target_edition.id")
    year: int = Field(sa_type=SmallInteger)
    region_code: str = Field(sa_type=Text)
    code: str
    name: str
    unit_id: UUID | None = Field(default=None, index=True)
    unit_name: str
    person_id: UUID | None = Field(default=None, index=True)
    person_name: str
    measure_unit: str
    amount: Decimal = Field(sa_column=Column(Numeric(24, 6), nullable=False))
    actual: Decimal = Field(sa_column=Column(Numeric(24, 6), nullable=False))
    completion_percent: Decimal | None = Field(default=None, sa_column=Column(Numeric(36, 6)))
    state: str
    consequence: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class TargetMissStepRow(ProjectsTable, table=True):
    """What was said and done about a miss. Never changed."""

    __tablename__ = "target_miss_step"

    miss_id: UUID = Field(primary_key=True, foreign_key="target_miss.id")
    version: int = Field(primary_key=True)
    kind: str
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    actor_role: str
    on: date = Field(sa_column=Column("on", Date, nullable=False))
    text: str
    consequence: str | None = None
