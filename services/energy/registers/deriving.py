"""States of registers into the curves of their meters: stored, judged with their neighbours, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.energy.archive.service import bring_back
from services.energy.metering.curve_repository import Batch, ensure_months
from services.energy.metering.day_locks import lock_days
from services.energy.metering.domain.incoming import (
    CurvePatches,
    Incoming,
    Int,
    PointPatches,
    day_keys,
    split_keys,
)
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of
from services.energy.metering.merging import store
from services.energy.metering.touched import note_touched
from services.energy.registers import state_repository
from services.energy.registers.clearing import clear_slots
from services.energy.registers.domain.differencing import Steps
from services.energy.registers.domain.folding import StateColumns, fold
from services.energy.registers.domain.windows import Derived, judge
from services.energy.registers.fault_repository import note_faults

# Of a fault that lasts longer, its last days.
_MOST_FAULTY_DAYS: Final = 62


@dataclass(frozen=True, slots=True, eq=False)
class TakenStates:
    """``counts``: stored, unchanged, revised, superseded states; ``derived``: what follows for the curves."""

    counts: tuple[int, int, int, int]
    derived: Sequence[Derived]


async def take_states(
    session: AsyncSession, meters: Mapping[int, Meter], came: StateColumns, receipt_id: UUID, at: datetime
) -> TakenStates:
    """Store states, in the order of the log, and judge the stretches they touch. Under the registers' lock."""
    folded = fold(came, await state_repository.load_states(session, came))
    await state_repository.save_states(session, folded, receipt_id, at)
    changed = folded.states.take(folded.is_changed)
    if not len(changed):
        return TakenStates(folded.counts, ())
    index, begin = np.unique(changed.meter_index, return_index=True)
    end = np.append(begin[1:], len(changed)) - 1
    derived = await rederive(session, meters, index, changed.minute[begin], changed.minute[end], at)
    return TakenStates(folded.counts, derived)


async def rederive(
    session: AsyncSession, meters: Mapping[int, Meter], meter_index: Int, first: Int, last: Int, at: datetime
) -> list[Derived]:
    """Judge the registers of these meters (ordered, each once) from one minute to another anew."""
    interval = np.array([meters[index].interval_minutes for index in meter_index.tolist()], np.int64)
    windows = await state_repository.widen(session, meter_index, first, last, interval)
    states = await state_repository.window_states(session, windows)
    events = await state_repository.window_events(session, windows)
    derived, faults = judge(meters, windows, states, events)
    await note_faults(session, windows, faults, at)
    await _touch(session, meters, faults)
    return derived


async def _touch(session: AsyncSession, meters: Mapping[int, Meter], faults: Steps) -> None:
    """A fault makes no value: its days are looked at all the same."""
    for index, start, end in zip(
        faults.meter_index.tolist(), faults.start.tolist(), faults.end.tolist(), strict=True
    ):
        first, last = start // MINUTES_A_DAY, (end - 1) // MINUTES_A_DAY
        day = np.arange(max(first, last - _MOST_FAULTY_DAYS), last + 1)
        await note_touched(session, meters[index].quantity.number, np.full(len(day), index), day)


def incoming_of(derived: Derived, *, part: int, parts: int, order: int) -> Incoming:
    """Powers as the merge and the detector take them; ``order``: the place of the first in the log."""
    slots, count = derived.slots, len(derived.values)
    none = np.zeros(0, np.int64)
    return Incoming(
        quantity=derived.quantity,
        slots=slots,
        parts=parts,
        curves=CurvePatches(
            none, none, np.zeros((0, slots), np.float32), np.zeros((0, slots), np.uint8), none, none, none
        ),
        points=PointPatches(
            meter_index=derived.meter_index,
            day=derived.day,
            slot=derived.slot,
            values=derived.values,
            quality=derived.quality,
            rank=derived.rank,
            part=np.full(count, part, np.int64),
            order=np.arange(order, order + count, dtype=np.int64),
        ),
    )


def days_of(derived: Sequence[Derived]) -> tuple[Int, Int]:
    """Meters and days whose curves are to be written, distinct."""
    keys = [day_keys(item.meter_index, item.day) for item in derived]
    keys += [day_keys(item.bare_meter, item.bare_day) for item in derived]
    return split_keys(np.unique(np.concatenate(keys))) if keys else (np.zeros(0, np.int64), np.zeros(0, np.int64))


async def apply_derived(ctx: Context, derived: Sequence[Derived], receipt_id: UUID) -> None:
    """Write what follows from a changed fact or event, outside of the worker; ``receipt_id`` names the change."""
    session, at = ctx.session, ctx.now
    meter_index, day = days_of(derived)
    if not len(day):
        return
    await bring_back(ctx, day.tolist())
    await lock_days(session, meter_index, day)
    await ensure_months(session, [date_of(number) for number in np.unique(day).tolist()])
    for item in derived:
        await clear_slots(session, item, receipt_id, at)
        incoming = incoming_of(item, part=0, parts=1, order=0)
        stored = await store(session, incoming, Batch([receipt_id], at))
        await note_touched(session, item.quantity, *stored.changed_days)
