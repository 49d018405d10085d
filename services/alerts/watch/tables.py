"""Findings of the service about itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class FindingRow(AlertsTable, table=True):
    """Something that does not work as it should; one open row a kind and object."""

    __tablename__ = "finding"
    __table_args__ = (
        Index("uq_finding_open", "kind", "object_id", unique=True, postgresql_where=text("cleared_at IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    object_id: str
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    found_at: datetime = Field(sa_type=UtcDateTime, index=True)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
