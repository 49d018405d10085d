"""What may be drawn and what is drawn: the gap (电力缺口) by slot, never a missing figure for zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.balance.domain.levels import Edges, Floats, Int, levels_of

SLOTS: Final = 96


class Limit(IntEnum):
    """What bounds the supply of a slot."""

    UNKNOWN = 0
    CAPACITY = 1
    QUOTA = 2
    IMPORT = 3


class MaximumSource(IntEnum):
    """Where the denominator comes from."""

    UNKNOWN = 0
    FORECAST = 1
    RECENT = 2
    # Nothing is known of the days before: the highest of the day so far.
    TODAY = 3


@dataclass(frozen=True, slots=True, eq=False)
class SupplyColumns:
    """``available_kw``: NaN where nothing bounds it. ``limit``: by what, see Limit.

    ``quota_over``: the quota is more than the node can carry, so it does not count there.
    """

    available_kw: Floats
    limit: Int
    quota_over: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class GapColumns:
    """A day of a node by quarter of an hour; NaN where it is not known.

    ``gap_kw``: what is short, 0 where there is enough; ``gap_percent`` of ``maximum_kw`` (one for each slot).
    ``level``: as held with hysteresis for what was measured, else of the slot alone and -1 where unknown.
    """

    day: int
    available_kw: Floats
    demand_kw: Floats
    gap_kw: Floats
    gap_percent: Floats
    level: Int
    maximum_kw: Floats


def supply(capacity_kw: float | None, quota_kw: Floats, import_kw: Floats, generation_kw: Floats) -> SupplyColumns:
    """The lowest of what the node can carry, was allotted and can import, and what is generated beside it."""
    carried = np.full(SLOTS, np.nan if capacity_kw is None else capacity_kw)
    bounds = np.stack([carried, quota_kw, import_kw])
    known = np.isfinite(bounds)
    lowest = np.where(known, bounds, np.inf)
    place = lowest.argmin(axis=0)
    is_known = known.any(axis=0)
    available = np.where(is_known, lowest.min(axis=0), np.nan)
    generated = np.where(np.isfinite(generation_kw), generation_kw, 0.0)
    return SupplyColumns(
        available + generated,
        np.where(is_known, place + 1, int(Limit.UNKNOWN)),
        np.greater(quota_kw, carried, where=known[0] & known[1], out=np.zeros(SLOTS, np.bool_)),
    )


def gaps(available_kw: Floats, demand_kw: Floats, maximum_kw: Floats) -> tuple[Floats, Floats]:
    """Gap in kW and in percent of the denominator."""
    gap = np.where(np.isfinite(available_kw) & np.isfinite(demand_kw), demand_kw - available_kw, np.nan)
    short = np.where(np.isfinite(gap), np.maximum(gap, 0.0), np.nan)
    is_rated = np.isfinite(maximum_kw) & (maximum_kw > 0)
    percent = np.where(is_rated, 100 * short / np.where(is_rated, maximum_kw, 1.0), np.nan)
    # No gap is no gap, whatever it would be compared with.
    return short, np.where(short == 0, 0.0, percent)


def running_maximum(demand_kw: Floats) -> Floats:
    """The highest up to each slot; NaN until something is known."""
    return np.fmax.accumulate(demand_kw)


def gap_columns(day: int, available_kw: Floats, demand_kw: Floats, maximum_kw: Floats, edges: Edges) -> GapColumns:
    """Columns with the level of each slot by itself."""
    gap, percent = gaps(available_kw, demand_kw, maximum_kw)
    return GapColumns(day, available_kw, demand_kw, gap, percent, levels_of(percent, edges), maximum_kw)
