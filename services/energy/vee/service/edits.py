"""Editing a day of a curve with a reason (编辑): marked, kept for ever, above every source."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.energy.metering.amend import Cells, lock_cells, write_cells
from services.energy.metering.curve_reader import read_days
from services.energy.metering.domain.incoming import Qualities, Values
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.rank import edit_rank
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number, local_minute
from services.energy.metering.repository import get_visible
from services.energy.vee import repository
from services.energy.vee.errors import EditInFuture, EditOutOfRange, MonthArchived, SlotsInvalid
from services.energy.vee.service.corrections import correct_conditions
from services.energy.vee.tables import CurveEditRow


@dataclass(frozen=True, slots=True)
class Edit:
    """Slots of a day, each once, and what is to stand in them, kW."""

    slots: Sequence[int]
    values_kw: Sequence[float]
    reason: str


def version_of(values: Values, quality: Qualities, revision: int) -> str:
    """What stands in an ETag: it changes with every value, quality and revision of a day."""
    content = np.where(quality == Quality.MISSING, np.float32(np.nan), values).astype("<f4").tobytes()
    return hashlib.blake2b(content + quality.tobytes() + str(revision).encode(), digest_size=12).hexdigest()


async def edit_day(
    ctx: Context, meter_no: str, day: date, edit: Edit, check_seen: Callable[[str], None]
) -> CurveEditRow:
    """Put values into slots of a day. ``check_seen`` raises unless the caller saw the version it is given.

    Raises MeterNotFound, SlotsInvalid, EditOutOfRange, EditInFuture, MonthArchived.
    """
    meter = await get_visible(ctx.session, ctx.principal, meter_no)
    _check(ctx, meter, day, edit)
    if day.replace(day=1) in await repository.archived_months(ctx.session):
        raise MonthArchived(month=f"{day:%Y-%m}")
    count = len(edit.slots)
    cells = Cells(
        meter_index=np.full(count, meter.meter_index, np.int64),
        day=np.full(count, day_number(day), np.int64),
        slot=np.array(edit.slots, np.int64),
        values=np.array(edit.values_kw, np.float32),
        quality=np.full(count, Quality.EDITED, np.uint8),
        rank=np.full(count, edit_rank(ctx.now), np.int64),
        before=np.full(count, np.nan, np.float32),
    )
    number = meter.quantity.number
    await lock_cells(ctx.session, cells)
    values, quality, revision = await _state(ctx, meter, day)
    check_seen(version_of(values, quality, revision))
    edit_id = ctx.new_id()
    stored = await write_cells(ctx.session, number, meter.slots, cells, edit_id, ctx.now)
    await correct_conditions(ctx, stored, meter.slots, [meter])
    row = CurveEditRow(
        id=edit_id,
        meter_index=meter.meter_index,
        quantity=number,
        day=day,
        revision=revision + (1 if any(len(found) for found in stored.revisions) else 0),
        slots=list(edit.slots),
        before_kw=values[cells.slot].tolist(),
        before_quality=quality[cells.slot].tolist(),
        after_kw=cells.values.tolist(),
        reason=edit.reason,
        edited_by=ctx.principal.subject,
        edited_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def _state(ctx: Context, meter: Meter, day: date) -> tuple[Values, Qualities, int]:
    place = day_number(day)
    found = await read_days(ctx.session, meter.quantity.number, [meter.meter_index], place, place, meter.slots)
    if not len(found):
        return np.full(meter.slots, np.nan, np.float32), np.zeros(meter.slots, np.uint8), 0
    return found.values[0], found.quality[0], int(found.revision[0])


def _check(ctx: Context, meter: Meter, day: date, edit: Edit) -> None:
    slots = list(edit.slots)
    if len(slots) != len(edit.values_kw) or len(set(slots)) != len(slots) or not slots:
        raise SlotsInvalid(slots=meter.slots, errors=[FieldError("curve.slots_invalid", "/slots")])
    if min(slots) < 0 or max(slots) >= meter.slots:
        raise SlotsInvalid(slots=meter.slots, errors=[FieldError("curve.slots_invalid", "/slots")])
    end = day_number(day) * MINUTES_A_DAY + (max(slots) + 1) * meter.interval_minutes
    if end > local_minute(ctx.now, meter.offset_minutes) or day_number(day) < meter.first_day:
        raise EditInFuture(day=day)
    for place, value in enumerate(edit.values_kw):
        low = -np.inf if meter.low_kw is None else meter.low_kw
        high = np.inf if meter.high_kw is None else meter.high_kw
        if not low <= value <= high:
            fault = FieldError("reading.out_of_range", f"/values_kw/{place}")
            raise EditOutOfRange(value=value, errors=[fault])
