"""Readings on their way into curves, as columns in the order of the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int = NDArray[np.int64]
Values = NDArray[np.float32]
Qualities = NDArray[np.uint8]
Rows = NDArray[np.intp] | NDArray[np.bool_] | slice


@dataclass(frozen=True, slots=True, eq=False)
class CurvePatches:
    """Rows of one meter and day each.

    ``values``: (rows, slots) kW, NaN where the row says nothing; ``quality``: same shape, 0 there. ``rank``,
    ``part`` (which message it came from) and ``order`` (the place in the log, unique and rising): one a row.
    """

    meter_index: Int
    day: Int
    values: Values
    quality: Qualities
    rank: Int
    part: Int
    order: Int

    def take(self, rows: Rows) -> CurvePatches:
        return CurvePatches(
            self.meter_index[rows],
            self.day[rows],
            self.values[rows],
            self.quality[rows],
            self.rank[rows],
            self.part[rows],
            self.order[rows],
        )

    def cells(self) -> PointPatches:
        """The same values one by one."""
        row, slot = np.nonzero(self.quality)
        return PointPatches(
            self.meter_index[row],
            self.day[row],
            slot,
            self.values[row, slot],
            self.quality[row, slot],
            self.rank[row],
            self.part[row],
            self.order[row],
        )


@dataclass(frozen=True, slots=True, eq=False)
class PointPatches:
    """Single values; no NaN and no quality 0 among them. Values of one curve row share its ``order``."""

    meter_index: Int
    day: Int
    slot: Int
    values: Values
    quality: Qualities
    rank: Int
    part: Int
    order: Int

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Rows) -> PointPatches:
        return PointPatches(
            self.meter_index[rows],
            self.day[rows],
            self.slot[rows],
            self.values[rows],
            self.quality[rows],
            self.rank[rows],
            self.part[rows],
            self.order[rows],
        )

    def joined(self, other: PointPatches) -> PointPatches:
        """Both together, in the order of the log."""
        both = PointPatches(
            np.concatenate((self.meter_index, other.meter_index)),
            np.concatenate((self.day, other.day)),
            np.concatenate((self.slot, other.slot)),
            np.concatenate((self.values, other.values)),
            np.concatenate((self.quality, other.quality)),
            np.concatenate((self.rank, other.rank)),
            np.concatenate((self.part, other.part)),
            np.concatenate((self.order, other.order)),
        )
        return both.take(np.argsort(both.order, kind="stable"))


@dataclass(frozen=True, slots=True, eq=False)
class Incoming:
    """What a batch holds of one quantity and one number of slots a day; ``parts``: messages in the batch."""

    quantity: int
    slots: int
    parts: int
    curves: CurvePatches
    points: PointPatches

    def of_parts(self, first: int, after: int) -> Incoming:
        """What the messages from ``first`` to before ``after`` hold; rows of one message stand together."""
        curves = slice(*np.searchsorted(self.curves.part, (first, after)).tolist())
        points = slice(*np.searchsorted(self.points.part, (first, after)).tolist())
        return Incoming(self.quantity, self.slots, self.parts, self.curves.take(curves), self.points.take(points))

    @property
    def is_empty(self) -> bool:
        return not len(self.curves.day) and not len(self.points)


_DAYS = 1 << 32
# How large a grid may be beside what is ticked off in it.
_CELLS_A_PAIR = 32
_CELLS = 65_536


def day_keys(meter_index: Int, day: Int) -> Int:
    """One sortable number for (meter, day)."""
    return meter_index * _DAYS + (day + (_DAYS >> 1))


def split_keys(keys: Int) -> tuple[Int, Int]:
    """Meters and days of :func:`day_keys`."""
    return keys // _DAYS, keys % _DAYS - (_DAYS >> 1)


def distinct_days(incoming: Incoming) -> tuple[Int, Int]:
    """Meters and days of the rows that a batch touches, sorted."""
    curves, points = incoming.curves, incoming.points
    return distinct_pairs(
        np.concatenate((curves.meter_index, points.meter_index)), np.concatenate((curves.day, points.day))
    )


def distinct_pairs(meter_index: Int, day: Int) -> tuple[Int, Int]:
    """Each (meter, day) once, sorted.

    A batch is dense: a few days of neighbouring meters. Ticking them off in a grid costs a tenth of sorting them.
    """
    if not len(day):
        return meter_index, day
    first_meter, first_day = int(meter_index.min()), int(day.min())
    meters, days = int(meter_index.max()) - first_meter + 1, int(day.max()) - first_day + 1
    if meters * days > _CELLS_A_PAIR * len(day) + _CELLS:
        return split_keys(np.unique(day_keys(meter_index, day)))
    ticked = np.zeros(meters * days, bool)
    ticked[(meter_index - first_meter) * days + (day - first_day)] = True
    found = np.flatnonzero(ticked)
    return found // days + first_meter, found % days + first_day


def turns(keys: Int) -> Int:
    """For each entry, how many equal ones come before it."""
    if not len(keys):
        return np.zeros(0, np.int64)
    order = np.argsort(keys, kind="stable")
    grouped = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], grouped[1:] != grouped[:-1])))
    turn = np.empty(len(keys), np.int64)
    turn[order] = np.arange(len(keys)) - np.repeat(starts, np.diff(np.append(starts, len(keys))))
    return turn
