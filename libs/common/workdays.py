"""Working days and working hours in China: statutory holidays out, substituted weekends in (调休).

Each November the State Council announces the next year's holidays and the weekend days worked in return.
The `holidays` library carries those notices; for a year without one it silently estimates, so this module
answers only for years whose notice is known to be in the data, and otherwise raises `UnknownCalendarYear`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import holidays

from libs.common.web.problems import DomainError
from libs.common.workhours import SHANGHAI, WorkHours

__all__ = ["SHANGHAI", "VERIFIED_YEARS", "DayType", "UnknownCalendarYear", "WorkCalendar", "WorkHours"]

# The years whose notice of the State Council's General Office stands in the library and was compared with
# ours by a test (tests/unit/time/test_workdays_notices.py). Extend it only together with that test, when
# the library has the new notice; until then a year can be declared known by rows of the override table.
VERIFIED_YEARS = frozenset(range(2010, 2027))

_DAY = timedelta(days=1)
_SATURDAY = 5


class UnknownCalendarYear(DomainError):
    """The working days of ``year`` are not announced, or not known here: no answer is better than a guess."""

    code = "calendar.unknown_year"
    status = 409


class DayType(StrEnum):
    """What a date is for working time and for energy baselines.

    `FIRST_AFTER_REST` is an ordinary working day after a day of rest, so most Mondays: plants start up.
    `ADJUSTED_WORKDAY` (调休上班) is a weekend day worked in return for a holiday, wherever it falls.
    `HOLIDAY` is a named or substituted day of rest, or a weekend day with such days on both sides of it in
    one unbroken rest; a weekend at the edge of a holiday stays `SATURDAY` or `SUNDAY`.
    """

    WORKING = "working"
    FIRST_AFTER_REST = "first_after_rest"
    ADJUSTED_WORKDAY = "adjusted_workday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"

    @property
    def is_working(self) -> bool:
        return self in _WORKING_TYPES


_WORKING_TYPES = frozenset({DayType.WORKING, DayType.FIRST_AFTER_REST, DayType.ADJUSTED_WORKDAY})


class WorkCalendar:
    """Working days by the verified notices, and above them the rows of an override table.

    `overrides` maps a date to True (worked) or False (a day of rest). `declared_years` are years made known
    by overrides alone: in them only weekends rest unless a row says otherwise, so the rows must hold the
    whole notice. A row also answers for its own date in a year that is otherwise unknown. `hours` are those of
    every working day, or a function that tells them of a day: offices change them with the season.

    Immutable and cheap to build: make a new one when the override table changes. Every method raises
    UnknownCalendarYear when it would have to know a day of an unknown year.
    """

    def __init__(
        self,
        overrides: Mapping[date, bool] | None = None,
        *,
        declared_years: Iterable[int] = (),
        hours: WorkHours | Callable[[date], WorkHours] | None = None,
    ) -> None:
        self._overrides = dict(overrides or {})
        self.known_years = VERIFIED_YEARS | frozenset(declared_years)
        self.hours = hours if isinstance(hours, WorkHours) else WorkHours()
        self._hours_on = hours if callable(hours) else None

    def hours_on(self, day: date) -> WorkHours:
        """The hours of `day`, were it worked; all of them in the zone of `hours`."""
        return self.hours if self._hours_on is None else self._hours_on(day)

    def is_working_day(self, day: date) -> bool:
        day = _date_only(day)
        override = self._overrides.get(day)
        if override is not None:
            return override
        if day.year not in self.known_years:
            raise UnknownCalendarYear(year=day.year)
        if day.year not in VERIFIED_YEARS:
            return day.weekday() < _SATURDAY
        rests, worked_weekends = _notice(day.year)
        return day in worked_weekends if day.weekday() >= _SATURDAY else day not in rests

    def day_type(self, day: date) -> DayType:
        """What `day` is; the days around it have to be known as well where they decide."""
        day = _date_only(day)
        weekend = day.weekday() >= _SATURDAY
        if self.is_working_day(day):
            if weekend:
                return DayType.ADJUSTED_WORKDAY
            return DayType.WORKING if self._is_working_before(day) else DayType.FIRST_AFTER_REST
        if self._is_named_rest(day) or (
            weekend and self._holiday_follows(day, -_DAY) and self._holiday_follows(day, _DAY)
        ):
            return DayType.HOLIDAY
        return DayType.SATURDAY if day.weekday() == _SATURDAY else DayType.SUNDAY

    def next_working_day(self, day: date) -> date:
        """`day` itself when it is worked, else the first working day after it: how a due day rolls."""
        day = _date_only(day)
        while not self.is_working_day(day):
            day += _DAY
        return day

    def add_working_days(self, day: date, days: int) -> date:
        """The `days`-th working day after `day`; before it when negative; `day` itself for 0.

        `day` is not counted, worked or not: five working days from a Monday end on the next Monday.
        """
        day = _date_only(day)
        step = _DAY if days > 0 else -_DAY
        remaining = abs(days)
        while remaining:
            day += step
            remaining -= self.is_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; the inverse of adding.

        Negative when `end` comes first: then the working days from `end` on before `start` are counted.
        """
        start, end = _date_only(start), _date_only(end)
        if end >= start:
            return sum(self.is_working_day(day) for day in _days(start + _DAY, end))
        return -sum(self.is_working_day(day) for day in _days(end, start - _DAY))

    def add_working_minutes(self, instant: datetime, minutes: float) -> datetime:
        """The earliest instant (UTC) by which `minutes` of working time have passed since `instant`.

        A span that is used up exactly at the end of a segment ends there, not at the next one's start.
        Raises ValueError for a naive instant and for negative minutes.
        """
        if minutes < 0:
            raise ValueError("working minutes are added, not taken away")
        present, left = _in_utc(instant), timedelta(minutes=minutes)
        day = present.astimezone(self.hours.zone).date()
        while left > timedelta():
            if self.is_working_day(day):
                for start, end in self.hours_on(day).of(day):
                    worked = max(end - max(start, present), timedelta())
                    if left <= worked:
                        return max(start, present) + left
                    left -= worked
            day += _DAY
        return present

    def take_working_minutes(self, instant: datetime, minutes: float) -> datetime:
        """The latest instant (UTC) from which `minutes` of working time pass until `instant`: adding, backwards.

        Raises ValueError for a naive instant and for negative minutes.
        """
        if minutes < 0:
            raise ValueError("working minutes are taken away, not added")
        present, left = _in_utc(instant), timedelta(minutes=minutes)
        day = present.astimezone(self.hours.zone).date()
        while left > timedelta():
            if self.is_working_day(day):
                for start, end in reversed(self.hours_on(day).of(day)):
                    worked = max(min(end, present) - start, timedelta())
                    if left <= worked:
                        return min(end, present) - left
                    left -= worked
            day -= _DAY
        return present

    def next_working_instant(self, instant: datetime) -> datetime:
        """`instant` itself (UTC) in working time, else the next opening."""
        present = _in_utc(instant)
        day = present.astimezone(self.hours.zone).date()
        while True:
            if self.is_working_day(day):
                for opens, closes in self.hours_on(day).of(day):
                    if present < closes:
                        return max(opens, present)
            day += _DAY

    def add_working_days_at(self, instant: datetime, days: int) -> datetime:
        """The same time of day `days` working days later (UTC), counted from the next working instant.

        Where that day is not worked at that time, its next opening on the day counts, or its close.
        """
        begun = self.next_working_instant(instant).astimezone(self.hours.zone)
        day = self.add_working_days(begun.date(), days)
        wanted = datetime.combine(day, begun.time(), self.hours.zone).astimezone(UTC)
        segments = self.hours_on(day).of(day)
        for opens, closes in segments:
            if wanted < closes:
                return max(opens, wanted)
        return segments[-1][1]

    def working_minutes_between(self, start: datetime, end: datetime) -> float:
        """Working minutes from `start` to `end` (both aware); negative when `end` comes first."""
        start, end = _in_utc(start), _in_utc(end)
        if end < start:
            return -self.working_minutes_between(end, start)
        first = start.astimezone(self.hours.zone).date()
        last = end.astimezone(self.hours.zone).date()
        worked = timedelta()
        for day in _days(first, last):
            if self.is_working_day(day):
                for opens, closes in self.hours_on(day).of(day):
                    worked += max(min(closes, end) - max(opens, start), timedelta())
        return worked / timedelta(minutes=1)

    def is_working_time(self, instant: datetime) -> bool:
        """Whether `instant` lies in the hours of a working day."""
        instant = _in_utc(instant)
        day = instant.astimezone(self.hours.zone).date()
        return self.is_working_day(day) and any(
            opens <= instant < closes for opens, closes in self.hours_on(day).of(day)
        )

    def _is_working_before(self, day: date) -> bool:
        try:
            return self.is_working_day(day - _DAY)
        except UnknownCalendarYear:
            # Only 1 January asks for another year, and the day before it decides nothing but start-up.
            return (day - _DAY).weekday() < _SATURDAY

    def _is_named_rest(self, day: date) -> bool:
        override = self._overrides.get(day)
        if override is not None:
            return not override
        return day.year in VERIFIED_YEARS and day in _notice(day.year)[0]

    def _holiday_follows(self, day: date, step: timedelta) -> bool:
        """Whether the unbroken rest around `day` holds a named day of rest in the direction of `step`."""
        while True:
            day += step
            try:
                if self.is_working_day(day):
                    return False
            except UnknownCalendarYear:
                return False
            if self._is_named_rest(day):
                return True


@lru_cache(maxsize=64)
def _notice(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Named days of rest and worked weekend days of a year, as the library has them."""
    calendar = holidays.country_holidays("CN", years=year, expand=False)
    return (
        frozenset(day for day in calendar if day.year == year and day not in calendar.weekend_workdays),
        frozenset(day for day in calendar.weekend_workdays if day.year == year),
    )


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _date_only(day: date) -> date:
    # A datetime is a date to the type checker, but its calendar day depends on a zone it should have met before.
    if isinstance(day, datetime):
        raise TypeError("a working-day question takes a date; convert the instant to the local day first")
    return day


def _in_utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no zone: working time is asked of an instant")
    return instant.astimezone(UTC)
