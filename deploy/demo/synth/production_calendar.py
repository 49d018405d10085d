"""What kind of day it is for a factory, and how far the Spring Festival is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from enum import IntEnum
from functools import lru_cache

from libs.common.workdays import UnknownCalendarYear, WorkCalendar

# The longest run of days off is eight or nine days; twelve each way always shows the whole run.
_REACH_DAYS = 12
_SPRING_FESTIVAL_MIN_DAYS = 5
# Factories empty before the Spring Festival and fill slowly after it: shares of the usual output.
_BEFORE_FESTIVAL = {1: 0.6, 2: 0.78, 3: 0.9}
_AFTER_FESTIVAL = {1: 0.55, 2: 0.7, 3: 0.82, 4: 0.92}

IsWorkingDay = Callable[[date], bool]


class DayKind(IntEnum):
    """Day types of a production calendar; a make-up day (调休) is a working day on a weekend."""

    WORKING = 0
    SATURDAY = 1
    SUNDAY = 2
    HOLIDAY = 3
    MAKE_UP = 4


def national_calendar() -> IsWorkingDay:
    """The statutory calendar; a year it does not know yet falls back to plain weeks.

    A deadline must never be guessed like this; a synthetic load curve may be.
    """
    calendar = WorkCalendar({})

    @lru_cache(maxsize=4096)
    def is_working_day(day: date) -> bool:
        try:
            return calendar.is_working_day(day)
        except UnknownCalendarYear:
            return day.weekday() < 5

    return is_working_day


class ProductionCalendar:
    """Day kinds and the festival's share of output, from nothing but `is_working_day`."""

    def __init__(self, is_working_day: IsWorkingDay) -> None:
        self._is_working_day = is_working_day

    def kind(self, day: date) -> DayKind:
        if self._is_working_day(day):
            return DayKind.WORKING if day.weekday() < 5 else DayKind.MAKE_UP
        first, last = self._run(day)
        # A run of days off that holds a weekday is a holiday as a whole, its weekend included.
        if any((first + timedelta(n)).weekday() < 5 for n in range((last - first).days + 1)):
            return DayKind.HOLIDAY
        return DayKind.SATURDAY if day.weekday() == 5 else DayKind.SUNDAY

    def festival_share(self, day: date) -> float:
        """Share of the usual output: 1 far from Spring Festival, less in the working days around it."""
        if day.month > 3:
            return 1.0
        for distance in range(1, 5):
            after = day + timedelta(distance)
            if distance in _BEFORE_FESTIVAL and self._in_festival(after):
                return 1.0 if self._in_festival(day) else _BEFORE_FESTIVAL[distance]
            before = day - timedelta(distance)
            if self._in_festival(before):
                return 1.0 if self._in_festival(day) else _AFTER_FESTIVAL[distance]
        return 1.0

    def in_festival(self, day: date) -> bool:
        """Whether the day lies in the long winter run of days off."""
        return self._in_festival(day)

    def _in_festival(self, day: date) -> bool:
        if day.month > 2 or self._is_working_day(day):
            return False
        first, last = self._run(day)
        return (last - first).days + 1 >= _SPRING_FESTIVAL_MIN_DAYS

    def _run(self, day: date) -> tuple[date, date]:
        first = last = day
        while (day - first).days < _REACH_DAYS and not self._is_working_day(first - timedelta(1)):
            first -= timedelta(1)
        while (last - day).days < _REACH_DAYS and not self._is_working_day(last + timedelta(1)):
            last += timedelta(1)
        return first, last
