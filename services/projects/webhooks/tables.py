"""Subscriptions, deliveries and their attempts.

``created_at``, ``completed_at``, ``paused_at`` and ``deleted_at`` are the stack's time. What concerns the world
outside is real time by the database's clock: attempts, waits, rests, and how long an old secret still signs.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


def _texts() -> Column[list[str]]:
    return Column(ARRAY(Text), nullable=False)


def _real_now() -> Column[datetime]:
    return Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())


class WebhookSubscriptionRow(VersionedTable, table=True):
    """A system that wants events. ``owner`` is who may see them: a caller's subject, with what it was granted.

    ``position`` is the last of the outbox that was looked at for it. ``version`` counts the changes by people.
    """

    __tablename__ = "webhook_subscription"
    __table_args__ = (
        Index(
            "ix_webhook_subscription_region_prefix",
            "region_code",
            postgresql_ops={"region_code": "text_pattern_ops"},
        ),
        CheckConstraint("(paused_at IS NULL) = (paused_reason IS NULL)", name="paused_with_reason"),
    )

    id: UUID = Field(primary_key=True)
    name: str
    url: str
    topics: list[str] = Field(sa_column=_texts())
    event_types: list[str] = Field(sa_column=_texts())
    region_code: str = Field(sa_type=Text)
    project_id: UUID | None = None
    owner: str = Field(index=True)
    owner_kind: str
    owner_role: str
    owner_region_code: str | None = None
    owner_enterprise_id: UUID | None = None
    secret_sealed: str
    previous_secret_sealed: str | None = None
    previous_secret_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    position: int = Field(sa_type=BigInteger)
    history_gap_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures_in_a_row: int = 0
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rest_until: datetime | None = Field(default=None, sa_column=_real_now())
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookDeliveryRow(ProjectsTable, table=True):
    """One event for one subscription; the event's id is the ``webhook-id``, the body is fixed here.

    ``sequence_key`` names what events must arrive one after the other: those of one aggregate. ``attempts`` counts
    claims and fences them: a worker that holds an older count has lost the delivery.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("uq_webhook_delivery_event", "subscription_id", "event_id", unique=True),
        Index(
            "ix_webhook_delivery_due",
            "subscription_id",
            "next_attempt_at",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_webhook_delivery_order",
            "subscription_id",
            "sequence_key",
            "position",
            postgresql_where=text("status = 'pending'"),
        ),
        Index("ix_webhook_delivery_completed_at", "completed_at"),
        CheckConstraint("status IN ('pending', 'delivered', 'failed', 'cancelled')", name="status_known"),
    )

    id: UUID = Field(primary_key=True)
    subscription_id: UUID = Field(foreign_key="webhook_subscription.id")
    event_id: UUID
    position: int = Field(sa_type=BigInteger)
    topic: str
    type: str
    subject: str
    aggregate_version: int
    sequence_key: str
    body: str = Field(sa_type=Text)
    status: str = "pending"
    attempts: int = 0
    # Attempts before a redelivery was asked for do not count against the schedule.
    attempts_forgiven: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_column=_real_now())
    last_status_code: int | None = None
    last_error: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookAttemptRow(ProjectsTable, table=True):
    """One attempt, written before anything is sent; without an end it was interrupted and may have arrived."""

    __tablename__ = "webhook_attempt"

    delivery_id: UUID = Field(
        sa_column=Column(ForeignKey("webhook_delivery.id", ondelete="CASCADE"), primary_key=True)
    )
    number: int = Field(primary_key=True)
    started_at: datetime | None = Field(default=None, sa_column=_real_now())
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = "started"
    status_code: int | None = None
    error: str | None = None
