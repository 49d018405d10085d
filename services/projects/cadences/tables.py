"""Tables of cadences."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable, VersionedTable
from services.projects.duties.tables import TrailTable


class CadenceRegimeRow(DatedTable, table=True):
    """See the domain's Regime. A row with a ``template`` is in force nowhere until a region adopts it."""

    __tablename__ = "cadence_regime"
    __table_args__ = (
        Index(
            "uq_cadence_regime_code_region_from",
            "code",
            "region_code",
            "valid_from",
            "template",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    code: str
    name: str
    levels: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    kinds: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    size_bands: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    stages: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    key_only: bool
    source: str
    template: str | None = None
    # Periods that ended before this day are nobody's duty, however early the entry begins to hold.
    created_on: date


class CadenceRoundRow(ProjectsTable, table=True):
    """A period for which a level's checks have been made: none is made for it again."""

    __tablename__ = "cadence_round"
    __table_args__ = (
        Index(
            "uq_cadence_round_regime_level_period",
            "regime_code",
            "region_code",
            "level_code",
            "period",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: UUID = Field(primary_key=True)
    regime_id: UUID = Field(foreign_key="cadence_regime.id", index=True)
    regime_code: str
    region_code: str | None = None
    level_code: str
    period: str
    first_on: date
    last_on: date
    due_on: date
    checks: int
    made_at: datetime = Field(sa_type=UtcDateTime)


class CheckRow(VersionedTable, table=True):
    """See the domain's Check. ``terms`` is the level as it stood when the check was made.

    Region and enterprise are the project's: who sees the project sees its checks.
    """

    __tablename__ = "cadence_check"
    __table_args__ = (
        UniqueConstraint("project_id", "regime_code", "level_code", "period", name="uq_cadence_check_once"),
        Index("ix_cadence_check_pending", "due_on", postgresql_where=text("status IN ('due', 'returned')")),
        Index("ix_cadence_check_original_due_on", "original_due_on"),
        CheckConstraint("last_on >= first_on", name="ends_after_it_begins"),
        CheckConstraint("due_on >= original_due_on", name="due_again_later"),
        CheckConstraint("(submissions > 0) = (submitted_on IS NOT NULL)", name="submitted_with_a_day"),
        CheckConstraint("status IN ('due', 'excused') OR submissions > 0", name="submitted_before_returned"),
    )

    id: UUID = Field(primary_key=True)
    round_id: UUID = Field(foreign_key="cadence_round.id", index=True)
    project_id: UUID = Field(foreign_key="project.id")
    regime_code: str
    level_code: str
    level_name: str
    period_kind: str
    period: str
    first_on: date
    last_on: date
    terms: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    owner_person_id: UUID | None = Field(default=None, index=True)
    owner_unit_id: UUID | None = Field(default=None, index=True)
    original_due_on: date
    due_on: date
    status: str
    submissions: int
    submitted_on: date | None = None
    late: bool
    reason: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class CheckSubmissionRow(ProjectsTable, table=True):
    """One report as it was handed in. Never changed, never deleted."""

    __tablename__ = "cadence_submission"

    check_id: UUID = Field(primary_key=True, foreign_key="cadence_check.id")
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    actor_role: str
    actor_person_id: UUID | None = None
    late: bool
    narrative: str
    progress: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    investments: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    problem_ids: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    answers: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class CheckStepRow(TrailTable, table=True):
    __tablename__ = "cadence_check_step"

    check_id: UUID = Field(primary_key=True, foreign_key="cadence_check.id")
