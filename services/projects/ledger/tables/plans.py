"""Output, plan curves and annual plans."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable


class OutputEntryRow(ProjectsTable, table=True):
    """Output of a month; a correction replaces the figures and stays in the project's history."""

    __tablename__ = "output_entry"
    __table_args__ = (
        CheckConstraint("output_value_yuan >= 0", name="value_not_negative"),
        CheckConstraint("tax_yuan >= 0", name="tax_not_negative"),
        CheckConstraint("physical_output >= 0", name="physical_not_negative"),
        CheckConstraint("EXTRACT(day FROM month) = 1", name="first_of_month"),
    )

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    month: date = Field(primary_key=True)
    output_value_yuan: int = Field(sa_type=BigInteger)
    tax_yuan: int | None = Field(default=None, sa_type=BigInteger)
    physical_output: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 3)))
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class PlanCurveRow(ProjectsTable, table=True):
    """A revision of a project's planned course; the highest one counts. ``points``: month and percent, rising."""

    __tablename__ = "plan_curve"

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    revision: int = Field(primary_key=True)
    points: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class AnnualPlanRow(ProjectsTable, table=True):
    """Investment planned for a year: as first planned, and as it stands."""

    __tablename__ = "annual_plan"
    __table_args__ = (
        CheckConstraint("amount_yuan >= 0 AND original_yuan >= 0", name="amount_not_negative"),
        CheckConstraint("year BETWEEN 1990 AND 2100", name="year_in_range"),
    )

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    year: int = Field(primary_key=True)
    original_yuan: int = Field(sa_type=BigInteger)
    amount_yuan: int = Field(sa_type=BigInteger)
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
