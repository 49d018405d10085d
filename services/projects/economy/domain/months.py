"""Months as their first days."""

from __future__ import annotations

import calendar
from datetime import date


def first_of(day: date) -> date:
    return day.replace(day=1)


def plus(month: date, months: int) -> date:
    """The month so many later; earlier when negative."""
    count = month.year * 12 + month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
