"""Findings of the service about itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Float, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class FindingRow(AlertsTable, table=True):
    """Something that does not work as it should; one open row a kind and object.

    ``version`` and ``level`` are those of the condition it is told as, where it is told (``conditions``).
    ``seen_real_at`` is real time by the database's clock: a fault of a moment, as when the stack's clock is set,
    is no fault yet.
    """

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
    version: int = 0
    level: int | None = None
    region_code: str | None = None
    seen_real_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())
    )


class BeatRow(AlertsTable, table=True):
    """When a watcher last looked: the stack's time, and real time by the database's clock."""

    __tablename__ = "watch_beat"

    name: str = Field(primary_key=True)
    stack_at: datetime = Field(sa_type=UtcDateTime)
    rate: float = Field(sa_column=Column(Float, nullable=False))
    real_at: datetime = Field(sa_type=UtcDateTime)
