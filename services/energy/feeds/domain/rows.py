"""Rows of a body with their meters as columns, and how those that do not fit are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.domain.block import Section
from services.energy.feeds.domain.body import Fault
from services.energy.feeds.domain.scanner.texts import Labels, Stamps, Texts
from services.energy.feeds.domain.stamps import remembered
from services.energy.feeds.domain.units import factors_of_sorts
from services.energy.metering.domain.columns import ABSOLUTE_KW, MeterColumns
from services.energy.metering.domain.meter import Kind, Meter, Quantity, is_meter_no
from services.energy.metering.domain.numbers import MeterNumbers
from services.energy.metering.domain.periods import Facts, period_at
from services.energy.metering.domain.quality import BY_LABEL, Quality

Int = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)

# Clocks of meters and of ours differ; further ahead a stamp is wrong.
FUTURE_MINUTES: Final = 15
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all rows of a body; ``quantity`` and ``kind``: what it says its values are, if it does."""

    unit: str
    interval_minutes: int | None
    rank: int
    now: datetime
    earliest_on: date
    quantity: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What the checks need to know besides the body.

    ``reach``: by meter index, the meters that the caller may deliver for; ``find`` gives one of them by a text
    that ``numbers`` does not have, such as another system's code, or None. ``meters``: all by index.
    """

    terms: Terms
    columns: MeterColumns
    numbers: MeterNumbers
    reach: Mask
    find: Callable[[str], Meter | None]
    # Numbers that the caller's key does not name are refused whether they exist or not.
    is_granted: Callable[[str], bool]
    meters: Mapping[int, Meter]


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
    """Rows of a body with the indexes of their meters (0 for a row without one); rows drop out with a fault."""

    def __init__(self, meter_nos: Sequence[str], lines: Int, prefix: str, situation: Situation) -> None:
        self.situation, self.lines, self.prefix = situation, lines, prefix
        self.checked = Checked()
        index = self._at_once(meter_nos)
        seldom = np.flatnonzero(index < 0)
        if len(seldom):
            index[seldom] = self._one_by_one(meter_nos, seldom)
        self.live: Mask = index >= 0
        self.index: Int = np.maximum(index, 0)

    @property
    def is_empty(self) -> bool:
        return not bool(self.live.any())

    def _at_once(self, meter_nos: Sequence[str]) -> Int:
        """The meters that need no second look; -1 for the other rows."""
        if not isinstance(meter_nos, Texts):
            return np.full(len(meter_nos), UNKNOWN, np.int64)
        index = self.situation.numbers.find_all(meter_nos.body, meter_nos.start, meter_nos.length)
        reach = self.situation.reach
        index[index >= len(reach)] = UNKNOWN
        if len(reach):
            index[~reach[np.maximum(index, 0)]] = UNKNOWN
        return index

    def _one_by_one(self, meter_nos: Sequence[str], places: NDArray[np.intp]) -> list[int]:
        known: dict[str, int] = {}
        told: dict[int, list[int]] = {_REFUSED: [], _MALFORMED: []}
        found = []
        for place in places.tolist():
            meter_no = meter_nos[place]
            index = known.get(meter_no)
            if index is None:
                index = known[meter_no] = self._look_up(meter_no)
            found.append(index)
            if index == UNKNOWN:
                self.checked.unknown.setdefault(meter_no, []).append(place)
            elif index < 0:
                told[index].append(place)
        self._tell(np.array(told[_REFUSED], np.int64), "meter.not_granted", "meter_no")
        self._tell(np.array(told[_MALFORMED], np.int64), "meter.number_malformed", "meter_no")
        return found

    def _look_up(self, meter_no: str) -> int:
        if not is_meter_no(meter_no):
            return _MALFORMED
        meter = self.situation.find(meter_no)
        # A key names meters by their number, whatever the body calls them.
        if not self.situation.is_granted(meter_no if meter is None else meter.meter_no):
            return _REFUSED
        return UNKNOWN if meter is None else meter.meter_index

    def of(self, column: NDArray[Number]) -> NDArray[Number]:
        """A fact of each row's meter."""
        return column[self.index]

    def each(self, get: Callable[[Meter], float]) -> Floats:
        """A fact of each row's meter that no column has; 0 where a row has no meter."""
        distinct, place = np.unique(self.index, return_inverse=True)
        meters = self.situation.meters
        facts = [get(meters[index]) if index in meters else 0.0 for index in distinct.tolist()]
        return np.array(facts, np.float64)[place]

    def refuse_strangers(self) -> None:
        """Drop rows whose meter is not what the body says it is, or takes no values."""
        terms, columns = self.situation.terms, self.situation.columns
        foreign = np.isnan(self.unit_factors())
        if foreign.any():
            virtual = self.of(columns.kind) == Kind.VIRTUAL.number
            self.refuse(virtual, "reading.meter_virtual", "meter_no")
            self.refuse(foreign, "reading.unit_mismatch", "meter_no", unit=terms.unit)
        if terms.quantity is not None:
            known = [quantity.number for quantity in Quantity if quantity.value == terms.quantity]
            other = ~np.isin(self.of(columns.quantity), known)
            self.refuse(other, "reading.quantity_mismatch", "meter_no", quantity=terms.quantity)
        if terms.kind is not None:
            told = terms.kind in {Kind.REGISTER, Kind.COUNTER}
            self.refuse(
                self.of(columns.is_cumulative) != told, "reading.kind_mismatch", "meter_no", kind=terms.kind
            )

    def unit_factors(self) -> Floats:
        """To the unit of each row's meter, its own multiplier apart; NaN where the unit is not of its sort."""
        columns = self.situation.columns
        factor = factors_of_sorts(self.situation.terms.unit)[self.of(columns.sort)]
        return factor / self.of(columns.pulses) if columns.has_pulses else factor

    def factors(self, minute: Int) -> Floats:
        """What each row's values are to be multiplied with; ``minute``: its standard time since 1970."""
        factor = self.unit_factors()
        multiplier = self.of(self.situation.columns.multiplier)
        for own, facts in self.dated(minute):
            multiplier[own] = [item.factor for item in facts]
        return factor * multiplier

    def bounds(self, minute: Int) -> tuple[Floats, Floats]:
        """The lowest and the highest kW that each row's meter could register at the time."""
        columns = self.situation.columns
        low, high = self.of(columns.low_kw), self.of(columns.high_kw)
        for own, facts in self.dated(minute):
            low[own] = [-ABSOLUTE_KW if item.low_kw is None else item.low_kw for item in facts]
            high[own] = [ABSOLUTE_KW if item.high_kw is None else item.high_kw for item in facts]
        return low, high

    def lived(self) -> list[tuple[NDArray[np.intp], Meter]]:
        """Live rows of each meter whose facts changed in its life."""
        columns = self.situation.columns
        if not columns.has_dated:
            return []
        rows = np.flatnonzero(self.live & self.of(columns.is_dated))
        index = self.index[rows]
        return [(rows[index == one], self.situation.meters[one]) for one in np.unique(index).tolist()]

    def dated(self, minute: Int) -> list[tuple[NDArray[np.intp], list[Facts]]]:
        """The rows of :meth:`lived` with the facts of their minute."""
        return [
            (own, [period_at(meter.periods, at).facts for at in minute[own].tolist()])
            for own, meter in self.lived()
        ]

    def refuse(self, bad: Mask, code: str, name: str, **params: object) -> None:
        """Drop live rows where ``bad`` holds."""
        places = np.flatnonzero(bad & self.live)
        if len(places):
            self.live[places] = False
            self._tell(places, code, name, **params)

    def _tell(self, places: NDArray[np.intp], code: str, name: str, **params: object) -> None:
        for place in places.tolist():
            line = int(self.lines[place])
            pointer = f"{self.prefix}{line - 1}/{name}" if self.prefix else f"/{name}"
            self.checked.faults.append(Fault(line, pointer, code, params))

    def groups(self) -> list[tuple[NDArray[np.intp] | slice, int, int]]:
        """Live rows by quantity and number of slots: which, quantity, slots."""
        columns = self.situation.columns
        if self.is_empty:
            return []
        key = self.of(columns.quantity) * _SLOTS + self.of(columns.slots)
        if self.live.all() and (key == key[0]).all():
            return [(slice(None), int(key[0]) // _SLOTS, int(key[0]) % _SLOTS)]
        return [
            (np.flatnonzero(self.live & (key == number)), number // _SLOTS, number % _SLOTS)
            for number in np.unique(key[self.live]).tolist()
        ]


UNKNOWN: Final = -1
_REFUSED: Final = -2
_MALFORMED: Final = -3
_SLOTS: Final = 1024


def numbers_of(stamps: Sequence[str], parse: Callable[[str], int]) -> Int:
    """Stamps or dates as numbers, read before or now."""
    if isinstance(stamps, Stamps):
        return stamps.numbers
    return np.array(remembered(stamps, parse), np.int64)


def quality_of(label: str | None) -> int:
    if label is None:
        return Quality.MEASURED
    quality = BY_LABEL.get(label)
    return UNKNOWN if quality is None else int(quality)


def qualities_of(labels: Sequence[str | None]) -> Int:
    if isinstance(labels, Labels):
        return labels.codes.astype(np.int64)
    return np.array([quality_of(label) for label in labels], np.int64)


def now_minutes(situation: Situation) -> int:
    return (situation.terms.now - _EPOCH) // timedelta(minutes=1)
