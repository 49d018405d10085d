"""Use cases of meters and curves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy import MeterRegisteredV1
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, reaches_region
from libs.common.web.problems import FieldError
from services.energy.metering import curve_repository, repository
from services.energy.metering.domain.meter import Meter, Profile, Quantity
from services.energy.metering.errors import (
    CurveRangeTooLong,
    MeterFactFixed,
    MeterNotFound,
    MeterRangeInverted,
    PeriodInverted,
    RegionCodeInvalid,
    RegionOutOfReach,
)
from services.energy.metering.snapshots import over, running_rows
from services.energy.metering.tables import CurveDayRow, MeterRow

MAX_DAYS: Final = 400
_FIXED: Final = ("quantity", "interval_minutes", "offset_minutes")


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """What is recorded of a meter besides its number."""

    name: str
    region_code: str
    quantity: Quantity
    profile: Profile
    interval_minutes: int
    offset_minutes: int
    capacity_kw: float | None
    low_kw: float | None
    high_kw: float | None
    multiplier: float
    enterprise_id: UUID | None
    valid_from: date

    def values(self) -> dict[str, object]:
        return {item.name: getattr(self, item.name) for item in fields(self)}


async def put_meter(ctx: Context, meter_no: str, facts: MeterFacts) -> tuple[MeterRow, bool]:
    """Register a meter or change it; returns it and whether it is new. The same facts again change nothing.

    Raises RegionCodeInvalid, RegionOutOfReach, MeterRangeInverted, MeterFactFixed, and MeterNotFound for a number
    that belongs to somebody else.
    """
    _check(ctx, facts)
    row = await repository.find_row(ctx.session, meter_no)
    is_new = row is None
    if row is None:
        first = {"meter_id": ctx.new_id(), "meter_no": meter_no, "version": 1, "created_at": ctx.now}
        if not await repository.insert_meter(ctx.session, first | facts.values() | {"changed_at": ctx.now}):
            row = await repository.find_row(ctx.session, meter_no)
            is_new = False
    if row is not None and not await _change(ctx, row, facts):
        return row, False
    row = await repository.find_row(ctx.session, meter_no)
    assert row is not None
    payload = MeterRegisteredV1(
        meter_id=row.meter_id,
        meter_no=meter_no,
        name=row.name,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        interval_minutes=row.interval_minutes,
        capacity_kw=row.capacity_kw,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.meter_id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
    return row, is_new


def _check(ctx: Context, facts: MeterFacts) -> None:
    try:
        regions.validate(facts.region_code)
    except regions.InvalidRegionCode as error:
        fault = FieldError("meter.region_invalid", "/region_code", {"region_code": facts.region_code})
        raise RegionCodeInvalid(region_code=facts.region_code, errors=[fault]) from error
    if not reaches_region(ctx.principal, facts.region_code):
        raise RegionOutOfReach(region_code=facts.region_code)
    ensure_enterprise(ctx.principal, facts.enterprise_id)
    if facts.low_kw is not None and facts.high_kw is not None and facts.low_kw > facts.high_kw:
        raise MeterRangeInverted(low_kw=facts.low_kw, high_kw=facts.high_kw)


async def _change(ctx: Context, row: MeterRow, facts: MeterFacts) -> bool:
    """Whether anything changed."""
    if not reaches_region(ctx.principal, row.region_code):
        raise MeterNotFound(meter_no=row.meter_no)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    values = facts.values()
    for name in _FIXED:
        if getattr(row, name) != values[name]:
            params = {"name": name, "value": getattr(row, name)}
            raise MeterFactFixed(**params, errors=[FieldError("meter.fact_fixed", f"/{name}", params)])
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    changed = values | {"version": row.version + 1, "changed_at": ctx.now}
    await repository.update_meter(ctx.session, row.meter_no, changed)
    await ctx.session.refresh(row)
    return True


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
    return meter, rows[-1] if rows else None


async def prepare_months(session: AsyncSession, now: datetime, ahead: int = 3) -> None:
    """Partitions for this month and ``ahead`` more, so that nobody waits for their making."""
    days = [(now + timedelta(days=31 * number)).date() for number in range(ahead + 1)]
    await curve_repository.ensure_months(session, days)
