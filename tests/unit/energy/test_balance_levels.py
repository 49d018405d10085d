"""Levels of a shortage, their hysteresis, supply, gaps and periods."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.balance.domain.gap import SLOTS, Limit, gap_columns, gaps, running_maximum, supply
from services.energy.balance.domain.levels import UNKNOWN, Edges, Held, Level, hold_levels, level_of, levels_of
from services.energy.balance.domain.periods import DayLevels, LevelPeriod, level_periods, shortages

EDGES = Edges()
NONE = np.full(SLOTS, np.nan)


@pytest.mark.parametrize(
    ("percent", "level"),
    [
        (0.0, Level.NONE),
        (0.01, Level.BLUE),
        (5.0, Level.BLUE),
        (5.01, Level.YELLOW),
        (9.99, Level.YELLOW),
        (10.0, Level.ORANGE),
        (19.99, Level.ORANGE),
        (20.0, Level.RED),
        (120.0, Level.RED),
        (None, None),
        (float("nan"), None),
    ],
)
def test_a_gap_has_the_level_of_the_law(percent: float | None, level: Level | None) -> None:
    assert level_of(percent, EDGES) is level


def test_edges_are_data_and_must_rise() -> None:
    assert level_of(3.0, replace(EDGES, yellow_above=2.0)) is Level.YELLOW
    assert EDGES.are_ordered
    assert not replace(EDGES, orange_from=25.0).are_ordered


def held(*raw: int, up: int = 2, down: int = 3, before: Held | None = None) -> list[int]:
    levels: list[int] = hold_levels(np.array(raw), before or Held(), up, down)[0].tolist()
    return levels


def test_a_level_rises_after_its_slots_and_falls_after_its_own() -> None:
    assert held(0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0) == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0]


def test_it_rises_to_the_highest_that_was_reached_throughout() -> None:
    # Red and orange in turn are orange.
    assert held(4, 3, 4, 3) == [0, 3, 3, 3]
    assert held(1, 4, 4) == [0, 1, 4]


def test_it_falls_to_the_highest_that_was_left() -> None:
    assert held(4, 4, 1, 2, 0, 0, 0) == [0, 4, 4, 4, 2, 2, 0]


def test_an_unknown_slot_neither_counts_nor_ends_a_row() -> None:
    assert held(2, UNKNOWN, 2) == [0, 0, 2]
    assert held(2, 2, 0, UNKNOWN, 0, UNKNOWN, 0) == [0, 2, 2, 2, 2, 2, 0]
    assert held(2, 2, *[UNKNOWN] * 5) == [0, 2, 2, 2, 2, 2, 2]


RAW = st.lists(st.integers(-1, 4), max_size=60)
SLOT_COUNTS = st.integers(1, 6)


@given(RAW, st.integers(0, 60), SLOT_COUNTS, SLOT_COUNTS)
def test_levels_hang_on_nothing_that_comes_later(raw: list[int], cut: int, up: int, down: int) -> None:
    whole, end = hold_levels(np.array(raw, np.int64), Held(), up, down)
    first, state = hold_levels(np.array(raw[:cut], np.int64), Held(), up, down)
    second, again = hold_levels(np.array(raw[cut:], np.int64), state, up, down)
    assert whole.tolist() == first.tolist() + second.tolist()
    assert again == end


@given(RAW, SLOT_COUNTS, SLOT_COUNTS)
def test_a_level_does_not_flap(raw: list[int], up: int, down: int) -> None:
    levels, _ = hold_levels(np.array(raw, np.int64), Held(), up, down)
    path = [0, *levels.tolist()]
    known = [slot for slot, now in enumerate(raw) if now != UNKNOWN]
    for slot, (before, after) in enumerate(pairwise(path)):
        if before == after:
            continue
        own = [one for one in known if one <= slot]
        wanted = up if after > before else down
        # So many known slots in a row, this one the last, bore the new level out.
        row = [raw[one] for one in own[-wanted:]]
        assert own[-1] == slot
        assert len(row) == wanted
        assert all(now >= after for now in row) if after > before else all(now <= after for now in row)


@given(RAW, SLOT_COUNTS, SLOT_COUNTS)
def test_a_level_never_lies_above_the_highest_gap(raw: list[int], up: int, down: int) -> None:
    levels, _ = hold_levels(np.array(raw, np.int64), Held(), up, down)
    assert max(levels.tolist(), default=0) <= max([0, *raw])


def test_the_lowest_bound_is_what_is_available() -> None:
    quota, imports = NONE.copy(), NONE.copy()
    quota[:4] = [80.0, 120.0, np.nan, 90.0]
    imports[3] = 70.0
    found = supply(100.0, quota, imports, NONE)
    assert found.available_kw[:5].tolist() == [80.0, 100.0, 100.0, 70.0, 100.0]
    assert found.limit[:5].tolist() == [Limit.QUOTA, Limit.CAPACITY, Limit.CAPACITY, Limit.IMPORT, Limit.CAPACITY]
    # A quota above what the node can carry does not count, and is told.
    assert found.quota_over[:4].tolist() == [False, True, False, False]
    generated = np.full(SLOTS, 5.0)
    assert supply(100.0, quota, imports, generated).available_kw[0] == 85.0


def test_what_nothing_bounds_is_unknown_not_endless() -> None:
    found = supply(None, NONE, NONE, NONE)
    assert np.isnan(found.available_kw).all()
    assert (found.limit == Limit.UNKNOWN).all()
    assert not found.quota_over.any()


def test_a_gap_is_what_is_short_and_unknown_where_either_is() -> None:
    available, demand = np.full(SLOTS, 100.0), np.full(SLOTS, 108.0)
    demand[1], demand[2], available[3] = np.nan, 90.0, np.nan
    kw, percent = gaps(available, demand, np.full(SLOTS, 160.0))
    assert (kw[0], percent[0], kw[2], percent[2]) == (8.0, 5.0, 0.0, 0.0)
    assert np.isnan([kw[1], percent[1], kw[3], percent[3]]).all()
    # Without a denominator a gap has no percentage, but enough is enough.
    kw, percent = gaps(available, demand, NONE)
    assert (kw[0], percent[2]) == (8.0, 0.0)
    assert np.isnan(percent[0])
    assert gap_columns(7, available, demand, np.full(SLOTS, 160.0), EDGES).level[:4].tolist() == [1, -1, 0, -1]


def test_without_a_past_the_day_so_far_is_the_denominator() -> None:
    demand = np.array([np.nan, 5.0, 3.0, np.nan, 9.0])
    assert running_maximum(demand)[1:].tolist() == [5.0, 5.0, 5.0, 9.0]


def day(number: int, **levels: int) -> DayLevels:
    level = np.zeros(SLOTS, np.int64)
    for key, value in levels.items():
        first, end = key[1:].split("_")
        level[int(first) : int(end)] = value
    kw = level.astype(np.float64)
    return DayLevels(number, level, kw * 10, kw * 5)


def test_periods_join_over_midnight_and_shortages_hold_all_their_levels() -> None:
    found = level_periods([day(10, s90_96=1), day(11, s0_4=1, s4_8=3, s20_24=2)])
    assert [(one.level, one.first, one.end) for one in found] == [
        (1, 10 * 96 + 90, 11 * 96 + 4),
        (3, 11 * 96 + 4, 11 * 96 + 8),
        (2, 11 * 96 + 20, 11 * 96 + 24),
    ]
    assert (found[0].highest_gap_kw, found[0].short_kwh) == (10.0, 25.0)
    whole = shortages(found)
    assert [(one.level, one.end - one.first, one.highest_gap_percent) for one in whole] == [
        (3, 14, 15.0),
        (2, 4, 10.0),
    ]
    assert whole[0].short_kwh == 25.0 + 30.0


def test_days_apart_are_not_one_period() -> None:
    found = level_periods([day(10, s90_96=1), day(12, s0_4=1)])
    assert len(found) == 2
    assert shortages(found) == found
    assert isinstance(found[0], LevelPeriod)


@given(st.lists(st.floats(0, 40) | st.just(float("nan")), min_size=1, max_size=50))
def test_levels_of_many_are_those_of_each(percents: list[float]) -> None:
    one_by_one = [level_of(percent, EDGES) for percent in percents]
    assert levels_of(np.array(percents), EDGES).tolist() == [
        UNKNOWN if level is None else int(level) for level in one_by_one
    ]
