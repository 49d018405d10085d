"""Work of the feeds slice that is due by time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from libs.common.context import Context
from services.energy.feeds.repository import abandon_before, forget_before
from services.energy.feeds.waiting import discard_aged

# Longer than anybody waits for an answer, also on a clock that runs fast.
_UNANSWERED: Final = timedelta(hours=2)


def forget_receipts(kept_days: int) -> Callable[[Context, datetime], Awaitable[None]]:
    """Delete receipts, and quarantined rows that were replayed or discarded, after so many days."""

    async def run(ctx: Context, _due: datetime) -> None:
        await forget_before(ctx.session, ctx.now - timedelta(days=kept_days))

    return run


async def abandon_receipts(ctx: Context, _due: datetime) -> None:
    """Put an end to receipts whose delivery was killed before the broker had them."""
    await abandon_before(ctx.session, ctx.now - _UNANSWERED)


def give_up_quarantine(kept_days: int) -> Callable[[Context, datetime], Awaitable[None]]:
    """Discard what has waited for so many days for a meter that nobody registered."""

    async def run(ctx: Context, _due: datetime) -> None:
        await discard_aged(ctx, ctx.now - timedelta(days=kept_days), f"waited for {kept_days} days")

    return run
