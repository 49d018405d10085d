"""Changes that were recorded ahead come true in their time."""

from __future__ import annotations

from libs.common.context import Context
from libs.common.contracts.energy import MeterChangedV1
from services.energy.metering import repository as metering_repository
from services.energy.metering.domain.periods import period_at
from services.energy.metering.domain.slots import instant_of, local_minute
from services.energy.meters import repository
from services.energy.meters.domain.record import differences, owned_from
from services.energy.meters.service.recording import now_minute, tell

# The furthest east of UTC: no meter's standard time is ahead of it.
_FURTHEST_EAST = 14 * 60


async def take_effect(ctx: Context) -> int:
    """Bring the rows of meters up to date whose next period has begun; returns how many."""
    latest = local_minute(ctx.now, _FURTHEST_EAST)
    taken = 0
    for row in await repository.due_meters(ctx.session, latest):
        now = now_minute(ctx, row)
        periods = await repository.load_periods(ctx.session, row.meter_id)
        period = period_at(periods, now)
        facts = period.facts.values()
        changed = differences({name: getattr(row, name) for name in facts}, facts)
        await repository.save_periods(ctx.session, row.meter_id, periods, now)
        if not changed:
            continue
        values = facts | {
            "version": row.version + 1,
            "changed_at": ctx.now,
            "owned_from": owned_from(periods, now),
        }
        await metering_repository.update_meter(ctx.session, row.meter_no, values)
        await ctx.session.refresh(row)
        since = instant_of(period.from_minute, row.offset_minutes)
        await tell(ctx, row, MeterChangedV1, changed=tuple(sorted(changed)), effective_from=since)
        taken += 1
    return taken
