"""What is done of plants by the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from libs.common.local_time import today_of
from services.energy.generation import repository, target_repository
from services.energy.generation.service import computing
from services.energy.generation.service.watching import close_years, watch_plants, watch_targets
from services.energy.situations.repository import open_situations


async def compute_waiting(ctx: Context, _due: datetime) -> None:
    """Days that wait to be computed anew."""
    await computing.compute_due(ctx)


async def watch_outages(ctx: Context, _due: datetime) -> None:
    """Outages count once they have lasted; only plants that have one, or of which one was told, are looked at."""
    out = await repository.plants_out(ctx.session, ctx.now)
    out |= set(await open_situations(ctx.session, [SituationKind.GENERATION_OUTAGE]))
    await watch_plants(ctx, await repository.all_plants(ctx.session, lock=True, among=out))


async def judge_yesterday(ctx: Context, _due: datetime) -> None:
    """The day that ended, of every plant; then the year's pace by it."""
    await computing.compute_today(ctx)
    await watch_plants(ctx, await repository.all_plants(ctx.session, lock=True))
    yesterday = today_of(ctx) - timedelta(days=1)
    await watch_targets(ctx, await target_repository.current_targets(ctx.session, yesterday.year, lock=True))
    if yesterday == date(yesterday.year, 1, 1):
        await close_years(ctx, await target_repository.current_targets(ctx.session, yesterday.year - 1, lock=True))
