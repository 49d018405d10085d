"""What validation finds, what estimation fills, and what neither may ever do."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.energy.metering.domain.day_columns import DayColumns
from services.energy.metering.domain.meter import Meter, Profile, Quantity
from services.energy.metering.domain.slots import day_number
from services.energy.vee.domain.cube import Cube, Estimate, build_cube
from services.energy.vee.domain.estimation import Method, fill_gaps, find_caught_up, spread, usual_day
from services.energy.vee.domain.kinds import (
    THRESHOLDS,
    EstimationThresholds,
    RuleKind,
    SumCheckThresholds,
    SumPart,
    Thresholds,
)
from services.energy.vee.domain.rules import Rule, RuleBook
from services.energy.vee.domain.validation import check_sum, validate

FIRST = day_number(date(2026, 8, 3))
SLOTS = 96


def meter(index: int = 0, **facts: Any) -> Meter:
    known: dict[str, Any] = {
        "meter_id": UUID(int=index),
        "meter_no": f"M{index}",
        "meter_index": index,
        "name": "Furnace",
        "quantity": Quantity.ACTIVE_IMPORT_KW,
        "profile": Profile.CONSUMPTION,
        "interval_minutes": 15,
        "offset_minutes": 480,
        "capacity_kw": 1000.0,
        "low_kw": None,
        "high_kw": None,
        "multiplier": 1.0,
        "region_code": "421224",
        "enterprise_id": None,
        "valid_from": date(2025, 1, 1),
        "version": 1,
    }
    return Meter(**known | facts)


def rule(kind: RuleKind, **parameters: Any) -> Rule:
    return Rule(UUID(int=9), kind, THRESHOLDS[kind].model_validate(parameters), date(2020, 1, 1))


def cube_of(
    values: NDArray[Any], quality: NDArray[Any] | None = None, estimates: Sequence[Estimate] = (), **facts: Any
) -> Cube:
    """Days of one meter, (days, slots)."""
    values = values.astype(np.float32)
    if quality is None:
        quality = (~np.isnan(values)).astype(np.uint8)
    days = len(values)
    number = np.zeros(days, np.int64)
    columns = DayColumns(
        number,
        np.arange(FIRST, FIRST + days),
        values,
        quality.astype(np.uint8),
        number.astype(float),
        number.astype(np.float32),
        number,
        number,
        number,
    )
    return build_cube([meter(**facts)], columns, FIRST, FIRST + days - 1, estimates)


def usual(days: int, level: float = 100.0) -> NDArray[np.float64]:
    random = np.random.default_rng(days)
    shape = level * (1 + 0.3 * np.sin(np.linspace(0, 2 * np.pi, SLOTS)))
    return np.round(shape + random.normal(0, 1, (days, SLOTS)), 2)


def found_by(kind: RuleKind, cube: Cube, **parameters: Any) -> list[tuple[int, tuple[int, ...], dict[str, Any]]]:
    everywhere = np.ones((len(cube.meters), cube.values.shape[1]), bool)
    found = validate(cube, RuleBook([rule(kind, **parameters)]), everywhere, everywhere)
    return [(item.day, item.slots, item.figures) for item in found]


def test_nothing_is_found_on_usual_days() -> None:
    rules = RuleBook([rule(kind) for kind in THRESHOLDS if kind is not RuleKind.SUM_CHECK])
    cube = cube_of(usual(14))
    everywhere = np.ones((1, 14), bool)
    assert validate(cube, rules, everywhere, everywhere) == []


def test_each_rule_finds_its_fault_and_tells_the_figures() -> None:
    days = usual(8)
    days[2, 40] = 1300.0
    assert found_by(RuleKind.RANGE, cube_of(days)) == [
        (2, (40,), {"highest_kw": 1300.0, "limit_kw": 1200.0, "capacity_kw": 1000.0})
    ]
    ((day, slots, figures),) = found_by(RuleKind.SPIKE, cube_of(days))
    assert (day, slots, figures["value_kw"]) == (2, (40,), 1300.0)
    assert figures["neighbours_kw"] < 200

    days = usual(8)
    days[1, 3:5] = -5.0
    assert found_by(RuleKind.NEGATIVE, cube_of(days)) == [(1, (3, 4), {"lowest_kw": -5.0, "floor_kw": 0.0})]
    assert found_by(RuleKind.NEGATIVE, cube_of(days, profile=Profile.NET)) == []

    days = usual(8)
    days[4, 10:40] = 77.0
    assert found_by(RuleKind.FLAT, cube_of(days)) == [
        (4, tuple(range(10, 40)), {"value_kw": 77.0, "minutes": 450})
    ]
    days[4, 10:40] = 0.0
    assert found_by(RuleKind.FLAT, cube_of(days)) == []

    days = usual(8)
    days[5] = np.nan
    days[5, ::4] = 100.0
    assert found_by(RuleKind.INTERVAL_SIZE, cube_of(days)) == [
        (5, tuple(range(0, 96, 4)), {"interval_minutes": 15, "delivered_minutes": 60})
    ]

    days = usual(8)
    days[6] = days[3]
    assert found_by(RuleKind.DUPLICATE, cube_of(days)) == [(6, tuple(range(96)), {"same_as": "2026-08-06"})]

    days = usual(8)
    days[7] *= 1000
    ((day, _, figures),) = found_by(RuleKind.UNIT_SCALE, cube_of(days))
    assert (day, figures["suspected_factor"]) == (7, 1000.0)


def test_edited_values_are_not_judged_again() -> None:
    days = usual(3)
    days[1, 3] = 5000.0
    quality = np.ones((3, SLOTS))
    quality[1, 3] = 3
    assert found_by(RuleKind.RANGE, cube_of(days, quality)) == []
    assert found_by(RuleKind.SPIKE, cube_of(days, quality)) == []


def test_total_is_held_against_its_parts_where_all_are_known() -> None:
    limits = SumCheckThresholds(
        parts=(SumPart(meter_no="a"), SumPart(meter_no="b", factor=-1.0)), tolerance_kw=1.0, tolerance_share=0.0
    )
    total = np.full(SLOTS, 60.0, np.float32)
    first, second = np.full(SLOTS, 100.0, np.float32), np.full(SLOTS, 40.0, np.float32)
    assert check_sum(total, [first, second], limits) is None
    first[5], second[7] = 103.0, np.nan
    told = check_sum(total, [first, second], limits)
    assert told is not None
    assert told[0].tolist() == [5]
    assert (told[1]["parts_kw"], told[1]["judged_slots"]) == (63.0, 95)
    assert check_sum(total, [first, None], limits) is None


def test_narrowest_rule_counts_and_may_switch_a_check_off() -> None:
    shipped = rule(RuleKind.RANGE)
    off = Rule(
        UUID(int=1), RuleKind.RANGE, THRESHOLDS[RuleKind.RANGE](enabled=False), date(2026, 8, 5), meter_no="M0"
    )
    county = Rule(
        UUID(int=2), RuleKind.RANGE, THRESHOLDS[RuleKind.RANGE](), date(2026, 8, 4), date(2026, 8, 6), "421224"
    )
    meters = [meter(0), meter(1), meter(2, region_code="420000")]
    days = np.arange(FIRST, FIRST + 4)
    chosen = {
        item.rule_id.int: where
        for item, where in RuleBook([off, shipped, county]).of(RuleKind.RANGE, meters, days)
    }
    assert chosen[9].tolist() == [[True, False, False, False], [True, False, False, True], [True] * 4]
    assert chosen[2].tolist() == [[False, True, False, False], [False, True, True, False], [False] * 4]


KINDS = np.array([0, 0, 0, 0, 0, 1, 2] * 4)


def estimation(**parameters: Any) -> Rule:
    return rule(RuleKind.ESTIMATION, **parameters)


def test_short_gap_is_a_line_and_a_long_one_the_usual_day() -> None:
    days = usual(15)
    days[8, 20:23] = np.nan
    days[9, 40:60] = np.nan
    days[12] = np.nan
    cube = cube_of(days)
    wanted = np.ones((1, 15), bool)
    guesses = {(guess.day, guess.method): guess for guess in fill_gaps(cube, KINDS[:15], estimation(), wanted)}
    # The second Saturday has only one before it to go by.
    assert set(guesses) == {(8, Method.LINEAR), (9, Method.DAY_TYPE)}
    line = guesses[8, Method.LINEAR]
    step = (days[8, 23] - days[8, 19]) / 4
    assert line.slots == [20, 21, 22]
    np.testing.assert_allclose(line.values_kw, days[8, 19] + step * np.array([1, 2, 3]), rtol=1e-5)
    profile = guesses[9, Method.DAY_TYPE]
    assert profile.slots == list(range(40, 60))
    np.testing.assert_allclose(profile.values_kw, usual(15)[9, 40:60], atol=4)
    assert profile.inputs["reference_days"][0] == "2026-08-11"
    filled = fill_gaps(cube, KINDS[:15], estimation(least_days=1), wanted)
    (saturday,) = [guess for guess in filled if guess.day == 12]
    np.testing.assert_allclose(saturday.values_kw, usual(15)[5], rtol=1e-5)
    assert saturday.inputs == {"reference_days": ["2026-08-08"], "scale": 1.0}


def test_younger_days_weigh_more() -> None:
    known = np.full((1, 4, 2), 100.0, np.float32)
    known[0, 2] = 200.0
    profile = usual_day(known, np.zeros(4, np.int64), 3, EstimationThresholds(reference_days=2, recency=0.5))
    np.testing.assert_allclose(profile.values, [[(200 + 50) / 1.5] * 2])


def test_meter_that_is_silent_for_long_stays_a_gap() -> None:
    days = usual(20)
    days[8:] = np.nan
    filled = fill_gaps(cube_of(days), KINDS[:20], estimation(), np.ones((1, 20), bool))
    assert {guess.day for guess in filled} <= set(range(8, 16))
    assert 8 in {guess.day for guess in filled}
    assert 16 not in {guess.day for guess in filled}


def test_energy_that_caught_up_is_spread_and_kept() -> None:
    days = usual(15)
    days[10, 80:] = np.nan
    days[11, :4] = np.nan
    missed = usual(15)[10, 80:].sum() + usual(15)[11, :5].sum()
    days[11, 4] = missed
    cube = cube_of(days)
    (found,) = find_caught_up(
        cube, KINDS[:15], rule(RuleKind.CATCH_UP), EstimationThresholds(), np.ones((1, 15), bool)
    )
    assert found.at - found.first == 20
    assert found.value_kw == pytest.approx(missed)
    first, second = spread(cube, found)
    assert (first.day, first.slots, second.day, second.slots) == (10, list(range(80, 96)), 11, list(range(5)))
    assert sum(first.values_kw) + sum(second.values_kw) == pytest.approx(missed, rel=1e-6)
    assert second.inputs["originals"] == {"4": pytest.approx(missed)}
    assert max(first.values_kw + second.values_kw) < 150
    # An honest rise after a gap is no catching up: it is far from the gap's energy.
    days[11, 4] = 230.0
    assert not find_caught_up(
        cube_of(days), KINDS[:15], rule(RuleKind.CATCH_UP), EstimationThresholds(), np.ones((1, 15), bool)
    )


def test_own_estimates_are_seen_through() -> None:
    days = usual(3)
    quality = np.ones((3, SLOTS))
    quality[1, [5, 6, 7]] = 2
    ours = Estimate(0, FIRST + 1, [5, 6], [float(days[1, 5]), 1.0], {5: 900.0})
    cube = cube_of(days, quality, [ours])
    # Slot 5 is ours and had a value, slot 6 was replaced by somebody, slot 7 never was ours.
    assert (cube.values[0, 1, 5], cube.quality[0, 1, 5]) == (900.0, 1)
    assert cube.quality[0, 1, [6, 7]].tolist() == [2, 2]
    assert cube.stored[0, 1, 5] == np.float32(days[1, 5])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.9))
def test_estimates_leave_what_is_known_alone_and_come_out_the_same_again(seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    days = usual(16)
    # Gaps of any length, some edited and some estimated by a source.
    days[random.random((16, SLOTS)) < share * random.random()] = np.nan
    start = int(random.integers(0, 15 * SLOTS))
    days.reshape(-1)[start : start + int(random.integers(1, 3 * SLOTS))] = np.nan
    quality = np.where(np.isnan(days), 0, random.choice([1, 1, 1, 2, 3], days.shape))
    cube = cube_of(days, quality)
    wanted = random.random((1, 16)) < 0.7
    guesses = fill_gaps(cube, KINDS[:16], estimation(), wanted)
    for guess in guesses:
        assert wanted[guess.line, guess.day]
        assert (quality[guess.day, guess.slots] == 0).all()
        assert np.isfinite(guess.values_kw).all()
        assert len(set(guess.slots)) == len(guess.slots)
    filled, marked = cube.stored[0].copy(), cube.stored_quality[0].copy()
    for guess in guesses:
        filled[guess.day, guess.slots], marked[guess.day, guess.slots] = guess.values_kw, 2
    np.testing.assert_array_equal(filled[quality != 0], days.astype(np.float32)[quality != 0])
    # Stored and looked at again they change nothing: no estimate stands on another.
    estimates = [Estimate(0, FIRST + guess.day, guess.slots, guess.values_kw, {}) for guess in guesses]
    again = fill_gaps(cube_of(filled, marked, estimates), KINDS[:16], estimation(), wanted)
    assert [(one.day, one.slots, one.values_kw) for one in again] == [
        (one.day, one.slots, one.values_kw) for one in guesses
    ]


def test_thresholds_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        THRESHOLDS[RuleKind.FLAT].model_validate({"hours": 3})
    assert all(issubclass(model, Thresholds) for model in THRESHOLDS.values())
    assert set(THRESHOLDS) == set(RuleKind)
