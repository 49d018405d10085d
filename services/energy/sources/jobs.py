"""Work of the feeds' registry that is due by time."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.energy.sources.watching import judge_feeds


async def watch_feeds(ctx: Context, _due: datetime) -> None:
    """See which feeds are late or silent, and which are heard again."""
    await judge_feeds(ctx)
