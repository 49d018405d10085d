"""The outbox table, in every service's database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, text
from sqlmodel import Field

from libs.common.database import CommonTable, UtcDateTime


class OutboxRow(CommonTable, table=True):
    """One event. ``payload`` is the JSON body, null for a tombstone on a compacted topic.

    ``sequence`` orders rows by insertion, which is not the order of commits; ``position`` is given by the one
    active relay to rows it can see, so a reader that has seen position n has nothing before n still to come.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_unplaced", "sequence", postgresql_where=text("position IS NULL")),
        Index("ix_outbox_unpublished", "position", postgresql_where=text("published_at IS NULL")),
        Index("ix_outbox_topic_position", "topic", "position"),
        Index("ix_outbox_subject", "subject", "aggregate_version"),
    )

    event_id: UUID = Field(primary_key=True)
    sequence: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False, unique=True)
    )
    position: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True, unique=True))
    topic: str
    type: str
    source: str
    subject: str
    aggregate_version: int
    region_code: str | None = None
    enterprise_id: UUID | None = None
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    payload: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    traceparent: str | None = None
    # Kafka key of events that must stay in order with those of other aggregates; null: the subject.
    ordered_by: str | None = None
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
