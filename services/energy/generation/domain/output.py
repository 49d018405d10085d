"""Actual beside expected (应发与实发), and where the rest went: outage, curtailment (弃水、弃风、弃光), resource.

By slot, from the capacity in service down to what was made, every step is one cause, so the causes always add up:
capacity − resource − planned outage − forced outage and reduction − curtailment − unexplained = actual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.energy.generation.domain.availability import UnitDay, limit_minutes
from services.energy.generation.domain.plant import SLOT_HOURS, SLOTS, Floats, Limit, PlantKind, SeriesQuantity
from services.energy.generation.domain.potential import Model, Series, potential

_ONES = np.ones(SLOTS)
_ONES.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class SlotFigures:
    """A day of a plant by slot, mean kW, NaN where not known.

    ``capacity_kw`` in service; ``potential_kw`` of the resource with every unit; ``after_planned_kw`` without
    those in planned outage; ``available_kw`` with what could run; ``allowed_kw`` under the dispatch limits: what
    was to be expected; ``actual_kw`` net at the plant's meters.
    """

    capacity_kw: Floats
    potential_kw: Floats
    after_planned_kw: Floats
    available_kw: Floats
    allowed_kw: Floats
    actual_kw: Floats
    unit_available_kw: Floats
    present: Floats


def slot_figures(
    kind: PlantKind,
    units: Sequence[tuple[UnitDay, Model | None]],
    series: Series,
    limits: Sequence[Limit],
    day: int,
    actual_kw: Floats,
    present: Floats,
) -> SlotFigures:
    """``actual_kw``: (96,) net, NaN where any meter is missing; ``present``: share of the meters that are there.

    A given expectation goes before the model; it is that of the whole plant, all of it able to run.
    """
    ones = [_ONES for _ in units]
    capacity = np.full(SLOTS, sum(unit.capacity_kw for unit, _ in units), np.float64)
    whole = planned_out = runnable = potential(units, series, ones)
    given = series.get(SeriesQuantity.EXPECTED_KW)
    is_whole = all(unit.is_whole for unit, _ in units)
    # Mostly nothing is out, and then the three are one.
    after_planned = able = ones
    if not is_whole:
        after_planned = [unit.after_planned for unit, _ in units]
        able = [unit.available for unit, _ in units]
        planned_out = potential(units, series, after_planned)
        runnable = potential(units, series, able)
    if given is not None:
        kept = [_left_of(kind, given, capacity, units, shares) for shares in (ones, after_planned, able)]
        has = ~np.isnan(given)
        whole, planned_out, runnable = (
            np.where(has, own, modelled)
            for own, modelled in zip(kept, (whole, planned_out, runnable), strict=True)
        )
    whole = np.minimum(whole, capacity)
    planned_out, runnable = np.minimum(planned_out, whole), np.minimum(runnable, np.minimum(planned_out, whole))
    allowed = runnable
    unit_available = capacity
    if not is_whole:
        unit_available = np.sum([unit.capacity_kw * unit.available for unit, _ in units], axis=0)
    if limits:
        ceiling = limit_minutes(limits, day).reshape(SLOTS, -1)
        allowed = np.minimum(runnable[:, None], ceiling).mean(axis=1)
        unit_available = np.minimum(unit_available[:, None], ceiling).mean(axis=1)
    # What was made shows what could be made: records of outages and limits never claim more than is missing.
    seen = np.where(np.isnan(actual_kw), 0.0, actual_kw)
    planned_out = np.minimum(whole, np.maximum(planned_out, seen))
    runnable = np.minimum(planned_out, np.maximum(runnable, seen))
    allowed = np.minimum(runnable, np.maximum(allowed, seen))
    return SlotFigures(capacity, whole, planned_out, runnable, allowed, actual_kw, unit_available, present)


def _left_of(
    kind: PlantKind,
    given: Floats,
    capacity: Floats,
    units: Sequence[tuple[UnitDay, Model | None]],
    shares: Sequence[Floats],
) -> Floats:
    """What is left of a given expectation when of each unit its share can run.

    Wind and sun that a unit cannot take are lost; water and fuel go to the others up to their capacity.
    """
    able = np.sum([unit.capacity_kw * share for (unit, _), share in zip(units, shares, strict=True)], axis=0)
    able = np.broadcast_to(np.asarray(able, np.float64), (SLOTS,))
    if not kind.is_spread:
        least: Floats = np.minimum(given, able)
        return least
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(capacity > 0, able / capacity, 0.0)
    found: Floats = given * part
    return found


@dataclass(frozen=True, slots=True)
class Output:
    """Sums of a span, energies kWh; from ``capacity_kwh`` on of the ``compared`` slots, where both are known.

    ``actual_kwh`` is of all slots that are there, ``present`` of the ``slots`` that are over; ``present`` counts
    slots in parts where some of the meters are missing. ``slots_kwh``: what the capacity would make in all slots.
    """

    slots: int = 0
    present: float = 0.0
    whole: int = 0
    compared: int = 0
    actual_kwh: float = 0.0
    slots_kwh: float = 0.0
    peak_kw: float | None = None
    capacity_kwh: float = 0.0
    potential_kwh: float = 0.0
    expected_kwh: float = 0.0
    compared_kwh: float = 0.0
    resource_kwh: float = 0.0
    planned_kwh: float = 0.0
    forced_kwh: float = 0.0
    curtailed_kwh: float = 0.0
    unexplained_kwh: float = 0.0

    def __add__(self, other: Self) -> Self:
        summed = {
            item.name: getattr(self, item.name) + getattr(other, item.name)
            for item in fields(self)
            if item.name != "peak_kw"
        }
        peaks = [peak for peak in (self.peak_kw, other.peak_kw) if peak is not None]
        return type(self)(**summed, peak_kw=max(peaks, default=None))

    @property
    def completeness(self) -> float | None:
        """Share of what the meters should have told; None while nothing is over."""
        return None if not self.slots else min(1.0, self.present / self.slots)

    @property
    def performance_ratio(self) -> float | None:
        """Made of what the resource offered (发电性能比); None where nothing was offered or known."""
        return self.compared_kwh / self.potential_kwh if self.potential_kwh > 0 else None

    @property
    def delivery_ratio(self) -> float | None:
        """Made of what was to be expected: outages and dispatch limits are excused."""
        return self.compared_kwh / self.expected_kwh if self.expected_kwh > 0 else None

    @property
    def curtailment_rate(self) -> float | None:
        """弃水率、弃风率、弃光率: curtailed / (made + curtailed)."""
        could = self.compared_kwh + self.curtailed_kwh
        return self.curtailed_kwh / could if could > 0 else None

    @property
    def capacity_factor(self) -> float | None:
        """Of the slots that are there, so a gap does not look like standing still."""
        known = self.slots_kwh * self.whole / self.slots if self.slots else 0.0
        return self.actual_kwh / known if known > 0 else None


def sum_up(figures: SlotFigures, over: NDArray[np.bool_]) -> Output:
    """The sums of a day; ``over``: which of its slots have ended."""
    there = over & ~np.isnan(figures.actual_kw)
    both = there & ~np.isnan(figures.potential_kw)

    def energy(values: Floats, chosen: NDArray[np.bool_]) -> float:
        return float(values[chosen].sum() * SLOT_HOURS)

    capacity, whole = energy(figures.capacity_kw, both), energy(figures.potential_kw, both)
    planned_out, able = energy(figures.after_planned_kw, both), energy(figures.available_kw, both)
    allowed, made = energy(figures.allowed_kw, both), energy(figures.actual_kw, both)
    return Output(
        slots=int(over.sum()),
        present=float(figures.present[over].sum()),
        whole=int(there.sum()),
        compared=int(both.sum()),
        actual_kwh=energy(figures.actual_kw, there),
        slots_kwh=energy(figures.capacity_kw, over),
        peak_kw=float(figures.actual_kw[there].max()) if there.any() else None,
        capacity_kwh=capacity,
        potential_kwh=whole,
        expected_kwh=allowed,
        compared_kwh=made,
        resource_kwh=capacity - whole,
        planned_kwh=whole - planned_out,
        forced_kwh=planned_out - able,
        curtailed_kwh=able - allowed,
        unexplained_kwh=allowed - made,
    )
