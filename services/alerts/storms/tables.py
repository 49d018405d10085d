"""Limits of storms, what was told singly or held, and the digests that told what was held."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class StormLimitRow(AlertsTable, table=True):
    """How much one recipient is told singly, by region (``""``: everywhere) and from when on.

    The narrowest holds.
    """

    __tablename__ = "storm_limit"
    __table_args__ = (
        CheckConstraint(
            "singly > 0 AND red_singly >= singly AND window_seconds > 0 AND digest_seconds > 0 AND named > 0",
            name="positive",
        ),
    )

    region_code: str = Field(primary_key=True)
    valid_from: datetime = Field(sa_type=UtcDateTime, primary_key=True)
    singly: int
    red_singly: int
    window_seconds: int
    digest_seconds: int
    named: int
    changed_by: str


class StormNoticeRow(AlertsTable, table=True):
    """One notification of one recipient: told singly, or held until a digest tells it."""

    __tablename__ = "storm_notice"
    __table_args__ = (
        Index("ix_storm_notice_singly", "recipient_key", "created_at", postgresql_where=text("NOT held")),
        Index(
            "ix_storm_notice_waiting",
            "recipient_key",
            "created_at",
            postgresql_where=text("held AND digest_id IS NULL"),
        ),
        Index("ix_storm_notice_digest_id", "digest_id", postgresql_where=text("digest_id IS NOT NULL")),
    )

    notification_id: UUID = Field(sa_column=Column(ForeignKey("notification.id"), primary_key=True))
    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), nullable=False, index=True))
    recipient_key: str
    reason: str
    severity: str
    region_code: str
    held: bool
    digest_id: UUID | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class DigestRow(AlertsTable, table=True):
    """One message about many alerts; which they are stand in ``storm_notice``."""

    __tablename__ = "digest"

    id: UUID = Field(primary_key=True)
    notification_id: UUID = Field(sa_column=Column(ForeignKey("notification.id"), nullable=False, index=True))
    recipient_key: str = Field(index=True)
    recipient_name: str
    person_id: UUID | None = None
    region_code: str | None = None
    alerts: int
    counts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
