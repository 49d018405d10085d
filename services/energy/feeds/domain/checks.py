"""Readings checked against their meters and turned into blocks (S18); what does not fit is told by line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.energy.feeds.domain.block import CurveRows, PointRows
from services.energy.feeds.domain.body import Body, CurveBody, ReadingBody
from services.energy.feeds.domain.multiplying import rescale_within
from services.energy.feeds.domain.register_checks import check_registers
from services.energy.feeds.domain.rows import (
    FUTURE_MINUTES,
    UNKNOWN,
    Checked,
    Floats,
    Int,
    Mask,
    Rows,
    Situation,
    now_minutes,
    numbers_of,
    qualities_of,
    quality_of,
)
from services.energy.feeds.domain.stamps import NO_STAMP, NO_ZONE, day_of, second_of
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number


def check(body: Body, situation: Situation) -> Checked:
    """States of registers and values of intervals, each by its own rules; a body may hold both."""
    rows = Rows(body.meter_nos, body.lines, body.pointer_prefix, situation)
    rows.checked.faults += body.faults
    if rows.is_empty:
        return rows.checked
    rows.refuse_strangers()
    if situation.columns.has_cumulative:
        of_registers = rows.live & rows.of(situation.columns.is_cumulative)
        if of_registers.any():
            of_intervals = rows.live & ~of_registers
            rows.live = of_registers
            check_registers(body, rows)
            rows.live = of_intervals
    if not rows.is_empty:
        if isinstance(body, CurveBody):
            _check_curves(body, rows)
        else:
            _check_readings(body, rows)
    return rows.checked


def _check_readings(body: ReadingBody, rows: Rows) -> None:
    """Single readings; ``at`` is the start of the meter's interval."""
    situation, columns = rows.situation, rows.situation.columns
    second = numbers_of(body.stamps, second_of)
    rows.refuse(second == NO_STAMP, "reading.stamp_malformed", "at")
    rows.refuse(second == NO_ZONE, "reading.stamp_without_zone", "at")
    second = np.where(rows.live, second, 0)
    interval = rows.of(columns.interval)
    if situation.terms.interval_minutes is not None:
        rows.refuse(interval != situation.terms.interval_minutes, "reading.interval_mismatch", "meter_no")
    minute = second // 60 + rows.of(columns.offset)
    day = minute // MINUTES_A_DAY
    of_day = minute - day * MINUTES_A_DAY
    slot = of_day // np.maximum(interval, 1)
    rows.refuse(second > (now_minutes(situation) + FUTURE_MINUTES) * 60, "reading.in_future", "at")
    _refuse_days(rows, day, "at")
    rows.refuse((second % 60 != 0) | (slot * interval != of_day), "reading.misaligned", "at")

    values = body.values * rows.factors(minute)
    rows.refuse(~np.isfinite(values), "reading.value_missing", "value")
    rows.refuse(_out_of_range(values, rows, minute), "reading.out_of_range", "value")
    quality = None
    if body.qualities is not None:
        quality = qualities_of(body.qualities)
        rows.refuse(quality == UNKNOWN, "reading.quality_unknown", "quality")
        rows.refuse(quality == Quality.MISSING, "reading.value_missing", "quality")

    for chosen, quantity, slots in rows.groups():
        rows.checked.sections.append(
            PointRows(
                quantity=quantity,
                slots=slots,
                rank=situation.terms.rank,
                meter_index=rows.index[chosen].astype(np.int32),
                day=day[chosen].astype(np.int32),
                slot=slot[chosen].astype(np.uint16),
                values=values[chosen].astype(np.float32),
                quality=None if quality is None else quality[chosen].astype(np.uint8),
            )
        )


def _check_curves(body: CurveBody, rows: Rows) -> None:
    """Day curves; the first value belongs to the interval that starts at 00:00 of the meter's standard time."""
    situation, columns = rows.situation, rows.situation.columns
    slots = body.values.shape[1]
    day = numbers_of(body.dates, day_of)
    rows.refuse(day == NO_STAMP, "reading.stamp_malformed", "date")
    day = np.where(rows.live, day, 0)
    rows.refuse(rows.of(columns.slots) != slots, "reading.interval_mismatch", "values")
    _refuse_days(rows, day, "date")

    values = body.values * rows.factors(day * MINUTES_A_DAY)[:, None]
    for own, meter in rows.lived():
        rescale_within(values, day, own, meter)
    quality = None
    if body.qualities is not None:
        quality = _curve_qualities(body.qualities, slots)
        rows.refuse(_any(quality == UNKNOWN), "reading.quality_unknown", "quality")
        values[quality == Quality.MISSING] = np.nan
    present = ~np.isnan(values)
    rows.refuse(~_any(present), "reading.value_missing", "values")
    # The last slot that may hold a value by now, counted from the row's own midnight.
    local_now = now_minutes(situation) + rows.of(columns.offset) + FUTURE_MINUTES
    last = (local_now - day * MINUTES_A_DAY) // (MINUTES_A_DAY // slots)
    early = last < slots - 1
    if early.any():
        ahead = present & (np.arange(slots) > last[:, None])
        rows.refuse(_any(ahead), "reading.in_future", "values")
    rows.refuse(_any(_out_of_range(values, rows, day * MINUTES_A_DAY)), "reading.out_of_range", "values")

    for chosen, quantity, _ in rows.groups():
        rows.checked.sections.append(
            CurveRows(
                quantity=quantity,
                slots=slots,
                rank=situation.terms.rank,
                meter_index=rows.index[chosen].astype(np.int32),
                day=day[chosen].astype(np.int32),
                values=values[chosen].astype(np.float32),
                quality=None if quality is None else quality[chosen].astype(np.uint8),
            )
        )


def _refuse_days(rows: Rows, day: Int, name: str) -> None:
    columns = rows.situation.columns
    rows.refuse(day < day_number(rows.situation.terms.earliest_on), "reading.too_early", name)
    rows.refuse(day < rows.of(columns.first_day), "reading.before_meter", name)
    rows.refuse(day > rows.of(columns.last_day), "reading.after_meter", name)


def _any(of_rows: Mask) -> Mask:
    found: Mask = np.any(of_rows, axis=1)
    return found


def _curve_qualities(labels: Sequence[Sequence[str] | None], slots: int) -> Int:
    quality = np.full((len(labels), slots), int(Quality.MEASURED), np.int64)
    for place, row in enumerate(labels):
        if row is not None:
            quality[place] = [quality_of(label) for label in row]
    return quality


def _out_of_range(values: Floats, rows: Rows, minute: Int) -> Mask:
    """Where a value is beyond what its meter could register at the time; a day goes by its midnight.

    Nothing that is missing is.
    """
    low, high = rows.bounds(minute)
    if values.ndim == 2:
        low, high = low[:, None], high[:, None]
    bad: Mask = (values < low) | (values > high)
    return bad
