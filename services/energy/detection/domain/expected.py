"""What is known in advance: stretches in which conditions of some kinds are no news (maintenance, outages).

A slot is expected when any of it lies in a stretch. Kinds are bits by the kernel's numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.engine import NUMBER_OF
from services.energy.detection.domain.layout import IntArray

_DAY: Final = 1440
# Bits of kinds that no compiled rule judges stand above those of the kernel.
_BIT_OF: Final = {**NUMBER_OF, ConditionKind.POWER_FACTOR: len(NUMBER_OF)}
EVERYTHING: Final = tuple(ConditionKind)
# What a meter without supply shows.
WITHOUT_SUPPLY: Final = (
    ConditionKind.DROP,
    ConditionKind.SHIFT,
    ConditionKind.DEAD,
    ConditionKind.STUCK,
    ConditionKind.MISSING,
    ConditionKind.CLOCK,
)


def bits_of(kinds: Iterable[ConditionKind]) -> int:
    """The kinds as one number."""
    return sum(1 << _BIT_OF[kind] for kind in set(kinds))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some meters, expected to show some kinds from ``start`` until before ``end``, minutes UTC since 1970."""

    meters: tuple[int, ...]
    start: int
    end: int
    kinds: tuple[ConditionKind, ...] = EVERYTHING


class Expectations:
    """All stretches, asked for rows of curves and for single instants."""

    def __init__(self, stretches: Sequence[Stretch] = ()) -> None:
        meter = [np.array(one.meters, np.int64) for one in stretches]
        counts = [len(own) for own in meter]
        none = np.zeros(0, np.int64)
        self._meter: IntArray = np.concatenate([none, *meter])
        self._start: IntArray = np.repeat(np.array([one.start for one in stretches], np.int64), counts)
        self._end: IntArray = np.repeat(np.array([one.end for one in stretches], np.int64), counts)
        self._bits: IntArray = np.repeat(np.array([bits_of(one.kinds) for one in stretches], np.int64), counts)
        order = np.lexsort((self._start, self._meter))
        for name in ("_meter", "_start", "_end", "_bits"):
            setattr(self, name, getattr(self, name)[order])
        self._is_named = np.zeros(int(self._meter[-1]) + 1 if len(order) else 0, np.bool_)
        self._is_named[self._meter] = True

    def __len__(self) -> int:
        return len(self._meter)

    def of_rows(
        self, meter_index: IntArray, day: IntArray, offset: IntArray, slots: int
    ) -> tuple[IntArray, IntArray]:
        """(rows,) the line of the masks of each (meter, day); the masks: (lines, slots) bits, of which 0 is empty.

        ``offset``: minutes of standard time east of UTC of each row's meter.
        """
        known = np.zeros(len(meter_index), np.int64)
        masks = [np.zeros(slots, np.int64)]
        for row in np.flatnonzero(self._names(meter_index)).tolist():
            mask = self._mask(int(meter_index[row]), int(day[row]) * _DAY - int(offset[row]), slots)
            if mask.any():
                known[row] = len(masks)
                masks.append(mask)
        return known, np.stack(masks)

    def bits_at(self, meter_index: int, minute: int) -> int:
        """The kinds expected of a meter at a minute UTC since 1970."""
        own = self._rows(meter_index)
        holds = (self._start[own] <= minute) & (minute < self._end[own])
        return int(np.bitwise_or.reduce(self._bits[own][holds], initial=0))

    def covers(self, meter_index: int, kind: ConditionKind, minute: int) -> bool:
        """Whether a condition of the kind is expected of the meter at a minute UTC since 1970."""
        return self.bits_at(meter_index, minute) & (1 << _BIT_OF[kind]) != 0

    def slots_of(self, meter_index: int, kind: ConditionKind, first: int, slots: int) -> NDArray[np.bool_]:
        """Which slots of a day that begins at minute ``first`` (UTC since 1970) are expected to show the kind."""
        found: NDArray[np.bool_] = self._mask(meter_index, first, slots) & (1 << _BIT_OF[kind]) != 0
        return found

    def awaited_from(self, meter_index: IntArray, kind: ConditionKind, minute: int) -> IntArray:
        """For each meter the end of the latest stretch of the kind that has begun by ``minute``; 0 without one.

        While it lies ahead, the kind is expected; afterwards nothing before it counts.
        """
        ends = np.zeros(len(meter_index), np.int64)
        bit = 1 << _BIT_OF[kind]
        for row in np.flatnonzero(self._names(meter_index)).tolist():
            own = self._rows(int(meter_index[row]))
            begun = (self._start[own] <= minute) & (self._bits[own] & bit != 0)
            ends[row] = np.max(self._end[own][begun], initial=0)
        return ends

    def _names(self, meter_index: IntArray) -> NDArray[np.bool_]:
        named = np.zeros(len(meter_index), np.bool_)
        inside = meter_index < len(self._is_named)
        named[inside] = self._is_named[meter_index[inside]]
        return named

    def _rows(self, meter_index: int) -> slice:
        return slice(*np.searchsorted(self._meter, (meter_index, meter_index + 1)).tolist())

    def _mask(self, meter_index: int, first: int, slots: int) -> IntArray:
        """(slots,) bits of a day that begins at minute ``first`` UTC since 1970."""
        mask, step = np.zeros(slots, np.int64), _DAY // slots
        own = self._rows(meter_index)
        for start, end, bits in zip(
            self._start[own].tolist(), self._end[own].tolist(), self._bits[own].tolist(), strict=True
        ):
            low, high = (start - first) // step, -((first - end) // step)
            mask[max(0, low) : max(0, high)] |= bits
        return mask
