"""How people are told: policies by severity, people's own wishes, what follows a message, links that answer it.

Times are the stack's, but for those of links and ``available_at``, which are real.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class WayPolicyRow(AlertsTable, table=True):
    """One revision of the ways for a severity, everywhere or in a region and below; the newest begun is in
    force.
    """

    __tablename__ = "way_policy"
    __table_args__ = (
        UniqueConstraint("severity", "region_code", "revision", postgresql_nulls_not_distinct=True),
        CheckConstraint("severity IN ('blue', 'yellow', 'orange', 'red')", name="severity_known"),
        CheckConstraint(
            "severity <> 'red' OR NOT (definition ->> 'may_be_quiet')::boolean", name="red_is_never_quiet"
        ),
    )

    id: UUID = Field(primary_key=True)
    severity: str
    region_code: str | None = None
    revision: int
    valid_from: datetime = Field(sa_type=UtcDateTime)
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class PreferenceRow(AlertsTable, table=True):
    """What one person wishes."""

    __tablename__ = "notification_preference"

    person_id: UUID = Field(primary_key=True)
    version: int = 1
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class FollowUpRow(AlertsTable, table=True):
    """What comes after a message that nobody has answered: the next stage of ways, or the stand-in.

    ``kind`` "stage" goes on with the ways of ``stage``; "unreachable" passes the alert on, and ``why`` says why.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        Index("ix_follow_up_due", "due_at", postgresql_where=text("state = 'pending'")),
        Index("uq_follow_up_pending", "notification_id", unique=True, postgresql_where=text("state = 'pending'")),
        CheckConstraint("kind IN ('stage', 'unreachable')", name="kind_known"),
        CheckConstraint("state IN ('pending', 'done', 'void')", name="state_known"),
    )

    id: UUID = Field(primary_key=True)
    # The notification's own, without a key of its own: who records a failure would wait for the alert's lock.
    alert_id: UUID = Field(index=True)
    notification_id: UUID = Field(sa_column=Column(ForeignKey("notification.id"), nullable=False))
    kind: str
    stage: int
    why: str | None = None
    due_at: datetime = Field(sa_type=UtcDateTime)
    state: str = "pending"
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    last_error: str | None = None
    available_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())
    )


class ReceiptLinkRow(AlertsTable, table=True):
    """The one-time link in a message to one person; only the digest of its token is here."""

    __tablename__ = "receipt_link"

    token_hash: str = Field(primary_key=True)
    delivery_id: UUID = Field(sa_column=Column(ForeignKey("delivery.id"), nullable=False, unique=True))
    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), nullable=False, index=True))
    person_id: UUID
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
