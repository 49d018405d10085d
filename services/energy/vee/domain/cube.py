"""Meters by days by slots: what validation and estimation look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.day_columns import DayColumns
from services.energy.metering.domain.incoming import Int, Qualities, Values
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.quality import Quality
from services.energy.vee.domain.rules import Mask

CellT = TypeVar("CellT", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Values the software wrote into a day earlier. ``originals``: slot → what the meter had said there."""

    meter_index: int
    day: int
    slots: Sequence[int]
    values_kw: Sequence[float]
    originals: dict[int, float]


@dataclass(frozen=True, eq=False)
class Cube:
    """Days ``first_day`` … of meters that share quantity and interval; arrays are (meters, days, slots).

    ``stored`` is what the curves hold. ``values`` and ``quality`` are the same without our own estimates: where
    one stood there is nothing, or again what the meter had said. All judging goes by these, so that an estimate
    never proves another, and the same data always lead to the same estimates.
    """

    meters: Sequence[Meter]
    first_day: int
    stored: Values
    stored_quality: Qualities
    values: Values
    quality: Qualities

    @property
    def days(self) -> Int:
        return np.arange(self.first_day, self.first_day + self.values.shape[1], dtype=np.int64)

    @property
    def slots(self) -> int:
        return int(self.values.shape[2])

    @cached_property
    def known(self) -> Values:
        """Measured and edited values; NaN elsewhere."""
        is_known = (self.quality == Quality.MEASURED) | (self.quality == Quality.EDITED)
        return np.where(is_known, self.values, np.float32(np.nan))

    @cached_property
    def measured(self) -> Values:
        """Measured values alone: what a person entered is not judged again."""
        return np.where(self.quality == Quality.MEASURED, self.values, np.float32(np.nan))

    def flat(self, cells: NDArray[CellT]) -> NDArray[CellT]:
        """(meters, days, slots) as (meters, time)."""
        return cells.reshape(len(self.meters), -1)

    def place_estimate(self, line: int, day: int, slots: Sequence[int], values_kw: Sequence[float]) -> None:
        """Put estimates in; asked again, what is known and measured goes without them."""
        self.values[line, day, list(slots)] = values_kw
        self.quality[line, day, list(slots)] = Quality.ESTIMATED
        for name in ("known", "measured"):
            self.__dict__.pop(name, None)


def build_cube(
    meters: Sequence[Meter], columns: DayColumns, first_day: int, last_day: int, estimates: Iterable[Estimate]
) -> Cube:
    """Lay day rows out; ``columns`` are rows of these meters and days only."""
    place = {meter.meter_index: number for number, meter in enumerate(meters)}
    shape = (len(meters), last_day - first_day + 1, columns.slots)
    stored, stored_quality = np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint8)
    row = np.array([place[index] for index in columns.meter_index.tolist()], np.int64)
    stored[row, columns.day - first_day] = columns.values
    stored_quality[row, columns.day - first_day] = columns.quality
    values, quality = stored.copy(), stored_quality.copy()
    for estimate in estimates:
        line, day = place[estimate.meter_index], estimate.day - first_day
        slot = np.array(estimate.slots, np.int64)
        told = np.array(estimate.values_kw, np.float32)
        ours = (stored_quality[line, day, slot] == Quality.ESTIMATED) & (stored[line, day, slot] == told)
        values[line, day, slot[ours]] = np.nan
        quality[line, day, slot[ours]] = Quality.MISSING
        for at, original in estimate.originals.items():
            if ours[slot == at].any():
                values[line, day, at] = original
                quality[line, day, at] = Quality.MEASURED
    return Cube(meters, first_day, stored, stored_quality, values, quality)


def last_known(known: Values) -> Int:
    """For each moment, the last one up to it that has a value, -1 if none: (meters, time)."""
    places = np.where(np.isnan(known), -1, np.arange(known.shape[1]))
    found: Int = np.maximum.accumulate(places, axis=1)
    return found


def next_known(known: Values) -> Int:
    """For each moment, the first one from it on that has a value, ``time`` if none: (meters, time)."""
    length = known.shape[1]
    places = np.where(np.isnan(known), length, np.arange(length))
    found: Int = np.minimum.accumulate(places[:, ::-1], axis=1)[:, ::-1]
    return found


def any_slot(cells: Mask) -> Mask:
    """(…, slots) → (…)."""
    found: Mask = np.any(cells, axis=-1)
    return found
