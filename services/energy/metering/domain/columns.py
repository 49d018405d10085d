"""The facts of all meters as columns by ``meter_index``: what a check of a whole body looks at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.meter import Kind, Meter

# 100 GW: no meter of one customer shows more, and float32 still holds it.
ABSOLUTE_KW: Final = 1e8

_COLUMNS: Final = {
    "slots": np.int64,
    "interval": np.int64,
    "offset": np.int64,
    "quantity": np.int64,
    "first_day": np.int64,
    "last_day": np.int64,
    "kind": np.int64,
    "sort": np.int64,
    "is_cumulative": np.bool_,
    "is_dated": np.bool_,
    "multiplier": np.float64,
    "pulses": np.float64,
    "low_kw": np.float64,
    "high_kw": np.float64,
    "region": np.int32,
    "enterprise": np.int32,
}


class MeterColumns:
    """One entry an index ever given; ``slots`` is 0 where there is no meter. ``version`` rises with each change.

    ``interval`` and ``offset`` in minutes, ``first_day`` and ``last_day`` count from 1970. ``kind``, ``quantity``
    and ``sort`` are numbers of these. ``pulses``: pulses a kWh of meters that count them by intervals, else 1.
    ``is_dated``: facts changed in the meter's life, and only its own periods tell what holds when. ``region`` and
    ``enterprise`` are places in ``regions`` and ``enterprises``.
    """

    slots: Int
    interval: Int
    offset: Int
    quantity: Int
    first_day: Int
    last_day: Int
    kind: Int
    sort: Int
    is_cumulative: NDArray[np.bool_]
    is_dated: NDArray[np.bool_]
    multiplier: NDArray[np.float64]
    pulses: NDArray[np.float64]
    low_kw: NDArray[np.float64]
    high_kw: NDArray[np.float64]
    region: NDArray[np.int32]
    enterprise: NDArray[np.int32]

    def __init__(self) -> None:
        self.version = 0
        self.size = 0
        # Whether any meter at all is of these kinds: where none is, nobody need look for them.
        self.has_pulses = self.has_cumulative = self.has_dated = False
        self._region_place: dict[str, int] = {}
        self._enterprise_place: dict[UUID | None, int] = {}
        for name, dtype in _COLUMNS.items():
            setattr(self, name, np.zeros(0, dtype))

    @property
    def regions(self) -> Sequence[str]:
        return list(self._region_place)

    @property
    def enterprises(self) -> Sequence[UUID | None]:
        return list(self._enterprise_place)

    def put(self, meters: Sequence[Meter]) -> None:
        """Enter new meters and what changed of others."""
        if not meters:
            return
        index = np.array([meter.meter_index for meter in meters])
        self._make_room(int(index.max()) + 1)
        for name, dtype in _COLUMNS.items():
            getattr(self, name)[index] = np.array([self._fact(meter, name) for meter in meters], dtype)
        self.version += 1
        self.has_pulses = bool((self.pulses[: self.size] != 1).any())
        self.has_cumulative = bool(self.is_cumulative.any())
        self.has_dated = bool(self.is_dated.any())

    def _fact(self, meter: Meter, name: str) -> Any:
        match name:
            case "interval":
                return meter.interval_minutes
            case "offset":
                return meter.offset_minutes
            case "quantity":
                return meter.quantity.number
            case "kind":
                return meter.kind.number
            case "is_cumulative":
                return meter.kind.is_cumulative
            case "is_dated":
                return bool(meter.periods)
            case "pulses":
                return _pulses(meter)
            case "low_kw":
                return -ABSOLUTE_KW if meter.low_kw is None else meter.low_kw
            case "high_kw":
                return ABSOLUTE_KW if meter.high_kw is None else meter.high_kw
            case "region":
                return self._region_place.setdefault(meter.region_code, len(self._region_place))
            case "enterprise":
                return self._enterprise_place.setdefault(meter.enterprise_id, len(self._enterprise_place))
            case _:
                return getattr(meter, name)

    def _make_room(self, size: int) -> None:
        if size > len(self.slots):
            added = max(size, 2 * len(self.slots), 1024) - len(self.slots)
            for name, dtype in _COLUMNS.items():
                setattr(self, name, np.concatenate((getattr(self, name), np.zeros(added, dtype))))
        self.size = max(self.size, size)

    def knows(self, index: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Which of these indexes (not negative) a meter has."""
        known = index < self.size
        known[known] = self.slots[index[known]] > 0
        return known


def _pulses(meter: Meter) -> float:
    if meter.kind is not Kind.PULSE:
        return 1.0
    return math.nan if meter.pulses_per_kwh is None else meter.pulses_per_kwh
