"""Which dates of a case are near, and past (到期提醒、逾期), by a calendar that admits what it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from libs.common.workdays import UnknownCalendarYear, WorkCalendar


class DateKind(StrEnum):
    """限期 deadline, 节点 milestone, 关停执行期限 execution."""

    DEADLINE = "deadline"
    MILESTONE = "milestone"
    EXECUTION = "execution"


@dataclass(frozen=True, slots=True)
class PendingDate:
    """A date by which something is to be done that is not done."""

    kind: DateKind
    on: date
    name: str = ""


@dataclass(frozen=True, slots=True)
class DaysLeft:
    """Working days until a date; None with the year whose calendar is not known.

    ``known`` counts those before that year: a lower bound.
    """

    working_days: int | None
    known: int
    unknown_year: int | None = None

    def within(self, days: int) -> bool | None:
        """Whether the date is so near; None when the unknown year decides."""
        if self.working_days is not None:
            return self.working_days <= days
        return False if self.known > days else None


def days_left(calendar: WorkCalendar, today: date, on: date) -> DaysLeft:
    """Working days after ``today`` up to and including ``on``, a day that is not past."""
    count = 0
    day = today
    while day < on:
        day += timedelta(days=1)
        try:
            count += calendar.is_working_day(day)
        except UnknownCalendarYear:
            return DaysLeft(None, count, day.year)
    return DaysLeft(count, count)


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest pending date; where the calendar cannot tell how near, it is warned of all the same."""

    pending: PendingDate
    left: DaysLeft
    calendar_days: int


@dataclass(frozen=True, slots=True)
class Past:
    """The oldest pending date that is past, by ``days``; ``others`` more are past."""

    pending: PendingDate
    days: int
    others: int


def nearest(calendar: WorkCalendar, pending: Sequence[PendingDate], today: date, days: int) -> Near | None:
    """The first of the dates that are not past, if ``days`` working days or fewer are left."""
    ahead = sorted((one for one in pending if one.on >= today), key=lambda one: (one.on, one.kind))
    if not ahead:
        return None
    first = ahead[0]
    calendar_days = (first.on - today).days
    # Of three calendar days at least one is worked over any longer stretch: no need to walk years.
    if calendar_days > 3 * days + 30:
        return None
    left = days_left(calendar, today, first.on)
    if calendar_days > days and left.within(days) is False:
        return None
    return Near(first, left, calendar_days)


def oldest_past(pending: Sequence[PendingDate], today: date) -> Past | None:
    """The first of the dates that are past: a day is past when it is over."""
    past = sorted((one for one in pending if one.on < today), key=lambda one: (one.on, one.kind))
    if not past:
        return None
    return Past(past[0], (today - past[0].on).days, len(past) - 1)
