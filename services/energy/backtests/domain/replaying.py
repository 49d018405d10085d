"""Stored curves fed to the detector as if each reading had come when it was due.

Slot by slot, with a look for silent meters after each tick, so all kinds are judged as they are online; only how
late readings came in their time is not stored, and so not tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.engine import Curves, Phase, Signal, detect, signals_of
from services.energy.detection.domain.knowledge import Knowledge
from services.energy.detection.domain.layout import IntArray
from services.energy.detection.domain.silence import TICK_MINUTES, tick
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
        rows = self._states.rows_of(self.meter_index)
        for name, values in (
            ("driver", [one.driver for one in subjects]),
            ("capacity", [one.capacity for one in subjects]),
        ):
            self._states.meters[name][rows] = values

    def judge_day(self, day: int, values: Table) -> list[Found]:
        """One day (since 1970) of all subjects, (meters, slots) kW, NaN where nothing was measured."""
        rules = self._knowledge.rules
        days = np.full(len(self.meter_index), day, np.int64)
        rule = rules.numbers(self.meter_index, days, self._keys.__getitem__)
        facts = self._day_types.facts(days)
        offset = np.full(len(days), self._offset, np.int64)
        known, masks = self._knowledge.expected.of_rows(self.meter_index, days, offset, self.slots)
        # At each tick the slots that begin before it.
        step = max(TICK_MINUTES, _DAY // self.slots)
        width = step * self.slots // _DAY
        found: list[Found] = []
        for first in range(0, self.slots, width):
            part = np.full_like(values, np.nan)
            part[:, first : first + width] = values[:, first : first + width]
            curves = Curves(self.meter_index, days, facts, part, rule, known, masks)
            found += _opened(detect(self._states, curves, rules.table))
            found += self._look(day * _DAY + (first + width) * _DAY // self.slots, rule)
        return found

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
