"""Plans that come into force, and plans whose year is over."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.energy.curtailment.service.deciding import turn


async def turn_plans(ctx: Context, _due: datetime) -> None:
    """What was approved for a day enters into force on it; with the year a plan ends."""
    await turn(ctx)
