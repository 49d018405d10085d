"""Alert rules, and what is remembered of each condition."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey
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


class ConditionRow(AlertsTable, table=True):
    """A condition of another service: how far its events were followed, and the alert it belongs to.

    ``last_version`` is the highest aggregate version seen; whatever comes later with a lower one is out of date.
    """

    __tablename__ = "alert_condition"
    __table_args__ = (CheckConstraint("state IN ('open', 'cleared')", name="state_known"),)

    source: str = Field(primary_key=True)
    condition_id: str = Field(primary_key=True)
    last_version: int
    state: str
    alert_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("alert.id"), nullable=True, index=True)
    )
    updated_at: datetime = Field(sa_type=UtcDateTime)
