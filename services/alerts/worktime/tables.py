"""Office hours."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class OfficeHoursRow(AlertsTable, table=True):
    """The hours of working days in a region from a day on; ``segments`` is ``[["08:30", "12:00"], …]``."""

    __tablename__ = "office_hours"
    __table_args__ = (
        Index(
            "uq_office_hours_region_from",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period_ordered"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    segments: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
