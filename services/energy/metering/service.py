"""Use cases of meters and curves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.energy.metering import curve_repository, repository
from services.energy.metering.domain.meter import Meter
from services.energy.metering.errors import CurveRangeTooLong, PeriodInverted
from services.energy.metering.snapshots import over, running_rows
from services.energy.metering.tables import CurveDayRow

MAX_DAYS: Final = 400


def check_period(first: date, last: date) -> None:
    if last < first:
        raise PeriodInverted(first=first, last=last)
    if (last - first).days >= MAX_DAYS:
        raise CurveRangeTooLong(max_days=MAX_DAYS)


async def get_latest(ctx: Context, meter_no: str) -> tuple[Meter, CurveDayRow | None]:
    """The meter and its newest curve."""
    meter = await repository.get_visible(ctx.session, ctx.principal, meter_no)
    where = (meter.meter_index, meter.quantity.number)
    running = await running_rows(ctx.session, where[1], [where[0]], date.min, date.max)
    last = await curve_repository.find_last_day(ctx.session, *where)
    rows = over([] if last is None else [last], running)
    return meter, rows[-1] if rows and rows[-1].day >= meter.valid_from else None


async def prepare_months(session: AsyncSession, now: datetime, ahead: int = 3) -> None:
    """Partitions for this month and ``ahead`` more, so that nobody waits for their making."""
    days = [(now + timedelta(days=31 * number)).date() for number in range(ahead + 1)]
    await curve_repository.ensure_months(session, days)
