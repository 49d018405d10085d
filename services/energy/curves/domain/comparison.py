"""A span against another, day by day and slot by slot (同比, 环比)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from services.energy.metering.domain.day_columns import DayColumns, Floats
from services.energy.metering.domain.incoming import Int, Values
from services.energy.metering.domain.slots import date_of, day_number


class Against(StrEnum):
    """What a day is laid beside.

    ``previous_year`` is the same date (29 February: the 28th), ``previous_year_weekday`` 364 days earlier.
    """

    PREVIOUS_DAY = "previous_day"
    PREVIOUS_WEEK = "previous_week"
    PREVIOUS_YEAR = "previous_year"
    PREVIOUS_YEAR_WEEKDAY = "previous_year_weekday"


_SHIFT: Final = {Against.PREVIOUS_DAY: 1, Against.PREVIOUS_WEEK: 7, Against.PREVIOUS_YEAR_WEEKDAY: 364}


def reference_days(day: Int, against: Against | date, first: date) -> Int:
    """The day beside each day (since 1970). A date is the beside of ``first``, the others follow it."""
    if isinstance(against, date):
        return day - np.int64(day_number(first) - day_number(against))
    if against is Against.PREVIOUS_YEAR:
        return np.array([day_number(_year_before(date_of(one))) for one in day.tolist()], np.int64)
    shifted: Int = day - _SHIFT[against]
    return shifted


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Days beside their reference days; arrays are (days, slots), NaN where missing."""

    day: Int
    reference_day: Int
    values: Values
    reference: Values

    @property
    def compared(self) -> Int:
        """Slots a day that are present on both sides."""
        both = ~np.isnan(self.values) & ~np.isnan(self.reference)
        counted: Int = both.sum(axis=1, dtype=np.int64)
        return counted

    @property
    def hours(self) -> float:
        return 24 / int(self.values.shape[1])

    def energy(self) -> tuple[Floats, Floats]:
        """kWh a day of both sides over the slots both have, so that a gap is not taken for a change."""
        both = ~np.isnan(self.values) & ~np.isnan(self.reference)
        some = both.any(axis=1)
        sums = [
            np.where(some, np.where(both, side, 0).sum(axis=1, dtype=np.float64) * self.hours, np.nan)
            for side in (self.values, self.reference)
        ]
        return sums[0], sums[1]


def compare(days: DayColumns, first: date, last: date, against: Against | date) -> Comparison:
    """``days`` holds both spans of one meter."""
    day = np.arange(day_number(first), day_number(last) + 1, dtype=np.int64)
    beside = reference_days(day, against, first)
    return Comparison(day, beside, _laid_out(days, day), _laid_out(days, beside))


def _laid_out(days: DayColumns, wanted: Int) -> Values:
    values = np.full((len(wanted), days.slots), np.nan, np.float32)
    if len(days):
        place = np.minimum(np.searchsorted(days.day, wanted), len(days) - 1)
        found = days.day[place] == wanted
        values[found] = days.values[place[found]]
    return values


def change_of(value: float, reference: float) -> float | None:
    """Relative change; None where a side is missing or the reference is nothing."""
    if np.isnan(value) or np.isnan(reference) or reference == 0:
        return None
    return round(float((value - reference) / abs(reference)), 6)


def span_days(first: date, last: date, against: Against | date) -> tuple[int, int]:
    """The first and last day (since 1970) that a comparison reads."""
    day = np.array([day_number(first), day_number(last)], np.int64)
    both = np.concatenate((day, reference_days(day, against, first)))
    return int(both.min()), int(both.max())


MAX_COMPARED: Final = timedelta(days=62)
