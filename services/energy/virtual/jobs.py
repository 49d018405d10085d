"""Work of the virtual meters that is due by time."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.energy.virtual.service import compute_due


async def compute_waiting(ctx: Context, _due: datetime) -> None:
    """Days whose formula changed, or that somebody asked for."""
    await compute_due(ctx)
