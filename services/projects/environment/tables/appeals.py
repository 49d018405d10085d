"""Appeals and their rounds."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class AppealRow(VersionedTable, table=True):
    """A complaint or request.

    Who made it lies sealed in ``sealed_identity`` (libs.common.security.envelope). An anonymous appeal has no
    other trace of it: no enterprise, no actor, and the county's region code only.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        Index("ix_appeal_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_appeal_status_due", "status", "due_on"),
        Index("ix_appeal_unit", "unit_id"),
        CheckConstraint("NOT anonymous OR (enterprise_id IS NULL AND filed_by IS NULL)", name="anonymous_unnamed"),
        CheckConstraint("(status = 'closed') = (closed_as IS NOT NULL)", name="closed_somehow"),
        CheckConstraint("status IN ('accepted', 'closed') OR unit_id IS NOT NULL", name="handled_by_unit"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    region_code: str = Field(sa_type=Text)
    kind: str
    category: str
    title: str
    content: str
    anonymous: bool
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.enterprise_id", index=True)
    target_unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    sealed_identity: str | None = None
    tracking_hash: str = Field(unique=True)
    status: str
    accepted_on: date
    accepted_at: datetime = Field(sa_type=UtcDateTime)
    filed_by: str | None = None
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    # Of dispatching while it is accepted, of the answer while a unit has it; null while nobody is waited for.
    due_on: date | None = None
    # Working days overdue from which it is grave, as the rule said when the clock started.
    level2_days: int | None = None
    rate_by: date | None = None
    round: int = 0
    returns: int = 0
    closed_as: str | None = None
    closed_on: date | None = None
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    close_reason: str = ""


class AppealRoundRow(ProjectsTable, table=True):
    """One turn of a unit: dispatched or returned to it, answered, rated. A transfer ends it unanswered."""

    __tablename__ = "appeal_round"
    __table_args__ = (
        Index("ix_appeal_round_unit_answered", "unit_id", "answered_on"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score_in_range"),
        CheckConstraint("score IS NULL OR answered_on IS NOT NULL", name="rated_after_answer"),
        CheckConstraint("NOT (transferred AND answered_on IS NOT NULL)", name="transferred_unanswered"),
    )

    appeal_id: UUID = Field(primary_key=True, foreign_key="appeal.id")
    number: int = Field(primary_key=True)
    unit_id: UUID = Field(foreign_key="unit.unit_id")
    dispatched_on: date
    dispatched_by: str
    note: str
    due_on: date
    transferred: bool = False
    answer: str | None = None
    answered_on: date | None = None
    answered_by: str | None = None
    score: int | None = None
    satisfied: bool | None = None
    comment: str = ""
    rated_on: date | None = None
