"""Cases of the licence agency centre and their matters."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class AgencyCaseRow(VersionedTable, table=True):
    """One case of several matters. ``expected_finish_on`` and ``percent`` are as of the last write."""

    __tablename__ = "agency_case"
    __table_args__ = (
        Index("ix_agency_case_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_agency_case_status", "status"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_in_range"),
        CheckConstraint("(status = 'finished') = (finished_on IS NOT NULL)", name="finished_with_day"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    title: str
    region_code: str = Field(sa_type=Text)
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.enterprise_id", index=True)
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    applicant: str
    agent_person_id: UUID | None = Field(default=None, foreign_key="person.person_id")
    status: str
    opened_on: date
    opened_at: datetime = Field(sa_type=UtcDateTime)
    opened_by: str
    expected_finish_on: date
    percent: int
    finished_on: date | None = None
    cancel_reason: str | None = None


class AgencyItemRow(ProjectsTable, table=True):
    """One matter of a case; ``documents`` are ``[{"name": …, "required": …, "received_on": …}]``.

    ``approval_case_id`` has no foreign key: approval cases may be known to another system only.
    """

    __tablename__ = "agency_item"
    __table_args__ = (
        UniqueConstraint("case_id", "key"),
        Index("ix_agency_item_status_due", "status", "due_on"),
        Index("ix_agency_item_unit_finished", "unit_id", "finished_on"),
        CheckConstraint("promised_days >= 1", name="promise_positive"),
        CheckConstraint("finished_on >= started_on", name="days_in_order"),
        CheckConstraint(
            "status <> 'running' OR (started_on IS NOT NULL AND due_on IS NOT NULL)", name="running_has_clock"
        ),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="agency_case.id")
    key: str
    matter: str
    unit_id: UUID = Field(foreign_key="unit.unit_id")
    promised_days: int
    documents: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    depends_on: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    agent_person_id: UUID | None = Field(default=None, foreign_key="person.person_id")
    approval_case_id: UUID | None = Field(default=None, index=True)
    status: str
    started_on: date | None = None
    due_on: date | None = None
    finished_on: date | None = None
    outcome: str | None = None
