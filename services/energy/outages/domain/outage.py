"""A planned outage (计划停电): time without supply for a meter, feeder, transformer or region (S18)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Int = NDArray[np.int64]
Mask = NDArray[np.bool_]

# More than any minute since 1970: one sortable number holds a meter and a minute.
_MINUTES: Final = 1 << 33


class Scope(StrEnum):
    """What an outage cuts off; its code is a meter's number, a feeder's or transformer's code, or a region's."""

    METER = "meter"
    FEEDER = "feeder"
    TRANSFORMER = "transformer"
    REGION = "region"


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Who is cut off when, a row for each meter and outage: minutes since 1970 UTC, the end exclusive."""

    meter_index: Int
    start: Int
    end: Int

    def merged(self) -> Stretches:
        """The same stretches in order, those of a meter that touch or overlap made one."""
        if not len(self.meter_index):
            return self
        order = np.lexsort((self.start, self.meter_index))
        meter, start, end = self.meter_index[order], self.start[order], self.end[order]
        # The farthest end so far within the meter decides whether the next row begins a stretch of its own.
        reach = np.maximum.accumulate(meter * _MINUTES + end)
        begins = np.ones(len(meter), np.bool_)
        begins[1:] = meter[1:] * _MINUTES + start[1:] > reach[:-1]
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(meter)) - 1
        return Stretches(meter[first], start[first], reach[last] - meter[first] * _MINUTES)

    def covers(self, meter_index: Int, minute: Int) -> Mask:
        """Whether each (meter, minute) lies in an outage; call it on what ``merged`` gives."""
        if not len(self.meter_index):
            return np.zeros(len(meter_index), np.bool_)
        keys = meter_index * _MINUTES + minute
        place = np.searchsorted(self.meter_index * _MINUTES + self.start, keys, side="right") - 1
        found: Mask = (place >= 0) & (keys < (self.meter_index * _MINUTES + self.end)[np.maximum(place, 0)])
        return found
