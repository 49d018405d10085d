"""Which stretch of a register is judged again when some of its states changed, and what it says of the slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int, Qualities, Values
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import MINUTES_A_DAY
from services.energy.registers.domain.devices import DeviceEvent, factors_of, lay_out
from services.energy.registers.domain.differencing import Fault, Steps, spread, steps_of
from services.energy.registers.domain.folding import StateColumns


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """One stretch a meter, in minutes, ordered by meter.

    ``first`` to ``last``: between the states next to what changed; every step and slot within is judged anew.
    ``read_first`` to ``read_last``: the states to read, so that the slots at both ends are complete.
    """

    meter_index: Int
    first: Int
    last: Int
    read_first: Int
    read_last: Int
    interval: Int

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Windows:
        return Windows(
            self.meter_index[rows],
            self.first[rows],
            self.last[rows],
            self.read_first[rows],
            self.read_last[rows],
            self.interval[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """Powers of slots that follow from registers, and slots that have none (any more).

    ``rank``: of each power the highest rank among the states of its window, so that what is derived later from the
    same states stands. ``bare_*``: slots of the windows that no steps cover, to be cleared if they hold a power.
    """

    quantity: int
    slots: int
    meter_index: Int
    day: Int
    slot: Int
    values: Values
    quality: Qualities
    rank: Int
    bare_meter: Int
    bare_day: Int
    bare_slot: Int
    bare_rank: Int


def judge(
    meters: Mapping[int, Meter],
    windows: Windows,
    states: StateColumns,
    events: Mapping[int, Sequence[DeviceEvent]],
) -> tuple[list[Derived], Steps]:
    """Powers by quantity and interval, and the steps of the windows that have a fault."""
    factor_at = partial(factors_of, meters)
    laid = lay_out(meters, events, states.meter_index, states.minute, states.value, states.quality)
    steps = steps_of(laid, factor_at)
    place = np.searchsorted(windows.meter_index, steps.meter_index)
    inside = (steps.end > windows.first[place]) & (steps.start < windows.last[place])
    faults = steps.take(inside & (steps.fault != Fault.NONE))
    groups: dict[tuple[int, int], list[int]] = {}
    for number, index in enumerate(windows.meter_index.tolist()):
        groups.setdefault((meters[index].quantity.number, meters[index].slots), []).append(number)
    rank = _highest(windows, states)
    derived = []
    for (quantity, slots), numbers in sorted(groups.items()):
        chosen = np.array(numbers)
        own = windows.take(chosen)
        is_own = np.isin(steps.meter_index, own.meter_index)
        derived.append(_derive(quantity, slots, own, rank[chosen], steps.take(is_own), factor_at))
    return derived, faults


def _derive(
    quantity: int,
    slots: int,
    windows: Windows,
    rank: Int,
    steps: Steps,
    factor_at: partial[NDArray[np.float64]],
) -> Derived:
    interval = MINUTES_A_DAY // slots
    powers = spread(steps, interval, factor_at)
    first, end = windows.first // interval, -(-windows.last // interval)
    place = np.searchsorted(windows.meter_index, powers.meter_index)
    wanted = np.flatnonzero((powers.slot >= first[place]) & (powers.slot < end[place]))
    slot, meter_index, place = powers.slot[wanted], powers.meter_index[wanted], place[wanted]
    count = np.maximum(end - first, 0)
    window = np.repeat(np.arange(len(count)), count)
    every = first[window] + np.arange(len(window)) - np.repeat(np.cumsum(count) - count, count)
    every_meter = windows.meter_index[window]
    bare = ~np.isin(_keys(every_meter, every), _keys(meter_index, slot))
    return Derived(
        quantity=quantity,
        slots=slots,
        meter_index=meter_index,
        day=slot // slots,
        slot=slot % slots,
        values=powers.values[wanted],
        quality=powers.quality[wanted],
        rank=rank[place],
        bare_meter=every_meter[bare],
        bare_day=every[bare] // slots,
        bare_slot=every[bare] % slots,
        bare_rank=rank[window][bare],
    )


def _highest(windows: Windows, states: StateColumns) -> Int:
    """The highest rank among the states of each window; 0 without any."""
    rank = np.zeros(len(windows.meter_index), np.int64)
    np.maximum.at(rank, np.searchsorted(windows.meter_index, states.meter_index), states.rank)
    return rank


def _keys(meter_index: Int, slot: Int) -> Int:
    return meter_index * (1 << 40) + slot
