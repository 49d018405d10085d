"""The project's row is its present state; plan, entries and history stand beside it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class ProjectRow(VersionedTable, table=True):
    """``region_code`` is indexed for prefix search: a region's subtree is a prefix."""

    __tablename__ = "project"
    __table_args__ = (
        Index("ix_project_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_project_stage", "stage"),
        Index("ix_project_responsible_person", "responsible_person_id"),
        CheckConstraint("invested_yuan >= 0", name="invested_not_negative"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        CheckConstraint("num_nulls(longitude, latitude, coordinate_system) IN (0, 3)", name="whole_place"),
        CheckConstraint("is_key <= (key_since IS NOT NULL)", name="key_since_known"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    kind: str
    region_code: str = Field(sa_type=Text)
    stage: str
    summary: str
    parent_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    longitude: Decimal | None = Field(default=None, sa_column=Column(Numeric(11, 8)))
    latitude: Decimal | None = Field(default=None, sa_column=Column(Numeric(10, 8)))
    coordinate_system: str | None = None
    wgs84_longitude: Decimal | None = Field(default=None, sa_column=Column(Numeric(11, 8)))
    wgs84_latitude: Decimal | None = Field(default=None, sa_column=Column(Numeric(10, 8)))
    grid_work: str | None = None
    voltage_kv: Decimal | None = Field(default=None, sa_column=Column(Numeric(7, 2)))
    capacity_mva: Decimal | None = Field(default=None, sa_column=Column(Numeric(9, 2)))
    line_length_km: Decimal | None = Field(default=None, sa_column=Column(Numeric(9, 3)))
    financing_form: str | None = None
    is_key: bool = False
    key_level: str | None = None
    key_since: date | None = None
    key_by: str | None = None
    size_band: str | None = Field(default=None, index=True)
    sector_code: str | None = None
    park_code: str | None = None
    enterprise_id: UUID | None = Field(default=None, index=True)
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    total_investment_yuan: int | None = Field(default=None, sa_type=BigInteger)
    contract_amount_yuan: int | None = Field(default=None, sa_type=BigInteger)
    investor: str | None = None
    channel: str | None = None
    signed_on: date | None = None
    evidence: str | None = None
    design_output: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 3)))
    output_unit: str | None = None
    first_output: str | None = None
    actual_output: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 3)))
    interrupted_stage: str | None = None
    interrupted_on: date | None = None
    interruption_reason: str | None = None
    resumed_on: date | None = None
    percent: Decimal | None = Field(default=None, sa_column=Column(Numeric(5, 2)))
    last_progress_on: date | None = None
    last_advance_on: date | None = None
    last_investment_month: date | None = None
    invested_yuan: int = Field(sa_type=BigInteger)
    verified_funds_yuan: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ProjectPlanRow(ProjectsTable, table=True):
    """One milestone: its original, current and actual day."""

    __tablename__ = "project_plan"

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    milestone: str = Field(primary_key=True)
    original_on: date | None = None
    current_on: date | None = None
    actual_on: date | None = None


class ProjectChangeRow(ProjectsTable, table=True):
    """One write of a project: who, when, why, and each field before and after. Never changed."""

    __tablename__ = "project_change"
    # What changed since a day: the comparison of two dates goes back from the present state.
    __table_args__ = (Index("ix_project_change_at", "at"),)

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    version: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))


class ProgressEntryRow(ProjectsTable, table=True):
    """Completed share of the works at the end of a day. Entries of one day count in the order of their ids."""

    __tablename__ = "progress_entry"
    __table_args__ = (
        Index("ix_progress_entry_project_on", "project_id", "on", "id"),
        CheckConstraint("percent >= 0 AND percent <= 100", name="percent_in_range"),
    )

    id: UUID = Field(primary_key=True)
    project_id: UUID = Field(foreign_key="project.id")
    on: date = Field(sa_column=Column("on", Date, nullable=False))
    percent: Decimal = Field(sa_column=Column(Numeric(5, 2), nullable=False))
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class InvestmentEntryRow(ProjectsTable, table=True):
    """Investment completed in a month; a correction replaces the amount and stays in the project's history."""

    __tablename__ = "investment_entry"
    __table_args__ = (CheckConstraint("amount_yuan >= 0", name="amount_not_negative"),)

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    month: date = Field(primary_key=True)
    amount_yuan: int = Field(sa_type=BigInteger)
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
