"""What consumers have dealt with, in every service's database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from libs.common.database import CommonTable, UtcDateTime


class InboxRow(CommonTable, table=True):
    """An event whose effect this consumer has committed; inserted in the effect's transaction."""

    __tablename__ = "inbox"

    consumer: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ConsumerPositionRow(CommonTable, table=True):
    """How far a consumer has come, committed with the effects; the broker's own offset is advisory to readers.

    Processes that do not consume (an API) read here whether the registry's replica is complete.
    """

    __tablename__ = "consumer_position"

    consumer: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    next_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
