"""Availability (可用率): what units could have run, to the minute; factors as in DL/T 793 and IEEE 762."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from services.energy.generation.domain.plant import (
    SLOT_HOURS,
    SLOT_MINUTES,
    SLOTS,
    Floats,
    Limit,
    State,
    Stretch,
    Unit,
)
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number

_NOTHING = np.zeros(SLOTS)
_NOTHING.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class UnitDay:
    """A unit's day by slot, mean kW: its capacity and what outages and reductions took of it."""

    unit: Unit
    capacity_kw: float
    planned_kw: Floats
    forced_kw: Floats
    reduced_kw: Floats

    @property
    def is_whole(self) -> bool:
        """Nothing is known to have taken anything of it."""
        return self.planned_kw is self.forced_kw is self.reduced_kw is _NOTHING

    @property
    def after_planned(self) -> Floats:
        """Share of the unit that planned outages left."""
        return 1.0 - self.planned_kw / self.capacity_kw

    @property
    def available(self) -> Floats:
        """Share of the unit that could run."""
        lost = self.planned_kw + self.forced_kw + self.reduced_kw
        share: Floats = np.clip(1.0 - lost / self.capacity_kw, 0.0, 1.0)
        return share


def unit_day(unit: Unit, day: int) -> UnitDay | None:
    """None when the unit is not in service on the day (since 1970)."""
    capacity = unit.capacity_on(date_of(day))
    if capacity is None or capacity <= 0:
        return None
    spans = [(stretch, *_clipped(stretch, day * MINUTES_A_DAY)) for stretch in unit.states]
    spans = [(stretch, first, end) for stretch, first, end in spans if first < end]
    if not spans:
        return UnitDay(unit, capacity, _NOTHING, _NOTHING, _NOTHING)
    lost = {state: np.zeros(MINUTES_A_DAY) for state in State}
    for stretch, first, end in spans:
        # One state at a time: a later row of the same minutes is what holds.
        for other in lost.values():
            other[first:end] = 0.0
        lost[stretch.state][first:end] = _taken(stretch, capacity)
    by_slot = {state: minutes.reshape(SLOTS, -1).mean(axis=1) for state, minutes in lost.items()}
    return UnitDay(
        unit, capacity, by_slot[State.OUTAGE_PLANNED], by_slot[State.OUTAGE_FORCED], by_slot[State.REDUCED]
    )


def limit_minutes(limits: Iterable[Limit], day: int) -> Floats:
    """The lowest dispatch limit of each minute of the day, kW; infinite where there is none."""
    found = np.full(MINUTES_A_DAY, np.inf)
    midnight = day * MINUTES_A_DAY
    for limit in limits:
        first = max(0, limit.start - midnight)
        end = MINUTES_A_DAY if limit.end is None else min(MINUTES_A_DAY, limit.end - midnight)
        if first < end:
            np.minimum(found[first:end], limit.limit_kw, out=found[first:end])
    return found


def _clipped(stretch: Stretch, midnight: int) -> tuple[int, int]:
    end = MINUTES_A_DAY if stretch.end is None else min(MINUTES_A_DAY, stretch.end - midnight)
    return max(0, stretch.start - midnight), end


def _taken(stretch: Stretch, capacity: float) -> float:
    if stretch.state is State.AVAILABLE:
        return 0.0
    if stretch.state is State.REDUCED:
        return max(0.0, capacity - (stretch.available_kw or 0.0))
    return capacity


@dataclass(frozen=True, slots=True)
class Factors:
    """Availability of a span that is over, hours; of a plant its units weigh by capacity.

    ``availability`` (可用系数 AF) counts outages by their hours, ``equivalent`` (等效可用系数 EAF) reductions
    too; ``planned_outage`` (POF) and ``forced_outage`` (FOF) are shares of the hours. None: not in service.
    """

    period_hours: float
    planned_hours: float
    forced_hours: float
    reduced_equivalent_hours: float

    @property
    def availability(self) -> float | None:
        return self._share(self.period_hours - self.planned_hours - self.forced_hours)

    @property
    def equivalent(self) -> float | None:
        lost = self.planned_hours + self.forced_hours + self.reduced_equivalent_hours
        return self._share(self.period_hours - lost)

    @property
    def planned_outage(self) -> float | None:
        return self._share(self.planned_hours)

    @property
    def forced_outage(self) -> float | None:
        return self._share(self.forced_hours)

    def _share(self, hours: float) -> float | None:
        return None if self.period_hours <= 0 else hours / self.period_hours


def factors_of(units: Sequence[Unit], first: date, last: date, until: int) -> Factors:
    """Factors of units from ``first`` to ``last``, of the part that is over at ``until`` (minute since 1970).

    Hours are weighted by capacity: a plant whose two units are of 1 and 3 MW is down by a quarter with the first.
    """
    energy = np.zeros(4)
    capacity = 0.0
    for unit in units:
        own, own_capacity = _energy_of(unit, first, last, until)
        energy += own
        capacity += own_capacity
    if capacity <= 0:
        return Factors(0.0, 0.0, 0.0, 0.0)
    return Factors(*(energy / capacity).tolist())


def _energy_of(unit: Unit, first: date, last: date, until: int) -> tuple[Floats, float]:
    """kWh of capacity in service, planned, forced and reduced; and the highest capacity, kW."""
    found, highest = np.zeros(4), 0.0
    for day in range(day_number(first), day_number(last) + 1):
        minutes = min(MINUTES_A_DAY, until - day * MINUTES_A_DAY)
        if minutes <= 0:
            break
        one = unit_day(unit, day)
        if one is None:
            continue
        hours = np.clip((minutes - np.arange(SLOTS) * SLOT_MINUTES) / SLOT_MINUTES, 0.0, 1.0) * SLOT_HOURS
        found += np.array(
            [one.capacity_kw * hours.sum(), one.planned_kw @ hours, one.forced_kw @ hours, one.reduced_kw @ hours]
        )
        highest = max(highest, one.capacity_kw)
    return found, highest
