"""Baselines of orderly use: which days are normal, what they make, and what a holiday or a gap does to them."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.energy.activations.domain.baseline import (
    PRESETS,
    Definition,
    Method,
    Skipped,
    adjustments,
    baselines,
    candidates,
)
from services.energy.activations.domain.quarters import Floats
from services.energy.metering.domain.slots import date_of, day_number

CALENDAR = WorkCalendar()
WINDOW = np.arange(72, 80)


def days(definition: Definition, on: date, number: int) -> list[date]:
    """The last like days before ``on``."""
    return [date_of(day) for day in candidates(definition, on, CALENDAR).like[-number:]]


def flat(*levels: float) -> Floats:
    """One enterprise whose days stand at these levels (kW)."""
    return np.repeat(np.array(levels, float)[None, :, None], 96, axis=2)


def test_last_five_working_days_pass_over_the_weekend() -> None:
    # A Tuesday: Monday, and the working week before it from Tuesday on.
    assert days(Definition(), date(2026, 9, 15), 5) == [date(2026, 9, day) for day in (8, 9, 10, 11, 14)]


def test_holiday_and_worked_weekend_are_those_of_the_calendar() -> None:
    # National Day 2025: rest from 1 to 8 October; Sunday 28 September and Saturday 11 October were worked.
    event = date(2025, 10, 10)
    assert days(Definition(), event, 5) == [
        date(2025, 9, 26), date(2025, 9, 28), date(2025, 9, 29), date(2025, 9, 30), date(2025, 10, 9),
    ]  # fmt: skip
    found = candidates(Definition(), event, CALENDAR)
    assert found.skipped[day_number(date(2025, 10, 3))] is Skipped.HOLIDAY
    assert found.skipped[day_number(date(2025, 9, 27))] is Skipped.REST_DAY
    without = Definition(counts_adjusted_workdays=False)
    assert date(2025, 9, 28) not in days(without, event, 5)
    assert candidates(without, event, CALENDAR).skipped[day_number(date(2025, 9, 28))] is Skipped.ADJUSTED_WORKDAY


def test_day_of_rest_is_measured_against_days_of_rest() -> None:
    like = days(Definition(), date(2026, 9, 13), 4)
    assert like == [date(2026, 8, 30), date(2026, 9, 5), date(2026, 9, 6), date(2026, 9, 12)]
    found = candidates(Definition(), date(2026, 9, 13), CALENDAR)
    assert found.skipped[day_number(date(2026, 9, 11))] is Skipped.WORKING_DAY


def test_same_weekday_takes_weeks_and_leaves_a_holiday_out() -> None:
    definition = PRESETS[Method.SAME_WEEKDAY]
    # Wednesday 15 October 2025; the two Wednesdays before it were in the holiday.
    assert days(definition, date(2025, 10, 15), 4) == [
        date(2025, 9, 3), date(2025, 9, 10), date(2025, 9, 17), date(2025, 9, 24),
    ]  # fmt: skip


def test_unknown_year_is_an_error_and_no_guess() -> None:
    with pytest.raises(UnknownCalendarYear):
        candidates(Definition(), date(2031, 3, 4), CALENDAR)


def test_mean_of_the_last_five_normal_days() -> None:
    load = flat(900, 1000, 1010, 990, 1020, 980)
    made = baselines(Definition(), load, np.ones((1, 6), bool), WINDOW)
    # The oldest of six does not count: (1000 + 1010 + 990 + 1020 + 980) / 5.
    assert made.kw[0, 40] == pytest.approx(1000)
    assert made.chosen[0].tolist() == [False, True, True, True, True, True]


def test_day_that_is_not_normal_is_replaced_by_an_older_one() -> None:
    load = flat(900, 1000, 1010, 990, 1020, 980)
    normal = np.array([[True, True, True, True, False, True]])
    made = baselines(Definition(), load, normal, WINDOW)
    assert made.kw[0, 0] == pytest.approx((900 + 1000 + 1010 + 990 + 980) / 5)


def test_incomplete_day_does_not_count_and_a_gap_is_not_zero() -> None:
    load = flat(900, 1000, 1010, 990, 1020, 980)
    load[0, 5, 10:20] = np.nan
    load[0, 4, 30] = np.nan
    made = baselines(Definition(), load, np.ones((1, 6), bool), WINDOW)
    assert made.chosen[0].tolist() == [True, True, True, True, True, False]
    assert made.kw[0, 30] == pytest.approx((900 + 1000 + 1010 + 990) / 4)


def test_too_few_days_make_no_baseline() -> None:
    made = baselines(Definition(), flat(900, 1000), np.ones((1, 2), bool), WINDOW)
    assert np.isnan(made.kw).all()
    assert made.count.tolist() == [0]


def test_middle_of_the_last_ten_leaves_the_ends_out() -> None:
    levels = (100, 1000, 1001, 1002, 1003, 1004, 1005, 5000, 200, 4000)
    made = baselines(PRESETS[Method.MIDDLE_DAYS], flat(*levels), np.ones((1, 10), bool), WINDOW)
    assert made.kw[0, 0] == pytest.approx(1002.5)
    assert made.trimmed[0].tolist() == [True, *[False] * 6, True, True, True]


def test_middle_trims_less_where_days_are_few() -> None:
    made = baselines(PRESETS[Method.MIDDLE_DAYS], flat(1, 2, 3, 4, 5, 6, 7), np.ones((1, 7), bool), WINDOW)
    # Seven of at least six: none can go at either end.
    assert made.kw[0, 0] == pytest.approx(4)


def test_adjustment_moves_up_and_down_alike_and_is_bounded() -> None:
    definition = Definition(is_adjusted=True, adjust_bound=0.2)
    base = np.full((4, 8), 1000.0)
    event = np.full((4, 8), 1000.0)
    before = base + np.array([[50.0], [-50.0], [900.0], [0.0]])
    before[3, 2] = np.nan
    moved = adjustments(definition, base, before, event)
    assert moved[:3].tolist() == [50, -50, 200]
    assert np.isnan(moved[3])
    assert adjustments(Definition(), base, before, event).tolist() == [0, 0, 0, 0]


@given(
    levels=st.lists(st.floats(0, 1e5), min_size=5, max_size=20),
    normal=st.lists(st.booleans(), min_size=20, max_size=20),
)
def test_baseline_lies_between_the_days_that_made_it(levels: list[float], normal: list[bool]) -> None:
    load = flat(*levels)
    made = baselines(Definition(), load, np.array([normal[: len(levels)]]), WINDOW)
    chosen = load[0, made.chosen[0], 0]
    assert len(chosen) <= 5
    if len(chosen):
        assert chosen.min() - 1e-6 <= made.kw[0, 0] <= chosen.max() + 1e-6
        # Nothing newer that is normal was passed over.
        newest = np.flatnonzero(normal[: len(levels)])[-len(chosen) :]
        assert np.flatnonzero(made.chosen[0]).tolist() == newest.tolist()


@given(st.integers(0, 2000))
def test_like_days_lie_before_the_event_and_no_day_is_both(offset: int) -> None:
    event = date(2021, 1, 15) + timedelta(days=offset)
    found = candidates(Definition(), event, CALENDAR)
    assert all(day < day_number(event) for day in found.like)
    assert not set(found.like) & set(found.skipped)
    assert len(found.like) + len(found.skipped) == 45
