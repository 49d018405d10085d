"""The running day at rest; see domain/running.py."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class RunningDayRow(EnergyTable, table=True):
    """A block's day of one quantity and number of slots; the row's lock is what merge and closing take.

    ``in_curves``: one bit a meter of the block, the first is the highest of its byte. ``revisions``: int32 a
    meter, null while nothing was corrected. A closed day keeps its row, so that nobody opens it again.
    """

    __tablename__ = "running_day"
    __table_args__ = (Index("ix_running_day_open", "day", postgresql_where=text("NOT is_closed")),)

    block: int = Field(primary_key=True)
    day: date = Field(primary_key=True)
    quantity: int = Field(primary_key=True, sa_type=SmallInteger)
    slots: int = Field(primary_key=True, sa_type=SmallInteger)
    in_curves: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    revisions: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    is_closed: bool
    written_at: datetime = Field(sa_type=UtcDateTime)


class SnapshotRow(EnergyTable, table=True):
    """Values of a block's meters in one slot: float32 little-endian, NaN where none is, cut behind the last one.

    ``quality``: one byte a meter, null when all that is there was measured. ``rank`` and ``rank_gaps`` as in
    ``curve_day``.
    """

    __tablename__ = "snapshot"

    block: int = Field(primary_key=True)
    day: date = Field(primary_key=True)
    quantity: int = Field(primary_key=True, sa_type=SmallInteger)
    slots: int = Field(primary_key=True, sa_type=SmallInteger)
    slot: int = Field(primary_key=True, sa_type=SmallInteger)
    rank: int = Field(sa_type=BigInteger)
    load_kw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    quality: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    rank_gaps: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class RankProfileRow(EnergyTable, table=True):
    """Ranks by slot that many day rows share: meters of one body have the same. ``gaps`` as ``slot_ranks``."""

    __tablename__ = "rank_profile"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=True))
    gaps: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
