"""Channels, notifications, deliveries and their attempts.

``created_at``, ``completed_at`` and ``paused_at`` are the stack's time. ``next_attempt_at`` and the times of
attempts are real time by the database's clock: retries and leases concern the world outside.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable

# What a webhook says: our own event, or the Alertmanager's message.
STANDARD, ALERTMANAGER = "standard", "alertmanager"


class ChannelRow(AlertsTable, table=True):
    """Where somebody is reached: one person's, a post's in a region and below it, or a system's subscription."""

    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint("kind IN ('webhook', 'mail')", name="kind_known"),
        CheckConstraint("format IN ('standard', 'alertmanager')", name="format_known"),
        CheckConstraint("recipient IN ('person', 'post', 'subscription')", name="recipient_known"),
        CheckConstraint("(recipient = 'person') = (person_id IS NOT NULL)", name="person_named"),
        CheckConstraint("(recipient = 'post') = (post IS NOT NULL)", name="post_named"),
        Index("ix_channel_post_region", "post", "region_code"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    name: str
    kind: str
    recipient: str
    person_id: UUID | None = Field(default=None, index=True)
    post: str | None = None
    region_code: str | None = None
    min_severity: str | None = None
    event_types: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    # An https address, or a mail address.
    target: str
    format: str = STANDARD
    secret_sealed: str | None = None
    language: str = "zh-CN"
    enabled: bool = True
    failures_in_a_row: int = 0
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class NotificationRow(AlertsTable, table=True):
    """Somebody is to be told of one change of an alert; one row a recipient, written with the change.

    Without an alert it is about many (a group, a digest) or about none (the end of a silence).
    """

    __tablename__ = "notification"

    id: UUID = Field(primary_key=True)
    alert_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("alert.id"), nullable=True, index=True)
    )
    alert_version: int
    reason: str
    step: int | None = None
    recipient_kind: str
    person_id: UUID | None = None
    recipient_name: str
    post: str | None = None
    region_code: str
    enterprise_id: UUID | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class DeliveryRow(AlertsTable, table=True):
    """One notification on its way through one channel; its id is the ``webhook-id`` and in the ``Message-ID``.

    What is sent is fixed here, so that every attempt sends the same bytes. ``attempts`` counts claims and fences
    them: a worker that holds an older count has lost the delivery.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_due", "next_attempt_at", postgresql_where=text("status = 'pending'")),
        CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status_known"),
    )

    id: UUID = Field(primary_key=True)
    notification_id: UUID = Field(sa_column=Column(ForeignKey("notification.id"), nullable=False, index=True))
    alert_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("alert.id"), nullable=True, index=True)
    )
    # Null: the mail address of the registry, which needs no channel of its own.
    channel_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("channel.id"), nullable=True, index=True)
    )
    region_code: str
    enterprise_id: UUID | None = None
    kind: str
    target: str
    language: str
    subject: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    status: str = "pending"
    attempts: int = 0
    # Attempts before a redelivery was asked for do not count against the schedule.
    attempts_forgiven: int = 0
    next_attempt_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())
    )
    last_error: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AttemptRow(AlertsTable, table=True):
    """One attempt, written before anything is sent; without an end it was interrupted and may have arrived."""

    __tablename__ = "delivery_attempt"

    delivery_id: UUID = Field(sa_column=Column(ForeignKey("delivery.id"), primary_key=True))
    number: int = Field(primary_key=True)
    started_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())
    )
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = "started"
    status_code: int | None = None
    error: str | None = None
