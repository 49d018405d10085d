"""From states of a cumulative register to energy and power (表码差值, S18).

Two neighbouring states of one register give a step: energy between two instants. A register that turned
over at its last digit (翻转), was reset (归零) or replaced (换表) gives steps as well, each within one device.
What cannot be explained gives none: it is a fault that stays visible, and its slots stay missing, never
zero.

A step longer than a slot is spread evenly over it and marked as estimated: energy caught up after an outage is
in no slot's demand. A slot counts as measured only when a state was read at its start and at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int, Qualities, Values
from services.energy.metering.domain.quality import Quality

Floats = NDArray[np.float64]
# Multipliers (to kWh of the primary side) of meters, by index, at minutes of their standard time.
FactorAt = Callable[[Int, Int], Floats]

# A year and a month: what is read less often than yearly is no load curve.
MAX_STEP_MINUTES: Final = 400 * 1440
# Without a bound on the power, a turn is believed from the last tenth of the register to the first.
_LAST_TENTH: Final = 0.9
_FIRST_TENTH: Final = 0.1


class Fault(IntEnum):
    """Why two neighbouring states give no energy."""

    NONE = 0
    NEGATIVE = 1
    TOO_FAST = 2
    TOO_LONG = 3
    UNKNOWN_STATE = 4

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """States in order of meter, time and device; one entry a state in every column.

    ``segment`` names the stretch between two events of a device within which states are compared; at an event
    stand two states of one minute, the last of the old stretch and the first of the new one. ``value`` is NaN
    where a state at an event is not known. ``modulus``: where the register turns over to 0, inf when that is not
    known. ``turns``: turns on record between this state and the one before. ``limit``: the highest power of the
    meter, kW, inf if none.
    """

    meter_index: Int
    minute: Int
    value: Floats
    quality: Qualities
    segment: Int
    modulus: Floats
    turns: Int
    limit: Floats

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Stretches between neighbouring states; ``delta`` in units of the register, NaN where there is a fault."""

    meter_index: Int
    start: Int
    end: Int
    before: Floats
    after: Floats
    delta: Floats
    fault: Int
    is_estimated: NDArray[np.bool_]

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Steps:
        return Steps(
            self.meter_index[rows],
            self.start[rows],
            self.end[rows],
            self.before[rows],
            self.after[rows],
            self.delta[rows],
            self.fault[rows],
            self.is_estimated[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class SlotPowers:
    """Slots that steps cover whole: ``slot`` counts intervals since 1970, ``values`` are kW as float32."""

    meter_index: Int
    slot: Int
    values: Values
    quality: Qualities

    def __len__(self) -> int:
        return len(self.values)


def steps_of(states: States, factor_at: FactorAt) -> Steps:
    """The steps between neighbouring states of one meter and segment that are a minute or more apart."""
    first = np.arange(len(states) - 1) if len(states) else np.zeros(0, np.int64)
    second = first + 1
    joined = (
        (states.meter_index[first] == states.meter_index[second])
        & (states.segment[first] == states.segment[second])
        & (states.minute[second] > states.minute[first])
    )
    first, second = first[joined], second[joined]
    before, after = states.value[first], states.value[second]
    start, end = states.minute[first], states.minute[second]
    meter = states.meter_index[first]
    # Power that a unit of the register stands for, spread over the step.
    power = 60 * factor_at(meter, start) / (end - start)
    delta, fault = _judge(before, after, states, second, power)
    fault = np.where((fault == Fault.NONE) & (end - start > MAX_STEP_MINUTES), Fault.TOO_LONG, fault)
    weak = (states.quality[first] != Quality.MEASURED) | (states.quality[second] != Quality.MEASURED)
    return Steps(
        meter_index=meter,
        start=start,
        end=end,
        before=before,
        after=after,
        delta=np.where(fault == Fault.NONE, delta, np.nan),
        fault=fault.astype(np.int64),
        is_estimated=weak,
    )


def _judge(
    before: Floats, after: Floats, states: States, second: Int, power: Floats
) -> tuple[Floats, NDArray[np.int64]]:
    """Differences and their faults."""
    modulus, limit, told = states.modulus[second], states.limit[second], states.turns[second]
    fault = np.zeros(len(before), np.int64)
    plain = after - before
    has_modulus = np.isfinite(modulus)
    turned = plain + np.where(has_modulus, modulus, 0.0)
    bounded = np.isfinite(limit)
    with np.errstate(invalid="ignore"):
        near = (before >= _LAST_TENTH * modulus) & (after < _FIRST_TENTH * modulus)
        believed = (plain < 0) & has_modulus & np.where(bounded, turned * power <= limit, near)
        delta = np.where(believed, turned, plain)
        recorded = told > 0
        delta = np.where(recorded, plain + told * np.where(has_modulus, modulus, 0.0), delta)
        fault[delta < 0] = Fault.NEGATIVE
        fault[(fault == Fault.NONE) & ~recorded & bounded & (delta * power > limit)] = Fault.TOO_FAST
    fault[np.isnan(plain)] = Fault.UNKNOWN_STATE
    return delta, fault


def spread(steps: Steps, interval_minutes: int, factor_at: FactorAt) -> SlotPowers:
    """Mean power of the slots that steps without a fault cover from end to end."""
    steps = steps.take(steps.fault == Fault.NONE)
    first = steps.start // interval_minutes
    count = -(-steps.end // interval_minutes) - first
    step = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(step)) - np.repeat(np.cumsum(count) - count, count)
    slot = first[step] + within
    start = np.maximum(steps.start[step], slot * interval_minutes)
    end = np.minimum(steps.end[step], (slot + 1) * interval_minutes)
    length = steps.end[step] - steps.start[step]
    whole = length == end - start
    share = np.where(whole, 1.0, (end - start) / length)
    meter = steps.meter_index[step]
    energy = steps.delta[step] * share * factor_at(meter, start)
    return _by_slot(meter, slot, energy, end - start, ~whole | steps.is_estimated[step], interval_minutes)


def _by_slot(
    meter: Int, slot: Int, energy: Floats, minutes: Int, is_weak: NDArray[np.bool_], interval_minutes: int
) -> SlotPowers:
    """Pieces in order of meter and time, joined where they share a slot."""
    if not len(slot):
        none = np.zeros(0, np.int64)
        return SlotPowers(none, none, np.zeros(0, np.float32), np.zeros(0, np.uint8))
    begins = np.concatenate(([True], (meter[1:] != meter[:-1]) | (slot[1:] != slot[:-1])))
    starts = np.flatnonzero(begins)
    covered = np.add.reduceat(minutes, starts) == interval_minutes
    total = np.add.reduceat(energy, starts)
    weak = np.logical_or.reduceat(is_weak, starts)
    chosen = starts[covered]
    return SlotPowers(
        meter_index=meter[chosen],
        slot=slot[chosen],
        values=(total[covered] * (60 / interval_minutes)).astype(np.float32),
        quality=np.where(weak[covered], Quality.ESTIMATED, Quality.MEASURED).astype(np.uint8),
    )
