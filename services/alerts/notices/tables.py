"""Notices, one receipt a recipient, and the messages on their way.

``next_attempt_at`` is real time by the database's clock, as in notifications; all else is the stack's.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class NoticeRow(AlertsTable, table=True):
    """A document that people are to know of; ``source_*`` is what it is in the service that asked."""

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'completed', 'withdrawn')", name="status_known"),
        Index("ix_notice_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_notice_source", "source_type", "source_id"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 0
    title_zh: str
    title_en: str
    text_zh: str = Field(sa_column=Column(Text, nullable=False))
    text_en: str = Field(sa_column=Column(Text, nullable=False))
    link: str | None = None
    source_type: str | None = None
    source_id: str | None = None
    region_code: str
    needs_confirmation: bool
    confirm_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    remind_working_minutes: int
    status: str = "open"
    recipients: int
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    overdue_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_reason: str | None = None


class ReceiptRow(AlertsTable, table=True):
    """What is known of one recipient: sent, delivered, read, confirmed, each by whom and when."""

    __tablename__ = "notice_receipt"
    __table_args__ = (
        UniqueConstraint("notice_id", "person_id"),
        Index(
            "ix_notice_receipt_reminder",
            "next_reminder_at",
            postgresql_where=text("next_reminder_at IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    notice_id: UUID = Field(sa_column=Column(ForeignKey("notice.id"), nullable=False, index=True))
    person_id: UUID = Field(index=True)
    person_name: str
    unit_id: UUID
    region_code: str
    post: str
    # How many ways there were to reach the person; without one nothing could be sent.
    ways: int
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_by: str | None = None
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmed_by: str | None = None
    reminders: int = 0
    next_reminder_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class NoticeDeliveryRow(AlertsTable, table=True):
    """One message on its way to one recipient; its id is the ``webhook-id`` and in the ``Message-ID``."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        Index("ix_notice_delivery_due", "next_attempt_at", postgresql_where=text("status = 'pending'")),
        CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status_known"),
    )

    id: UUID = Field(primary_key=True)
    notice_id: UUID = Field(sa_column=Column(ForeignKey("notice.id"), nullable=False, index=True))
    receipt_id: UUID = Field(sa_column=Column(ForeignKey("notice_receipt.id"), nullable=False, index=True))
    channel_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("channel.id"), nullable=True, index=True)
    )
    gateway_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("gateway.id"), nullable=True))
    reason: str
    kind: str
    target: str
    language: str
    subject: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    status: str = "pending"
    attempts: int = 0
    next_attempt_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())
    )
    last_error: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
