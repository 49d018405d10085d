"""Rules, running numbers, and the trail of what was done."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Date, Index, Integer, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable


class EnvironmentRuleRow(DatedTable, table=True):
    """See the domain's EnvironmentRule."""

    __tablename__ = "environment_rule"
    __table_args__ = (
        Index(
            "uq_environment_rule_key_from",
            "kind",
            "category",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("value >= 0", name="value_not_negative"),
        CheckConstraint("level2_value >= 1", name="level2_positive"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    kind: str
    category: str | None = None
    value: int
    level2_value: int | None = None


class VisitRuleRow(DatedTable, table=True):
    """See the domain's VisitRule; one row a code and first day of validity."""

    __tablename__ = "visit_rule"
    __table_args__ = (
        Index("uq_visit_rule_code_from", "code", "valid_from", unique=True),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("kind <> 'closed_park' OR park_code IS NOT NULL", name="closed_names_park"),
    )

    code: str
    name: str
    kind: str
    basis: str
    park_code: str | None = None
    enterprise_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    days_of_month: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    weekdays: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    also_on: list[date] = Field(sa_column=Column(ARRAY(Date), nullable=False))
    except_on: list[date] = Field(sa_column=Column(ARRAY(Date), nullable=False))


class InspectionLimitRow(DatedTable, table=True):
    """See the domain's InspectionLimit."""

    __tablename__ = "inspection_limit"
    __table_args__ = (
        Index(
            "uq_inspection_limit_key_from",
            "basis",
            "kind",
            "unit_id",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("max_count >= 0", name="count_not_negative"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    basis: str
    period: str
    max_count: int
    kind: str | None = None
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")


class EnvironmentNumberRow(ProjectsTable, table=True):
    """The last number given of a series in a year; its row lock makes numbers gapless."""

    __tablename__ = "environment_number"

    series: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class EnvironmentTrailRow(ProjectsTable, table=True):
    """One step of an inspection, an appeal or a case: who, when, what. Never changed.

    ``actor`` is "complainant" for whoever asked to stay unnamed.
    """

    __tablename__ = "environment_trail"

    subject_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    note: str
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class AnonymousIntakeRow(ProjectsTable, table=True):
    """How many anonymous appeals an address sent in an hour. ``sender`` is a keyed hash: no address is kept."""

    __tablename__ = "anonymous_intake"

    sender: str = Field(primary_key=True)
    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    count: int
