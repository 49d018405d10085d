"""The first N of many meters, by energy, peak or change (排名)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.energy.curves.domain.rollup import Grid, shares
from services.energy.metering.domain.day_columns import Floats
from services.energy.metering.domain.incoming import Int


class By(StrEnum):
    """The measure; ``change`` compares mean powers, so that a span with gaps is not taken for a fall."""

    ENERGY = "energy"
    PEAK = "peak"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Places of meters in their order, the measure of each of them, and how many had one at all."""

    place: Int
    measure: Floats
    fitting: int


def mean_kw(grid: Grid, interval: Int) -> Floats:
    """Mean power of one period over the values present, NaN where none is; ``interval`` minutes, one a meter."""
    present = grid.present[:, 0]
    found: Floats = np.full(len(present), np.nan)
    np.divide(grid.energy_kwh[:, 0] * 60, present * interval, out=found, where=present > 0)
    return found


def changes(current: Grid, before: Grid, interval: Int) -> Floats:
    """Relative change of the mean power; NaN where a side is missing or the reference is nothing."""
    now, then = mean_kw(current, interval), mean_kw(before, interval)
    found: Floats = np.full(len(now), np.nan)
    known = ~np.isnan(now) & ~np.isnan(then) & (then != 0)
    np.divide(now - then, np.abs(then), out=found, where=known)
    return found


def rank(measure: Floats, grids: list[Grid], least_completeness: float, limit: int, *, ascending: bool) -> Ranked:
    """The first ``limit`` meters that have the measure and enough data in every grid; ties in meters' order."""
    fits = ~np.isnan(measure)
    for grid in grids:
        fits &= shares(grid.present[:, 0], grid.expected[:, 0]) >= least_completeness
    places = np.flatnonzero(fits)
    keys = measure[places] if ascending else -measure[places]
    chosen = places[np.argsort(keys, kind="stable")[:limit]]
    return Ranked(chosen, measure[chosen], len(places))
