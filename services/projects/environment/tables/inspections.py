"""Inspections that were filed, and those that were not."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class InspectionRow(VersionedTable, table=True):
    """A filed inspection; ``region_code`` is the enterprise's when it was filed, ``unit_id`` leads."""

    __tablename__ = "inspection"
    __table_args__ = (
        Index("ix_inspection_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_inspection_enterprise_planned", "enterprise_id", "planned_from"),
        Index("ix_inspection_unit_filed", "unit_id", "filed_on"),
        CheckConstraint("planned_to >= planned_from", name="days_in_order"),
        CheckConstraint(
            "status <> 'carried_out' OR carried_out_on BETWEEN planned_from AND planned_to",
            name="carried_out_as_filed",
        ),
        CheckConstraint("exempt_ground IS NULL OR exempt_reason <> ''", name="exemption_has_reason"),
        CheckConstraint("decided_by <> filed_by", name="decided_by_another"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    region_code: str = Field(sa_type=Text)
    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id")
    unit_id: UUID = Field(foreign_key="unit.unit_id")
    kind: str
    subject: str
    basis: str
    planned_from: date
    planned_to: date
    exempt_ground: str | None = None
    exempt_reason: str = ""
    is_exempted: bool
    status: str
    refusals: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    filed_on: date
    filed_at: datetime = Field(sa_type=UtcDateTime)
    filed_by: str
    # The person who decided on an exemption; null where the rules alone did.
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decision_note: str = ""
    carried_out_on: date | None = None
    duration_minutes: int | None = None
    result: str | None = None
    findings: str = ""
    rectify_by: date | None = None
    reported_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reported_by: str | None = None
    cancel_reason: str | None = None


class InspectionUnitRow(ProjectsTable, table=True):
    """A unit that takes part, with its inspectors: ``[{"name": …, "certificate_no": …}]``."""

    __tablename__ = "inspection_unit"
    __table_args__ = (Index("ix_inspection_unit_unit", "unit_id"),)

    inspection_id: UUID = Field(primary_key=True, foreign_key="inspection.id")
    unit_id: UUID = Field(primary_key=True, foreign_key="unit.unit_id")
    position: int
    inspectors: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    joined_at: datetime = Field(sa_type=UtcDateTime)
    joined_by: str


class UnfiledInspectionRow(VersionedTable, table=True):
    """An inspection that the enterprise says took place without a filing."""

    __tablename__ = "unfiled_inspection"
    __table_args__ = (
        Index(
            "ix_unfiled_inspection_region_prefix",
            "region_code",
            postgresql_ops={"region_code": "text_pattern_ops"},
        ),
        Index("ix_unfiled_inspection_unit", "unit_id"),
        Index(
            "uq_unfiled_inspection_once",
            "enterprise_id",
            "unit_id",
            "came_on",
            unique=True,
            postgresql_where=text("unit_id IS NOT NULL AND status <> 'dismissed'"),
        ),
        CheckConstraint("unit_id IS NOT NULL OR unit_name <> ''", name="unit_named"),
        CheckConstraint("(status = 'reported') = (resolved_at IS NULL)", name="resolved_with_time"),
        CheckConstraint("resolved_by <> reported_by", name="resolved_by_another"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    region_code: str = Field(sa_type=Text)
    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id", index=True)
    unit_id: UUID | None = Field(default=None, foreign_key="unit.unit_id")
    unit_name: str
    came_on: date
    description: str
    status: str
    reported_on: date
    reported_at: datetime = Field(sa_type=UtcDateTime)
    reported_by: str
    resolution: str = ""
    inspection_id: UUID | None = Field(default=None, foreign_key="inspection.id")
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_by: str | None = None
