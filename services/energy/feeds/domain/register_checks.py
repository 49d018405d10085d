"""States of cumulative registers checked against their meters: rows of the block's third shape (S18).

A reading's stamp is the instant of the register's state, to the minute. In a day curve the value of a slot is the
state at its end, so ``24:00`` is the last of the day, as in the utilities' own tables.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.domain.block import RegisterRows
from services.energy.feeds.domain.body import CurveBody, ReadingBody
from services.energy.feeds.domain.checks import check_intervals, groups
from services.energy.feeds.domain.rows import (
    FUTURE_MINUTES,
    Checked,
    Rows,
    Situation,
    now_minutes,
    quality_of,
)
from services.energy.feeds.domain.stamps import NO_STAMP, NO_ZONE, day_of, remembered, second_of
from services.energy.feeds.domain.units import unit_factor
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number

Body = CurveBody | ReadingBody
Int = NDArray[np.int64]

# Beyond it float64 does not tell neighbouring hundredths apart.
_MAX_STATE = 1e13


def check_with_registers(body: Body, situation: Situation) -> Checked:
    """A body some of whose meters may have registers: these rows apart from the others."""
    known: dict[str, bool] = {}
    for meter_no in body.meter_nos:
        if meter_no not in known:
            known[meter_no] = _is_cumulative(situation.find(meter_no))
    cumulative = np.fromiter((known[meter_no] for meter_no in body.meter_nos), bool, len(body.meter_nos))
    if not cumulative.any():
        return check_intervals(body, situation)
    others = np.flatnonzero(~cumulative)
    checked = check_intervals(_taken(body, others), situation)
    places = others.tolist()
    checked.unknown = {meter_no: [places[place] for place in own] for meter_no, own in checked.unknown.items()}
    registers = _check_registers(_taken(body, np.flatnonzero(cumulative)), situation)
    checked.sections += registers.sections
    checked.faults += registers.faults + body.faults
    return checked


def _is_cumulative(meter: Meter | None) -> bool:
    return meter is not None and meter.kind.is_cumulative


def _taken(body: Body, places: NDArray[np.intp]) -> Body:
    """Some rows of a body, without its faults."""
    chosen = places.tolist()
    meter_nos = [body.meter_nos[place] for place in chosen]
    values, lines = body.values[places], body.lines[places]
    if isinstance(body, CurveBody):
        dates = [body.dates[place] for place in chosen]
        rows = None if body.qualities is None else [body.qualities[place] for place in chosen]
        return replace(
            body, meter_nos=meter_nos, dates=dates, values=values, lines=lines, qualities=rows, faults=[]
        )
    stamps = [body.stamps[place] for place in chosen]
    labels = None if body.qualities is None else [body.qualities[place] for place in chosen]
    return replace(
        body, meter_nos=meter_nos, stamps=stamps, values=values, lines=lines, qualities=labels, faults=[]
    )


def _check_registers(body: Body, situation: Situation) -> Checked:
    rows = Rows(body.meter_nos, body.lines, body.pointer_prefix, situation)
    rows.refuse_strangers()
    minute = _curve_minutes(body, rows) if isinstance(body, CurveBody) else _stamp_minutes(body, rows)
    # One entry a row, against rows of one value or of a day's.
    shape = (-1, *(1,) * (body.values.ndim - 1))
    values = body.values * rows.column(lambda meter: unit_factor(situation.unit, meter)).reshape(shape)
    quality = _qualities(body, values.shape)
    rows.refuse(_over(quality < 0), "reading.quality_unknown", "quality")
    values = np.where(quality == Quality.MISSING, np.nan, values)
    present = ~np.isnan(values)
    name = "values" if isinstance(body, CurveBody) else "value"
    rows.refuse(~_over(present), "reading.value_missing", name)
    first = rows.integers(lambda meter: meter.first_day * MINUTES_A_DAY)
    end = rows.integers(lambda meter: (meter.last_day + 1) * MINUTES_A_DAY)
    now = now_minutes(situation) + FUTURE_MINUTES + rows.integers(lambda meter: meter.offset_minutes)
    earliest = day_number(situation.earliest_on) * MINUTES_A_DAY
    where = "date" if isinstance(body, CurveBody) else "at"
    rows.refuse(_over(present & (minute > now.reshape(shape))), "reading.in_future", where)
    rows.refuse(_over(present & (minute < earliest)), "reading.too_early", where)
    rows.refuse(_over(present & (minute < first.reshape(shape))), "reading.before_meter", where)
    rows.refuse(_over(present & (minute > end.reshape(shape))), "reading.after_meter", where)
    limit = rows.column(_limit).reshape(shape)
    rows.refuse(_over(present & ((values < 0) | (values >= limit))), "reading.register_out_of_range", name)

    index = rows.integers(lambda meter: meter.meter_index)
    for chosen, meter in groups(rows):
        is_there = present[chosen]
        repeated = np.repeat(index[chosen], is_there.reshape(len(chosen), -1).sum(axis=1))
        states = values[chosen][is_there]
        own_quality = quality[chosen][is_there]
        rows.checked.sections.append(
            RegisterRows(
                quantity=meter.quantity.number,
                slots=meter.slots,
                rank=situation.rank,
                meter_index=repeated.astype(np.int32),
                minute=minute[chosen][is_there].astype(np.int32),
                values=states,
                quality=None if body.qualities is None else own_quality.astype(np.uint8),
            )
        )
    return rows.checked


def _stamp_minutes(body: ReadingBody, rows: Rows) -> Int:
    second = np.array(remembered(body.stamps, second_of), np.int64)
    rows.refuse(second == NO_STAMP, "reading.stamp_malformed", "at")
    rows.refuse(second == NO_ZONE, "reading.stamp_without_zone", "at")
    minutes: Int = np.where(rows.live, second, 0) // 60 + rows.integers(lambda meter: meter.offset_minutes)
    return minutes


def _curve_minutes(body: CurveBody, rows: Rows) -> Int:
    slots = body.values.shape[1]
    day = np.array(remembered(body.dates, day_of), np.int64)
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


def _over(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether any value of a row."""
    found: NDArray[np.bool_] = np.any(mask.reshape(len(mask), -1), axis=1)
    return found
