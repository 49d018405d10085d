"""How shortages are judged in a region for a time: denominator, edges, hysteresis, whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.energy.balance.domain.levels import Edges
from services.energy.grid.domain.node import NodeKind


class Denominator(StrEnum):
    """预测最大负荷 the day's forecast maximum, or 近期最大负荷 the highest measured of the days before."""

    FORECAST_MAXIMUM = "forecast_maximum"
    RECENT_MAXIMUM = "recent_maximum"


@dataclass(frozen=True, slots=True)
class BalanceRule:
    """``denominator``: where no forecast is known the highest of the last ``recent_days`` days takes its place.

    A level rises after ``up_slots`` slots and falls after ``down_slots``; an open shortage is told anew when its
    gap moved by ``restate_points`` percent points. ``kinds``: nodes whose shortages are told to people.
    """

    id: UUID
    region_code: str | None
    valid_from: date
    valid_to: date | None
    denominator: Denominator
    recent_days: int
    edges: Edges
    up_slots: int
    down_slots: int
    restate_points: float
    kinds: frozenset[NodeKind]
