"""Letters, in every service's database: of the consumers that are its own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import CommonTable, UtcDateTime


class DeadLetterRow(CommonTable, table=True):
    """A record that a consumer could not handle, as it came; ``value`` null is a tombstone.

    ``topic``, ``partition`` and ``log_offset`` say where it came from. ``headers`` are pairs of texts, those that
    the setting aside added left out. ``edited_*`` is what will be handled instead, by whom and why; what came
    stays.    Times are the stack's.
    """

    __tablename__ = "dead_letter"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'replayed', 'discarded')", name="state_known"),
        Index("ix_dead_letter_waiting", "received_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_dead_letter_region_code", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    consumer: str
    topic: str
    partition: int
    log_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    event_id: str | None = None
    event_type: str | None = None
    region_code: str | None = None
    record_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    headers: list[list[str]] = Field(sa_column=Column(JSONB, nullable=False))
    value: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    # The value was too large to be kept beside its headers: it is at its place in the log, while that keeps it.
    left_behind: bool = False
    cause: str = Field(sa_column=Column(Text, nullable=False))
    stack: str = Field(sa_column=Column(Text, nullable=False))
    received_at: datetime = Field(sa_type=UtcDateTime)
    state: str = "waiting"
    version: int = 1
    edited_value: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    edited_headers: dict[str, str] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    edited_by: str | None = None
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    edit_reason: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    settled_by: str | None = None
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settle_reason: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    # Whether the replay changed anything: false where the consumer had dealt with the event meanwhile.
    took_effect: bool | None = None
