"""Which meters belong together, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from libs.common.context import Context
from services.energy.metering.domain.meter import Meter, Quantity
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number, local_minute
from services.energy.metering.repository import get_visible
from services.energy.metering.service import check_period
from services.energy.power_factor import repository
from services.energy.power_factor.domain.factor import Standard
from services.energy.power_factor.errors import PairOverlaps, PairUnfit, PairValidityInverted
from services.energy.power_factor.judging import judge_days
from services.energy.power_factor.tables import PowerFactorDayRow, PowerFactorPairRow

# So much of the past is judged when a pair is recorded or changed.
_BACK_DAYS: Final = 62
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('power_factor_pair'), :meter)")


@dataclass(frozen=True, slots=True)
class Pairing:
    """Meters of one supply point from ``valid_from`` until before ``valid_to``."""

    active_no: str
    reactive_import_no: str
    reactive_export_no: str | None
    standard: Standard
    valid_from: date
    valid_to: date | None = None


async def pair(ctx: Context, pairing: Pairing) -> PowerFactorPairRow:
    """Record a pair and judge the days behind it that it holds for.

    Raises MeterNotFound, PairUnfit, PairOverlaps, PairValidityInverted.
    """
    active = await _meter(ctx, pairing.active_no, Quantity.ACTIVE_IMPORT_KW)
    drawn = await _meter(ctx, pairing.reactive_import_no, Quantity.REACTIVE_IMPORT_KVAR)
    fed = None
    if pairing.reactive_export_no is not None:
        fed = await _meter(ctx, pairing.reactive_export_no, Quantity.REACTIVE_EXPORT_KVAR)
    await ctx.session.execute(_LOCK, {"meter": active.meter_index})
    row = PowerFactorPairRow(
        id=ctx.new_id(),
        active_no=active.meter_no,
        active_index=active.meter_index,
        reactive_import_no=drawn.meter_no,
        reactive_import_index=drawn.meter_index,
        reactive_export_no=None if fed is None else fed.meter_no,
        reactive_export_index=None if fed is None else fed.meter_index,
        standard=pairing.standard.value,
        region_code=active.region_code,
        enterprise_id=active.enterprise_id,
        valid_from=pairing.valid_from,
        valid_to=pairing.valid_to,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    await _check(ctx, row)
    ctx.session.add(row)
    await ctx.session.flush()
    await _judge_past(ctx, row, active)
    return row


async def change(
    ctx: Context, row: PowerFactorPairRow, standard: Standard, valid_to: date | None
) -> PowerFactorPairRow:
    """Another class of user, or an end, of a locked pair; the last two months are judged anew.

    Raises PairOverlaps, PairValidityInverted.
    """
    await ctx.session.execute(_LOCK, {"meter": row.active_index})
    if (row.standard, row.valid_to) != (standard.value, valid_to):
        row.standard, row.valid_to = standard.value, valid_to
        await _check(ctx, row)
        row.version += 1
        row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
        await ctx.session.flush()
        if valid_to is not None:
            await repository.drop_days(ctx.session, row.active_index, valid_to)
        await _judge_past(ctx, row, await get_visible(ctx.session, ctx.principal, row.active_no))
    return row


async def list_days(ctx: Context, meter_no: str, first: date, last: date) -> list[PowerFactorDayRow]:
    """The days of a meter. Raises MeterNotFound, PeriodInverted, CurveRangeTooLong."""
    check_period(first, last)
    meter = await get_visible(ctx.session, ctx.principal, meter_no)
    return await repository.days_of(ctx.session, meter.meter_index, first, last)


async def _meter(ctx: Context, meter_no: str, wanted: Quantity) -> Meter:
    meter = await get_visible(ctx.session, ctx.principal, meter_no)
    if meter.quantity is not wanted:
        raise PairUnfit(meter_no=meter_no, quantity=meter.quantity.value, wanted=wanted.value)
    return meter


async def _check(ctx: Context, row: PowerFactorPairRow) -> None:
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        raise PairValidityInverted(valid_from=row.valid_from, valid_to=row.valid_to)
    for other in await repository.pairs_of_active(ctx.session, row.active_index):
        begins_before = row.valid_to is None or other.valid_from < row.valid_to
        ends_after = other.valid_to is None or row.valid_from < other.valid_to
        if other.id != row.id and begins_before and ends_after:
            raise PairOverlaps(meter_no=row.active_no, valid_from=other.valid_from)


async def _judge_past(ctx: Context, row: PowerFactorPairRow, meter: Meter) -> None:
    today = local_minute(ctx.now, meter.offset_minutes) // MINUTES_A_DAY
    first = max(day_number(row.valid_from), today - _BACK_DAYS)
    await judge_days(ctx, [row], first, today - 1)


def default_span(today: int) -> tuple[date, date]:
    """The month that ended yesterday; ``today`` since 1970."""
    last = date_of(today - 1)
    return last - timedelta(days=30), last


async def find_pair(ctx: Context, pair_id: UUID) -> PowerFactorPairRow:
    """Raises PairNotFound."""
    return await repository.get_pair(ctx.session, ctx.principal, pair_id)
