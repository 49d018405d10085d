"""What is done of phase-out by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from libs.common.context import Context
from libs.common.local_time import today_of
from services.energy.phase_out import repository
from services.energy.phase_out.service.running import check_order
from services.energy.phase_out.service.watching import settle_cases

# What was verified as closed is looked at for a year more: some start again at night.
_WATCHED_DAYS = 365


async def watch_dates(ctx: Context, _due: datetime) -> None:
    """Dates become near and past by the passing of days."""
    await settle_cases(ctx, await repository.open_cases(ctx.session, lock=True))


async def check_running(ctx: Context, _due: datetime) -> None:
    """Whether what was closed runs, by the curves of the days before."""
    cases = await repository.executed_cases(ctx.session, today_of(ctx) - timedelta(days=_WATCHED_DAYS))
    orders = await repository.standing_orders(ctx.session, [case.id for case in cases])
    for case in cases:
        order = orders.get(case.id)
        if order is not None and order.executed_on is not None:
            await check_order(ctx, case, order)
