"""What a forecast is made from: load by day and slot, temperatures, and the moment it is made at.

Arrays hold a row a day of standard time and 96 slots; kW, °C, NaN where nothing is known. Missing is never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

SLOTS: Final = 96
SLOT_MINUTES: Final = 15


@dataclass(frozen=True, slots=True)
class Origin:
    """The moment a forecast is made at: of ``day`` the slots before ``slot`` are known, of later days nothing."""

    day: int
    slot: int


@dataclass(frozen=True, slots=True)
class Load:
    """``load_kw`` (n, 96): consecutive days from ``first_day`` (since 1970) on."""

    first_day: int
    load_kw: Floats

    @property
    def last_day(self) -> int:
        return self.first_day + len(self.load_kw) - 1

    def known_at(self, origin: Origin) -> Load:
        """The days up to the origin's, as much of them as is known by then."""
        known = np.full((max(1, origin.day - self.first_day + 1), SLOTS), np.nan)
        rows = self.load_kw[: len(known)]
        known[: len(rows)] = rows
        known[-1, origin.slot :] = np.nan
        return Load(self.first_day, known)


@dataclass(frozen=True, slots=True)
class Weather:
    """Temperatures (n, 96) of consecutive days from ``first_day`` on.

    ``foreseen``: what was told of a day before it began, as far as anybody did; ``measured``: what it was.
    """

    first_day: int
    foreseen: Floats
    measured: Floats

    def over(self, first_day: int, days: int) -> Weather:
        """The same for other days; NaN where nothing is known."""
        return Weather(first_day, *(_moved(one, self.first_day, first_day, days) for one in self._both()))

    def _both(self) -> tuple[Floats, Floats]:
        return self.foreseen, self.measured


NO_WEATHER: Final = Weather(0, np.empty((0, SLOTS)), np.empty((0, SLOTS)))


def _moved(values: Floats, first_day: int, wanted: int, days: int) -> Floats:
    found = np.full((days, SLOTS), np.nan)
    begin, end = max(first_day, wanted), min(first_day + len(values), wanted + days)
    if begin < end:
        found[begin - wanted : end - wanted] = values[begin - first_day : end - first_day]
    return found


def in_slots(values: Floats) -> Floats:
    """A day's values of 24, 48, 96 or 288 slots as 96: repeated, or the means of what is known."""
    if len(values) <= SLOTS:
        return np.repeat(values, SLOTS // len(values))
    return mean_known(values.reshape(SLOTS, -1), axis=1)


def mean_known(values: Floats, axis: int) -> Floats:
    """The mean of what is known along an axis; NaN where nothing is, without a warning."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def known_slots(load_kw: Floats) -> int:
    """The slots of a day up to the last that is known."""
    known = np.flatnonzero(np.isfinite(load_kw))
    return int(known[-1]) + 1 if len(known) else 0
