"""Targets and their history."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class TargetRow(VersionedTable, table=True):
    """See the domain's Goal. ``standing`` is how it stood when it was judged last, figures as text.

    ``letter_state``: none (nobody answers for it), unsigned, signed, or supplement (changed after the signing);
    ``letter_since`` is the day on which what is to be signed was set.
    """

    __tablename__ = "target"
    __table_args__ = (
        Index("ix_target_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_target_years", "first_year", "last_year"),
        Index("ix_target_responsible", "responsible_unit_id", "responsible_person_id"),
        Index(
            "uq_target_standing",
            "indicator_code",
            "scope_key",
            "first_year",
            "last_year",
            "counting",
            unique=True,
            postgresql_where=text("withdrawn_on IS NULL"),
        ),
        CheckConstraint("last_year >= first_year", name="ends_after_it_begins"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        CheckConstraint("weight > 0", name="weight_positive"),
        CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_with_reason"),
        CheckConstraint("letter_state IN ('none', 'unsigned', 'signed', 'supplement')", name="letter_state"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    parent_id: UUID | None = Field(default=None, foreign_key="target.id", index=True)
    indicator_code: str = Field(foreign_key="target_indicator.code")
    scope_type: str
    scope_key: str
    scope_name: str
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    person_id: UUID | None = Field(default=None, foreign_key="person.person_id")
    park_code: str | None = None
    sectors: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    cluster_code: str | None = Field(default=None, foreign_key="target_cluster.code")
    first_year: int = Field(sa_type=SmallInteger)
    last_year: int = Field(sa_type=SmallInteger)
    direction: str
    counting: str
    amount: Decimal = Field(sa_column=Column(Numeric(24, 6), nullable=False))
    base_amount: Decimal | None = Field(default=None, sa_column=Column(Numeric(24, 6)))
    profile: str
    milestones: list[dict[str, str]] = Field(sa_column=Column(JSONB, nullable=False))
    weight: Decimal = Field(sa_column=Column(Numeric(8, 4), nullable=False))
    responsible_unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    responsible_person_id: UUID | None = Field(default=None, foreign_key="person.person_id", index=True)
    source: str
    note: str
    set_on: date
    letter_state: str
    letter_since: date
    withdrawn_on: date | None = None
    withdrawn_reason: str | None = None
    verdict: str
    light: str | None = None
    judged_month: date | None = None
    behind_points: Decimal | None = Field(default=None, sa_column=Column(Numeric(36, 4)))
    judged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    standing: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)


class TargetChangeRow(ProjectsTable, table=True):
    """One write of a target: who, when, why, each field before and after. Never changed."""

    __tablename__ = "target_change"

    target_id: UUID = Field(primary_key=True, foreign_key="target.id")
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
