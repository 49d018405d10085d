"""Readings checked against their meters and turned into blocks (S18); what does not fit is told by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.domain.block import CurveRows, PointRows
from services.energy.feeds.domain.body import CurveBody, ReadingBody
from services.energy.feeds.domain.rows import UNKNOWN, Checked, Mask, Rows, Situation
from services.energy.feeds.domain.scanner.texts import Labels, Stamps
from services.energy.feeds.domain.stamps import NO_STAMP, NO_ZONE, day_of, remembered, second_of
from services.energy.feeds.domain.units import kw_factor
from services.energy.metering.domain.quality import BY_LABEL, Quality
from services.energy.metering.domain.slots import INTERVALS, MINUTES_A_DAY, day_number

# Clocks of meters and of ours differ; further ahead a stamp is wrong.
FUTURE_MINUTES: Final = 15
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _quality_of(label: str | None) -> int:
    if label is None:
        return Quality.MEASURED
    quality = BY_LABEL.get(label)
    return UNKNOWN if quality is None else int(quality)


def _now_minutes(situation: Situation) -> int:
    return (situation.terms.now - _EPOCH) // timedelta(minutes=1)


def check_readings(body: ReadingBody, situation: Situation) -> Checked:
    """Single readings; ``at`` is the start of the meter's interval."""
    rows = Rows(body.meter_nos, body.lines, body.pointer_prefix, situation)
    rows.checked.faults += body.faults
    if rows.is_empty:
        return rows.checked
    columns = situation.columns
    second = _numbers_of(body.stamps, second_of)
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
    rows.refuse(second > (_now_minutes(situation) + FUTURE_MINUTES) * 60, "reading.in_future", "at")
    rows.refuse(day < day_number(situation.terms.earliest_on), "reading.too_early", "at")
    rows.refuse(day < rows.of(columns.first_day), "reading.before_meter", "at")
    rows.refuse((second % 60 != 0) | (slot * interval != of_day), "reading.misaligned", "at")

    values = body.values * _factor(rows, interval)
    rows.refuse(~np.isfinite(values), "reading.value_missing", "value")
    rows.refuse(_out_of_range(values, rows), "reading.out_of_range", "value")
    quality = None
    if body.qualities is not None:
        quality = _qualities(body.qualities)
        rows.refuse(quality == UNKNOWN, "reading.quality_unknown", "quality")
        rows.refuse(quality == Quality.MISSING, "reading.value_missing", "quality")

    for chosen, quantity, slots in _groups(rows):
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
    return rows.checked


def check_curves(body: CurveBody, situation: Situation) -> Checked:
    """Day curves; the first value belongs to the interval that starts at 00:00 of the meter's standard time."""
    rows = Rows(body.meter_nos, body.lines, body.pointer_prefix, situation)
    rows.checked.faults += body.faults
    if rows.is_empty:
        return rows.checked
    columns = situation.columns
    slots = body.values.shape[1]
    day = _numbers_of(body.dates, day_of)
    rows.refuse(day == NO_STAMP, "reading.stamp_malformed", "date")
    day = np.where(rows.live, day, 0)
    rows.refuse(rows.of(columns.slots) != slots, "reading.interval_mismatch", "values")
    rows.refuse(day < day_number(situation.terms.earliest_on), "reading.too_early", "date")
    rows.refuse(day < rows.of(columns.first_day), "reading.before_meter", "date")

    values = body.values * _factor(rows, MINUTES_A_DAY // slots)[:, None]
    quality = None
    if body.qualities is not None:
        quality = _curve_qualities(body.qualities, slots)
        rows.refuse(_any(quality == UNKNOWN), "reading.quality_unknown", "quality")
        values[quality == Quality.MISSING] = np.nan
    present = ~np.isnan(values)
    rows.refuse(~_any(present), "reading.value_missing", "values")
    # The last slot that may hold a value by now, counted from the row's own midnight.
    local_now = _now_minutes(situation) + rows.of(columns.offset) + FUTURE_MINUTES
    last = (local_now - day * MINUTES_A_DAY) // (MINUTES_A_DAY // slots)
    early = last < slots - 1
    if early.any():
        ahead = present & (np.arange(slots) > last[:, None])
        rows.refuse(_any(ahead), "reading.in_future", "values")
    rows.refuse(_any(_out_of_range(values, rows)), "reading.out_of_range", "values")

    for chosen, quantity, _ in _groups(rows):
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
    return rows.checked


def _numbers_of(stamps: Sequence[str], parse: Callable[[str], int]) -> NDArray[np.int64]:
    if isinstance(stamps, Stamps):
        return stamps.numbers
    return np.array(remembered(stamps, parse), np.int64)


def _qualities(labels: Sequence[str | None]) -> NDArray[np.int64]:
    if isinstance(labels, Labels):
        return labels.codes.astype(np.int64)
    return np.array([_quality_of(label) for label in labels], np.int64)


def _factor(rows: Rows, interval: NDArray[np.int64] | int) -> NDArray[np.float64]:
    """What each row's values are to be multiplied with to be kW."""
    factor = rows.of(rows.situation.columns.multiplier)
    for minutes in INTERVALS:
        where = interval == minutes
        if np.any(where):
            factor = np.where(where, factor * kw_factor(rows.situation.terms.unit, minutes), factor)
    return factor


def _any(of_rows: Mask) -> Mask:
    found: Mask = np.any(of_rows, axis=1)
    return found


def _curve_qualities(labels: Sequence[Sequence[str] | None], slots: int) -> NDArray[np.int64]:
    quality = np.full((len(labels), slots), int(Quality.MEASURED), np.int64)
    for place, row in enumerate(labels):
        if row is not None:
            quality[place] = [_quality_of(label) for label in row]
    return quality


def _out_of_range(values: NDArray[np.float64], rows: Rows) -> Mask:
    """Where a value is beyond what its meter can register; nothing that is missing is."""
    low, high = rows.of(rows.situation.columns.low_kw), rows.of(rows.situation.columns.high_kw)
    if values.ndim == 2:
        low, high = low[:, None], high[:, None]
    bad: Mask = (values < low) | (values > high)
    return bad


def _groups(rows: Rows) -> list[tuple[NDArray[np.intp] | slice, int, int]]:
    """Live rows by quantity and number of slots: which, quantity, slots."""
    columns = rows.situation.columns
    if not rows.live.any():
        return []
    key = rows.of(columns.quantity) * _SLOTS + rows.of(columns.slots)
    if rows.live.all() and (key == key[0]).all():
        return [(slice(None), int(key[0]) // _SLOTS, int(key[0]) % _SLOTS)]
    return [
        (np.flatnonzero(rows.live & (key == number)), number // _SLOTS, number % _SLOTS)
        for number in np.unique(key[rows.live]).tolist()
    ]


_SLOTS: Final = 1024
