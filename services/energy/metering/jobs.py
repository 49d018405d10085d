"""Work of the metering slice that is due by time."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.energy.metering.service import prepare_months
from services.energy.metering.snapshots import close_days


async def prepare_partitions(ctx: Context, _due: datetime) -> None:
    """Make the partitions of this month and the next three."""
    await prepare_months(ctx.session, ctx.now)


async def close_running_days(ctx: Context, _due: datetime) -> None:
    """Turn snapshots of days that are over into day rows, some blocks at a time."""
    await close_days(ctx.session, ctx.now)
