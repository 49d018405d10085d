"""Readings checked against their meters and turned into blocks (S18); what does not fit is told by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.domain.block import CurveRows, PointRows
from services.energy.feeds.domain.body import CurveBody, ReadingBody
from services.energy.feeds.domain.multiplying import rescale_within
from services.energy.feeds.domain.rows import (
    FUTURE_MINUTES,
    UNKNOWN,
    Checked,
    Mask,
    Rows,
    Situation,
    now_minutes,
    quality_of,
)
from services.energy.feeds.domain.stamps import NO_STAMP, NO_ZONE, day_of, remembered, second_of
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.periods import period_at
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number

# 100 GW: no meter of one customer shows more, and float32 still holds it.
_ABSOLUTE_KW: Final = 1e8


def check_readings(body: ReadingBody, situation: Situation) -> Checked:
    """Single readings; ``at`` is the start of the meter's interval."""
    rows = Rows(body.meter_nos, body.lines, body.pointer_prefix, situation)
    second = np.array(remembered(body.stamps, second_of), np.int64)
    rows.refuse_strangers()
    rows.refuse(second == NO_STAMP, "reading.stamp_malformed", "at")
    rows.refuse(second == NO_ZONE, "reading.stamp_without_zone", "at")
    second = np.where(rows.live, second, 0)
    interval = rows.integers(lambda meter: meter.interval_minutes)
    if situation.interval_minutes is not None:
        rows.refuse(interval != situation.interval_minutes, "reading.interval_mismatch", "meter_no")
    minute = second // 60 + rows.integers(lambda meter: meter.offset_minutes)
    day = minute // MINUTES_A_DAY
    rows.refuse(second > (now_minutes(situation) + FUTURE_MINUTES) * 60, "reading.in_future", "at")
    rows.refuse(day < day_number(situation.earliest_on), "reading.too_early", "at")
    rows.refuse(day < rows.integers(lambda meter: meter.first_day), "reading.before_meter", "at")
    rows.refuse(day > rows.integers(lambda meter: meter.last_day), "reading.after_meter", "at")
    rows.refuse((second % 60 != 0) | (minute % np.maximum(interval, 1) != 0), "reading.misaligned", "at")

    values = body.values * rows.factors(minute)
    rows.refuse(~np.isfinite(values), "reading.value_missing", "value")
    rows.refuse(_out_of_range(values, rows, minute), "reading.out_of_range", "value")
    quality = None
    if body.qualities is not None:
        quality = np.array([quality_of(label) for label in body.qualities], np.int64)
        rows.refuse(quality == UNKNOWN, "reading.quality_unknown", "quality")
        rows.refuse(quality == Quality.MISSING, "reading.value_missing", "quality")

    index, slot = rows.integers(lambda meter: meter.meter_index), minute % MINUTES_A_DAY // np.maximum(interval, 1)
    for group in groups(rows):
        chosen, meter = group
        rows.checked.sections.append(
            PointRows(
                quantity=meter.quantity.number,
                slots=meter.slots,
                rank=situation.rank,
                meter_index=index[chosen].astype(np.int32),
                day=day[chosen].astype(np.int32),
                slot=slot[chosen].astype(np.uint16),
                values=values[chosen].astype(np.float32),
                quality=None if quality is None else quality[chosen].astype(np.uint8),
            )
        )
    rows.checked.faults += body.faults
    return rows.checked


def check_curves(body: CurveBody, situation: Situation) -> Checked:
    """Day curves; the first value belongs to the interval that starts at 00:00 of the meter's standard time."""
    rows = Rows(body.meter_nos, body.lines, body.pointer_prefix, situation)
    slots = body.values.shape[1]
    day = np.array(remembered(body.dates, day_of), np.int64)
    rows.refuse_strangers()
    rows.refuse(day == NO_STAMP, "reading.stamp_malformed", "date")
    day = np.where(rows.live, day, 0)
    rows.refuse(rows.integers(lambda meter: meter.slots) != slots, "reading.interval_mismatch", "values")
    rows.refuse(day < day_number(situation.earliest_on), "reading.too_early", "date")
    rows.refuse(day < rows.integers(lambda meter: meter.first_day), "reading.before_meter", "date")
    rows.refuse(day > rows.integers(lambda meter: meter.last_day), "reading.after_meter", "date")

    values = body.values * rows.factors(day * MINUTES_A_DAY)[:, None]
    if situation.has_special:
        rescale_within(values, day, rows.owner, rows.meters)
    quality = None
    if body.qualities is not None:
        quality = _curve_qualities(body.qualities, slots)
        rows.refuse(_any(quality == UNKNOWN), "reading.quality_unknown", "quality")
        values[quality == Quality.MISSING] = np.nan
    present = ~np.isnan(values)
    rows.refuse(~_any(present), "reading.value_missing", "values")
    # The last slot that may hold a value by now, counted from the row's own midnight.
    local_now = now_minutes(situation) + rows.integers(lambda meter: meter.offset_minutes) + FUTURE_MINUTES
    last = (local_now - day * MINUTES_A_DAY) // (MINUTES_A_DAY // slots)
    early = last < slots - 1
    if early.any():
        ahead = present & (np.arange(slots) > last[:, None])
        rows.refuse(_any(ahead), "reading.in_future", "values")
    out_of_range = _out_of_range(values, rows, day * MINUTES_A_DAY)
    rows.refuse(_any(present & out_of_range), "reading.out_of_range", "values")

    index = rows.integers(lambda meter: meter.meter_index)
    for chosen, meter in groups(rows):
        everything = len(chosen) == len(values)
        rows.checked.sections.append(
            CurveRows(
                quantity=meter.quantity.number,
                slots=slots,
                rank=situation.rank,
                meter_index=index[chosen].astype(np.int32),
                day=day[chosen].astype(np.int32),
                values=(values if everything else values[chosen]).astype(np.float32),
                quality=None if quality is None else quality[chosen].astype(np.uint8),
            )
        )
    rows.checked.faults += body.faults
    return rows.checked


def check_intervals(body: CurveBody | ReadingBody, situation: Situation) -> Checked:
    """Values of intervals."""
    return check_curves(body, situation) if isinstance(body, CurveBody) else check_readings(body, situation)


def _any(of_rows: Mask) -> Mask:
    found: Mask = np.any(of_rows, axis=1)
    return found


def _curve_qualities(labels: Sequence[Sequence[str] | None], slots: int) -> NDArray[np.int64]:
    quality = np.full((len(labels), slots), int(Quality.MEASURED), np.int64)
    for place, row in enumerate(labels):
        if row is not None:
            quality[place] = [quality_of(label) for label in row]
    return quality


def _out_of_range(values: NDArray[np.float64], rows: Rows, minute: NDArray[np.int64]) -> Mask:
    """Values beyond what their meter could register at the time; a day goes by its midnight."""
    low = rows.column(lambda meter: -_ABSOLUTE_KW if meter.low_kw is None else meter.low_kw)
    high = rows.column(lambda meter: _ABSOLUTE_KW if meter.high_kw is None else meter.high_kw)
    if rows.situation.has_special:
        for number, meter in enumerate(rows.meters):
            if meter.periods:
                own = np.flatnonzero(rows.owner == number)
                facts = [period_at(meter.periods, at).facts for at in minute[own].tolist()]
                low[own] = [-_ABSOLUTE_KW if item.low_kw is None else item.low_kw for item in facts]
                high[own] = [_ABSOLUTE_KW if item.high_kw is None else item.high_kw for item in facts]
    if values.ndim == 2:
        low, high = low[:, None], high[:, None]
    bad: Mask = (values < low) | (values > high)
    return bad


def groups(rows: Rows) -> list[tuple[NDArray[np.intp], Meter]]:
    """Live rows by quantity and interval, each with a meter that stands for its group."""
    groups: dict[tuple[int, int], tuple[int, Meter]] = {}
    of_meter = []
    for meter in rows.meters:
        number, _ = groups.setdefault((meter.quantity.number, meter.slots), (len(groups), meter))
        of_meter.append(number)
    if not of_meter:
        return []
    group_of_row = np.array(of_meter)[np.maximum(rows.owner, 0)]
    found = []
    for number, meter in groups.values():
        chosen = np.flatnonzero(rows.live & (group_of_row == number))
        if len(chosen):
            found.append((chosen, meter))
    return found
