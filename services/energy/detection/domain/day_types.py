"""Which row of the profile a day reads: working days by habit, holidays as Sundays (too few to learn from alone).

节假日 reads the Sunday row, 调休上班 (a weekend day worked in return) the Friday row.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.workdays import DayType, UnknownCalendarYear, WorkCalendar

_EPOCH: Final = date(1970, 1, 1)
_SUNDAY: Final = 6


_EXCUSED: Final = 2
_SPRING_FESTIVAL_DAYS: Final = 10
_PROFILE_DAY: Final = {
    DayType.WORKING: 0,
    DayType.ADJUSTED_WORKDAY: 0,
    DayType.SATURDAY: 1,
    DayType.SUNDAY: 2,
    DayType.HOLIDAY: 2,
    DayType.FIRST_AFTER_REST: 3,
}


class DayTypes:
    """Day types of one calendar, remembered: a batch asks for the same few days over and over."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._kinds: dict[date, DayType] = {}
        self._known: dict[int, tuple[tuple[int, int, int], str]] = {}

    def facts(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """(days, 3) for days since 1970: 1 on days of rest, the profile's row 0..3, 1 near holidays."""
        distinct, inverse = np.unique(days, return_inverse=True)
        rows = np.array([self._of(day)[0] for day in distinct.tolist()], np.int64).reshape(len(distinct), 3)
        return rows[inverse.reshape(-1)]

    def name(self, day: int) -> str:
        """The day type of a day since 1970, as events carry it."""
        return self._of(day)[1]

    def _of(self, day: int) -> tuple[tuple[int, int, int], str]:
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._judge(_EPOCH + timedelta(days=day))
        return known

    def _judge(self, day: date) -> tuple[tuple[int, int, int], str]:
        kind = self._kind(day)
        return (int(not kind.is_working), _PROFILE_DAY[kind], int(self._is_excused(day))), kind.value

    def _is_excused(self, day: date) -> bool:
        """Near holidays people do otherwise than on any other day: no shift is judged then (detection.md)."""
        near = (day + timedelta(days=offset) for offset in range(-_EXCUSED, _EXCUSED + 1))
        if any(self._kind(one) is DayType.HOLIDAY for one in near):
            return True
        first = day - timedelta(days=_SPRING_FESTIVAL_DAYS)
        around = (first + timedelta(days=offset) for offset in range(2 * _SPRING_FESTIVAL_DAYS + 1))
        return any(self._is_spring_festival(one) for one in around)

    def _is_spring_festival(self, day: date) -> bool:
        """A rest of at least five days in the weeks in which the lunar new year falls."""
        if not (day.month == 1 and day.day >= 20) and not (day.month == 2 and day.day <= 21):
            return False
        run = sum(self._kind(day + timedelta(days=offset)) is DayType.HOLIDAY for offset in range(-4, 5))
        return self._kind(day) is DayType.HOLIDAY and run >= 5

    def _kind(self, day: date) -> DayType:
        known = self._kinds.get(day)
        if known is None:
            try:
                known = self._calendar.day_type(day)
            except UnknownCalendarYear:
                # A curve of a year without a calendar is still a curve: weekends are known, holidays are not. The
                # rule against guessing binds deadlines; here the price is a wider band on a few days.
                known = _by_weekday(day)
            self._kinds[day] = known
        return known


def _by_weekday(day: date) -> DayType:
    weekday = day.weekday()
    if weekday == _SUNDAY:
        return DayType.SUNDAY
    if weekday == _SUNDAY - 1:
        return DayType.SATURDAY
    return DayType.FIRST_AFTER_REST if weekday == 0 else DayType.WORKING
