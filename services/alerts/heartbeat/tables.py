"""Where the heartbeat stands; one row."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class HeartbeatRow(AlertsTable, table=True):
    """``sequence`` is the newest beat begun, ``came_round`` the newest that the consumer brought back,
    ``told`` the newest that the receiver outside confirmed, at the real time ``told_at``.
    """

    __tablename__ = "heartbeat"

    name: str = Field(primary_key=True)
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    came_round: int = Field(sa_column=Column(BigInteger, nullable=False))
    told: int = Field(sa_column=Column(BigInteger, nullable=False))
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
