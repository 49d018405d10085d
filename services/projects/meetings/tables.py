"""Tables of meetings, action items and supervision visits."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable
from services.projects.duties.tables import DutyTable, TrailTable


class MeetingRow(VersionedTable, table=True):
    __tablename__ = "meeting"
    __table_args__ = (
        Index("ix_meeting_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("(status = 'held') = (held_on IS NOT NULL)", name="held_on_a_day"),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    title: str
    region_code: str = Field(sa_type=Text)
    status: str
    planned_on: date = Field(index=True)
    place: str
    host_unit_id: UUID | None = None
    chair_person_id: UUID | None = None
    held_on: date | None = None
    cancel_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class MeetingItemRow(ProjectsTable, table=True):
    """An item of the agenda; fixed once the meeting is held."""

    __tablename__ = "meeting_item"
    __table_args__ = (Index("uq_meeting_item_position", "meeting_id", "position", unique=True),)

    id: UUID = Field(primary_key=True)
    meeting_id: UUID = Field(foreign_key="meeting.id")
    position: int
    topic: str
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    problem_id: UUID | None = Field(default=None, foreign_key="problem.id", index=True)


class AttendanceRow(ProjectsTable, table=True):
    __tablename__ = "meeting_attendance"

    meeting_id: UUID = Field(primary_key=True, foreign_key="meeting.id")
    person_id: UUID = Field(primary_key=True, foreign_key="person.person_id", index=True)
    status: str
    note: str


class MinutesRow(ProjectsTable, table=True):
    """An edition of a meeting's minutes (会议纪要). Never changed: a correction is another edition."""

    __tablename__ = "meeting_minutes"
    __table_args__ = (Index("uq_meeting_minutes_edition", "meeting_id", "edition", unique=True),)

    id: UUID = Field(primary_key=True)
    meeting_id: UUID = Field(foreign_key="meeting.id")
    edition: int
    document_no: str | None = None
    text: str = Field(sa_type=Text)
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class GoverningMinutesRow(ProjectsTable, table=True):
    """The minutes that govern a project (一份会议纪要管总) from a day until they are superseded or revoked."""

    __tablename__ = "governing_minutes"
    __table_args__ = (
        Index(
            "uq_governing_minutes_open",
            "project_id",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    id: UUID = Field(primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    minutes_id: UUID = Field(foreign_key="meeting_minutes.id", index=True)
    valid_from: date
    valid_to: date | None = None
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    superseded_by_id: UUID | None = None
    end_reason: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None


class DecisionRow(ProjectsTable, table=True):
    """What a meeting decided; never changed."""

    __tablename__ = "meeting_decision"
    __table_args__ = (Index("uq_meeting_decision_number", "meeting_id", "number", unique=True),)

    id: UUID = Field(primary_key=True)
    meeting_id: UUID = Field(foreign_key="meeting.id")
    item_id: UUID | None = Field(default=None, foreign_key="meeting_item.id")
    number: int
    text: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class ActionItemRow(DutyTable, table=True):
    """``region_code`` is the project's, so that its office sees what a meeting above decided, or the meeting's."""

    __tablename__ = "action_item"
    __table_args__ = (
        Index("ix_action_item_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("uq_action_item_meeting_number", "meeting_id", "number", unique=True),
        CheckConstraint("status <> 'closed' OR closed_by <> resolved_by", name="closed_by_another"),
    )

    meeting_id: UUID = Field(foreign_key="meeting.id")
    decision_id: UUID = Field(foreign_key="meeting_decision.id", index=True)
    number: int
    title: str
    region_code: str = Field(sa_type=Text)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    problem_id: UUID | None = Field(default=None, foreign_key="problem.id", index=True)


class ActionStepRow(TrailTable, table=True):
    __tablename__ = "action_item_step"

    action_item_id: UUID = Field(primary_key=True, foreign_key="action_item.id")


class VisitRow(VersionedTable, table=True):
    """Region and scope are the enterprise's."""

    __tablename__ = "supervision_visit"
    __table_args__ = (
        CheckConstraint("(status = 'made') = (made_on IS NOT NULL)", name="made_on_a_day"),
        CheckConstraint(
            "num_nonnulls(exemption, exemption_reason, approver_person_id) IN (0, 3)",
            name="exemption_complete",
        ),
    )

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id", index=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    status: str
    purpose: str
    unit_id: UUID | None = None
    leader_person_id: UUID | None = None
    planned_on: date = Field(index=True)
    exemption: str | None = None
    exemption_reason: str | None = None
    approver_person_id: UUID | None = None
    made_on: date | None = None
    findings: str
    cancel_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
