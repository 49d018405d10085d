"""What happens to the device behind a meter: replaced (换表), reset (清零), turned over (翻转)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.energy.metering.domain.incoming import Int, Qualities
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.periods import period_at
from services.energy.metering.domain.quality import Quality
from services.energy.registers.domain.differencing import Floats, States


class DeviceEventKind(StrEnum):
    """``TURNED`` confirms a turn at the last digit that would not be believed by itself."""

    REPLACED = "replaced"
    RESET = "reset"
    TURNED = "turned"


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """``minute``: standard time since 1970. States are NaN when nobody read them; the energy next to them is then
    not known. A state read in the very minute is the new device's.
    """

    kind: DeviceEventKind
    minute: int
    final_state: float
    initial_state: float


def lay_out(
    meters: Mapping[int, Meter],
    events: Mapping[int, Sequence[DeviceEvent]],
    meter_index: Int,
    minute: Int,
    value: Floats,
    quality: Qualities,
) -> States:
    """Readings in order of meter and time, with the states at the events between them."""
    found = [
        (index, event)
        for index, own in sorted(events.items())
        for event in sorted(own, key=_minute_of)
        if event.kind is not DeviceEventKind.TURNED
    ]
    at = np.array([(index, event.minute) for index, event in found], np.int64).reshape(-1, 2)
    states = np.array([(event.final_state, event.initial_state) for _, event in found], np.float64).reshape(-1, 2)
    count = len(value)
    # In one minute: the last state of the old device, the first of the new one, then what was read.
    all_meters = np.concatenate((meter_index, at[:, 0], at[:, 0]))
    all_minutes = np.concatenate((minute, at[:, 1], at[:, 1]))
    all_values = np.concatenate((value, states[:, 0], states[:, 1]))
    side = np.concatenate((np.full(count, 2), np.zeros(len(at), np.int64), np.ones(len(at), np.int64)))
    qualities = np.concatenate((quality, np.full(2 * len(at), Quality.MEASURED, np.uint8)))
    order = np.lexsort((side, all_minutes, all_meters))
    all_meters, all_minutes, side = all_meters[order], all_minutes[order], side[order]
    modulus, limit = _facts(meters, all_meters, all_minutes, side == 0)
    return States(
        meter_index=all_meters,
        minute=all_minutes,
        value=all_values[order],
        quality=qualities[order].astype(np.uint8),
        segment=np.cumsum(side == 1),
        modulus=modulus,
        turns=_turns(events, all_meters, all_minutes),
        limit=limit,
    )


def _facts(
    meters: Mapping[int, Meter],
    meter_index: Int,
    minute: Int,
    is_final: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> tuple[Floats, Floats]:
    """Modulus and limit of each state, as they were when it was read; a final state is the old device's."""
    modulus, limit = np.full(len(minute), np.inf), np.full(len(minute), np.inf)
    for index in np.unique(meter_index).tolist():
        meter = meters[index]
        own = np.flatnonzero(meter_index == index)
        if not meter.periods:
            modulus[own] = _modulus(meter.register_digits)
            limit[own] = np.inf if meter.high_kw is None else meter.high_kw
            continue
        for place in own.tolist():
            facts = period_at(meter.periods, int(minute[place]) - int(is_final[place])).facts
            modulus[place] = _modulus(facts.register_digits)
            limit[place] = np.inf if facts.high_kw is None else facts.high_kw
    return modulus, limit


def _modulus(digits: int | None) -> float:
    return float("inf") if digits is None else 10.0**digits


def _turns(events: Mapping[int, Sequence[DeviceEvent]], meter_index: Int, minute: Int) -> Int:
    """Recorded turns after the state before and up to each state."""
    turns = np.zeros(len(minute), np.int64)
    for index, own in events.items():
        places = np.flatnonzero(meter_index == index)
        for event in own:
            if event.kind is DeviceEventKind.TURNED:
                at = int(np.searchsorted(minute[places], event.minute))
                if 0 < at < len(places):
                    turns[places[at]] += 1
    return turns


def factors_of(meters: Mapping[int, Meter], meter_index: Int, minute: Int) -> Floats:
    """Multiplier to kWh of each meter at each minute: for a counter by its pulse constant."""
    factors = np.ones(len(minute), np.float64)
    for index in np.unique(meter_index).tolist():
        meter = meters[index]
        own = meter_index == index
        if not meter.periods:
            factors[own] = meter.multiplier / _pulses(meter, meter.pulses_per_kwh)
            continue
        edges = np.array([item.from_minute for item in meter.periods])
        values = np.array(
            [item.facts.factor / _pulses(meter, item.facts.pulses_per_kwh) for item in meter.periods]
        )
        factors[own] = values[np.maximum(np.searchsorted(edges, minute[own], "right") - 1, 0)]
    return factors


def _pulses(meter: Meter, pulses_per_kwh: float | None) -> float:
    if not meter.kind.counts_pulses:
        return 1.0
    # A counter without its constant says nothing about energy; the register demands the constant.
    return float("nan") if pulses_per_kwh is None else pulses_per_kwh


def _minute_of(event: DeviceEvent) -> int:
    return event.minute
