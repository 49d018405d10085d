"""Tables of approvals. A case's row is its present state; papers, pauses and the trail stand beside it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable, VersionedTable


class ApprovalMatterRow(DatedTable, table=True):
    """See the domain's Matter. A row with a ``template`` is in force nowhere until a region adopts it."""

    __tablename__ = "approval_matter"
    __table_args__ = (
        Index(
            "uq_approval_matter_code_region_from",
            "code",
            "region_code",
            "valid_from",
            "template",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("promised_days BETWEEN 1 AND statutory_days", name="promise_within_law"),
        CheckConstraint("green_days BETWEEN 1 AND promised_days", name="green_within_promise"),
        CheckConstraint("green_percent BETWEEN 1 AND 99", name="green_percent_in_range"),
        CheckConstraint("green_days IS NULL OR green_percent IS NULL", name="one_green_channel"),
        CheckConstraint("due_soon_days >= 0", name="due_soon_not_negative"),
    )

    code: str
    name: str
    authority_level: str
    statutory_days: int
    promised_days: int
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    due_soon_days: int
    green_days: int | None = None
    green_percent: int | None = None
    requires_gate: bool
    documents: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    source: str
    template: str | None = None


class PauseGroundRow(DatedTable, table=True):
    """See the domain's PauseGround."""

    __tablename__ = "approval_pause_ground"
    __table_args__ = (
        Index(
            "uq_approval_pause_ground_code_region_from",
            "code",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("max_working_days >= 1", name="limit_positive"),
    )

    code: str
    name_zh: str
    name_en: str
    legal_basis: str
    max_working_days: int | None = None


class ApprovalCaseRow(VersionedTable, table=True):
    """See the domain's Case. ``due_on`` and its like are reckoned from it, and anew when the calendar changes."""

    __tablename__ = "approval_case"
    __table_args__ = (
        Index("ix_approval_case_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_approval_case_open", "due_on", postgresql_where=text("status IN ('accepted', 'paused')")),
        Index("ix_approval_case_decided_on", "decided_on"),
        CheckConstraint("project_id IS NOT NULL OR enterprise_id IS NOT NULL", name="has_applicant"),
        CheckConstraint("(status = 'decided') = (outcome IS NOT NULL)", name="decided_with_outcome"),
        CheckConstraint("accepted_on >= applied_on", name="accepted_after_applied"),
        CheckConstraint("decided_on >= coalesce(accepted_on, applied_on)", name="decided_after_accepted"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    matter_code: str = Field(index=True)
    matter_name: str
    authority_level: str
    region_code: str = Field(sa_type=Text)
    applied_on: date
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprise.enterprise_id", index=True)
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id", index=True)
    summary: str
    status: str
    first_contact_person_id: UUID | None = None
    owner_person_id: UUID | None = Field(default=None, index=True)
    agent_person_id: UUID | None = None
    requires_gate: bool
    green_reason: str | None = None
    lacking_reason: str | None = None
    terms: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    accepted_on: date | None = None
    outcome: str | None = None
    decided_on: date | None = None
    decision_reason: str | None = None
    decision_document: str | None = None
    due_on: date | None = None
    statutory_due_on: date | None = None
    due_soon_on: date | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class ApprovalNumberRow(ProjectsTable, table=True):
    """The last number given to a case by the service, by the part of the code before it."""

    __tablename__ = "approval_number"

    prefix: str = Field(primary_key=True)
    last: int


class ApprovalDocumentRow(ProjectsTable, table=True):
    """A paper of a case's checklist."""

    __tablename__ = "approval_document"

    case_id: UUID = Field(primary_key=True, foreign_key="approval_case.id")
    code: str = Field(primary_key=True)
    position: int
    name: str
    required: bool
    received_on: date | None = None
    reference: str


class ApprovalPauseRow(ProjectsTable, table=True):
    """A pause of a case's clock; the database allows one that runs."""

    __tablename__ = "approval_pause"
    __table_args__ = (
        Index("uq_approval_pause_running", "case_id", unique=True, postgresql_where=text("to_on IS NULL")),
        CheckConstraint("to_on >= from_on", name="ends_after_it_begins"),
    )

    case_id: UUID = Field(primary_key=True, foreign_key="approval_case.id")
    number: int = Field(primary_key=True)
    ground: str
    from_on: date
    to_on: date | None = None
    notice: str
    limit_days: int | None = None
    expected_to_on: date | None = None


class ApprovalChangeRow(ProjectsTable, table=True):
    """One step of a case: who, when, why, and what it changed. Never changed."""

    __tablename__ = "approval_change"

    case_id: UUID = Field(primary_key=True, foreign_key="approval_case.id")
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
