"""Work of the meter register that is due by time."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.energy.meters.service.effects import take_effect
from services.energy.registers import derivation_repository


async def turn_periods(ctx: Context, _due: datetime) -> None:
    """Changes that were recorded ahead come true."""
    await take_effect(ctx)


async def forget_derivations(ctx: Context, _due: datetime) -> None:
    """What was kept for the replay of a log that is gone."""
    await derivation_repository.forget(ctx.session, ctx.now)
