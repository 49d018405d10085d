"""Editing a day of a curve with a reason (编辑): marked, kept for ever, above every source; and taking it back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.energy.metering.curve_repository import ensure_months
from services.energy.metering.day_locks import lock_days
from services.energy.metering.domain.incoming import Qualities, Values
from services.energy.metering.domain.merge import Revisions, StoredRows
from services.energy.metering.domain.meter import Kind, Meter
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.rank import edit_rank
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number, local_minute
from services.energy.metering.merging import load_held
from services.energy.metering.replacing import laid_over, replace_rows
from services.energy.metering.repository import get_visible
from services.energy.vee import repository
from services.energy.vee.domain.taking_back import BackTo, origins
from services.energy.vee.errors import (
    EditInFuture,
    EditOutOfRange,
    MonthArchived,
    SlotsInvalid,
    SlotsNotEdited,
    VirtualNotEdited,
)
from services.energy.vee.service.corrections import correct_conditions
from services.energy.vee.tables import CurveEditRow


@dataclass(frozen=True, slots=True)
class Edit:
    """Slots of a day, each once, and what is to stand in them, kW; None takes the slot's value back."""

    slots: Sequence[int]
    values_kw: Sequence[float | None]
    reason: str
    back_to: BackTo = BackTo.MEASURED


def version_of(values: Values, quality: Qualities, revision: int) -> str:
    """What stands in an ETag: it changes with every value, quality and revision of a day."""
    content = np.where(quality == Quality.MISSING, np.float32(np.nan), values).astype("<f4").tobytes()
    return hashlib.blake2b(content + quality.tobytes() + str(revision).encode(), digest_size=12).hexdigest()


async def edit_day(
    ctx: Context, meter_no: str, day: date, edit: Edit, check_seen: Callable[[str], None]
) -> CurveEditRow:
    """Put values into slots of a day. ``check_seen`` raises unless the caller saw the version it is given.

    Raises MeterNotFound, VirtualNotEdited, SlotsInvalid, SlotsNotEdited, EditOutOfRange, EditInFuture,
    MonthArchived.
    """
    meter = await get_visible(ctx.session, ctx.principal, meter_no)
    _check(ctx, meter, day, edit)
    if day.replace(day=1) in await repository.archived_months(ctx.session):
        raise MonthArchived(month=f"{day:%Y-%m}")
    await ensure_months(ctx.session, [day])
    place = np.array([meter.meter_index], np.int64), np.array([day_number(day)], np.int64)
    number = meter.quantity.number
    await lock_days(ctx.session, *place)
    loaded = await load_held(ctx.session, number, meter.slots, *place, ctx.now)
    nothing = np.full((1, meter.slots), np.nan, np.float32)
    empty = StoredRows(*place, nothing, np.zeros(nothing.shape, np.uint8), np.zeros(nothing.shape, np.int64))
    before = laid_over(loaded.rows, empty)
    revision = int(loaded.revision.sum())
    # A day without a value is told as if nothing had ever been there.
    check_seen(version_of(before.values[0], before.quality[0], revision if before.quality.any() else 0))
    after = await _after(ctx, meter, day, edit, before)
    edit_id = ctx.new_id()
    await replace_rows(ctx.session, number, after, loaded, edit_id, ctx.now)
    replaced = _replaced(before, after)
    await correct_conditions(ctx, [replaced], meter.slots, [meter])
    slots = np.array(edit.slots, np.int64)
    row = CurveEditRow(
        id=edit_id,
        meter_index=meter.meter_index,
        quantity=number,
        day=day,
        revision=revision + bool(len(replaced)),
        slots=slots.tolist(),
        before_kw=before.values[0, slots].tolist(),
        before_quality=before.quality[0, slots].tolist(),
        before_rank=before.rank[0, slots].tolist(),
        after_kw=after.values[0, slots].tolist(),
        after_quality=after.quality[0, slots].tolist(),
        reason=edit.reason,
        edited_by=ctx.principal.subject,
        edited_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def _after(ctx: Context, meter: Meter, day: date, edit: Edit, before: StoredRows) -> StoredRows:
    """The day as it is to be. Raises SlotsNotEdited."""
    values, quality, rank = before.values.copy(), before.quality.copy(), before.rank.copy()
    for slot, value in zip(edit.slots, edit.values_kw, strict=True):
        if value is not None:
            values[0, slot], quality[0, slot], rank[0, slot] = value, Quality.EDITED, edit_rank(ctx.now)
    taken_back = [slot for slot, value in zip(edit.slots, edit.values_kw, strict=True) if value is None]
    known = {}
    if taken_back and edit.back_to is BackTo.MEASURED:
        others = [slot for slot in taken_back if quality[0, slot] != Quality.EDITED]
        if others:
            raise SlotsNotEdited(slots=others, errors=[FieldError("curve.slots_not_edited", "/slots")])
        past = await repository.list_edits(ctx.session, meter.meter_index, meter.quantity.number, day, day)
        known = origins(past, taken_back)
    for slot in taken_back:
        origin = known.get(slot)
        if origin is None:
            values[0, slot], quality[0, slot], rank[0, slot] = np.nan, Quality.MISSING, 0
        else:
            values[0, slot], quality[0, slot], rank[0, slot] = origin.value_kw, Quality.MEASURED, origin.rank
    return StoredRows(before.meter_index, before.day, values, quality, rank)


def _replaced(before: StoredRows, after: StoredRows) -> Revisions:
    """Values that others, or none, took the place of."""
    had = before.quality[0] != Quality.MISSING
    is_other = (before.values[0] != after.values[0]) | (before.quality[0] != after.quality[0])
    slot = np.flatnonzero(had & is_other)
    order = np.arange(len(slot))
    meter_index, day = np.repeat(before.meter_index, len(slot)), np.repeat(before.day, len(slot))
    return Revisions(order, order * 0, meter_index, day, slot, before.values[0, slot], after.values[0, slot])


def _check(ctx: Context, meter: Meter, day: date, edit: Edit) -> None:
    if meter.kind is Kind.VIRTUAL:
        raise VirtualNotEdited(meter_no=meter.meter_no)
    slots = list(edit.slots)
    if len(slots) != len(edit.values_kw) or len(set(slots)) != len(slots) or not slots:
        raise SlotsInvalid(slots=meter.slots, errors=[FieldError("curve.slots_invalid", "/slots")])
    if min(slots) < 0 or max(slots) >= meter.slots:
        raise SlotsInvalid(slots=meter.slots, errors=[FieldError("curve.slots_invalid", "/slots")])
    end = day_number(day) * MINUTES_A_DAY + (max(slots) + 1) * meter.interval_minutes
    if end > local_minute(ctx.now, meter.offset_minutes) or day_number(day) < meter.first_day:
        raise EditInFuture(day=day)
    low = -np.inf if meter.low_kw is None else meter.low_kw
    high = np.inf if meter.high_kw is None else meter.high_kw
    for place, value in enumerate(edit.values_kw):
        if value is not None and not low <= value <= high:
            fault = FieldError("reading.out_of_range", f"/values_kw/{place}")
            raise EditOutOfRange(value=value, errors=[fault])
