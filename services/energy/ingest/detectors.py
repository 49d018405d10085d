"""The detector's memory of the partitions this worker owns: learn, forget, checkpoint, restore."""

from __future__ import annotations

from collections.abc import Sequence as Records
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from libs.common.workdays import WorkCalendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.parameters import RuleBook, SpikeParameters
from services.energy.detection.domain.spike import Curves, Signal, detect
from services.energy.detection.domain.state import SpikeState
from services.energy.feeds.domain.block import SHARD_METERS
from services.energy.ingest.domain.sequence import sequence
from services.energy.metering.directory import MeterDirectory
from services.energy.metering.domain.incoming import Incoming, Int
from services.energy.metering.domain.meter import Meter, Quantity


@dataclass(slots=True)
class PartitionMemory:
    """States by slots a day; ``dirty``: (shard, slots) that changed since the last checkpoint."""

    states: dict[int, SpikeState] = field(default_factory=dict)
    dirty: set[tuple[int, int]] = field(default_factory=set)

    def state(self, slots: int) -> SpikeState:
        return self.states.setdefault(slots, SpikeState(slots))

    def absorb(self, dumps: Records[tuple[int, bytes]]) -> None:
        for slots, dump in dumps:
            self.state(slots).absorb(dump)

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
    """The spike detector over all partitions of a worker, with the rules, calendar and meters it goes by."""

    def __init__(self, directory: MeterDirectory) -> None:
        self._directory = directory
        self._memories: dict[int, PartitionMemory] = {}
        self._judged: NDArray[np.bool_] = np.zeros(0, bool)
        self.rules = RuleBook(())
        self.day_types = DayTypes(WorkCalendar())

    def forget(self, partition: int) -> None:
        self._memories.pop(partition, None)

    def memory(self, partition: int) -> PartitionMemory:
        return self._memories.setdefault(partition, PartitionMemory())

    def parameters(self, rule: int) -> SpikeParameters:
        return self.rules.rules[rule].parameters

    def meters_changed(self) -> None:
        """Take over which meters have a baseline by the calendar; others are not judged."""
        meters = self._directory.by_index
        judged = np.zeros(max(meters, default=-1) + 1, bool)
        judged[[index for index, meter in meters.items() if _is_judged(meter)]] = True
        self._judged = judged

    def learn(self, partition: int, incoming: Incoming) -> list[Decision]:
        """Feed the readings of one batch of one partition; the decisions come in the order of each meter's log."""
        if incoming.quantity != Quantity.ACTIVE_IMPORT_KW.number:
            return []
        found = sequence(incoming, self._judged)
        if not len(found.day):
            return []
        memory = self.memory(partition)
        curves = Curves(
            meter_index=found.meter_index,
            day=found.day,
            season_day=self.day_types.season_days(found.day),
            values=found.values,
            rule=self._rules_of(found.meter_index, found.day),
        )
        signals = detect(memory.state(incoming.slots), curves, self.rules.table)
        shards = np.unique(found.meter_index // SHARD_METERS).tolist()
        memory.dirty.update((shard, incoming.slots) for shard in shards)
        return [Decision(found.order_of(signal.row, signal.slot), signal) for signal in signals]

    def _rules_of(self, meter_index: Int, day: Int) -> NDArray[np.intp]:
        if len(self.rules.rules) == 1:
            return np.zeros(len(day), np.intp)
        meters = self._directory.by_index
        known = [(meters[index].meter_no, meters[index].region_code) for index in meter_index.tolist()]
        return self.rules.pick(known, day)


def _is_judged(meter: Meter) -> bool:
    return meter.profile.has_calendar_baseline and meter.quantity is Quantity.ACTIVE_IMPORT_KW
