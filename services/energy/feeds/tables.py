"""Receipts of bodies, and what waits for its meter."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, String

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class ReceiptRow(EnergyTable, table=True):
    """One body that was let in; see docs/decisions/0006-ingest-receipts.md.

    ``status``: pending (written, not acknowledged by the broker), acknowledged, merged (every part is in the
    curves). ``accepted`` and ``quarantined`` count readings, ``rejected`` rows. ``stored``, ``unchanged``,
    ``revised`` and ``superseded`` add up to ``accepted`` once merged. ``subject`` and region are the caller's.
    """

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_received_at", "received_at"),)

    id: UUID = Field(primary_key=True)
    kind: str
    status: str
    source: str
    subject: str
    region_code: str | None = None
    enterprise_id: UUID | None = None
    received_at: datetime = Field(sa_type=UtcDateTime)
    merged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    bytes: int
    parts: int
    parts_merged: int = 0
    accepted: int
    quarantined: int
    rejected: int
    rejections: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    stored: int = 0
    unchanged: int = 0
    revised: int = 0
    superseded: int = 0


class ReceiptPartRow(EnergyTable, table=True):
    """A part that was merged; a part met again (the broker had it, we did not know) counts no second time."""

    __tablename__ = "receipt_part"

    receipt_id: UUID = Field(primary_key=True)
    part: int = Field(primary_key=True, sa_type=SmallInteger)
    merged_at: datetime = Field(sa_type=UtcDateTime, index=True)
    stored: int
    unchanged: int
    revised: int
    superseded: int


class BodyDigestRow(EnergyTable, table=True):
    """The last receipt of a body from a source. ``first_at`` is the stamp all attempts of it share."""

    __tablename__ = "body_digest"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    receipt_id: UUID
    first_at: datetime = Field(sa_type=UtcDateTime, index=True)


class FeedSourceRow(EnergyTable, table=True):
    """A source whose values take precedence over others' (0 to 255); sources without a row have 50."""

    __tablename__ = "feed_source"

    source: str = Field(primary_key=True)
    priority: int = Field(sa_type=SmallInteger)


class QuarantineRow(EnergyTable, table=True):
    """Rows of one body for one unknown meter, kept as they came with what is needed to take them later.

    The caller's reach is kept as well: a replay gives a caller no meter that was not theirs.
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        Index("ix_quarantine_meter_no_status", "meter_no", "status"),
        Index("ix_quarantine_received_at", "received_at"),
    )

    id: UUID = Field(primary_key=True)
    receipt_id: UUID = Field(index=True)
    meter_no: str
    kind: str
    status: str
    readings: int
    unit: str
    interval_minutes: int | None = None
    rank: int = Field(sa_type=BigInteger)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    source: str
    subject: str
    role: str
    region_code: str | None = None
    enterprise_id: UUID | None = None
    meter_nos: list[str] | None = Field(default=None, sa_column=Column(ARRAY(String), nullable=True))
    received_at: datetime = Field(sa_type=UtcDateTime)
    replayed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replay_receipt_id: UUID | None = None
