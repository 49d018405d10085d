"""Escalation policies and timers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class PolicyRow(AlertsTable, table=True):
    """One revision of a policy; the newest one whose time has come is in force."""

    __tablename__ = "escalation_policy"

    code: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    valid_from: datetime = Field(sa_type=UtcDateTime)
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    reason: str | None = None


class TimerRow(AlertsTable, table=True):
    """What happens to an alert next unless somebody acts. At most one of a kind pending a live alert.

    ``due_at`` is the stack's time, ``counted_from`` the instant its span was counted from, ``number`` counts
    repeats. ``available_at`` is real time by the database's clock, for a timer whose firing failed and waits for
    its next try.
    """

    __tablename__ = "escalation_timer"
    __table_args__ = (
        Index(
            "uq_escalation_timer_pending",
            "alert_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_escalation_timer_due", "due_at", postgresql_where=text("state = 'pending'")),
        CheckConstraint("state IN ('pending', 'fired', 'cancelled')", name="state_known"),
        CheckConstraint(
            "kind IN ('rung', 'promise', 'reminder', 'repeat', 'promise_reminder', 'held')", name="kind_known"
        ),
    )

    id: UUID = Field(primary_key=True)
    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), nullable=False, index=True))
    kind: str
    rung: int | None = None
    number: int = 0
    due_at: datetime = Field(sa_type=UtcDateTime)
    counted_from: datetime = Field(sa_type=UtcDateTime)
    state: str = "pending"
    created_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    last_error: str | None = None
    available_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())
    )
