"""From states of a register to power: cases worked by hand, and what must hold of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.metering.domain.meter import Kind, Meter, Profile, Quantity
from services.energy.metering.domain.periods import Facts, Period
from services.energy.metering.domain.quality import Quality
from services.energy.registers.domain.devices import DeviceEvent, DeviceEventKind
from services.energy.registers.domain.differencing import Fault
from services.energy.registers.domain.folding import StateColumns, fold
from services.energy.registers.domain.windows import Derived, Windows, judge

NAN = float("nan")
# Midnight of a day in minutes since 1970.
DAY = 20_000
START = DAY * 1440
M, E = Quality.MEASURED, Quality.ESTIMATED
REPLACED, RESET, TURNED = DeviceEventKind.REPLACED, DeviceEventKind.RESET, DeviceEventKind.TURNED


def meter(**facts: Any) -> Meter:
    values: dict[str, Any] = {
        "meter_id": UUID(int=1),
        "meter_no": "R",
        "meter_index": 0,
        "name": "Register",
        "quantity": Quantity.ACTIVE_IMPORT_KW,
        "profile": Profile.CONSUMPTION,
        "interval_minutes": 15,
        "offset_minutes": 480,
        "capacity_kw": None,
        "low_kw": None,
        "high_kw": None,
        "multiplier": 1.0,
        "region_code": "421224",
        "enterprise_id": None,
        "valid_from": date(2020, 1, 1),
        "version": 1,
        "kind": Kind.REGISTER,
    }
    return Meter(**values | facts)


def judged(
    owner: Meter,
    states: Sequence[tuple[float, float]],
    events: list[DeviceEvent] | None = None,
    minutes: int = 1440,
) -> tuple[Derived, list[str]]:
    """Powers and faults of states given as (minute of the day, value)."""
    at = np.array([START + minute for minute, _ in states], np.int64)
    value = np.array([value for _, value in states], np.float64)
    ones = np.ones(len(at), np.int64)
    columns = StateColumns(ones * 0, at, value, ones.astype(np.uint8), ones * 7)
    edge = np.array([START], np.int64)
    windows = Windows(np.zeros(1, np.int64), edge, edge + minutes, edge, edge + minutes, edge * 0 + 15)
    (derived,), faults = judge({0: owner}, windows, columns, {0: events or []})
    return derived, [Fault(code).label for code in faults.fault.tolist()]


def powers(derived: Derived) -> dict[int, tuple[float, int]]:
    slots = derived.slot + (derived.day - DAY) * derived.slots
    return {
        slot: (round(float(value), 3), quality)
        for slot, value, quality in zip(slots.tolist(), derived.values, derived.quality.tolist(), strict=True)
    }


CASES: dict[
    str, tuple[dict[str, Any], list[tuple[float, float]], list[DeviceEvent], dict[int, tuple[float, int]]]
] = {
    "two neighbouring quarters": (
        {},
        [(0, 100), (15, 102.5), (30, 103)],
        [],
        {0: (10, M), 1: (2, M)},
    ),
    "ct and pt multiply": ({"multiplier": 4000.0}, [(0, 1.25), (15, 1.26)], [], {0: (160, M)}),
    "turn over of five digits": (
        {"register_digits": 5},
        [(0, 99_998.5), (15, 1.5)],
        [],
        {0: (12, M)},
    ),
    "turn over of six digits": ({"register_digits": 6}, [(0, 999_999.75), (15, 0.25)], [], {0: (2, M)}),
    "turn over of seven digits": ({"register_digits": 7}, [(0, 9_999_990), (15, 10)], [], {0: (80, M)}),
    "turn over of eight digits": ({"register_digits": 8}, [(0, 99_999_999), (15, 0)], [], {0: (4, M)}),
    "turn from the middle, believed by the highest power": (
        {"register_digits": 5, "high_kw": 400_000.0},
        [(0, 60_000), (15, 50_000)],
        [],
        {0: (360_000, M)},
    ),
    "reset with both states known": (
        {},
        [(0, 500), (30, 3)],
        [DeviceEvent(RESET, START + 15, 505, 0)],
        {0: (20, M), 1: (12, M)},
    ),
    "device replaced within a slot": (
        {},
        [(0, 70_000), (15, 12)],
        [DeviceEvent(REPLACED, START + 6, 70_002, 10)],
        {0: (16, M)},
    ),
    "device replaced, first state read at that minute": (
        {},
        [(0, 900), (15, 5), (30, 6)],
        [DeviceEvent(REPLACED, START + 15, 904, 5)],
        {0: (16, M), 1: (4, M)},
    ),
    "old device turned over before it was replaced": (
        {"register_digits": 5},
        [(0, 99_999), (30, 101)],
        [DeviceEvent(REPLACED, START + 15, 1, 100)],
        {0: (8, M), 1: (4, M)},
    ),
    "gap is spread and marked": (
        {},
        [(0, 100), (15, 101), (60, 107), (75, 108)],
        [],
        {0: (4, M), 1: (8, E), 2: (8, E), 3: (8, E), 4: (4, M)},
    ),
    "states off the edges share the slot between them": (
        {},
        [(0, 0), (7, 7), (22, 22), (30, 30)],
        [],
        {0: (60, E), 1: (60, E)},
    ),
    "two states within a slot are both measured": ({}, [(0, 0), (5, 1), (15, 2)], [], {0: (8, M)}),
    "slot that is not covered to its end stays missing": ({}, [(0, 0), (15, 1), (20, 2)], [], {0: (4, M)}),
    "slot whose start is unknown stays missing": ({}, [(5, 0), (15, 1), (30, 2)], [], {1: (4, M)}),
    "a recorded turn needs no bound": (
        {"register_digits": 5},
        [(0, 60_000), (15, 10)],
        [DeviceEvent(TURNED, START + 7, NAN, NAN)],
        {0: (160_040, M)},
    ),
    "nothing was used": ({}, [(0, 5), (15, 5)], [], {0: (0, M)}),
}


@pytest.mark.parametrize("name", CASES)
def test_powers_are_those_worked_by_hand(name: str) -> None:
    facts, states, events, expected = CASES[name]
    derived, faults = judged(meter(**facts), states, events)
    assert powers(derived) == expected
    assert faults == []


FAULTS: dict[str, tuple[dict[str, Any], list[tuple[float, float]], list[DeviceEvent], str, set[int]]] = {
    "went back without a reason": ({}, [(0, 100), (15, 90), (30, 91)], [], "negative", {1}),
    "went back by a rounding": (
        {"register_digits": 6},
        [(0, 100), (15, 99.99), (30, 100)],
        [],
        "negative",
        {1},
    ),
    "too fast for the meter": ({"high_kw": 1000.0}, [(0, 0), (15, 9_000), (30, 9_001)], [], "too_fast", {1}),
    "turn beyond the highest power": (
        {"register_digits": 5, "high_kw": 1000.0},
        [(0, 60_000), (15, 50_000), (30, 50_001)],
        [],
        "negative",
        {1},
    ),
    "replaced with no state read": (
        {},
        [(0, 10), (30, 5), (45, 6)],
        [DeviceEvent(REPLACED, START + 15, NAN, 1)],
        "unknown_state",
        {1, 2},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_not_explained_is_a_visible_fault_and_missing(name: str) -> None:
    facts, states, events, fault, slots = FAULTS[name]
    derived, faults = judged(meter(**facts), states, events)
    assert faults == [fault]
    assert set(powers(derived)) == slots
    # The slots without a power are named, so that one which stood there goes.
    bare = set((derived.bare_slot + (derived.bare_day - DAY) * 96).tolist())
    assert bare == set(range(96)) - slots


def test_multiplier_is_that_of_the_slots_own_time() -> None:
    midnight = START + 1440
    before, after = Facts("421224", ct_ratio=10.0), Facts("421224", ct_ratio=20.0)
    owner = meter(multiplier=20.0, periods=(Period(0, before), Period(midnight, after)))
    derived, _ = judged(owner, [(1425, 1), (1455, 3)], minutes=2880)
    assert powers(derived) == {95: (40, E), 96: (80, E)}


def test_pulses_become_energy_by_their_constant() -> None:
    owner = meter(kind=Kind.COUNTER, pulses_per_kwh=1000.0, multiplier=40.0)
    derived, _ = judged(owner, [(0, 123_000), (15, 124_500)])
    assert powers(derived) == {0: (240, M)}


def test_step_of_more_than_a_year_is_no_load_curve() -> None:
    _, faults = judged(meter(), [(0, 0), (500 * 1440, 1000)], minutes=500 * 1440)
    assert faults == ["too_long"]


def test_summer_time_does_not_matter_to_a_day_of_standard_time() -> None:
    # A day of 96 slots with a state at each edge, in the night clocks are put back elsewhere.
    states = [(15 * number, float(number)) for number in range(97)]
    derived, faults = judged(meter(offset_minutes=60), states)
    assert faults == []
    assert powers(derived) == dict.fromkeys(range(96), (4, M))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2880), st.integers(0, 50)), min_size=2, max_size=40, unique_by=lambda x: x[0]
    ),
    st.integers(0, 99_999),
)
def test_energy_of_whole_slots_never_exceeds_what_the_register_counted(
    steps: list[tuple[int, int]], first: int
) -> None:
    minutes = sorted(minute for minute, _ in steps)
    counted = first + np.cumsum([0, *(energy for _, energy in steps[1:])])
    states = [(minute, float(value)) for minute, value in zip(minutes, counted, strict=True)]
    derived, faults = judged(meter(), states, minutes=2880)
    assert faults == []
    total = float(derived.values.astype(np.float64).sum()) / 4
    assert total <= counted[-1] - counted[0] + 1e-3
    edges = {minute % 15 for minute in (minutes[0], minutes[-1])}
    if edges == {0}:
        assert abs(total - (counted[-1] - counted[0])) < 1e-3


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(12)), st.integers(1, 12), st.lists(st.integers(0, 9), min_size=12, max_size=12))
def test_order_and_batches_of_states_change_nothing(order: list[int], size: int, used: list[int]) -> None:
    """States folded in any order and any batches are those folded in order of time."""
    values = np.cumsum(used).astype(np.float64)
    one = np.ones(12, np.int64)
    sent = StateColumns(one * 0, START + 15 * np.arange(12), values, one.astype(np.uint8), one)
    stored = sent.take(np.zeros(0, np.int64))
    for begin in range(0, 12, size):
        batch = sent.take(np.array(order[begin : begin + size]))
        known = stored.take(np.isin(stored.keys(), batch.keys()))
        folded = fold(batch, known)
        rest = stored.take(~np.isin(stored.keys(), batch.keys()))
        stored = StateColumns(
            *(
                np.concatenate([getattr(rest, name), getattr(folded.states, name)])
                for name in ("meter_index", "minute", "value", "quality", "rank")
            )
        )
        stored = stored.take(np.argsort(stored.minute))
        assert folded.counts == (len(batch), 0, 0, 0)
    assert stored.value.tolist() == values.tolist()


def test_state_of_lower_rank_is_superseded_and_another_one_revises() -> None:
    one = np.ones(1, np.int64)
    at = one * START
    stored = StateColumns(one * 0, at, np.array([5.0]), one.astype(np.uint8), one * 10)
    came = StateColumns(
        np.zeros(4, np.int64),
        np.repeat(at, 4),
        np.array([4.0, 5.0, 6.0, 6.0]),
        np.ones(4, np.uint8),
        np.array([9, 10, 11, 12]),
    )
    folded = fold(came, stored)
    assert folded.counts == (0, 2, 1, 1)
    assert folded.replaced == [(0, 5.0, 6.0)]
    assert (folded.states.value[0], folded.states.rank[0]) == (6.0, 12)
