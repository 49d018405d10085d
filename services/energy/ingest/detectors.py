"""The detector's memory of the partitions this worker owns: learn, tick, forget, checkpoint, restore."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Records
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.contracts.energy import ConditionKind
from libs.common.workdays import WorkCalendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.engine import Curves, Signal, detect, signals_of
from services.energy.detection.domain.knowledge import Knowledge
from services.energy.detection.domain.parameters import AnyParameters
from services.energy.detection.domain.silence import TICK_MINUTES, tick
from services.energy.detection.domain.state import MeterStates
from services.energy.detection.judged import DRIVER_OF, JUDGED
from services.energy.feeds.domain.block import SHARD_METERS
from services.energy.ingest.domain.sequence import sequence
from services.energy.metering.directory import MeterDirectory
from services.energy.metering.domain.incoming import Incoming, Int
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.rank import minute_of
from services.energy.metering.domain.slots import MINUTES_A_DAY, local_minute

_NEVER: Final = 0
_FEED_SILENT_MINUTES: Final = 60


@dataclass(slots=True)
class PartitionMemory:
    """States by slots a day; ``dirty``: (shard, slots) that changed since the last checkpoint.

    ``clock``: the newest creation stamp met, minutes UTC since 1970, by which silent meters are noticed;
    ``knowledge``: what its readings are judged by at this place of the log.
    """

    states: dict[int, MeterStates] = field(default_factory=dict)
    dirty: set[tuple[int, int]] = field(default_factory=set)
    clock: int = _NEVER
    knowledge: Knowledge = field(default_factory=Knowledge)

    def state(self, slots: int) -> MeterStates:
        return self.states.setdefault(slots, MeterStates(slots))

    def absorb(self, dumps: Records[tuple[int, bytes]], clock: int = _NEVER) -> None:
        for slots, dump in dumps:
            self.state(slots).absorb(dump)
        self.clock = max(self.clock, clock)

    def touch(self, slots: int, meter_index: Int) -> None:
        shards = np.unique(meter_index // SHARD_METERS).tolist()
        self.dirty.update((shard, slots) for shard in shards)

    def dump_dirty(self) -> dict[tuple[int, int], bytes]:
        """Changed shards as (shard, slots) → bytes."""
        dumps = {}
        for shard, slots in sorted(self.dirty):
            state = self.states[slots]
            meters = state.meter_index[state.meter_index // SHARD_METERS == shard]
            dumps[shard, slots] = state.dump(meters)
        return dumps


@dataclass(frozen=True, slots=True)
class Decision:
    """A signal with its place in the log."""

    order: int
    signal: Signal


class Detectors:
    """The detector over all partitions of a worker, with the rules, calendar and meters it goes by."""

    def __init__(self, directory: MeterDirectory) -> None:
        self._directory = directory
        self._memories: dict[int, PartitionMemory] = {}
        self._judged: NDArray[np.bool_] = np.zeros(0, bool)
        self._driver = np.zeros(0, np.int32)
        self._capacity = np.zeros(0, np.float32)
        self._offset: Int = np.zeros(0, np.int64)
        # The newest; a partition goes by its own, see memory().
        self.knowledge = Knowledge()
        self.day_types = DayTypes(WorkCalendar())

    def forget(self, partition: int) -> None:
        self._memories.pop(partition, None)

    def memory(self, partition: int) -> PartitionMemory:
        return self._memories.setdefault(partition, PartitionMemory())

    def parameters(self, rule: int, kind: ConditionKind) -> AnyParameters:
        return self.knowledge.rules.parameters(rule, kind)

    def is_expected(self, meter: Meter, kind: ConditionKind, at: datetime) -> bool:
        """Whether a condition of the kind is no news of the meter at an instant."""
        return self.knowledge.expected.covers(meter.meter_index, kind, local_minute(at, 0))

    def adopt(self, partition: int) -> bool:
        """Judge the partition by the newest knowledge from now on; whether that is another than before."""
        memory = self.memory(partition)
        if memory.knowledge.mark == self.knowledge.mark:
            # Loaded twice, one mark is one book: rules are numbered by who asks.
            memory.knowledge = self.knowledge
            return False
        memory.knowledge = self.knowledge
        return True

    def meters_changed(self) -> None:
        """Take over what the rules need to know of the meters, by index."""
        for knowledge in (self.knowledge, *(memory.knowledge for memory in self._memories.values())):
            knowledge.rules.forget_meters()
        meters = self._directory.by_index
        size = max(meters, default=-1) + 1
        self._judged, self._driver = np.zeros(size, bool), np.zeros(size, np.int32)
        self._capacity, self._offset = np.full(size, np.nan, np.float32), np.zeros(size, np.int64)
        for index, meter in meters.items():
            self._judged[index] = meter.quantity.number in JUDGED
            self._driver[index] = DRIVER_OF[meter.profile]
            self._offset[index] = meter.offset_minutes
            if meter.capacity_kw is not None:
                self._capacity[index] = meter.capacity_kw

    def learn(self, partition: int, groups: Records[Incoming]) -> list[Decision]:
        """Feed what one batch holds of a partition; the decisions come in the order of each meter's log.

        Between two readings across a tick of the partition's clock silent meters are looked for; where that
        happens follows from the log alone.
        """
        memory = self.memory(partition)
        decisions: list[Decision] = []
        for first, end, clock in _stretches(groups, memory.clock):
            passed = clock // TICK_MINUTES > memory.clock // TICK_MINUTES
            # Where nothing at all came for an hour it is the feed that was silent, not its meters.
            if passed and clock - memory.clock <= _FEED_SILENT_MINUTES:
                decisions += self.tick(partition, clock // TICK_MINUTES * TICK_MINUTES, first)
            memory.clock = max(memory.clock, clock)
            for incoming in groups:
                if incoming.quantity in JUDGED:
                    decisions += self._learn(memory, _between(incoming, first, end))
        return decisions

    def tick(self, partition: int, clock: int, order: int) -> list[Decision]:
        """Look for silent meters at ``clock``, minutes UTC since 1970."""
        memory = self.memory(partition)
        decisions = []
        for slots, states in memory.states.items():
            index = states.meter_index
            offset = self._offset[index]
            rules = memory.knowledge.rules
            rule = rules.numbers(index, (clock + offset) // MINUTES_A_DAY, self._key_of)
            awaited = None
            if len(memory.knowledge.expected):
                awaited = memory.knowledge.expected.awaited_from(index, ConditionKind.MISSING, clock)
            records = tick(states, clock, offset, rules.table[rule], awaited)
            memory.touch(slots, index)
            decisions += [Decision(order, signal) for signal in signals_of(records, rule)]
        return decisions

    def _learn(self, memory: PartitionMemory, incoming: Incoming) -> list[Decision]:
        found = sequence(incoming, self._judged)
        if not len(found.day):
            return []
        states = memory.state(incoming.slots)
        rows = states.rows_of(found.meter_index)
        states.meters["driver"][rows] = self._driver[found.meter_index]
        states.meters["capacity"][rows] = self._capacity[found.meter_index]
        rules, expected = memory.knowledge.rules, memory.knowledge.expected
        curves = Curves(
            meter_index=found.meter_index,
            day=found.day,
            facts=self.day_types.facts(found.day),
            values=found.values,
            rule=rules.numbers(found.meter_index, found.day, self._key_of),
            start=found.start,
        )
        if len(expected):
            offset = self._offset[found.meter_index]
            known, masks = expected.of_rows(found.meter_index, found.day, offset, incoming.slots)
            curves = replace(curves, known=known, masks=masks)
        signals = detect(states, curves, rules.table)
        memory.touch(incoming.slots, found.meter_index)
        return [Decision(found.order_of(signal.row, signal.slot), signal) for signal in signals]

    def _key_of(self, meter_index: int) -> tuple[str, str]:
        meter = self._directory.by_index[meter_index]
        return meter.meter_no, meter.region_code


def _stretches(groups: Records[Incoming], clock: int) -> Iterator[tuple[int, int, int]]:
    """(first order, end, newest stamp) of stretches of the batch between ticks of the clock, in order."""
    order = np.concatenate(
        [part.order for one in groups for part in (one.curves, one.points)] or [np.zeros(0, int)]
    )
    if not len(order):
        return
    rank = np.concatenate([part.rank for one in groups for part in (one.curves, one.points)])
    place = np.argsort(order, kind="stable")
    order, stamp = order[place], np.maximum.accumulate(np.maximum(minute_of(rank[place]), clock))
    ticks = stamp // TICK_MINUTES
    starts = np.flatnonzero(np.concatenate(([True], ticks[1:] != ticks[:-1])))
    for number, start in enumerate(starts.tolist()):
        last = starts[number + 1] - 1 if number + 1 < len(starts) else len(order) - 1
        yield int(order[start]), int(order[last]) + 1, int(stamp[last])


def _between(incoming: Incoming, first: int, end: int) -> Incoming:
    curves = (incoming.curves.order >= first) & (incoming.curves.order < end)
    points = (incoming.points.order >= first) & (incoming.points.order < end)
    if curves.all() and points.all():
        return incoming
    return Incoming(
        quantity=incoming.quantity,
        slots=incoming.slots,
        parts=incoming.parts,
        curves=incoming.curves.take(curves),
        points=incoming.points.take(points),
    )
