"""Backtests that wait."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.energy.backtests.service import run_waiting


async def run_backtests(ctx: Context, _due: datetime) -> None:
    """One a run, in a transaction of its own."""
    await run_waiting(ctx)
