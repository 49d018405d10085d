"""Rules of duties, and what the tables of all duties have in common."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable, VersionedTable


class DutyRuleRow(DatedTable, table=True):
    """See the domain's DutyRule; one row a kind, region and first day of validity."""

    __tablename__ = "duty_rule"
    __table_args__ = (
        Index(
            "uq_duty_rule_kind_region_from",
            "kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("threshold_days >= 1", name="threshold_positive"),
        CheckConstraint("level2_days > threshold_days", name="level2_later"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    kind: str
    threshold_days: int
    level2_days: int | None = None


class DutyTable(VersionedTable):
    """Columns of the domain's Duty. Owners are looked up in the registry when they are named, and stay when they
    leave it."""

    __abstract__ = True

    id: UUID = Field(primary_key=True)
    status: str = Field(index=True)
    owner_unit_id: UUID | None = Field(default=None, index=True)
    owner_person_id: UUID | None = Field(default=None, index=True)
    original_due_on: date
    due_on: date = Field(index=True)
    overdue_since: date | None = None
    resolution: str
    resolved_by: str | None = None
    resolved_on: date | None = None
    closing_note: str
    closed_by: str | None = None
    closed_on: date | None = None
    reopenings: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class TrailTable(ProjectsTable):
    """One step of an aggregate: who, when, what, why, and the facts after it. Never changed, never deleted."""

    __abstract__ = True

    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    actor_role: str
    actor_person_id: UUID | None = None
    action: str
    note: str
    facts: dict[str, Any] = Field(sa_type=JSONB)
