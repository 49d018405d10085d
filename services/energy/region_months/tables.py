"""Electricity of regions by month: our own, and what other cells tell of theirs."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class RegionMonthRow(EnergyTable, table=True):
    """A region's month as :class:`EnergyRegionMonthRecordedV1` tells it.

    ``cell`` is empty for what was computed here, else the name of the installation that told it; ``version`` is
    that of the event.
    """

    __tablename__ = "region_month"

    cell: str = Field(primary_key=True)
    region_code: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    meters: int
    present: int = Field(sa_column=Column(BigInteger, nullable=False))
    estimated: int = Field(sa_column=Column(BigInteger, nullable=False))
    energy_kwh: float | None = None
    version: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
