"""Windows of time: hours of certain days, on the working calendar where that is meant (维护窗口, 免打扰时段).

"Every Saturday 22:00 to Sunday 06:00" is one window, "working days 12:00 to 13:00" another. A window belongs to
the local day on which it begins; one that ends no later than it begins ends on the next day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from libs.common.workdays import WorkCalendar

_DAY = timedelta(days=1)
_END_OF_DAY = "24:00"
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class Days(StrEnum):
    """Which days of the calendar are meant."""

    ANY = "any"
    WORKING = "working"
    REST = "rest"


class Window(BaseModel):
    """What is left out does not narrow.

    `weekdays` from 1 (Monday) to 7, `days_of_month` from the end if negative.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_time: str = Field(default="00:00", pattern=_TIME)
    end_time: str = Field(default=_END_OF_DAY, pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = ()
    days: Days = Days.ANY
    days_of_month: tuple[tuple[int, int], ...] = Field(default=(), max_length=31)
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    years: tuple[Annotated[int, Field(ge=2000, le=2999)], ...] = Field(default=(), max_length=50)
    zone: str = "Asia/Shanghai"

    @field_validator("zone")
    @classmethod
    def _exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no such time zone: {value}") from None
        return value

    @model_validator(mode="after")
    def _names_days_of_a_month(self) -> Self:
        for first, last in self.days_of_month:
            if 0 in (first, last) or not (-31 <= first <= 31 and -31 <= last <= 31):
                raise ValueError("days of a month are 1 to 31, or -1 (the last) to -31")
        return self

    def until(self, at: datetime, calendar: WorkCalendar) -> datetime | None:
        """When the window that holds `at` ends; None when none does. Raises UnknownCalendarYear."""
        local = at.astimezone(ZoneInfo(self.zone))
        for day in (local.date(), local.date() - _DAY):
            starts, ends = self._on(day)
            if starts <= at < ends and self._means(day, calendar):
                return ends
        return None

    def _on(self, day: date) -> tuple[datetime, datetime]:
        zone = ZoneInfo(self.zone)
        starts = time.fromisoformat(self.start_time)
        if self.end_time == _END_OF_DAY:
            last, ends = day + _DAY, time()
        else:
            ends = time.fromisoformat(self.end_time)
            last = day if ends > starts else day + _DAY
        return (
            datetime.combine(day, starts, zone).astimezone(UTC),
            datetime.combine(last, ends, zone).astimezone(UTC),
        )

    def _means(self, day: date, calendar: WorkCalendar) -> bool:
        if self.weekdays and day.isoweekday() not in self.weekdays:
            return False
        if self.months and day.month not in self.months:
            return False
        if self.years and day.year not in self.years:
            return False
        if self.days_of_month and not any(_lies_in(day, first, last) for first, last in self.days_of_month):
            return False
        return self.days is Days.ANY or calendar.is_working_day(day) == (self.days is Days.WORKING)


def _lies_in(day: date, first: int, last: int) -> bool:
    length = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY).day

    def counted(number: int) -> int:
        return number if number > 0 else length + 1 + number

    return counted(first) <= day.day <= counted(last)


def latest_end(windows: tuple[Window, ...], at: datetime, calendar: WorkCalendar) -> datetime | None:
    """The latest end of the windows that hold `at`; None when none does. Raises UnknownCalendarYear."""
    ends = [end for window in windows if (end := window.until(at, calendar)) is not None]
    return max(ends, default=None)
