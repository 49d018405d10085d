"""Tables of leadership. What has been is ended, never overwritten."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


def _one_open(name: str, *columns: str) -> Index:
    return Index(name, *columns, unique=True, postgresql_where=text("valid_to IS NULL"))


class ProjectLeadershipRow(VersionedTable, table=True):
    """A project's leadership as an aggregate: its version, and the meetings the meetings slice has counted."""

    __tablename__ = "project_leadership"
    __table_args__ = (CheckConstraint("on_site_meetings >= 0", name="meetings_not_negative"),)

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    on_site_meetings: int = 0
    last_on_site_on: date | None = None
    governing_minutes_id: UUID | None = None
    governing_ended_on: date | None = None


class TenureTable(ProjectsTable):
    """A term of office. ``end_reason`` says why it ended; a handover's reason stands in both terms."""

    __abstract__ = True

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.person_id", index=True)
    valid_from: date
    valid_to: date | None = None
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    end_reason: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None


class LeadOfficialRow(TenureTable, table=True):
    __tablename__ = "lead_official"
    __table_args__ = (
        _one_open("uq_lead_official_open", "project_id"),
        Index("uq_lead_official_from", "project_id", "valid_from", unique=True),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    project_id: UUID = Field(foreign_key="project.id")


class TaskForceRow(ProjectsTable, table=True):
    __tablename__ = "task_force"
    __table_args__ = (
        _one_open("uq_task_force_open", "project_id"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    id: UUID = Field(primary_key=True)
    project_id: UUID = Field(foreign_key="project.id", index=True)
    name: str
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    valid_from: date
    valid_to: date | None = None
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    end_reason: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None


class TaskForceMemberRow(TenureTable, table=True):
    __tablename__ = "task_force_member"
    __table_args__ = (
        _one_open("uq_task_force_member_open", "task_force_id", "person_id"),
        Index(
            "uq_task_force_head_open",
            "task_force_id",
            unique=True,
            postgresql_where=text("valid_to IS NULL AND role = 'head'"),
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    task_force_id: UUID = Field(foreign_key="task_force.id", index=True)
    role: str
    duty: str
