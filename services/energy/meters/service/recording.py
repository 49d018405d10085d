"""What every change of a meter writes: its row, its life, its history, its event, its curves where they follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.energy import MeterChangedV1
from libs.common.outbox.record import EventRow, event_row, record_events
from libs.common.security.scope import ensure_enterprise, reaches_region
from libs.common.web.problems import FieldError
from services.energy.metering import repository as metering_repository
from services.energy.metering.domain.meter import Kind, Quantity
from services.energy.metering.domain.periods import Facts, Period, period_at, rescalings
from services.energy.metering.domain.slots import instant_of, local_minute
from services.energy.metering.errors import (
    MeterKindIncomplete,
    MeterNotFound,
    MeterRangeInverted,
    RegionCodeInvalid,
    RegionOutOfReach,
)
from services.energy.metering.tables import MeterRevisionRow, MeterRow
from services.energy.meters import repository
from services.energy.meters.domain.record import differences, missing_fact, owned_from, started, storable
from services.energy.meters.service.rescaling import rescale


@dataclass(frozen=True, slots=True)
class Change:
    """A change to write. ``plain``: columns of the row; ``periods``: the life as it is to be.

    ``effective_minute``: since when, in the meter's standard time, None for what holds for the whole life.
    """

    act: str
    plain: Mapping[str, Any]
    periods: Sequence[Period]
    effective_minute: int | None = None
    reason: str | None = None
    # A version of its own though no fact is another one: a like device in place of the old one.
    always: bool = False


def check_facts(ctx: Context, kind: Kind, facts: Facts) -> None:
    """Raises RegionCodeInvalid, RegionOutOfReach, NotFound, MeterRangeInverted, MeterKindIncomplete."""
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
    name = missing_fact(kind, facts)
    if name is not None:
        params: dict[str, Any] = {"name": name, "kind": kind.value}
        raise MeterKindIncomplete(**params, errors=[FieldError("meter.kind_incomplete", f"/{name}", params)])


async def locked_row(ctx: Context, meter_no: str) -> MeterRow:
    """The meter's row, locked, if the caller may change it. Raises MeterNotFound."""
    row = await metering_repository.find_row(ctx.session, meter_no)
    if (
        row is None
        or not ctx.principal.may_use_meter(meter_no)
        or not reaches_region(ctx.principal, row.region_code)
    ):
        raise MeterNotFound(meter_no=meter_no)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return row


def now_minute(ctx: Context, row: MeterRow) -> int:
    """The present minute of the meter's standard time."""
    return local_minute(ctx.now, row.offset_minutes)


async def write_change(
    ctx: Context, row: MeterRow, change: Change, event: type[EventPayload] | None = None
) -> bool:
    """Write a change with its history and event, and compute curves anew where a multiplier was another one.

    Returns False, having written nothing, when everything is as it was. Raises RescalingTooLong.
    """
    before = await repository.load_periods(ctx.session, row.meter_id)
    after = started(change.periods, change.plain.get("valid_from", row.valid_from))
    now = now_minute(ctx, row)
    changed = differences({name: getattr(row, name) for name in change.plain}, change.plain)
    seen_at = max(change.effective_minute or now, after[0].from_minute)
    changed |= differences(period_at(before, seen_at).facts.values(), period_at(after, seen_at).facts.values())
    if not changed and before == after and not change.always:
        return False
    version = row.version + 1
    current = period_at(after, now).facts
    values = dict(change.plain) | current.values()
    values |= {"version": version, "changed_at": ctx.now, "periods": len(after)}
    values["owned_from"] = owned_from(after, now)
    await metering_repository.update_meter(ctx.session, row.meter_no, values)
    await repository.save_periods(ctx.session, row.meter_id, after, now)
    await ctx.session.refresh(row)
    since = None if change.effective_minute is None else instant_of(seen_at, row.offset_minutes)
    await _note(ctx, row, change, since, changed)
    if event is None:
        facts: dict[str, Any] = {
            "changed": tuple(sorted(changed)),
            "effective_from": since,
            "reason": change.reason,
        }
        await tell(ctx, row, MeterChangedV1, **facts)
    meter = await repository.meter_with_life(ctx.session, row)
    await rescale(ctx, meter, rescalings(before, after), now)
    return True


async def _note(
    ctx: Context, row: MeterRow, change: Change, since: datetime | None, changed: Mapping[str, tuple[Any, Any]]
) -> None:
    await repository.add_revision(
        ctx.session,
        MeterRevisionRow(
            meter_id=row.meter_id,
            version=row.version,
            act=change.act,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
            effective_from=since,
            reason=change.reason,
            before={name: storable(pair[0]) for name, pair in changed.items()},
            after={name: storable(pair[1]) for name, pair in changed.items()},
        ),
    )


async def tell(ctx: Context, row: MeterRow, event: type[EventPayload], **facts: Any) -> None:
    """Record an event of the meter as it is now."""
    await record_events(ctx, [event_of(ctx, row, event, **facts)])


def event_of(ctx: Context, row: MeterRow, event: type[EventPayload], **facts: Any) -> EventRow:
    """An event of the meter as it is now, for the outbox."""
    payload = event(
        meter_id=row.meter_id,
        meter_no=row.meter_no,
        name=row.name,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        interval_minutes=row.interval_minutes,
        capacity_kw=row.capacity_kw,
        kind=row.kind,
        quantity=row.quantity,
        unit=Quantity(row.quantity).unit,
        asset_no=row.asset_no,
        feeder_code=row.feeder_code,
        transformer_code=row.transformer_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        **facts,
    )
    return event_row(
        ctx,
        payload,
        subject=str(row.meter_id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
