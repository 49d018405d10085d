"""Rows of a body beside the facts of their meters; rows that do not fit drop out with a fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.domain.block import Section
from services.energy.feeds.domain.body import Fault
from services.energy.feeds.domain.scanner.texts import Texts
from services.energy.metering.domain.columns import MeterColumns
from services.energy.metering.domain.meter import Meter, is_meter_no
from services.energy.metering.domain.numbers import MeterNumbers

Mask = NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all rows of a body."""

    unit: str
    interval_minutes: int | None
    rank: int
    now: datetime
    earliest_on: date


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """What the checks need to know besides the body.

    ``reach``: by meter index, the meters that the caller may deliver for; ``find`` gives one of them by a number
    that ``numbers`` does not have, or None.
    """

    terms: Terms
    columns: MeterColumns
    numbers: MeterNumbers
    reach: Mask
    find: Callable[[str], Meter | None]
    # Numbers that the caller's key does not name are refused whether they exist or not.
    is_granted: Callable[[str], bool]


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

    def __init__(
        self, meter_nos: Sequence[str], lines: NDArray[np.int64], prefix: str, situation: Situation
    ) -> None:
        self.situation, self.lines, self.prefix = situation, lines, prefix
        self.checked = Checked()
        index = self._at_once(meter_nos)
        seldom = np.flatnonzero(index < 0)
        if len(seldom):
            index[seldom] = self._one_by_one(meter_nos, seldom)
        self.live: Mask = index >= 0
        self.index = np.maximum(index, 0)
        self.is_empty = not bool(self.live.any())

    def _at_once(self, meter_nos: Sequence[str]) -> NDArray[np.int64]:
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
        if not self.situation.is_granted(meter_no):
            return _REFUSED
        meter = self.situation.find(meter_no)
        return UNKNOWN if meter is None else meter.meter_index

    def of(self, column: NDArray[Number]) -> NDArray[Number]:
        """A fact of each row's meter."""
        return column[self.index]

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


UNKNOWN: Final = -1
_REFUSED: Final = -2
_MALFORMED: Final = -3
