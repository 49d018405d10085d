"""What follows from touched days: month totals, and whatever else hangs on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from libs.common.context import Context
from services.energy.metering.touched import TouchedDays, take_touched
from services.energy.rollups.service import recompute_touched

Follower = Callable[[Context, Sequence[TouchedDays]], Awaitable[None]]


def settle_touched(*followers: Follower) -> Callable[[Context, datetime], Awaitable[None]]:
    """Recompute what hangs on the days that were touched since the last time, in one transaction.

    What a follower changes itself is noted anew and settled by the next run.
    """

    async def run(ctx: Context, _due: datetime) -> None:
        touched = await take_touched(ctx.session)
        for days in touched:
            await recompute_touched(ctx, days)
        if touched:
            for follow in followers:
                await follow(ctx, touched)

    return run
