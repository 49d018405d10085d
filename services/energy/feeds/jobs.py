"""Work of the feeds slice that is due by time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from libs.common.context import Context
from services.energy.feeds.repository import forget_before


def forget_receipts(kept_days: int) -> Callable[[Context, datetime], Awaitable[None]]:
    """Delete receipts, and quarantined rows that were replayed, after so many days."""

    async def run(ctx: Context, _due: datetime) -> None:
        await forget_before(ctx.session, ctx.now - timedelta(days=kept_days))

    return run
