"""Silences, inhibition rules, maintenance windows, and which alert is quiet for which of them.

Instants are the stack's time. ``created_by`` is who the caller was; ``author`` the name given with it, which the
Alertmanager's clients show.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class MuteBase(AlertsTable):
    """What all three have. ``region_code`` None is everywhere.

    ``remind_minutes`` before the end its author hears.
    """

    __abstract__ = True

    id: UUID = Field(primary_key=True)
    version: int = 1
    region_code: str | None = Field(default=None, index=True)
    reason: str
    author: str
    created_by: str
    person_id: UUID | None = None
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    remind_minutes: int | None = None
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class SilenceRow(MuteBase, table=True):
    """Quiet for a time, by labels."""

    __tablename__ = "silence"
    __table_args__ = (
        CheckConstraint("ends_at IS NOT NULL AND ends_at >= starts_at", name="ends"),
        Index("ix_silence_ends_at", "ends_at"),
    )

    matchers: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    # The one that stands in its place, where a change of matchers made a new one.
    replaced_by: UUID | None = None


class InhibitionRow(MuteBase, table=True):
    """Live alerts of one kind keep those quiet that follow from them."""

    __tablename__ = "inhibition_rule"
    __table_args__ = (CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="ends"),)

    name: str
    source_matchers: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    target_matchers: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    equal: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    # A configuration file replaces what it brought earlier and nothing else.
    origin: str = "api"


class MaintenanceRow(MuteBase, table=True):
    """Windows on the working calendar for an object or labels."""

    __tablename__ = "maintenance_window"
    __table_args__ = (CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="ends"),)

    name: str
    matchers: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    object_type: str | None = None
    object_id: str | None = None
    windows: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))


class AlertMuteRow(AlertsTable, table=True):
    """An alert that is quiet, since when and for what: written with the trail's entry, deleted when it ends."""

    __tablename__ = "alert_mute"
    __table_args__ = (
        CheckConstraint("kind IN ('silence', 'inhibition', 'maintenance')", name="kind_known"),
        Index("ix_alert_mute_until", "until", postgresql_where=text("until IS NOT NULL")),
    )

    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), primary_key=True))
    kind: str
    source_id: UUID
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
