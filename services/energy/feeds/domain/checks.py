"""Readings checked against their meters and turned into blocks (S18); what does not fit is told by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.domain.block import CurveRows, PointRows, Section
from services.energy.feeds.domain.body import CurveBody, Fault, ReadingBody
from services.energy.feeds.domain.multiplying import rescale_within
from services.energy.feeds.domain.stamps import NO_STAMP, NO_ZONE, day_of, remembered, second_of
from services.energy.feeds.domain.units import unit_factor
from services.energy.metering.domain.meter import Kind, Meter, is_meter_no
from services.energy.metering.domain.quality import BY_LABEL, Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number

Mask = NDArray[np.bool_]

# Clocks of meters and of ours differ; further ahead a stamp is wrong.
FUTURE_MINUTES: Final = 15
# 100 GW: no meter of one customer shows more, and float32 still holds it.
_ABSOLUTE_KW: Final = 1e8
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the checks need to know besides the body. ``find`` gives a caller's meter by number, or None."""

    find: Callable[[str], Meter | None]
    # Numbers that the caller's key does not name are refused whether they exist or not.
    is_granted: Callable[[str], bool]
    unit: str
    interval_minutes: int | None
    rank: int
    now: datetime
    earliest_on: date
    # What the body says its values are, where it does.
    quantity: str | None = None
    kind: str | None = None
    # Whether any meter at all has a register, or facts that changed in its life.
    has_special: bool = False


@dataclass(slots=True, eq=False)
class Checked:
    """``sections`` go to the worker, ``unknown`` row places (by meter number) to quarantine."""

    sections: list[Section] = field(default_factory=list)
    unknown: dict[str, list[int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return sum(section.readings for section in self.sections)


class Rows:
    """Rows of a body with their meters; rows drop out with a fault."""

    def __init__(
        self, meter_nos: Sequence[str], lines: NDArray[np.int64], prefix: str, situation: Situation
    ) -> None:
        self.situation, self.lines, self.prefix = situation, lines, prefix
        self.checked = Checked()
        self.meters: list[Meter] = []
        known: dict[str, int] = {}
        refused: list[int] = []
        malformed: list[int] = []
        owner = np.full(len(meter_nos), -1, np.int64)
        for place, meter_no in enumerate(meter_nos):
            number = known.get(meter_no)
            if number is None:
                number = known[meter_no] = self._look_up(meter_no)
            if number >= 0:
                owner[place] = number
            elif number == _REFUSED:
                refused.append(place)
            elif number == _MALFORMED:
                malformed.append(place)
            else:
                self.checked.unknown.setdefault(meter_no, []).append(place)
        self.owner = owner
        self.live: Mask = owner >= 0
        self._tell(np.array(refused, np.int64), "meter.not_granted", "meter_no")
        self._tell(np.array(malformed, np.int64), "meter.number_malformed", "meter_no")

    def _look_up(self, meter_no: str) -> int:
        if not is_meter_no(meter_no):
            return _MALFORMED
        meter = self.situation.find(meter_no)
        # A key names meters by their number, whatever the body calls them.
        if not self.situation.is_granted(meter_no if meter is None else meter.meter_no):
            return _REFUSED
        if meter is None:
            return _UNKNOWN
        self.meters.append(meter)
        return len(self.meters) - 1

    def column(self, get: Callable[[Meter], float]) -> NDArray[np.float64]:
        """A fact of each row's meter, as float64 (exact for all integers used here)."""
        of_meter = np.array([get(meter) for meter in self.meters] or [0.0], np.float64)
        return of_meter[np.maximum(self.owner, 0)]

    def integers(self, get: Callable[[Meter], int]) -> NDArray[np.int64]:
        of_meter = np.array([get(meter) for meter in self.meters] or [0], np.int64)
        return of_meter[np.maximum(self.owner, 0)]

    def refuse_strangers(self) -> None:
        """Drop rows whose meter is not what the body says it is, or takes no values."""
        situation = self.situation
        # Most bodies stop here: everything fits, and nothing else is said.
        foreign = np.isnan(self._unit_factors())
        if foreign.any():
            virtual = self.integers(lambda meter: meter.kind is Kind.VIRTUAL)
            self.refuse(virtual != 0, "reading.meter_virtual", "meter_no")
            self.refuse(foreign, "reading.unit_mismatch", "meter_no", unit=situation.unit)
        if situation.quantity is not None:
            other = self.integers(lambda meter: meter.quantity.value != situation.quantity)
            self.refuse(other != 0, "reading.quantity_mismatch", "meter_no", quantity=situation.quantity)
        if situation.kind is not None:
            told = situation.kind in {Kind.REGISTER, Kind.COUNTER}
            other = self.integers(lambda meter: meter.kind.is_cumulative != told)
            self.refuse(other != 0, "reading.kind_mismatch", "meter_no", kind=situation.kind)

    def _unit_factors(self) -> NDArray[np.float64]:
        unit = self.situation.unit
        return self.column(lambda meter: unit_factor(unit, meter))

    def factors(self, minute: NDArray[np.int64]) -> NDArray[np.float64]:
        """What each row's values are to be multiplied with; ``minute``: its standard time since 1970."""
        unit = self.situation.unit
        factor = self.column(lambda meter: meter.multiplier * unit_factor(unit, meter))
        if self.situation.has_special:
            for number, meter in enumerate(self.meters):
                if meter.periods:
                    own = np.flatnonzero(self.owner == number)
                    dated = [meter.factor_at(at) for at in minute[own].tolist()]
                    factor[own] = np.array(dated) * unit_factor(unit, meter)
        return factor

    def refuse(self, bad: Mask, code: str, name: str, **params: object) -> None:
        """Drop live rows where ``bad`` holds."""
        places = np.flatnonzero(bad & self.live)
        self.live[places] = False
        self._tell(places, code, name, **params)

    def _tell(self, places: NDArray[np.intp], code: str, name: str, **params: object) -> None:
        for place in places.tolist():
            line = int(self.lines[place])
            pointer = f"{self.prefix}{line - 1}/{name}" if self.prefix else f"/{name}"
            self.checked.faults.append(Fault(line, pointer, code, params))


_UNKNOWN: Final = -1
_REFUSED: Final = -2
_MALFORMED: Final = -3


def quality_of(label: str | None) -> int:
    if label is None:
        return Quality.MEASURED
    quality = BY_LABEL.get(label)
    return _UNKNOWN if quality is None else int(quality)


def now_minutes(situation: Situation) -> int:
    return (situation.now - _EPOCH) // timedelta(minutes=1)


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
    rows.refuse(_out_of_range(values, rows), "reading.out_of_range", "value")
    quality = None
    if body.qualities is not None:
        quality = np.array([quality_of(label) for label in body.qualities], np.int64)
        rows.refuse(quality == _UNKNOWN, "reading.quality_unknown", "quality")
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
        rows.refuse(_any(quality == _UNKNOWN), "reading.quality_unknown", "quality")
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
    rows.refuse(_any(present & _out_of_range(values, rows)), "reading.out_of_range", "values")

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


def _out_of_range(values: NDArray[np.float64], rows: Rows) -> Mask:
    low = rows.column(lambda meter: -_ABSOLUTE_KW if meter.low_kw is None else meter.low_kw)
    high = rows.column(lambda meter: _ABSOLUTE_KW if meter.high_kw is None else meter.high_kw)
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
