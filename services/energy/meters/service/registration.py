"""Registering meters and changing what is recorded of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import MeterRegisteredV1
from libs.common.web.problems import FieldError
from services.energy.metering import repository as metering_repository
from services.energy.metering.domain.meter import Kind
from services.energy.metering.domain.periods import period_at, with_change
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number
from services.energy.metering.errors import EffectiveTooEarly, MeterClosed, MeterFactFixed, MeterNotFound
from services.energy.metering.tables import MeterPeriodRow, MeterRevisionRow, MeterRow
from services.energy.meters import repository
from services.energy.meters.domain.record import CORRECTABLE, FIXED, MeterRecord, kept, storable
from services.energy.meters.service.recording import (
    Change,
    check_facts,
    locked_row,
    now_minute,
    tell,
    write_change,
)


async def put_meter(
    ctx: Context, meter_no: str, record: MeterRecord, effective_from: date | None = None, reason: str | None = None
) -> tuple[MeterRow, bool]:
    """Register a meter or change it; returns it and whether it is new. The same record again changes nothing.

    Dated facts hold from ``effective_from`` on, today if nobody says; those of a new meter from its first day.
    Raises RegionCodeInvalid, RegionOutOfReach, MeterRangeInverted, MeterKindIncomplete, MeterFactFixed,
    MeterClosed, EffectiveTooEarly, RescalingTooLong, and MeterNotFound for a number that belongs to somebody
    else.
    """
    check_facts(ctx, record.kind, record.facts)
    row = await metering_repository.find_row(ctx.session, meter_no)
    if row is None:
        row = await _register(ctx, meter_no, record, reason)
        if row is not None:
            return row, True
    row = await locked_row(ctx, meter_no)
    plain = record.plain()
    for name in FIXED:
        if getattr(row, name) != plain[name]:
            params = {"name": name, "value": getattr(row, name)}
            raise MeterFactFixed(**params, errors=[FieldError("meter.fact_fixed", f"/{name}", params)])
    correctable = {name: plain[name] for name in CORRECTABLE}
    await _change(ctx, row, correctable, record.facts.values(), effective_from, reason)
    return row, False


async def find_version(ctx: Context, meter_no: str) -> int | None:
    """The version of a meter before it is changed; None for a number that nobody has."""
    row = await metering_repository.find_row(ctx.session, meter_no)
    return None if row is None else row.version


async def _register(ctx: Context, meter_no: str, record: MeterRecord, reason: str | None) -> MeterRow | None:
    """The new meter; None when its number was taken at the same moment."""
    if not ctx.principal.may_use_meter(meter_no):
        raise MeterNotFound(meter_no=meter_no)
    values = first_values(ctx, meter_no, record)
    if not await metering_repository.insert_meter(ctx.session, values):
        return None
    row = await locked_row(ctx, meter_no)
    ctx.session.add(first_period(row.meter_id, record))
    await repository.add_revision(ctx.session, first_revision(ctx, row.meter_id, record, reason))
    await tell(ctx, row, MeterRegisteredV1)
    return row


def first_values(ctx: Context, meter_no: str, record: MeterRecord) -> dict[str, Any]:
    """The columns of a new meter, but for its index and mark."""
    first = {"meter_id": ctx.new_id(), "meter_no": meter_no, "version": 1, "periods": 1}
    first["owned_from"] = record.valid_from
    return first | record.plain() | record.facts.values() | {"created_at": ctx.now, "changed_at": ctx.now}


def first_period(meter_id: UUID, record: MeterRecord) -> MeterPeriodRow:
    """The life of a new meter: one period, which counts from the start whenever that is."""
    start = day_number(record.valid_from) * MINUTES_A_DAY
    return MeterPeriodRow(meter_id=meter_id, from_minute=start, facts=kept(record.facts), taken_effect=True)


def first_revision(ctx: Context, meter_id: UUID, record: MeterRecord, reason: str | None) -> MeterRevisionRow:
    """The beginning of a meter's history."""
    return MeterRevisionRow(
        meter_id=meter_id,
        version=1,
        act="registered",
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
        reason=reason,
        before={},
        after=kept(record.facts) | {name: storable(value) for name, value in record.plain().items()},
    )


async def patch_meter(
    ctx: Context, row: MeterRow, changes: Mapping[str, Any], effective_from: date | None, reason: str | None
) -> None:
    """Change single facts of a locked meter; raises as :func:`put_meter` does."""
    correctable = {name: value for name, value in changes.items() if name in CORRECTABLE}
    dated = {name: value for name, value in changes.items() if name not in CORRECTABLE}
    await _change(ctx, row, correctable, dated, effective_from, reason)


async def _change(
    ctx: Context,
    row: MeterRow,
    correctable: Mapping[str, Any],
    dated: Mapping[str, Any],
    effective_from: date | None,
    reason: str | None,
) -> None:
    if row.valid_to is not None and row.valid_to < date_of(now_minute(ctx, row) // MINUTES_A_DAY):
        raise MeterClosed(meter_no=row.meter_no, valid_to=row.valid_to)
    valid_from = correctable.get("valid_from", row.valid_from)
    minute = effective_minute(ctx, row, effective_from, valid_from)
    before = await repository.load_periods(ctx.session, row.meter_id)
    facts = replace(period_at(before, minute).facts, **dated)
    check_facts(ctx, Kind(row.kind), facts)
    after = with_change(before, minute, dated) if dated else before
    is_dated = after != before
    await write_change(ctx, row, Change("changed", correctable, after, minute if is_dated else None, reason))


def effective_minute(ctx: Context, row: MeterRow, effective_from: date | None, valid_from: date) -> int:
    """Since when a change holds: the day that is told, else today. Raises EffectiveTooEarly."""
    if effective_from is None:
        today = now_minute(ctx, row) // MINUTES_A_DAY
        return max(today, day_number(valid_from)) * MINUTES_A_DAY
    if effective_from < valid_from:
        raise EffectiveTooEarly(effective_from=effective_from, valid_from=valid_from)
    return day_number(effective_from) * MINUTES_A_DAY
