"""Supply and demand, every minute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from libs.common.context import Context
from services.energy.balance.forecasts import ForecastOf, GenerationOf, no_forecast, no_generation
from services.energy.balance.settling import settle_due


def settle_balances(
    forecast: ForecastOf = no_forecast, generation: GenerationOf = no_generation
) -> Callable[[Context, datetime], Awaitable[None]]:
    """The job: what is due is computed, and shortages are told."""

    async def run(ctx: Context, _due: datetime) -> None:
        await settle_due(ctx, forecast, generation)

    return run
