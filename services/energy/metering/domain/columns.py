"""The facts of all meters as columns by ``meter_index``: what a check of a whole body looks at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.meter import Meter

# 100 GW: no meter of one customer shows more, and float32 still holds it.
ABSOLUTE_KW: Final = 1e8

_COLUMNS: Final = {
    "slots": np.int64,
    "interval": np.int64,
    "offset": np.int64,
    "quantity": np.int64,
    "first_day": np.int64,
    "multiplier": np.float64,
    "low_kw": np.float64,
    "high_kw": np.float64,
    "region": np.int32,
    "enterprise": np.int32,
}


class MeterColumns:
    """One entry an index ever given; ``slots`` is 0 where there is no meter. ``version`` rises with each change.

    ``interval`` and ``offset`` in minutes, ``first_day`` counts from 1970. ``region`` and ``enterprise`` are
    places in ``regions`` and ``enterprises``.
    """

    slots: Int
    interval: Int
    offset: Int
    quantity: Int
    first_day: Int
    multiplier: NDArray[np.float64]
    low_kw: NDArray[np.float64]
    high_kw: NDArray[np.float64]
    region: NDArray[np.int32]
    enterprise: NDArray[np.int32]

    def __init__(self) -> None:
        self.version = 0
        self.size = 0
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

    def _fact(self, meter: Meter, name: str) -> Any:
        match name:
            case "interval":
                return meter.interval_minutes
            case "offset":
                return meter.offset_minutes
            case "quantity":
                return meter.quantity.number
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
