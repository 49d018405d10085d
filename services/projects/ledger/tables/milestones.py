"""Formalities before the start, milestones of a project's own, and which formalities a kind goes through."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable


class MilestoneRow(ProjectsTable, table=True):
    """See the domain's Paper; without a formality it is the project's own, with a title."""

    __tablename__ = "project_milestone"
    __table_args__ = (
        Index(
            "uq_project_milestone_formality",
            "project_id",
            "formality",
            unique=True,
            postgresql_where=text("formality IS NOT NULL"),
        ),
        Index("ix_project_milestone_project", "project_id", "id"),
        CheckConstraint("formality IS NOT NULL OR title <> ''", name="own_has_a_title"),
    )

    id: UUID = Field(primary_key=True)
    project_id: UUID = Field(foreign_key="project.id")
    formality: str | None = None
    title: str
    original_on: date | None = None
    planned_on: date | None = None
    actual_on: date | None = None
    number: str | None = None
    file_reference: str | None = None
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class FormalityRuleRow(DatedTable, table=True):
    """See the domain's FormalityRule."""

    __tablename__ = "formality_rule"
    __table_args__ = (
        Index(
            "uq_formality_rule_kind_region_from",
            "kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("required <@ formalities", name="required_is_listed"),
    )

    kind: str
    formalities: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    required: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
