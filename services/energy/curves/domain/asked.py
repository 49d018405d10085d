"""The meters a question is about, as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np

from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import day_number, slots_a_day


class AskedMeter(NamedTuple):
    """What an answer needs to know of a meter."""

    meter_index: int
    meter_no: str
    region_code: str
    enterprise_id: UUID | None
    quantity: str
    interval_minutes: int
    offset_minutes: int
    valid_from: date

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
    interval: Int
    offset: Int

    @classmethod
    def of(cls, meters: Sequence[AskedMeter]) -> MeterColumns:
        return cls(
            np.array([meter.meter_index for meter in meters], np.int64),
            np.array([day_number(meter.valid_from) for meter in meters], np.int64),
            np.array([meter.interval_minutes for meter in meters], np.int64),
            np.array([meter.offset_minutes for meter in meters], np.int64),
        )

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
