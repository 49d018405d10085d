"""Records in any batches: the detector meets each meter's readings in the order of the log."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.detection.domain.engine import Signal
from services.energy.detection.domain.expected import EVERYTHING, Expectations, Stretch
from services.energy.detection.domain.knowledge import Knowledge
from services.energy.detection.domain.parameters import DropParameters, MissingParameters, SpikeParameters
from services.energy.detection.domain.rules import Rule, RuleBook
from services.energy.feeds.domain.block import CurveRows, PointRows, Section
from services.energy.ingest.detectors import Detectors
from services.energy.ingest.domain.assembly import assemble
from services.energy.metering.directory import MeterDirectory
from services.energy.metering.domain.meter import Meter, Profile, Quantity

SLOTS, DAY = 24, 20_500
JUMPY = SpikeParameters(open_score=2, clear_score=1, clear_slots=2, warmup_days=1, quiet_minutes=120, margin=0.5)
JUMPY_DROP = DropParameters(open_score=2, clear_score=1, clear_slots=2, quiet_minutes=120, margin=0.5)
IMPATIENT = MissingParameters(minutes=30, times=0.1, quiet_minutes=0, clear_minutes=20)


def detectors(meters: int) -> Detectors:
    directory = MeterDirectory()
    for index in range(meters):
        profile = Profile.WIND if index == meters - 1 else Profile.CONSUMPTION
        meter = Meter(
            UUID(int=index),
            f"M{index}",
            index,
            "Furnace",
            Quantity.ACTIVE_IMPORT_KW,
            profile,
            60,
            480,
            None,
            None,
            None,
            1.0,
            "421224",
            None,
            date(2020, 1, 1),
            1,
        )
        directory.put([meter])
    found = Detectors(directory)
    rules = RuleBook([Rule(one, date(2020, 1, 1)) for one in (JUMPY, JUMPY_DROP, IMPATIENT)])
    # In the middle of the log meter 1 is under repair: nothing of it is news, nothing is learned from it.
    repair = Stretch((1,), (DAY + 1) * 1440, (DAY + 2) * 1440, EVERYTHING)
    found.knowledge = Knowledge(1, rules, Expectations([repair]))
    found.adopt(0)
    found.meters_changed()
    return found


@st.composite
def log(draw: st.DrawFn) -> list[list[Section]]:
    """A log of curves and single readings of four meters, some late, some twice; the last is a wind farm."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    records: list[list[Section]] = []
    minute = 29_000_000
    for number in range(draw(st.integers(2, 14))):
        minute += int(random.integers(0, 40))
        rank = (50 << 48) | minute * 60_000
        rows = int(random.integers(1, 5))
        meter = random.integers(0, 4, rows).astype(np.int32)
        day = (DAY + number // 3 + random.integers(-1, 2, rows)).astype(np.int32)
        if draw(st.booleans()):
            values = random.normal(100, 3, (rows, SLOTS)).astype(np.float32)
            values[random.random(values.shape) < 0.05] *= 5
            values[random.random(values.shape) < 0.2] = np.nan
            records.append([CurveRows(1, SLOTS, rank, meter, day, values)])
        else:
            points = random.normal(100, 30, rows).astype(np.float32)
            slot = random.integers(0, SLOTS, rows).astype(np.uint16)
            records.append([PointRows(1, SLOTS, rank, meter, day, slot, points)])
    return records


def play(records: list[list[Section]], cuts: list[int]) -> tuple[dict[int, list[Signal]], Detectors]:
    found = detectors(4)
    signals: dict[int, list[Signal]] = {}
    for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
        decisions = found.learn(0, assemble(records[start:end]))
        for decision in sorted(decisions, key=lambda item: (item.order, item.signal.at)):
            signal = replace(decision.signal, row=0, rule=0)
            signals.setdefault(signal.meter_index, []).append(signal)
    return signals, found


@settings(max_examples=80, deadline=None)
@given(log(), st.data())
def test_decisions_and_state_are_the_same_when_batches_are_cut_otherwise(
    records: list[list[Section]], data: st.DataObject
) -> None:
    one_by_one = list(range(1, len(records)))
    expected, reference = play(records, one_by_one)
    cuts = sorted(set(data.draw(st.lists(st.integers(1, len(records) - 1), max_size=4))))
    signals, batched = play(records, cuts)
    assert signals == expected
    every = np.arange(4)
    assert batched.memory(0).clock == reference.memory(0).clock
    assert batched.memory(0).state(SLOTS).dump(every) == reference.memory(0).state(SLOTS).dump(every)
