"""When a feed (数据源) is expected, and what it means that nothing came (S18, api.md "Feeds")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from cronsim import CronSim, CronSimError

from libs.common.workdays import SHANGHAI

IsWorkday = Callable[[date], bool]

# A schedule that finds no working day within a year is wrong, or the calendar is.
_MAX_TICKS: Final = 10_000


class FeedState(StrEnum):
    """How a feed does. ``UNSCHEDULED``: nothing is expected of it. ``PAUSED``: it is switched off."""

    ON_TIME = "on_time"
    LATE = "late"
    SILENT = "silent"
    UNSCHEDULED = "unscheduled"
    PAUSED = "paused"


class ScheduleInvalid(ValueError):
    """Not a schedule: neither a step nor five fields of cron, or both."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something every so many minutes, or by a cron expression in local time; never both, maybe neither.

    ``grace``: how long after its time a delivery is not late yet, and how long before it one already counts for
    it. ``silent_after``: how long after its time the feed is silent. ``workdays_only``: nothing is expected on
    days of rest; a step that would end on one ends with the first minute of the next working day.
    """

    every_minutes: int | None
    cron: str | None
    workdays_only: bool
    grace: timedelta
    silent_after: timedelta

    def __post_init__(self) -> None:
        if self.every_minutes is not None and self.cron is not None:
            raise ScheduleInvalid("a step or an expression")
        if self.every_minutes is not None and self.every_minutes < 1:
            raise ScheduleInvalid("a step has at least one minute")
        if self.grace > self.silent_after:
            raise ScheduleInvalid("a feed is late before it is silent")
        if self.cron is not None:
            if len(self.cron.split()) != 5:
                raise ScheduleInvalid("five fields")
            try:
                next(CronSim(self.cron, datetime(2026, 1, 1, tzinfo=SHANGHAI)))
            except (CronSimError, StopIteration) as error:
                raise ScheduleInvalid(str(error) or "it never comes due") from error

    @property
    def expects(self) -> bool:
        return self.every_minutes is not None or self.cron is not None

    def expected_after(self, last: datetime, is_workday: IsWorkday) -> datetime | None:
        """When the next delivery is due after one at ``last``, in UTC; None where nothing is expected."""
        if self.every_minutes is not None:
            due = last + timedelta(minutes=self.every_minutes)
            return self._on_workday(due, is_workday) if self.workdays_only else due
        if self.cron is None:
            return None
        ticks = CronSim(self.cron, (last + self.grace).astimezone(SHANGHAI))
        for _ in range(_MAX_TICKS):
            local = next(ticks)
            if not self.workdays_only or is_workday(local.date()):
                return local.astimezone(UTC)
        raise ScheduleInvalid("no working day is among its times")

    def _on_workday(self, due: datetime, is_workday: IsWorkday) -> datetime:
        day = due.astimezone(SHANGHAI).date()
        if is_workday(day):
            return due
        while not is_workday(day):
            day += timedelta(days=1)
        return datetime.combine(day, time(0), SHANGHAI).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a feed stands at an instant; ``lateness`` is zero until its time has come."""

    state: FeedState
    expected_at: datetime | None
    lateness: timedelta


def standing(
    schedule: Schedule, since: datetime, now: datetime, is_workday: IsWorkday, *, is_active: bool = True
) -> Standing:
    """``since``: the last delivery, or the feed's registration if there was none."""
    if not is_active:
        return Standing(FeedState.PAUSED, None, timedelta(0))
    expected_at = schedule.expected_after(since, is_workday)
    if expected_at is None:
        return Standing(FeedState.UNSCHEDULED, None, timedelta(0))
    lateness = max(timedelta(0), now - expected_at)
    if now > expected_at and lateness > schedule.silent_after:
        state = FeedState.SILENT
    elif now > expected_at and lateness > schedule.grace:
        state = FeedState.LATE
    else:
        state = FeedState.ON_TIME
    return Standing(state, expected_at, lateness)
