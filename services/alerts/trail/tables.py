"""Alerts and their trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.contracts.alerts import AlertStage
from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable
from services.alerts.trail.domain.life import stage_of

LIVE = "status <> 'resolved'"
# Where an alert came from: our own rules, or a client of the Alertmanager's interface.
OWN, EXTERNAL = "rules", "alertmanager"


class AlertRow(AlertsTable, table=True):
    """One alert as it stands. At most one live alert exists for a dedup key: the index decides.

    ``severity`` is what counts; ``judged_severity`` is what the rule makes of the conditions that hold it open,
    and differs while a person decided otherwise; ``told_severity`` is the gravest that people were told since it
    opened, so that a figure corrected down and up again pages nobody twice. ``version`` is the aggregate version
    of the last event; ``policy`` is the escalation policy as it was when the alert opened; ``escalation_level`` is
    the highest rung told so far, -1 before the first; ``trail_length`` and ``trail_head`` pin the end of the hash
    chain.
    """

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "uq_alert_live_dedup_key",
            "dedup_key",
            unique=True,
            postgresql_where=text(LIVE),
        ),
        Index(
            "ix_alert_region_number", "region_code", "number", postgresql_ops={"region_code": "text_pattern_ops"}
        ),
        Index("ix_alert_live_number", "number", postgresql_where=text(LIVE)),
        Index("ix_alert_object", "object_type", "object_id"),
        Index("ix_alert_enterprise_number", "enterprise_id", "number"),
        Index("ix_alert_responsible_person", "responsible_person_id", postgresql_where=text(LIVE)),
        Index("ix_alert_labels", "labels", postgresql_using="gin", postgresql_ops={"labels": "jsonb_path_ops"}),
        Index("ix_alert_dedup_key", "dedup_key"),
        Index(
            "ix_alert_unverified",
            "resolved_at",
            postgresql_where=text("status = 'resolved' AND verified_at IS NULL AND merged_into IS NULL"),
        ),
        Index("ix_alert_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        CheckConstraint("merged_into IS NULL OR status = 'resolved'", name="merged_is_not_live"),
        CheckConstraint("verified_at IS NULL OR status = 'resolved'", name="verified_is_not_live"),
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
    judged_severity: str
    told_severity: str
    # Who decided it, where a person did.
    severity_by: str | None = None
    status: str = "open"
    dedup_key: str
    labels: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb"))
    )
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
    # How often a promise passed unkept.
    promises_broken: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    handling_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    handled_by: str | None = None
    # When the condition ended by its own time; `resolved_at` is when it was known here.
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_by: str | None = None
    resolution: str | None = None
    # What the person who resolved it found; None: nobody has said.
    is_true_alarm: bool | None = None
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_by: str | None = None
    verification: str | None = None
    reopened: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    merged_into: UUID | None = Field(default=None, sa_column=Column(ForeignKey("alert.id"), nullable=True))
    trail_length: int = 0
    trail_head: str

    @property
    def stage(self) -> AlertStage:
        """The step of its life, finer than ``status``."""
        return stage_of(
            self.status,
            handling_at=self.handling_at,
            verified_at=self.verified_at,
            merged_into=self.merged_into,
        )


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
