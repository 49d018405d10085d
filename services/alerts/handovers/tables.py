"""Handovers and who took them over. Both tables refuse change: what was signed stays."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class HandoverRow(AlertsTable, table=True):
    """Given by one person to another: ``statement`` is what was open then, ``digest`` what both sign."""

    __tablename__ = "duty_handover"
    __table_args__ = (
        Index("ix_duty_handover_region_code", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("giver_id <> taker_id", name="two_people"),
    )

    id: UUID = Field(primary_key=True)
    roster_code: str
    region_code: str
    giver_id: UUID
    taker_id: UUID
    statement: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    digest: str
    given_by: str
    given_at: datetime = Field(sa_type=UtcDateTime, index=True)


class TakeoverRow(AlertsTable, table=True):
    """The second signature, over the same digest."""

    __tablename__ = "duty_takeover"

    handover_id: UUID = Field(sa_column=Column(ForeignKey("duty_handover.id"), primary_key=True))
    digest: str
    note: str = Field(sa_column=Column(Text, nullable=False))
    taken_by: str
    taken_at: datetime = Field(sa_type=UtcDateTime)
