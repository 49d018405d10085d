"""Stretches of time in which a level held: shortages from their first slot to their last (缺电时段)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from services.energy.balance.domain.gap import SLOTS
from services.energy.balance.domain.levels import Floats, Int

_SLOT_HOURS: Final = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class DayLevels:
    """A day's held levels and what was behind them."""

    day: int
    level: Int
    gap_kw: Floats
    gap_percent: Floats


@dataclass(frozen=True, slots=True)
class LevelPeriod:
    """``first`` and ``end`` are slots since 1970 (day × 96 + slot), the end exclusive.

    ``short_kwh``: what was short, over the slots known.
    """

    level: int
    first: int
    end: int
    highest_gap_kw: float | None
    highest_gap_percent: float | None
    short_kwh: float


def level_periods(days: Iterable[DayLevels]) -> list[LevelPeriod]:
    """Runs of one level above none, in order; days that do not follow each other end a run."""
    found: list[LevelPeriod] = []
    for item in days:
        start = 0
        for slot in range(1, SLOTS + 1):
            if slot < SLOTS and item.level[slot] == item.level[start]:
                continue
            if item.level[start] > 0:
                _add(found, _period(item, start, slot))
            start = slot
    return found


def _period(item: DayLevels, start: int, end: int) -> LevelPeriod:
    gap, percent = item.gap_kw[start:end], item.gap_percent[start:end]
    known = np.isfinite(gap)
    rated = np.isfinite(percent)
    return LevelPeriod(
        int(item.level[start]),
        item.day * SLOTS + start,
        item.day * SLOTS + end,
        float(gap[known].max()) if known.any() else None,
        float(percent[rated].max()) if rated.any() else None,
        float(gap[known].sum()) * _SLOT_HOURS,
    )


def _add(found: list[LevelPeriod], new: LevelPeriod) -> None:
    last = found[-1] if found else None
    if last is None or last.end != new.first or last.level != new.level:
        found.append(new)
        return
    found[-1] = replace(
        last,
        end=new.end,
        highest_gap_kw=_higher(last.highest_gap_kw, new.highest_gap_kw),
        highest_gap_percent=_higher(last.highest_gap_percent, new.highest_gap_percent),
        short_kwh=last.short_kwh + new.short_kwh,
    )


def _higher(one: float | None, other: float | None) -> float | None:
    known = [value for value in (one, other) if value is not None]
    return max(known, default=None)


def shortages(periods: Iterable[LevelPeriod]) -> list[LevelPeriod]:
    """Whole shortages: runs of any level above none, at their highest level."""
    found: list[LevelPeriod] = []
    for period in periods:
        last = found[-1] if found else None
        if last is not None and last.end == period.first:
            merged = replace(period, level=last.level)
            _add(found, merged)
            found[-1] = replace(found[-1], level=max(last.level, period.level))
        else:
            found.append(period)
    return found
