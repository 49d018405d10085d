"""Months (月) of days since 1970, for whole arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from services.energy.metering.domain.day_columns import Floats
from services.energy.metering.domain.incoming import Int, Values


@dataclass(frozen=True, slots=True, eq=False)
class MonthTotals:
    """Columns of equal length in no order; ``month`` and ``peak_on`` are days since 1970."""

    meter_index: Int
    month: Int
    present: Int
    estimated: Int
    edited: Int
    energy_kwh: Floats
    peak_kw: Values
    peak_on: Int


def months_of(day: Int) -> Int:
    """The first day of each day's month; all in days since 1970."""
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)


def month_after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
