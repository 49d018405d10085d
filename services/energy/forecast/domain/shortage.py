"""The shortage that a forecast shows (缺电预警): what is short, when, how grave, and how grave it may be (S17).

The level is that of p50, held as the balance holds what is measured: a gap has to last for some slots. What p90
would make of it is said as possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.energy.balance.domain.gap import GapColumns, SupplyColumns, gap_columns
from services.energy.balance.domain.levels import Edges, Held, Int, hold_levels
from services.energy.forecast.domain.series import SLOTS, Floats


@dataclass(frozen=True, slots=True)
class Judged:
    """What a node's shortages are judged by: edges, and for how many slots a level has to be reached."""

    edges: Edges
    up_slots: int
    down_slots: int


@dataclass(frozen=True, slots=True)
class ForeseenShortage:
    """Of a day since 1970: short from slot ``first`` until before ``end``, worst in ``worst``; kW there.

    ``high_kw``: p90 of that slot. ``limit``: what bounds the supply in it (see Limit). ``possible``: the level
    by p90.
    """

    day: int
    first: int
    end: int
    worst: int
    demand_kw: float
    high_kw: float
    available_kw: float
    limit: int
    gap_kw: float
    gap_percent: float
    level: int
    possible: int


def find_shortage(
    day: int, p50: Floats, p90: Floats, supply: SupplyColumns, judged: Judged, begin: int = 0
) -> ForeseenShortage | None:
    """The shortage of the slots from ``begin`` on; None where there is none, or nothing is known of the supply."""
    maximum = np.full(SLOTS, float(p50.max()))
    columns = gap_columns(day, supply.available_kw, p50, maximum, judged.edges)
    level = _highest(columns.level[begin:], judged)
    if level == 0:
        return None
    short = np.flatnonzero(np.nan_to_num(columns.gap_kw[begin:]) > 0) + begin
    worst = int(short[np.argmax(columns.gap_percent[short])])
    high = gap_columns(day, supply.available_kw, p90, np.full(SLOTS, float(p90.max())), judged.edges)
    return ForeseenShortage(
        day=day,
        first=int(short[0]),
        end=int(short[-1]) + 1,
        worst=worst,
        demand_kw=float(p50[worst]),
        high_kw=float(p90[worst]),
        available_kw=float(supply.available_kw[worst]),
        limit=int(supply.limit[worst]),
        gap_kw=float(columns.gap_kw[worst]),
        gap_percent=_percent(columns, worst),
        level=level,
        possible=max(level, _highest(high.level[begin:], judged)),
    )


def gravest(found: Sequence[ForeseenShortage | None]) -> ForeseenShortage | None:
    """Of several days the gravest, of equals the first."""
    return max((one for one in found if one is not None), key=lambda one: (one.level, -one.day), default=None)


def _highest(level: Int, judged: Judged) -> int:
    if not len(level):
        return 0
    held, _ = hold_levels(level, Held(), judged.up_slots, judged.down_slots)
    return int(held.max())


def _percent(columns: GapColumns, slot: int) -> float:
    return float(columns.gap_percent[slot])
