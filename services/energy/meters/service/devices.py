"""Devices replaced, reset or turned over; their registers are judged anew around the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import MeterReplacedV1
from libs.common.web.problems import FieldError
from services.energy.metering.domain.meter import Kind
from services.energy.metering.domain.periods import period_at, with_change
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number, local_minute
from services.energy.metering.tables import MeterRow
from services.energy.meters import repository
from services.energy.meters.errors import (
    DeviceEventInFuture,
    DeviceEventNotFound,
    DeviceEventTaken,
    DeviceEventTooEarly,
    DeviceEventUnfit,
    DeviceStateTooLarge,
)
from services.energy.meters.service.recording import Change, check_facts, now_minute, tell, write_change
from services.energy.meters.service.rescaling import rederive_span
from services.energy.registers import event_repository
from services.energy.registers.domain.devices import DeviceEventKind
from services.energy.registers.tables import DeviceEventRow


@dataclass(frozen=True, slots=True)
class DeviceEventFacts:
    """``facts``: those of the new device, from ``at`` on (its ratios, digits, constant, asset number)."""

    kind: DeviceEventKind
    at: datetime
    final_state: float | None
    initial_state: float | None
    facts: Mapping[str, Any]
    reason: str | None


async def record_device_event(ctx: Context, row: MeterRow, event: DeviceEventFacts) -> DeviceEventRow:
    """Record what happened to a locked meter's device.

    Raises DeviceEventInFuture, DeviceEventTooEarly, DeviceEventTaken, DeviceEventUnfit, DeviceStateTooLarge, and
    as a change of facts does.
    """
    minute = local_minute(event.at, row.offset_minutes)
    _check(ctx, row, event, minute)
    before = await repository.load_periods(ctx.session, row.meter_id)
    old = period_at(before, minute - 1).facts
    new = replace(period_at(before, minute).facts, **event.facts)
    check_facts(ctx, Kind(row.kind), new)
    for name, state, digits in (
        ("final_state", event.final_state, old.register_digits),
        ("initial_state", event.initial_state, new.register_digits),
    ):
        if state is not None and digits is not None and state >= 10.0**digits:
            fault = FieldError("meter.device_state_too_large", f"/{name}", {"digits": digits, "state": state})
            raise DeviceStateTooLarge(state=state, digits=digits, errors=[fault])
    added = DeviceEventRow(
        id=ctx.new_id(),
        meter_id=row.meter_id,
        meter_index=row.meter_index,
        kind=event.kind.value,
        at=event.at,
        minute=minute,
        final_state=event.final_state,
        initial_state=event.initial_state,
        old_asset_no=old.asset_no,
        new_asset_no=new.asset_no,
        reason=event.reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    if not await event_repository.add(ctx.session, added):
        raise DeviceEventTaken(at=event.at)
    after = with_change(before, minute, event.facts) if event.facts else before
    is_replaced = event.kind is DeviceEventKind.REPLACED
    change = Change(event.kind.value, {}, after, minute, event.reason, always=is_replaced)
    await write_change(ctx, row, change, MeterReplacedV1 if is_replaced else None)
    if is_replaced:
        states = {"final_state": event.final_state, "initial_state": event.initial_state}
        assets = {"old_asset_no": old.asset_no, "new_asset_no": new.asset_no}
        await tell(ctx, row, MeterReplacedV1, at=event.at, **states, **assets)
    await _judge_anew(ctx, row, minute)
    return added


def _check(ctx: Context, row: MeterRow, event: DeviceEventFacts, minute: int) -> None:
    if event.at > ctx.now:
        raise DeviceEventInFuture(at=event.at)
    if minute <= day_number(row.valid_from) * MINUTES_A_DAY:
        raise DeviceEventTooEarly(at=event.at, valid_from=row.valid_from)
    kind = Kind(row.kind)
    fits = kind.is_cumulative or (event.kind is DeviceEventKind.REPLACED and kind is not Kind.VIRTUAL)
    if not fits:
        raise DeviceEventUnfit(kind=row.kind, event=event.kind.value)


async def void_device_event(ctx: Context, row: MeterRow, event_id: UUID, reason: str) -> DeviceEventRow:
    """Take back an event recorded in error; it stays visible. Facts it brought stay and are changed by themselves.

    Raises DeviceEventNotFound.
    """
    event = await event_repository.find(ctx.session, row.meter_id, event_id)
    if event is None or event.voided_at is not None:
        raise DeviceEventNotFound(event_id=event_id)
    event.voided_at, event.voided_by, event.void_reason = ctx.now, ctx.principal.subject, reason
    await ctx.session.flush()
    await _judge_anew(ctx, row, event.minute)
    return event


async def _judge_anew(ctx: Context, row: MeterRow, minute: int) -> None:
    if Kind(row.kind).is_cumulative:
        meter = await repository.meter_with_life(ctx.session, row)
        await rederive_span(ctx, meter, minute, min(minute + 1, now_minute(ctx, row)))
