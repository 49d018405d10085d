"""Rows of a body with their meters, and how those that do not fit are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.domain.block import Section
from services.energy.feeds.domain.body import Fault
from services.energy.feeds.domain.units import unit_factor
from services.energy.metering.domain.meter import Kind, Meter, is_meter_no
from services.energy.metering.domain.quality import BY_LABEL, Quality

Mask = NDArray[np.bool_]

# Clocks of meters and of ours differ; further ahead a stamp is wrong.
FUTURE_MINUTES: Final = 15
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
            return UNKNOWN
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


UNKNOWN: Final = -1
_REFUSED: Final = -2
_MALFORMED: Final = -3


def quality_of(label: str | None) -> int:
    if label is None:
        return Quality.MEASURED
    quality = BY_LABEL.get(label)
    return UNKNOWN if quality is None else int(quality)


def now_minutes(situation: Situation) -> int:
    return (situation.now - _EPOCH) // timedelta(minutes=1)
