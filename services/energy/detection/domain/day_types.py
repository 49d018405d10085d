"""Which row of the seasonal table a day reads: weekdays by habit, holidays as Sundays (detection.md 1).

节假日 reads the Sunday row, 调休上班 (a weekend day worked in return) the Friday row.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.workdays import DayType, UnknownCalendarYear, WorkCalendar

_EPOCH: Final = date(1970, 1, 1)
_FRIDAY: Final = 4
_SUNDAY: Final = 6


class DayTypes:
    """Day types of one calendar, remembered: a batch asks for the same few days over and over."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._known: dict[int, tuple[int, str]] = {}

    def season_days(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows 0..6 of the seasonal table for days since 1970."""
        distinct, inverse = np.unique(days, return_inverse=True)
        rows = np.fromiter((self._of(day)[0] for day in distinct.tolist()), np.int64, len(distinct))
        return rows[inverse]

    def name(self, day: int) -> str:
        """The day type of a day since 1970, as events carry it."""
        return self._of(day)[1]

    def _of(self, day: int) -> tuple[int, str]:
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._judge(_EPOCH + timedelta(days=day))
        return known

    def _judge(self, day: date) -> tuple[int, str]:
        try:
            kind = self._calendar.day_type(day)
        except UnknownCalendarYear:
            # A curve of a year without a calendar is still a curve: weekends are known, holidays are not. The
            # rule against guessing binds deadlines; here the price is a wider band on a few days.
            kind = _by_weekday(day)
        if kind is DayType.HOLIDAY:
            return _SUNDAY, kind.value
        if kind is DayType.ADJUSTED_WORKDAY:
            return _FRIDAY, kind.value
        return day.weekday(), kind.value


def _by_weekday(day: date) -> DayType:
    weekday = day.weekday()
    if weekday == _SUNDAY:
        return DayType.SUNDAY
    if weekday == _SUNDAY - 1:
        return DayType.SATURDAY
    return DayType.FIRST_AFTER_REST if weekday == 0 else DayType.WORKING
