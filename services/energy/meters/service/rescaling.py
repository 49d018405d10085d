"""A multiplier that was another one in the past: the curves that follow from it are computed anew.

A register's or counter's curve is derived again from its stored states, exactly. Values of intervals rest only
after their multiplication: they are scaled, to the last bit but one of float32, with what stood there kept as a
revision. Edited values stay: a person entered them as they are to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from libs.common.context import Context
from services.energy.archive.service import bring_back
from services.energy.metering.day_locks import lock_days
from services.energy.metering.domain.incoming import Values
from services.energy.metering.domain.merge import StoredRows
from services.energy.metering.domain.meter import Kind, Meter
from services.energy.metering.domain.periods import Rescaling
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY
from services.energy.metering.errors import RescalingTooLong
from services.energy.metering.merging import load_held
from services.energy.metering.replacing import replace_rows
from services.energy.registers.deriving import apply_derived, rederive
from services.energy.registers.state_repository import lock_registers

# Three years: what is computed anew within one request.
MAX_DAYS: Final = 1100


async def rescale(ctx: Context, meter: Meter, spans: Sequence[Rescaling], now_minute: int) -> None:
    """Compute anew what lies in the past of these spans. Raises RescalingTooLong."""
    past = [
        (span, min(span.end_minute or now_minute + 1, now_minute + 1))
        for span in spans
        if span.from_minute <= now_minute
    ]
    if not past or meter.kind is Kind.VIRTUAL:
        return
    first, end = past[0][0].from_minute, past[-1][1]
    days = (end - first) // MINUTES_A_DAY + 1
    if meter.kind.is_cumulative:
        await rederive_span(ctx, meter, first, end)
        return
    if days > MAX_DAYS:
        raise RescalingTooLong(days=days, max_days=MAX_DAYS)
    day = np.arange(first // MINUTES_A_DAY, end // MINUTES_A_DAY + 1)
    index = np.full(len(day), meter.meter_index)
    await bring_back(ctx, day.tolist())
    await lock_days(ctx.session, index, day)
    loaded = await load_held(ctx.session, meter.quantity.number, meter.slots, index, day, ctx.now)
    wanted = _scaled(loaded.rows, past)
    await replace_rows(ctx.session, meter.quantity.number, wanted, loaded, ctx.new_id(), ctx.now)


async def rederive_span(ctx: Context, meter: Meter, first: int, end: int) -> None:
    """Judge the register of a meter anew between two minutes. Raises RescalingTooLong."""
    days = (end - first) // MINUTES_A_DAY + 1
    if days > MAX_DAYS:
        raise RescalingTooLong(days=days, max_days=MAX_DAYS)
    index = np.array([meter.meter_index], np.int64)
    await lock_registers(ctx.session, index)
    span = np.array([first], np.int64), np.array([end], np.int64)
    derived = await rederive(ctx.session, {meter.meter_index: meter}, index, *span, ctx.now)
    await apply_derived(ctx, derived, ctx.new_id())


def _scaled(rows: StoredRows, spans: Sequence[tuple[Rescaling, int]]) -> StoredRows:
    """The rows with the slots of the spans multiplied anew."""
    slots = rows.values.shape[1]
    interval = MINUTES_A_DAY // slots
    # A slot belongs to the multiplier that held at its start.
    start = rows.day[:, None] * MINUTES_A_DAY + np.arange(slots) * interval
    ratio = np.ones(start.shape)
    for span, end in spans:
        ratio[(start >= span.from_minute) & (start < end)] = span.after / span.before
    changes = (ratio != 1) & (rows.quality != Quality.MISSING) & (rows.quality != Quality.EDITED)
    values: Values = np.where(changes, rows.values.astype(np.float64) * ratio, rows.values).astype(np.float32)
    return StoredRows(rows.meter_index, rows.day, values, rows.quality, rows.rank)
