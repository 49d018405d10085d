"""States of cumulative registers checked against their meters: rows of the block's third shape (S18).

A reading's stamp is the instant of the register's state, to the minute. In a day curve the value of a slot is the
state at its end, so ``24:00`` is the last of the day, as in the utilities' own tables.
"""

from __future__ import annotations

import numpy as np

from services.energy.feeds.domain.block import RegisterRows
from services.energy.feeds.domain.body import Body, CurveBody, ReadingBody
from services.energy.feeds.domain.rows import (
    FUTURE_MINUTES,
    Int,
    Mask,
    Rows,
    now_minutes,
    numbers_of,
    quality_of,
)
from services.energy.feeds.domain.stamps import NO_STAMP, NO_ZONE, day_of, second_of
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number

# Beyond it float64 does not tell neighbouring hundredths apart.
_MAX_STATE = 1e13


def check_registers(body: Body, rows: Rows) -> None:
    """The live rows, all of meters with registers, whose strangers are refused already."""
    situation, columns = rows.situation, rows.situation.columns
    minute = _curve_minutes(body, rows) if isinstance(body, CurveBody) else _stamp_minutes(body, rows)
    # One entry a row, against rows of one value or of a day's.
    shape = (-1, *(1,) * (body.values.ndim - 1))
    values = body.values * rows.unit_factors().reshape(shape)
    quality = _qualities(body, values.shape)
    rows.refuse(_over(quality < 0), "reading.quality_unknown", "quality")
    values = np.where(quality == Quality.MISSING, np.nan, values)
    present = ~np.isnan(values)
    name = "values" if isinstance(body, CurveBody) else "value"
    rows.refuse(~_over(present), "reading.value_missing", name)
    first = rows.of(columns.first_day) * MINUTES_A_DAY
    end = (rows.of(columns.last_day) + 1) * MINUTES_A_DAY
    now = now_minutes(situation) + FUTURE_MINUTES + rows.of(columns.offset)
    earliest = day_number(situation.terms.earliest_on) * MINUTES_A_DAY
    where = "date" if isinstance(body, CurveBody) else "at"
    rows.refuse(_over(present & (minute > now.reshape(shape))), "reading.in_future", where)
    rows.refuse(_over(present & (minute < earliest)), "reading.too_early", where)
    rows.refuse(_over(present & (minute < first.reshape(shape))), "reading.before_meter", where)
    rows.refuse(_over(present & (minute > end.reshape(shape))), "reading.after_meter", where)
    limit = rows.each(_limit).reshape(shape)
    rows.refuse(_over(present & ((values < 0) | (values >= limit))), "reading.register_out_of_range", name)

    for chosen, quantity, slots in rows.groups():
        is_there = present[chosen]
        repeated = np.repeat(rows.index[chosen], is_there.reshape(len(is_there), -1).sum(axis=1))
        states = values[chosen][is_there]
        own_quality = quality[chosen][is_there]
        rows.checked.sections.append(
            RegisterRows(
                quantity=quantity,
                slots=slots,
                rank=situation.terms.rank,
                meter_index=repeated.astype(np.int32),
                minute=minute[chosen][is_there].astype(np.int32),
                values=states,
                quality=None if body.qualities is None else own_quality.astype(np.uint8),
            )
        )


def _stamp_minutes(body: ReadingBody, rows: Rows) -> Int:
    second = numbers_of(body.stamps, second_of)
    rows.refuse(second == NO_STAMP, "reading.stamp_malformed", "at")
    rows.refuse(second == NO_ZONE, "reading.stamp_without_zone", "at")
    minutes: Int = np.where(rows.live, second, 0) // 60 + rows.of(rows.situation.columns.offset)
    return minutes


def _curve_minutes(body: CurveBody, rows: Rows) -> Int:
    slots = body.values.shape[1]
    day = numbers_of(body.dates, day_of)
    rows.refuse(day == NO_STAMP, "reading.stamp_malformed", "date")
    ends = np.arange(1, slots + 1) * (MINUTES_A_DAY // slots)
    minutes: Int = np.where(rows.live, day, 0)[:, None] * MINUTES_A_DAY + ends
    return minutes


def _qualities(body: Body, shape: tuple[int, ...]) -> Int:
    quality = np.full(shape, int(Quality.MEASURED), np.int64)
    for place, label in enumerate(body.qualities or ()):
        if isinstance(label, str):
            quality[place] = quality_of(label)
        elif label is not None:
            quality[place] = [quality_of(item) for item in label]
    return quality


def _limit(meter: Meter) -> float:
    digits = [item.facts.register_digits for item in meter.periods] or [meter.register_digits]
    known = [number for number in digits if number is not None]
    return 10.0 ** max(known) if len(known) == len(digits) else _MAX_STATE


def _over(mask: Mask) -> Mask:
    """Whether any value of a row."""
    found: Mask = np.any(mask.reshape(len(mask), -1), axis=1)
    return found
