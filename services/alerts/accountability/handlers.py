"""Events of the projects service that the ledger takes up."""

from __future__ import annotations

from typing import Any

from libs.common.context import Context
from libs.common.contracts.base import Event
from services.alerts.accountability import target_misses


async def on_target_miss(ctx: Context, event: Event[Any]) -> None:
    """A target was settled as missed, or something became of one."""
    await target_misses.take(ctx, event)
