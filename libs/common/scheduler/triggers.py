"""When a job is due: pure functions of time, the same on every instance.

Local times are those of Asia/Shanghai; answers are in UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from cronsim import CronSim, CronSimError

from libs.common.workdays import SHANGHAI, WorkCalendar

_DAY = timedelta(days=1)
# Steps of `every` are counted from a local midnight, so that a step of a day falls on one.
_EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI).astimezone(UTC)


class Trigger(Protocol):
    """The due times of a job. Both methods are pure and agree: no due time lies between their answers."""

    def next_after(self, instant: datetime) -> datetime:
        """The first due time after `instant`, in UTC."""
        ...

    def last_until(self, instant: datetime) -> datetime:
        """The last due time that is not after `instant`, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class _Cron:
    expression: str

    def next_after(self, instant: datetime) -> datetime:
        return _utc(next(CronSim(self.expression, _local(instant))))

    def last_until(self, instant: datetime) -> datetime:
        # Searching backwards is exclusive, and cron knows whole minutes: from the minute after the present one.
        minute = _local(instant).replace(second=0, microsecond=0) + timedelta(minutes=1)
        return _utc(next(CronSim(self.expression, minute, reverse=True)))


@dataclass(frozen=True, slots=True)
class _Every:
    step: timedelta

    def next_after(self, instant: datetime) -> datetime:
        return self.last_until(instant) + self.step

    def last_until(self, instant: datetime) -> datetime:
        return _EPOCH + (instant - _EPOCH) // self.step * self.step


@dataclass(frozen=True, slots=True)
class _WorkingDays:
    at: time
    calendar: Callable[[], WorkCalendar]

    def next_after(self, instant: datetime) -> datetime:
        calendar, day = self.calendar(), _local(instant).date()
        if self._on(day) <= instant:
            day += _DAY
        return self._on(calendar.next_working_day(day))

    def last_until(self, instant: datetime) -> datetime:
        calendar, day = self.calendar(), _local(instant).date()
        if self._on(day) > instant:
            day -= _DAY
        while not calendar.is_working_day(day):
            day -= _DAY
        return self._on(day)

    def _on(self, day: date) -> datetime:
        return _utc(datetime.combine(day, self.at, SHANGHAI))


def cron(expression: str) -> Trigger:
    """Five fields of cron in local time (`"30 7 * * *"`). Raises ValueError for anything else."""
    # CronSim also takes six fields, and a bare minute is the finest this module promises.
    if len(expression.split()) != 5:
        raise ValueError(f"{expression!r} is not a cron expression: five fields")
    try:
        next(CronSim(expression, _EPOCH.astimezone(SHANGHAI)))
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"{expression!r} is not a cron expression: {error or 'it never comes due'}") from error
    return _Cron(expression)


def every(*, minutes: int) -> Trigger:
    """Every so many minutes, in step with the local midnight when they divide a day."""
    if minutes < 1:
        raise ValueError("a step has at least one minute")
    return _Every(timedelta(minutes=minutes))


def working_days(at: str, calendar: Callable[[], WorkCalendar] = WorkCalendar) -> Trigger:
    """On each working day at a local time (`"07:30"`).

    `calendar` is asked anew for each answer, so that a changed override table has its effect. An answer
    beyond the known calendar raises UnknownCalendarYear: the runner then goes on when the year is known.
    """
    local = time.fromisoformat(at)
    if local.tzinfo is not None:
        raise ValueError(f"{at!r} is a local time without a zone")
    return _WorkingDays(local, calendar)


def _local(instant: datetime) -> datetime:
    return instant.astimezone(SHANGHAI)


def _utc(local: datetime) -> datetime:
    return local.astimezone(UTC)
