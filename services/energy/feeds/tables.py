"""Receipts of bodies, and what waits for its meter."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, String

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable

# A receipt has a column of the name of the type.
Binary = bytes


class ReceiptRow(EnergyTable, table=True):
    """One body that was let in; see docs/decisions/0006-ingest-receipts.md.

    ``status``: pending (written, not acknowledged by the broker), replaced (the same, and another attempt with the
    same body goes on), acknowledged, merged (every part is in the curves), refused (nothing could be taken;
    ``refusal`` says why), abandoned (pending for so long that whoever delivered it is gone). ``accepted`` and
    ``quarantined`` count readings, ``rejected`` rows. ``stored``, ``unchanged``, ``revised`` and ``superseded``
    add up to ``accepted`` once merged. ``subject`` and region are the caller's. ``name``: the file's or the
    message's topic; ``digest``: SHA-256 by which the body is known again, itself it is not kept; ``newest_at``:
    the end of its latest interval.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        Index("ix_receipt_received_at", "received_at"),
        # What a feed sent lately.
        Index("ix_receipt_source_received_at", "source", "received_at"),
    )

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
    transport: str = "http"
    name: str | None = None
    digest: Binary | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    newest_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    refusal: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))


class RejectionChunkRow(EnergyTable, table=True):
    """Rejections of a receipt beyond its first thousand: compressed JSON of up to a thousand, by their number."""

    __tablename__ = "rejection_chunk"
    __table_args__ = (
        ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name="fk_rejection_chunk_receipt_id_receipt", ondelete="CASCADE"
        ),
    )

    receipt_id: UUID = Field(primary_key=True)
    first: int = Field(primary_key=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


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
    # Which meters it brought values for: a bit each within the shard.
    shard: int | None = None
    meters: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class BodyDigestRow(EnergyTable, table=True):
    """The last receipt of a body from a source. ``first_at`` is the stamp all attempts of it share."""

    __tablename__ = "body_digest"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    receipt_id: UUID
    first_at: datetime = Field(sa_type=UtcDateTime, index=True)


class FeedSourceRow(EnergyTable, table=True):
    """A feed as it is registered (docs/feeds.md): whose it is, how it comes, when it is expected, how it does.

    ``source`` is how its receipts name it: the caller's subject, a slash and the source's own name. ``priority``
    (0 to 255): whose values take precedence in a slot; sources that are not registered have 50. ``connection``
    says where a feed that is fetched is to be found, ``secret`` is sealed. A schedule is ``every_minutes`` or
    ``cron``; without one nothing is expected. From ``state`` on the columns tell how the feed does, and change
    without a new version.
    """

    __tablename__ = "feed_source"
    __table_args__ = (
        UniqueConstraint("source", name="uq_feed_source_source"),
        UniqueConstraint("code", name="uq_feed_source_code"),
        UniqueConstraint("certificate_sha256", name="uq_feed_source_certificate_sha256"),
        CheckConstraint("priority BETWEEN 0 AND 255", name="priority"),
        CheckConstraint("every_minutes IS NULL OR cron IS NULL", name="one_schedule"),
        CheckConstraint("silent_after_minutes >= grace_minutes", name="patience"),
        CheckConstraint("transport IN ('http', 'mqtt', 'kafka', 'folder')", name="transport"),
        Index("ix_feed_source_region_code", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    code: str
    name: str
    owner: str
    region_code: str | None = None
    enterprise_id: UUID | None = None
    transport: str
    kind: str
    format: str
    source: str
    source_name: str
    key_id: UUID | None = None
    certificate_sha256: str | None = None
    priority: int = Field(sa_type=SmallInteger)
    unit: str | None = None
    interval_minutes: int | None = None
    zone: str | None = None
    connection: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    secret: str | None = None
    every_minutes: int | None = None
    cron: str | None = None
    workdays_only: bool
    grace_minutes: int
    silent_after_minutes: int
    is_active: bool
    version: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
    # Since when the schedule is as it is: nothing is missed from before.
    watched_from: datetime = Field(sa_type=UtcDateTime)
    state: str
    state_since: datetime = Field(sa_type=UtcDateTime)
    expected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    silence_id: UUID | None = None
    last_receipt_id: UUID | None = None
    last_received_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_reading_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    connected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str | None = None
    last_error_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


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
    discarded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    discarded_by: str | None = None
    discard_reason: str | None = None
