"""Use cases of meters and curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.energy.metering import curve_repository, repository
from services.energy.metering.domain.completeness import Span, span_of
from services.energy.metering.domain.meter import Meter
from services.energy.metering.errors import CurveRangeTooLong, PeriodInverted
from services.energy.metering.tables import CurveDayRow, CurveRevisionRow

MAX_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves of a meter with what is known about their completeness."""

    meter: Meter
    days: Sequence[CurveDayRow]
    revisions: Sequence[CurveRevisionRow]
    span: Span


async def get_curves(ctx: Context, meter_no: str, first: date, last: date) -> Curves:
    """Days ``first`` to ``last``, both included. Raises MeterNotFound, PeriodInverted, CurveRangeTooLong."""
    check_period(first, last)
    meter = await repository.get_visible(ctx.session, ctx.principal, meter_no)
    # An enterprise sees its meter from the day it became its own.
    where = (meter.meter_index, meter.quantity.number, max(first, meter.valid_from), last)
    return Curves(
        meter=meter,
        days=await curve_repository.list_days(ctx.session, *where),
        revisions=await curve_repository.list_revisions(ctx.session, *where),
        span=span_of(meter, first, last, ctx.now),
    )


def check_period(first: date, last: date) -> None:
    if last < first:
        raise PeriodInverted(first=first, last=last)
    if (last - first).days >= MAX_DAYS:
        raise CurveRangeTooLong(max_days=MAX_DAYS)


async def get_latest(ctx: Context, meter_no: str) -> tuple[Meter, CurveDayRow | None]:
    """The meter and its newest curve."""
    meter = await repository.get_visible(ctx.session, ctx.principal, meter_no)
    row = await curve_repository.find_last_day(ctx.session, meter.meter_index, meter.quantity.number)
    return meter, None if row is None or row.day < meter.valid_from else row


@dataclass(frozen=True, slots=True)
class MeterCompleteness:
    """``present`` of ``expected`` values and the energy of those present, kWh."""

    meter: Meter
    expected: int
    present: int
    energy_kwh: float


async def get_completeness(
    ctx: Context, meters: Sequence[Meter], first: date, last: date
) -> list[MeterCompleteness]:
    """How much of what should be there is there, by meter. Raises PeriodInverted, CurveRangeTooLong."""
    check_period(first, last)
    sums: dict[tuple[int, int], tuple[int, float]] = {}
    indexes = [meter.meter_index for meter in meters]
    begins = {meter.meter_index: meter.valid_from for meter in meters}
    for index, quantity, day, present, energy in await curve_repository.present_by_day(
        ctx.session, indexes, first, last
    ):
        if day < begins[index]:
            continue
        known, total = sums.get((index, quantity), (0, 0.0))
        sums[index, quantity] = known + present, total + energy
    return [
        MeterCompleteness(
            meter,
            span_of(meter, first, last, ctx.now).expected,
            *sums.get((meter.meter_index, meter.quantity.number), (0, 0.0)),
        )
        for meter in meters
    ]


async def prepare_months(session: AsyncSession, now: datetime, ahead: int = 3) -> None:
    """Partitions for this month and ``ahead`` more, so that nobody waits for their making."""
    days = [(now + timedelta(days=31 * number)).date() for number in range(ahead + 1)]
    await curve_repository.ensure_months(session, days)
