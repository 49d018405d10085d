"""Alerts of other systems as they were sent, before and while they are alerts of ours."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, Text, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class ExternalAlertRow(AlertsTable, table=True):
    """One set of labels of one region; committed before the sender is answered.

    ``revision`` rises with each sending, ``taken_revision`` is the one our own alert was brought up to; ``live``
    says that our alert is open. ``is_timeout`` marks an end that nobody sent: it moves with every sending.
    Labels and annotations are text (JSON with sorted keys): they are written and read a thousand at a time.
    """

    __tablename__ = "external_alert"
    __table_args__ = (
        Index("ix_external_alert_untaken", "updated_at", postgresql_where=text("revision <> taken_revision")),
        Index("ix_external_alert_live_ends_at", "ends_at", postgresql_where=text("live")),
        Index("ix_external_alert_alert_id", "alert_id"),
    )

    region_code: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    labels: str = Field(sa_column=Column(Text, nullable=False))
    annotations: str = Field(sa_column=Column(Text, nullable=False))
    generator_url: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    is_timeout: bool
    revision: int = 1
    taken_revision: int = 0
    live: bool = False
    alert_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("alert.id"), nullable=True))


class AlertmanagerMemberRow(AlertsTable, table=True):
    """A process that serves this interface: what the Alertmanager's clients see as a member of its cluster."""

    __tablename__ = "alertmanager_member"

    name: str = Field(primary_key=True)
    address: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    # Real time by the database's clock: whether a process lives has nothing to do with the stack's time.
    seen_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=False))
