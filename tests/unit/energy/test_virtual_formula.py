"""Formulas of virtual meters: missing is never zero, members count in their time, no meter is part of itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.metering.domain.quality import Quality
from services.energy.virtual.domain.combining import Curves, aligned, combine
from services.energy.virtual.domain.formula import (
    Formula,
    Member,
    Missing,
    changed_span,
    cycle_through,
    ordered,
    overlapping,
)

GONE, M, E, EDITED, PARTIAL = Quality
DAY = np.array([100], np.int64)


def curves(*values: float | None, quality: int = M) -> Curves:
    row = np.array([[np.nan if value is None else value for value in values]], np.float32)
    return Curves(row, np.where(np.isnan(row), 0, quality).astype(np.uint8))


def total(missing: Missing, *parts: tuple[float, Curves]) -> tuple[list[float | None], list[int]]:
    members = [(Member(place, coefficient, 0), found) for place, (coefficient, found) in enumerate(parts)]
    formula = Formula(9, missing, tuple(member for member, _ in members))
    result = combine(formula, DAY, members, parts[0][1].values.shape[1])
    values = [None if np.isnan(value) else round(float(value), 4) for value in result.values[0]]
    return values, result.quality[0].tolist()


def test_sum_difference_and_share() -> None:
    values, quality = total(
        Missing.MISSING, (1, curves(10, 20)), (-1, curves(4, 25)), (0.25, curves(8, 8, quality=E))
    )
    assert (values, quality) == ([8, -3], [E, E])


@pytest.mark.parametrize(
    ("missing", "expected"), [(Missing.MISSING, [None, 5, None]), (Missing.PARTIAL, [2, 5, None])]
)
def test_missing_member_is_never_zero(missing: Missing, expected: list[float | None]) -> None:
    values, quality = total(missing, (1, curves(None, 1, None)), (1, curves(2, 4, None)))
    assert values == expected
    assert quality[0] == (PARTIAL if missing is Missing.PARTIAL else GONE)
    assert quality[1:] == [M, GONE]


def test_sum_is_no_better_than_its_worst_part() -> None:
    measured = curves(1, 1, 1, 1)
    other = Curves(measured.values, np.array([[M, EDITED, E, PARTIAL]], np.uint8))
    assert total(Missing.MISSING, (1, measured), (1, other))[1] == [M, EDITED, E, PARTIAL]


def test_members_count_in_their_time_only() -> None:
    day = np.array([99, 100, 101], np.int64)
    ones = Curves(np.ones((3, 24), np.float32), np.ones((3, 24), np.uint8))
    none = Curves(np.full((3, 24), np.nan, np.float32), np.zeros((3, 24), np.uint8))
    members = [(Member(0, 2.0, 0, 101), ones), (Member(1, 1.0, 100), ones), (Member(2, 1.0, 0, 99), none)]
    result = combine(Formula(9, Missing.MISSING, tuple(m for m, _ in members)), day, members, 24)
    assert result.values[:, 0].tolist() == [2, 3, 1]
    outside = [(Member(0, 1.0, 200), ones)]
    assert not combine(Formula(9, Missing.PARTIAL, (outside[0][0],)), day, outside, 24).quality.any()


def test_other_intervals_are_aligned_without_inventing_values() -> None:
    fine = Curves(np.arange(96, dtype=np.float32)[None], np.ones((1, 96), np.uint8))
    fine.values[0, 5], fine.quality[0, 5], fine.quality[0, 0] = np.nan, 0, E
    hourly = aligned(fine, 24)
    assert hourly.values[0, 0] == 1.5
    assert np.isnan(hourly.values[0, 1])
    assert hourly.quality[0, :3].tolist() == [E, GONE, M]
    back = aligned(Curves(hourly.values, hourly.quality), 96)
    assert back.quality[0, 8:12].tolist() == [E] * 4
    assert np.isnan(back.values[0, 4:8]).all()


def test_meter_is_no_part_of_itself_over_however_many_meters() -> None:
    formulas = {2: [3, 4], 4: [5], 5: [1]}
    assert cycle_through(1, [2], formulas) == [1, 2, 4, 5, 1]
    assert cycle_through(1, [3], formulas) is None
    assert cycle_through(1, [1], {}) == [1, 1]


def test_members_are_computed_before_what_is_made_of_them() -> None:
    formulas = {
        index: Formula(index, Missing.MISSING, tuple(Member(member, 1.0, 0) for member in members))
        for index, members in {10: [11, 12], 11: [12, 1], 12: [2]}.items()
    }
    assert ordered(formulas, [10, 12, 11]) == [12, 11, 10]
    assert ordered(formulas, [10, 12]) == [12, 10]


def test_member_stands_once_in_any_time() -> None:
    assert overlapping([Member(1, 1, 0, 10), Member(1, 2, 10), Member(2, 1, 0)]) is None
    assert overlapping([Member(1, 1, 0), Member(1, 2, 10)]) == Member(1, 2, 10)


members = st.lists(
    st.builds(
        lambda meter, coefficient, first, length: Member(
            meter, coefficient, first, None if length is None else first + length
        ),
        st.integers(0, 2),
        st.sampled_from([1.0, -1.0]),
        st.integers(0, 20),
        st.none() | st.integers(1, 10),
    ),
    max_size=4,
)


@settings(max_examples=100)
@given(members, members)
def test_days_to_compute_are_those_between_the_first_and_last_that_differ(
    before: list[Member], after: list[Member]
) -> None:
    def on(found: list[Member], day: int) -> list[tuple[int, float]]:
        return sorted((item.meter_index, item.coefficient) for item in found if item.holds_on(day))

    different = [day for day in range(26) if on(before, day) != on(after, day)]
    expected = (different[0], different[-1]) if different else None
    assert changed_span(before, after, 25) == expected
