"""Months (月) as their first days."""

from __future__ import annotations

from datetime import date


def shifted(month: date, by: int) -> date:
    """The month so many after (or, negative, before)."""
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def months_between(first: date, last: date) -> tuple[date, ...]:
    """The months from ``first`` to ``last``, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(shifted(first, step) for step in range(count))


def quarter_months(year: int, quarter: int) -> tuple[date, date, date]:
    """The three months of a quarter from 1 to 4."""
    first = date(year, 3 * quarter - 2, 1)
    return first, shifted(first, 1), shifted(first, 2)


def first_of(day: date) -> date:
    """The month a day lies in."""
    return day.replace(day=1)
