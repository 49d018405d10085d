"""What is known in advance opens nothing, teaches nothing, and is over when it is over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.engine import Curves, Phase, Signal, detect, signals_of
from services.energy.detection.domain.expected import EVERYTHING, Expectations, Stretch, bits_of
from services.energy.detection.domain.rules import RuleBook
from services.energy.detection.domain.silence import TICK_MINUTES, tick
from services.energy.detection.domain.state import MeterStates

SLOTS, FIRST, OFFSET = 96, 20_000, 480
BOOK = RuleBook()


def usual(days: int) -> NDArray[np.float32]:
    random = np.random.default_rng(7)
    shape = 1000 + 200 * np.sin(np.arange(SLOTS) / SLOTS * 2 * np.pi)
    return (shape + random.normal(0, 5, (days, SLOTS))).astype(np.float32)


def stretch(day: int, first: int, end: int, *kinds: ConditionKind) -> Stretch:
    """Slots of a day (numbered from the first) of meter 0, whose clock is eight hours ahead."""
    start = (FIRST + day) * 1440 - OFFSET
    return Stretch((0,), start + first * 15, start + end * 15, kinds or EVERYTHING)


def fed(values: NDArray[np.float32], expected: Expectations) -> tuple[list[Signal], MeterStates]:
    states = MeterStates(SLOTS)
    rows = len(values)
    meters, days = np.zeros(rows, np.int64), np.arange(FIRST, FIRST + rows)
    known, masks = expected.of_rows(meters, days, np.full(rows, OFFSET), SLOTS)
    facts = np.stack([(days + 3) % 7 >= 5, np.maximum((days + 3) % 7 - 4, 0), days * 0], axis=1)
    curves = Curves(meters, days, facts, values, np.zeros(rows, np.intp), known, masks)
    states.rows_of(meters)
    states.meters["capacity"] = 5000
    return detect(states, curves, BOOK.table), states


@pytest.mark.parametrize(
    ("kind", "factor"),
    [
        (ConditionKind.SPIKE, 3.0),
        (ConditionKind.DROP, 0.05),
        (ConditionKind.DEAD, 0.0),
        (ConditionKind.UNIT, 1000.0),
        (ConditionKind.OVERLOAD, 6.0),
    ],
)
def test_covered_kind_opens_nothing_within_and_is_found_without(kind: ConditionKind, factor: float) -> None:
    values = usual(43)
    values[41, 40:52] *= np.float32(factor)
    found, _ = fed(values, Expectations())
    assert kind in {signal.kind for signal in found}
    silent, _ = fed(values, Expectations([stretch(41, 40, 52)]))
    assert silent == []
    # Only what the event is told to cover is silent.
    others = [other for other in EVERYTHING if other is not kind]
    still, _ = fed(values, Expectations([stretch(41, 40, 52, *others)]))
    assert kind in {signal.kind for signal in still}


def test_baseline_learns_no_more_from_it_than_from_a_gap() -> None:
    spoilt, gap = usual(60), usual(60)
    for day in range(41, 46):
        spoilt[day, 30:70] *= np.float32(0.2)
        gap[day, 30:70] = np.nan
    found, with_event = fed(spoilt, Expectations([stretch(day, 30, 70) for day in range(41, 46)]))
    _, with_gap = fed(gap, Expectations())
    assert found == []
    assert np.array_equal(with_event.profile, with_gap.profile)
    assert np.array_equal(with_event.margin, with_gap.margin)
    assert np.array_equal(with_event.spread, with_gap.spread)
    assert with_event.meters["top"] == with_gap.meters["top"]


def test_what_goes_on_after_the_end_opens_then() -> None:
    values = usual(43)
    values[41, 40:60] = 0
    found, _ = fed(values, Expectations([stretch(41, 40, 52)]))
    opened = {signal.kind: signal.at for signal in found if signal.phase is Phase.OPENED}
    end = (FIRST + 41) * 1440 + 52 * 15
    assert opened[ConditionKind.DROP] == end
    # A meter that is dead is so from the end on: not every outage ends on the minute.
    assert opened[ConditionKind.DEAD] == end + 45


def test_silence_is_expected_in_an_outage_and_counts_from_its_end() -> None:
    states = MeterStates(SLOTS)
    days, values = np.arange(FIRST, FIRST + 4), usual(4)
    rules = np.repeat(BOOK.table[:1], 1)
    for place in range(4):
        row = slice(place, place + 1)
        facts = np.zeros((1, 3), np.int64)
        detect(
            states, Curves(np.zeros(1, np.int64), days[row], facts, values[row], np.zeros(1, np.intp)), BOOK.table
        )
        tick(states, (FIRST + place + 1) * 1440 - OFFSET, np.full(1, OFFSET), rules)
    states.meters["arrivals"] = 10
    outage = Expectations([stretch(4, 0, 20, ConditionKind.MISSING)])
    opened: list[int] = []
    for number in range(40):
        clock = (FIRST + 4) * 1440 - OFFSET + number * TICK_MINUTES
        awaited = outage.awaited_from(np.zeros(1, np.int64), ConditionKind.MISSING, clock)
        records = tick(states, clock, np.full(1, OFFSET), rules, awaited)
        opened += [number for signal in signals_of(records, np.zeros(1, np.intp)) if signal.phase is Phase.OPENED]
    # Ended after 20 ticks, two hours of patience.
    assert opened == [28]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-300, 3000), st.integers(1, 900)), max_size=6),
    st.integers(0, 3),
    st.integers(0, 1),
    st.sampled_from([24, 96, 288]),
)
def test_masks_of_rows_say_the_same_as_single_instants(
    given_stretches: list[tuple[int, int, int]], meter: int, day: int, slots: int
) -> None:
    kinds = (ConditionKind.SPIKE, ConditionKind.MISSING)
    step = 1440 // slots
    # On the edges of slots, where a slot and its first minute are one thing.
    found = Expectations(
        [
            Stretch((number,), start // step * step, (start // step + length // step + 1) * step, kinds)
            for number, start, length in given_stretches
        ]
    )
    known, masks = found.of_rows(np.array([meter]), np.array([day]), np.array([0]), slots)
    expected = [found.bits_at(meter, day * 1440 + slot * step) for slot in range(slots)]
    assert masks[known[0]].tolist() == expected
    assert set(expected) <= {0, bits_of(kinds)}
