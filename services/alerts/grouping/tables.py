"""Groups of alerts, their members, and what each target was last told of a group."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class GroupRow(AlertsTable, table=True):
    """Alerts that go to a receiver together; flushed at ``next_flush_at`` (the stack's time), gone when empty."""

    __tablename__ = "alert_group"
    __table_args__ = (
        UniqueConstraint("tree_region", "route_key", "receiver", "labels_digest", name="uq_alert_group_place"),
        Index("ix_alert_group_next_flush_at", "next_flush_at"),
    )

    id: UUID = Field(primary_key=True)
    tree_region: str
    tree_revision: int
    route_key: str
    receiver: str
    labels_digest: str
    labels: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    region_code: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    flushed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_flush_at: datetime = Field(sa_type=UtcDateTime)


class GroupMemberRow(AlertsTable, table=True):
    """An alert of a group; a new alert of the same labels takes the place of one that has ended."""

    __tablename__ = "alert_group_member"

    group_id: UUID = Field(sa_column=Column(ForeignKey("alert_group.id", ondelete="CASCADE"), primary_key=True))
    fingerprint: str = Field(primary_key=True)
    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), nullable=False, index=True))


class GroupNoticeRow(AlertsTable, table=True):
    """What a target (a system, a channel, a person, a post) was last told of a group."""

    __tablename__ = "alert_group_notice"

    group_id: UUID = Field(sa_column=Column(ForeignKey("alert_group.id", ondelete="CASCADE"), primary_key=True))
    target: str = Field(primary_key=True)
    firing: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    resolved: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)
