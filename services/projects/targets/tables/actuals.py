"""Actuals of months, every one as it was known from when on."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable


class TargetActualRow(ProjectsTable, table=True):
    """A month's figure; a correction is the next edition. Never changed.

    ``value`` None has its ``reason``. ``complete`` of ``expected`` facts were there where the source counts them.
    ``digest`` is of value, reason and rows: an edition is written only when something differs.
    """

    __tablename__ = "target_actual"
    __table_args__ = (
        Index("uq_target_actual_edition", "target_id", "month", "edition", unique=True),
        CheckConstraint("EXTRACT(day FROM month) = 1", name="first_of_month"),
        CheckConstraint("(value IS NULL) = (reason IS NOT NULL)", name="value_or_reason"),
        CheckConstraint("source <> 'typed' OR evidence <> ''", name="typed_with_evidence"),
    )

    id: UUID = Field(primary_key=True)
    target_id: UUID = Field(foreign_key="target.id")
    month: date
    edition: int
    value: Decimal | None = Field(default=None, sa_column=Column(Numeric(24, 6)))
    reason: str | None = None
    source: str
    rows: int
    complete: int | None = None
    expected: int | None = None
    digest: str
    evidence: str
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class TargetActualSourceRow(ProjectsTable, table=True):
    """The rows that make an actual, as they were when it was pulled: type, id, code, name, amount, known_at."""

    __tablename__ = "target_actual_source"

    actual_id: UUID = Field(primary_key=True, foreign_key="target_actual.id")
    rows: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
