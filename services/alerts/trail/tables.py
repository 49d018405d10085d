"""Alerts and their trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable

LIVE = "status <> 'resolved'"
# Where an alert came from: our own rules, or a client of the Alertmanager's interface.
OWN, EXTERNAL = "rules", "alertmanager"


class AlertRow(AlertsTable, table=True):
    """One alert as it stands. At most one live alert exists for an object and a condition: the index decides.

    ``version`` is the aggregate version of the last event; ``policy`` is the escalation policy as it was when the
    alert opened; ``escalation_level`` is the highest rung told so far, -1 before the first; ``trail_length`` and
    ``trail_head`` pin the end of the hash chain.
    """

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "uq_alert_live_object_condition",
            "object_type",
            "object_id",
            "condition_kind",
            unique=True,
            postgresql_where=text(LIVE),
        ),
        Index(
            "ix_alert_region_number", "region_code", "number", postgresql_ops={"region_code": "text_pattern_ops"}
        ),
        Index("ix_alert_live_number", "number", postgresql_where=text(LIVE)),
        Index("ix_alert_object", "object_type", "object_id"),
        Index("ix_alert_enterprise_number", "enterprise_id", "number"),
        Index(
            "ix_alert_live_labels",
            "labels",
            postgresql_using="gin",
            postgresql_ops={"labels": "jsonb_path_ops"},
            postgresql_where=text(LIVE),
        ),
        CheckConstraint("source IN ('rules', 'alertmanager')", name="source_known"),
        CheckConstraint("severity IN ('blue', 'yellow', 'orange', 'red')", name="severity_known"),
        CheckConstraint("status IN ('open', 'acknowledged', 'resolved')", name="status_known"),
    )

    id: UUID = Field(primary_key=True)
    number: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False, unique=True)
    )
    version: int = 0
    source: str = OWN
    rule_code: str
    rule_revision: int
    resolves_when_cleared: bool = True
    severity: str
    status: str = "open"
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    object_type: str
    object_id: str
    object_label: str | None = None
    object_name: str | None = None
    condition_kind: str
    region_code: str
    enterprise_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    labels: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb")))
    source_event_id: UUID
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime, index=True)
    policy: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    clock: str | None = None
    escalation_level: int = -1
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: str | None = None
    promised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_by: str | None = None
    resolution: str | None = None
    trail_length: int = 0
    trail_head: str


class TrailRow(AlertsTable, table=True):
    """One entry of an alert's trail. A trigger of the database refuses changes and deletions."""

    __tablename__ = "alert_trail"

    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), primary_key=True))
    seq: int = Field(primary_key=True)
    kind: str
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    facts: str = Field(sa_column=Column(Text, nullable=False))
    previous: str
    digest: str
