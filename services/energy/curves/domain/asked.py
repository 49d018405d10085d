"""The meters a question is about, as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.meter import NEVER, Quantity
from services.energy.metering.domain.slots import day_number, slots_a_day


class AskedMeter(NamedTuple):
    """What an answer needs to know of a meter.

    To an enterprise a meter begins with the day it became its own: ``is_cut`` then, as there may be values before.
    """

    meter_index: int
    meter_no: str
    region_code: str
    enterprise_id: UUID | None
    quantity: str
    interval_minutes: int
    offset_minutes: int
    valid_from: date
    valid_to: date | None
    is_cut: bool

    @property
    def life(self) -> tuple[Int, Int]:
        """First and last day since 1970, for arrays to broadcast."""
        last = NEVER if self.valid_to is None else day_number(self.valid_to)
        return np.array(day_number(self.valid_from)), np.array(last)

    @property
    def unit(self) -> str:
        return Quantity(self.quantity).unit

    @property
    def slots(self) -> int:
        return slots_a_day(self.interval_minutes)

    @property
    def quantity_number(self) -> int:
        return Quantity(self.quantity).number


@dataclass(frozen=True, slots=True, eq=False)
class MeterColumns:
    """Facts of meters as arrays, one entry a meter."""

    meter_index: Int
    first_day: Int
    last_day: Int
    interval: Int
    offset: Int

    @classmethod
    def of(cls, meters: Sequence[AskedMeter]) -> MeterColumns:
        return cls(
            np.array([meter.meter_index for meter in meters], np.int64),
            np.array([meter.life[0] for meter in meters], np.int64),
            np.array([meter.life[1] for meter in meters], np.int64),
            np.array([meter.interval_minutes for meter in meters], np.int64),
            np.array([meter.offset_minutes for meter in meters], np.int64),
        )

    def within(self, meter_index: Int, day: Int) -> NDArray[np.bool_]:
        """Which days are not before their meter's first one."""
        seen: NDArray[np.bool_] = day >= self.first_day[self.place(meter_index)]
        return seen

    def place(self, meter_index: Int) -> Int:
        """Where each of these meters, all known, stands in the columns."""
        order = np.argsort(self.meter_index)
        found: Int = order[np.searchsorted(self.meter_index, meter_index, sorter=order)]
        return found


def by_layout(meters: Sequence[AskedMeter]) -> Iterator[tuple[tuple[int, int], list[AskedMeter]]]:
    """Groups of the same quantity (its number) and slots a day."""
    groups: dict[tuple[int, int], list[AskedMeter]] = {}
    for meter in meters:
        groups.setdefault((meter.quantity_number, meter.slots), []).append(meter)
    yield from sorted(groups.items())
