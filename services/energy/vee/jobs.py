"""Work of validation and estimation that is due by time, and what follows from touched days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from libs.common.context import Context
from services.energy.metering.touched import TouchedDays
from services.energy.vee.service.settle import Reporter, settle_days, settle_incomplete, settle_yesterday


async def follow_touched(
    ctx: Context, touched: Sequence[TouchedDays], register_order: Reporter | None = None
) -> None:
    """Validate the touched days and fill their gaps; hangs on the job ``touched.settle``."""
    await settle_days(ctx, touched, register_order)


async def judge_yesterday(ctx: Context, _due: datetime) -> None:
    """Validate the day that ended against its history."""
    await settle_yesterday(ctx)


async def fill_incomplete(ctx: Context, _due: datetime) -> None:
    """Fill the gaps of the last ten days that are old enough."""
    await settle_incomplete(ctx)
