"""The power factor of the day that ended."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.energy.power_factor import judging


async def judge_yesterday(ctx: Context, _due: datetime) -> None:
    """Days that nothing touched after their end are judged here."""
    await judging.judge_yesterday(ctx)
