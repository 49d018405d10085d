"""Totals of months, kept: a year of thousands of meters is asked for more often than it changes."""

from datetime import date, datetime

from sqlalchemy import REAL, SmallInteger
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class CurveMonthRow(EnergyTable, table=True):
    """One meter, quantity and month (its first day), summed over the day rows that exist.

    ``present`` counts all values, ``estimated`` and ``edited`` those among them; ``peak_on`` is the day of the
    highest value, the first of several.
    """

    __tablename__ = "curve_month"

    meter_index: int = Field(primary_key=True)
    quantity: int = Field(primary_key=True, sa_type=SmallInteger)
    month: date = Field(primary_key=True)
    days: int = Field(sa_type=SmallInteger)
    present: int
    estimated: int
    edited: int
    energy_kwh: float
    peak_kw: float = Field(sa_type=REAL)
    peak_on: date
    recomputed_at: datetime = Field(sa_type=UtcDateTime)
