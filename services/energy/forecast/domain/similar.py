"""The usual day (相似日法): a weighted mean of the last days like it, and for festivals of the years before.

The similar-day method is the oldest of short-term load forecasting and still the yardstick of dispatch centres;
its weights by day type and age follow common practice (Mandal et al. 2006; GB/T 31464 asks for day type, weather
and the days just before). What it does not explain is left to the regression (see ``regression``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from services.energy.forecast.domain.days import WINDOWS, DayTable, Festival
from services.energy.forecast.domain.series import SLOTS, Floats, Ints, Mask, mean_known

# How far back ordinary days are looked for, how many are taken, and how fast they fade (days).
WINDOW_DAYS: Final = 63
_TAKEN: Final = 9
_FADES: Final = 18.0
# Another weekday of the same kind counts so much.
_OTHER_WEEKDAY: Final = 0.4
# A day in the weeks of a festival says little of an ordinary one.
_FESTIVAL: Final = 0.1
# Rows: the day that is forecast; columns: a day before it. Order of Kind.
_ALIKE: Final = np.array(
    [
        [1.00, 0.30, 0.30, 0.004, 0.002, 0.001],
        [0.30, 1.00, 0.15, 0.004, 0.002, 0.001],
        [0.60, 0.20, 1.00, 0.020, 0.004, 0.001],
        [0.004, 0.002, 0.02, 1.00, 0.10, 0.02],
        [0.002, 0.002, 0.004, 0.10, 1.00, 0.06],
        [0.002, 0.002, 0.002, 0.10, 0.40, 1.00],
    ]
)
_YEARS: Final = 6
_YEAR_FADES: Final = 0.6
_OFFSETS: Final = 2
# Ordinary days before a festival's window that its level is measured against.
_LEVEL_DAYS: Final = 28
# The longest lead a forecast has; the level is never taken from days that lie nearer than that.
_NEAREST: Final = 9


@dataclass(frozen=True, slots=True)
class Usual:
    """``load_kw`` (n, 96) of each day, and of which days it is the mean: ``day`` (n, k) rows, ``share`` (n, k)."""

    load_kw: Floats
    day: Ints
    share: Floats

    def since(self, first: int) -> Usual:
        """The same of the rows from ``first`` on."""
        return Usual(self.load_kw[first:], np.maximum(self.day[first:] - first, 0), self.share[first:])

    def of(self, values: Floats) -> Floats:
        """The same means of another quantity of these days, such as their temperature; (n, 96)."""
        return _weighted(values, self.day, self.share)


class SimilarDays:
    """Usual days of one part of the grid, by how long ahead they are asked for.

    ``load_kw`` (n, 96): days that are known; ``table``: those and the days ahead, n or more.
    """

    def __init__(self, load_kw: Floats, table: DayTable) -> None:
        self._load = load_kw
        self._table = table
        self._known = np.isfinite(load_kw).any(axis=1)
        self._weight = self._weights()
        self._festive = self._festivals()

    def usual(self, lead: int) -> Usual:
        """The usual load of every day, from what is whole ``lead`` days before it: days before that day."""
        weight = self._weight.copy()
        # Column a stands for the day a + 1 days before.
        weight[:, :lead] = 0.0
        taken = np.argpartition(-weight, _TAKEN, axis=1)[:, :_TAKEN]
        share = np.take_along_axis(weight, taken, axis=1)
        day = np.maximum(np.arange(len(self._table))[:, None] - 1 - taken, 0)
        load = _weighted(self._load, day, share)
        festive = np.isfinite(self._festive)
        return Usual(np.where(festive, self._festive, load), day, share)

    def _weights(self) -> Floats:
        """(n, WINDOW_DAYS): how much the day so many days before counts; 0 where it is not known."""
        table = self._table
        age = np.arange(1, WINDOW_DAYS + 1)
        before = np.arange(len(table))[:, None] - age
        is_there = (before >= 0) & (before < len(self._load))
        day = np.where(is_there, before, 0)
        weight = _ALIKE[table.kind[:, None], table.kind[day]] * np.exp(-age / _FADES)
        weight *= np.where(table.weekday[:, None] == table.weekday[day], 1.0, _OTHER_WEEKDAY)
        weight *= np.where((table.festival[day] >= 0) & (table.festival[:, None] < 0), _FESTIVAL, 1.0)
        known = np.append(self._known, np.zeros(max(0, len(table) - len(self._load)), bool))
        counted: Floats = np.where(is_there & known[day], weight, 0.0)
        return counted

    def _festivals(self) -> Floats:
        """(n, 96): festival days by those of earlier years, at the level of this one; NaN where there are none."""
        table = self._table
        found = np.full((len(table), SLOTS), np.nan)
        rows = np.arange(len(table)) - table.offset
        anchors = {festival: np.unique(rows[table.festival == festival]) for festival in WINDOWS}
        for day in np.flatnonzero(table.festival >= 0).tolist():
            festival = Festival(int(table.festival[day]))
            anchor = day - int(table.offset[day])
            level = self._level(min(anchor + WINDOWS[festival][0], day - _NEAREST + 1))
            earlier = [int(one) for one in anchors[festival][::-1] if one < anchor][:_YEARS]
            if level is not None:
                found[day] = self._of_years(day, anchor, earlier, festival, level)
        return found

    def _of_years(self, day: int, anchor: int, earlier: list[int], festival: Festival, level: float) -> Floats:
        table = self._table
        total, weights = np.zeros(SLOTS), np.zeros(SLOTS)
        for years, then in enumerate(earlier):
            old = self._level(then + WINDOWS[festival][0])
            if old is None:
                continue
            for shift in range(-_OFFSETS, _OFFSETS + 1):
                other = day - anchor + then + shift
                if not 0 <= other < len(self._load) or table.is_rest[other] != table.is_rest[day]:
                    continue
                shape = self._load[other] / old
                weight = np.where(np.isfinite(shape), _YEAR_FADES**years * np.exp(-2.0 * abs(shift)), 0.0)
                total += weight * np.where(np.isfinite(shape), shape, 0.0)
                weights += weight
        return np.where(weights > 0, level * total / np.maximum(weights, 1e-12), np.nan)

    def _level(self, end: int) -> float | None:
        """The mean load of ordinary days before the day ``end``; None where no ratio can be made of it."""
        end = min(end, len(self._load))
        rows = np.arange(max(0, end - _LEVEL_DAYS), max(0, end))
        rows = rows[~self._table.is_special[rows]]
        values = mean_known(self._load[rows], axis=1)
        values = values[np.isfinite(values)]
        if len(values) < 7 or values.mean() <= 0:
            return None
        return float(values.mean())


def _weighted(values: Floats, day: Ints, share: Floats) -> Floats:
    found = values[np.minimum(day, len(values) - 1)]
    known = np.isfinite(found)
    weight = share[:, :, None] * known
    total = weight.sum(axis=1)
    mean = np.einsum("nks,nks->ns", weight, np.where(known, found, 0.0))
    return np.where(total > 0, mean / np.maximum(total, 1e-300), np.nan)


def last_alike(is_rest: Mask, lead: int) -> Ints:
    """(n,): the last day that is whole ``lead`` days before each day and of its class; -1 where there is none."""
    rows = np.arange(len(is_rest))
    found = np.full(len(is_rest), -1)
    for one in (False, True):
        latest = np.maximum.accumulate(np.where(is_rest == one, rows, -1))
        before = rows - lead - 1
        mine = (is_rest == one) & (before >= 0)
        found[mine] = latest[before[mine]]
    return found
