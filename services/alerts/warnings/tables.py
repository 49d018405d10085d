"""Alert rules, what is remembered of conditions and their events, and what people record of their work."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class RuleRow(AlertsTable, table=True):
    """One revision of a rule; the newest one within its period is in force."""

    __tablename__ = "alert_rule"

    code: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    opened_type: str
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    # Why; what was shipped or saved before reasons were kept has none.
    reason: str | None = None


class ConditionRow(AlertsTable, table=True):
    """A condition of another service: how far its events were followed, and the alert it belongs to.

    ``last_version`` is the highest aggregate version seen; whatever comes later with a lower one is out of date.
    ``severity`` is what the rule made of it last. ``opens_at`` and ``clears_at`` are its timers, in the stack's
    time: when it has lasted long enough, and when silence ends it; ``event`` is its last event while it waits to
    open. ``origin_alert_id`` is the alert it opened or joined, also while that one is merged into another.
    ``available_at`` is real time by the database's clock, for a timer that failed and waits for its next try.
    """

    __tablename__ = "alert_condition"
    __table_args__ = (
        Index("ix_alert_condition_opens_at", "opens_at", postgresql_where=text("opens_at IS NOT NULL")),
        Index("ix_alert_condition_clears_at", "clears_at", postgresql_where=text("clears_at IS NOT NULL")),
        CheckConstraint("state IN ('open', 'cleared')", name="state_known"),
        CheckConstraint("opens_at IS NULL OR event IS NOT NULL", name="waits_with_its_event"),
    )

    source: str = Field(primary_key=True)
    condition_id: str = Field(primary_key=True)
    last_version: int
    state: str
    alert_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("alert.id"), nullable=True, index=True)
    )
    origin_alert_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("alert.id"), nullable=True, index=True)
    )
    severity: str | None = None
    rule_code: str | None = None
    rule_revision: int | None = None
    occurred_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opens_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    clears_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    event: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    failures: int = 0
    last_error: str | None = None
    available_at: datetime | None = Field(
        default=None, sa_column=Column(UtcDateTime, nullable=False, server_default=func.clock_timestamp())
    )
    updated_at: datetime = Field(sa_type=UtcDateTime)


class RuleEventRow(AlertsTable, table=True):
    """An event as it came, kept so that rules can be tested against what really happened."""

    __tablename__ = "rule_event"
    __table_args__ = (
        Index("ix_rule_event_type_received", "type", "received_at"),
        Index(
            "ix_rule_event_region_received",
            "region_code",
            "received_at",
            postgresql_ops={"region_code": "text_pattern_ops"},
        ),
    )

    event_id: UUID = Field(primary_key=True)
    type: str
    source: str
    condition_id: str
    version: int
    region_code: str | None = None
    enterprise_id: UUID | None = None
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class RuleEventRetentionRow(AlertsTable, table=True):
    """For how many days events of a type are kept; the row ``*`` is for all others."""

    __tablename__ = "rule_event_retention"
    __table_args__ = (CheckConstraint("days BETWEEN 1 AND 3660", name="days_sensible"),)

    event_type: str = Field(primary_key=True)
    days: int
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class RuleTestRow(AlertsTable, table=True):
    """That a rule was tested: what exactly (``digest``), by whom, over which days, and what came out."""

    __tablename__ = "rule_test"
    __table_args__ = (Index("ix_rule_test_digest", "digest"),)

    id: UUID = Field(primary_key=True)
    digest: str
    code: str | None = None
    run_by: str
    run_at: datetime = Field(sa_type=UtcDateTime)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    region_code: str | None = None
    summary: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class HandlingRow(AlertsTable, table=True):
    """What somebody did about an alert (处置记录): when it was done beside when it was recorded."""

    __tablename__ = "alert_handling"
    __table_args__ = (Index("ix_alert_handling_alert", "alert_id", "recorded_at"),)

    id: UUID = Field(primary_key=True)
    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), nullable=False))
    note: str = Field(sa_column=Column(Text, nullable=False))
    # References to what lies elsewhere: name, address or document id, media type, digest.
    attachments: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'::jsonb"))
    )
    done_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class VerificationLimitRow(AlertsTable, table=True):
    """How long what was resolved may wait for its verification (销号), by region (``""``: everywhere).

    The narrowest holds. Days are working days; after ``repeat_days`` more those who verify are reminded again.
    """

    __tablename__ = "verification_limit"
    __table_args__ = (CheckConstraint("days > 0 AND repeat_days > 0", name="positive"),)

    region_code: str = Field(primary_key=True)
    valid_from: datetime = Field(sa_type=UtcDateTime, primary_key=True)
    days: int
    repeat_days: int
    changed_by: str


class LinkRow(AlertsTable, table=True):
    """A relation between two alerts; taken back it stays as a row.

    ``related`` goes both ways and is kept once, the smaller id first; ``caused_by`` goes from effect to cause.
    """

    __tablename__ = "alert_link"
    __table_args__ = (
        Index(
            "uq_alert_link_standing",
            "alert_id",
            "other_id",
            "relation",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_alert_link_other", "other_id"),
        CheckConstraint("relation IN ('related', 'caused_by')", name="relation_known"),
        CheckConstraint("alert_id <> other_id", name="not_to_itself"),
    )

    id: UUID = Field(primary_key=True)
    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), nullable=False))
    other_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), nullable=False))
    relation: str
    reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed_by: str | None = None
