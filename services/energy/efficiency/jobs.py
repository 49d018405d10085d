"""Work of efficiency that is due by time."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.energy.efficiency.service.judging import judge_all, judge_due


async def judge_energy_targets(ctx: Context, _due: datetime) -> None:
    """Judge the targets of this year and the last: meters were completed, a month is over, rules changed."""
    await judge_all(ctx)


async def judge_due_targets(ctx: Context, _due: datetime) -> None:
    """Judge the targets of regions whose enterprises reported since the last time."""
    await judge_due(ctx)
