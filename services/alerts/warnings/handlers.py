"""Events of the other services that open and clear alerts."""

from __future__ import annotations

from typing import Any

from libs.common.context import Context
from libs.common.contracts.base import Event
from services.alerts.warnings import intake


async def on_condition_opened(ctx: Context, event: Event[Any]) -> None:
    """A condition was opened, or stated anew with a higher version."""
    await intake.take_opened(ctx, event)


async def on_condition_cleared(ctx: Context, event: Event[Any]) -> None:
    await intake.take_cleared(ctx, event)
