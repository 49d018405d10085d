"""Periods of the calendar: 周 week, 旬 ten days, 月 month, 季 quarter, 半年 half-year, 年 year.

A period has a code that sorts within its kind: 2026-W38, 2026-09-X2 (中旬), 2026-09, 2026-Q3, 2026-H2, 2026.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)
_TEN_DAYS_ZH = {1: "上旬", 2: "中旬", 3: "下旬"}
_TEN_DAYS_EN = {1: "first ten days", 2: "second ten days", 3: "last days"}


class PeriodKind(StrEnum):
    """A week runs from Monday to Sunday (ISO 8601); 旬 are the days 1-10, 11-20 and 21 to the month's last."""

    WEEK = "week"
    TEN_DAYS = "ten_days"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """All days from ``first`` to ``last``, both included."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def code(self) -> str:
        match self.kind:
            case PeriodKind.WEEK:
                year, week, _ = self.first.isocalendar()
                return f"{year:04}-W{week:02}"
            case PeriodKind.TEN_DAYS:
                return f"{self.first:%Y-%m}-X{_part(self.first)}"
            case PeriodKind.MONTH:
                return f"{self.first:%Y-%m}"
            case PeriodKind.QUARTER:
                return f"{self.first.year:04}-Q{(self.first.month + 2) // 3}"
            case PeriodKind.HALF_YEAR:
                return f"{self.first.year:04}-H{1 if self.first.month == 1 else 2}"
            case PeriodKind.YEAR:
                return f"{self.first.year:04}"

    @property
    def name_zh(self) -> str:
        year, month = self.first.year, self.first.month
        match self.kind:
            case PeriodKind.WEEK:
                iso_year, week, _ = self.first.isocalendar()
                return f"{iso_year}年第{week}周"
            case PeriodKind.TEN_DAYS:
                return f"{year}年{month}月{_TEN_DAYS_ZH[_part(self.first)]}"
            case PeriodKind.MONTH:
                return f"{year}年{month}月"
            case PeriodKind.QUARTER:
                return f"{year}年第{(month + 2) // 3}季度"
            case PeriodKind.HALF_YEAR:
                return f"{year}年{'上' if month == 1 else '下'}半年"
            case PeriodKind.YEAR:
                return f"{year}年"

    @property
    def name_en(self) -> str:
        if self.kind is PeriodKind.TEN_DAYS:
            return f"the {_TEN_DAYS_EN[_part(self.first)]} of {self.first:%Y-%m}"
        return self.code

    @property
    def months(self) -> tuple[date, ...]:
        """First days of the months that the period touches."""
        found, month = [], self.first.replace(day=1)
        while month <= self.last:
            found.append(month)
            month = _next_month(month)
        return tuple(found)

    @property
    def following(self) -> Period:
        return period_of(self.kind, self.last + _DAY)


def _part(day: date) -> int:
    return min((day.day - 1) // 10 + 1, 3)


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period of a kind that holds the day."""
    match kind:
        case PeriodKind.WEEK:
            monday = day - timedelta(days=day.weekday())
            return Period(kind, monday, monday + timedelta(days=6))
        case PeriodKind.TEN_DAYS:
            first = 10 * (_part(day) - 1) + 1
            last = _month_end(day.year, day.month) if first == 21 else day.replace(day=first + 9)
            return Period(kind, day.replace(day=first), last)
        case _:
            length = _MONTHS[kind]
            first_month = (day.month - 1) // length * length + 1
            return Period(kind, date(day.year, first_month, 1), _month_end(day.year, first_month + length - 1))


_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6, PeriodKind.YEAR: 12}
