"""Stored curves fed to the detector as if each reading had come when it was due.

Where readings are missing it goes slot by slot, with a look for silent meters at each tick, so kinds are judged
as they are online; only how late readings came in their time is not stored, and so not tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.engine import Curves, Phase, Signal, detect, signals_of
from services.energy.detection.domain.kernel import MISSING, NEVER
from services.energy.detection.domain.knowledge import Knowledge
from services.energy.detection.domain.layout import IntArray
from services.energy.detection.domain.silence import FORGET, TICK_MINUTES, tick
from services.energy.detection.domain.state import MeterStates, Table

_DAY: Final = 1440


@dataclass(frozen=True, slots=True)
class Subject:
    """A meter under test; ``driver`` is the kernel's, ``capacity`` NaN without one."""

    meter_index: int
    meter_no: str
    region_code: str
    slots: int
    offset_minutes: int
    driver: int
    capacity: float


@dataclass(frozen=True, slots=True)
class Found:
    """An opening: ``at`` is the meter's clock when it was raised, ``began`` when it began by its own account."""

    meter_index: int
    kind: ConditionKind
    at: int
    began: int
    value: float
    expected: float
    limit: float


class Replay:
    """Meters of one interval and offset from UTC, judged day by day."""

    def __init__(self, subjects: Sequence[Subject], knowledge: Knowledge, day_types: DayTypes) -> None:
        self.subjects = subjects
        self._knowledge, self._day_types = knowledge, day_types
        self._keys = {one.meter_index: (one.meter_no, one.region_code) for one in subjects}
        self.slots, self._offset = subjects[0].slots, subjects[0].offset_minutes
        self.meter_index: IntArray = np.array([one.meter_index for one in subjects], np.int64)
        self._states = MeterStates(self.slots)
        # In the order of their rows, so that signals of the tick name them.
        rows = self._rows = self._states.rows_of(self.meter_index)
        for name, values in (
            ("driver", [one.driver for one in subjects]),
            ("capacity", [one.capacity for one in subjects]),
        ):
            self._states.meters[name][rows] = values

    def judge_day(self, day: int, values: Table) -> list[Found]:
        """One day (since 1970) of all subjects, (meters, slots) kW, NaN where nothing was measured."""
        rule = self._knowledge.rules.numbers(
            self.meter_index, np.full(len(self.meter_index), day, np.int64), self._keys.__getitem__
        )
        meters = self._states.meters[self._rows]
        known = np.isfinite(values)
        # Whose every reading came is fed the day at once: nobody has to look whether it is silent.
        is_whole = known.all(axis=1) & (meters["opened"][:, MISSING] == NEVER) & (meters["age"] <= 0)
        # Of whom nothing was ever heard is not silent yet.
        is_patchy = ~is_whole & (known.any(axis=1) | (meters["count"] > 0))
        found = self._feed(day, np.flatnonzero(is_whole), values, rule)
        patchy = np.flatnonzero(is_patchy)
        step = max(TICK_MINUTES, _DAY // self.slots)
        ticks = _DAY // step
        if not len(patchy):
            self._skip_ticks(ticks)
            return found
        width = self.slots // ticks
        for first in range(0, self.slots, width):
            part = np.full_like(values, np.nan)
            part[:, first : first + width] = values[:, first : first + width]
            found += self._feed(day, patchy, part, rule)
            found += self._look(day * _DAY + (first + width) * step // width, rule)
        return found

    def _feed(self, day: int, rows: IntArray, values: Table, rule: IntArray) -> list[Found]:
        if not len(rows):
            return []
        index, days = self.meter_index[rows], np.full(len(rows), day, np.int64)
        offset = np.full(len(rows), self._offset, np.int64)
        known, masks = self._knowledge.expected.of_rows(index, days, offset, self.slots)
        curves = Curves(index, days, self._day_types.facts(days), values[rows], rule[rows], known, masks)
        return _opened(detect(self._states, curves, self._knowledge.rules.table))

    def _skip_ticks(self, ticks: int) -> None:
        """What the day's ticks would have taught of meters that reported at each of them."""
        meters = self._states.meters
        heard = meters["count"] > 0
        counted = np.maximum(0, ticks - np.maximum(0, 2 - meters["arrivals"]))
        meters["silence"] = np.where(heard, meters["silence"] * FORGET**counted, meters["silence"])
        meters["arrivals"] += np.where(heard, ticks, 0)
        meters["seen"] = np.where(heard, meters["last"], meters["seen"])
        meters["age"] = 0

    def _look(self, clock: int, rule: IntArray) -> list[Found]:
        """At a minute of the meters' standard time."""
        states, knowledge = self._states, self._knowledge
        index = states.meter_index
        own = rule[np.argsort(self.meter_index)]
        offset = np.full(len(index), self._offset, np.int64)
        awaited = knowledge.expected.awaited_from(index, ConditionKind.MISSING, clock - self._offset)
        records = tick(states, clock - self._offset, offset, knowledge.rules.table[own], awaited)
        return _opened(signals_of(records, own), clock)


def _opened(signals: Sequence[Signal], clock: int | None = None) -> list[Found]:
    return [
        Found(
            meter_index=signal.meter_index,
            kind=signal.kind,
            at=signal.at if clock is None else clock,
            began=signal.at,
            value=signal.value,
            expected=signal.expected,
            limit=signal.limit,
        )
        for signal in signals
        if signal.phase is Phase.OPENED
    ]
