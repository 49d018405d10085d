"""How far the probes of each partition came."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class ReadingProbeRow(EnergyTable, table=True):
    """``sequence`` is the newest probe put into the partition's log, at the real time ``begun_at``; ``met`` the
    newest that a worker met. ``is_judged`` is null where that worker detects nothing.
    """

    __tablename__ = "reading_probe"

    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    begun_at: datetime = Field(sa_type=UtcDateTime)
    met: int = Field(sa_column=Column(BigInteger, nullable=False))
    is_stored: bool | None = None
    is_judged: bool | None = None
