"""What every forecast has to beat: yesterday again, and the same day of last week again."""

from __future__ import annotations

import numpy as np

from services.energy.forecast.domain.days import DayTable
from services.energy.forecast.domain.series import SLOTS, Floats, Ints
from services.energy.forecast.domain.similar import last_alike


def naive(load_kw: Floats, table: DayTable, lead: int, slot: int) -> Floats:
    """(n, 96): for every day the value last known at each slot of the day, ``lead`` days before."""
    rows = np.arange(len(table))
    newest = np.where(np.arange(SLOTS) < slot, rows[:, None] - lead, rows[:, None] - lead - 1)
    return _taken(load_kw, newest)


def seasonal_naive(load_kw: Floats, table: DayTable, lead: int) -> Floats:
    """(n, 96): the same weekday last known; where that was no day of the class, the last day of it."""
    rows = np.arange(len(table))
    week = rows - (7 if lead < 7 else 14)
    is_same = (week >= 0) & (table.is_rest[np.maximum(week, 0)] == table.is_rest)
    day = np.where(is_same, week, last_alike(table.is_rest, lead))
    return _taken(load_kw, np.repeat(day[:, None], SLOTS, axis=1))


def _taken(load_kw: Floats, day: Ints) -> Floats:
    is_there = (day >= 0) & (day < len(load_kw))
    return np.where(is_there, load_kw[np.where(is_there, day, 0), np.arange(SLOTS)], np.nan)
