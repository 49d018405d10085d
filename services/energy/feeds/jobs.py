"""Work of the feeds slice that is due by time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from libs.common.context import Context
from services.energy.feeds.repository import forget_before
from services.energy.feeds.waiting import discard_aged


def forget_receipts(kept_days: int) -> Callable[[Context, datetime], Awaitable[None]]:
    """Delete receipts, and quarantined rows that were replayed or discarded, after so many days."""

    async def run(ctx: Context, _due: datetime) -> None:
        await forget_before(ctx.session, ctx.now - timedelta(days=kept_days))

    return run


def give_up_quarantine(kept_days: int) -> Callable[[Context, datetime], Awaitable[None]]:
    """Discard what has waited for so many days for a meter that nobody registered."""

    async def run(ctx: Context, _due: datetime) -> None:
        await discard_aged(ctx, ctx.now - timedelta(days=kept_days), f"waited for {kept_days} days")

    return run
