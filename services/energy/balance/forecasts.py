"""What the balance asks of a forecast of load; the slice that makes one stands above and is handed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol
from uuid import UUID

import numpy as np

from libs.common.context import Context
from services.energy.balance.domain.levels import Floats


class LoadForecast(Protocol):
    """A day's load as it is expected; ``p50``: (96,) kW."""

    @property
    def p50(self) -> Floats: ...


# The newest forecast of a node (by id) for a day since 1970; None where there is none.
ForecastOf = Callable[[Context, UUID, int], Awaitable[LoadForecast | None]]

# Power of plants that feed a node though no meter below it shows them: (96,) kW by node, for a day since 1970.
GenerationOf = Callable[[Context, Collection[UUID], int], Awaitable[dict[UUID, Floats]]]


async def no_forecast(_ctx: Context, _node: UUID, _day: int) -> LoadForecast | None:
    return None


async def no_generation(_ctx: Context, _nodes: Collection[UUID], _day: int) -> dict[UUID, Floats]:
    return {}


def highest(forecast: LoadForecast | None) -> float | None:
    """The forecast maximum load of the day."""
    if forecast is None or not np.isfinite(forecast.p50).any():
        return None
    return float(np.nanmax(forecast.p50))
