"""The year against its target: profiles, pace, forecast."""

from datetime import date

import pytest

from services.energy.generation.domain.pace import (
    MonthOutput,
    ProfileSource,
    complete_years,
    given,
    learned,
    level_of,
    linear,
    pace_of,
)

TARGET = 80_000_000.0
# 小水电: most of the year's water comes from April to August.
WET = [2.0, 3.0, 6.0, 9.0, 12.0, 14.0, 13.0, 9.0, 5.0, 3.0, 2.0, 2.0]


def year_of(months: list[float], completeness: float = 1.0) -> dict[int, MonthOutput]:
    return {number: MonthOutput(value * 1e6, completeness) for number, value in enumerate(months, 1)}


def test_linear_profile_counts_days() -> None:
    assert linear(2026).until(date(2026, 12, 31)) == pytest.approx(1.0)
    assert linear(2026).until(date(2026, 1, 31)) == pytest.approx(31 / 365)
    assert linear(2024).until(date(2024, 2, 29)) == pytest.approx(60 / 366)


def test_seasons_are_learned_from_complete_years_that_count_alike() -> None:
    history = {2023: year_of(WET), 2024: year_of([2 * value for value in WET]), 2025: year_of(WET, 0.5)}
    assert sorted(complete_years(history, 2026)) == [2023, 2024]
    profile = learned(history, 2026)
    assert profile is not None
    assert (profile.source, profile.years) == (ProfileSource.HISTORY, (2023, 2024))
    assert profile.shares == pytest.approx([value / 80 for value in WET])
    # By the end of June 46 of 80 should be made, half of July 6.29 more.
    assert profile.until(date(2026, 6, 30)) == pytest.approx(46 / 80)
    assert profile.until(date(2026, 7, 15)) == pytest.approx((46 + 13 * 15 / 31) / 80)
    assert learned({2025: year_of(WET, 0.5)}, 2026) is None


def test_pace_and_forecast_by_hand() -> None:
    profile = given([value * 1e6 for value in WET])
    history = {2024: year_of(WET), 2025: year_of([*WET[:6], *[value * 2 for value in WET[6:]]])}
    found = pace_of(TARGET, profile, date(2026, 6, 30), 36.8e6, 1.0, history, 0.8)
    assert found.planned_kwh == pytest.approx(46e6)
    assert found.behind_points == pytest.approx(9.2 / 80 * 100)
    assert level_of(found.behind_points or 0.0, (10, 30)) == 1
    # 2024 had made 46 of 80 by then, 2025 46 of 114.
    assert found.forecast_low_kwh == pytest.approx(36.8e6 * 80 / 46)
    assert found.forecast_high_kwh == pytest.approx(36.8e6 * 114 / 46)
    assert found.forecast_kwh == pytest.approx(36.8e6 * (80 + 114) / 2 / 46)
    assert found.needed_kwh_a_day == pytest.approx((80e6 - 36.8e6) / 184)


def test_gaps_are_scaled_and_too_many_say_nothing() -> None:
    profile = linear(2026)
    found = pace_of(TARGET, profile, date(2026, 6, 30), 36e6, 0.9, {}, 0.8)
    assert found.scaled_kwh == pytest.approx(40e6)
    assert found.behind_points == pytest.approx(181 / 365 * 100 - 50)
    # Without history the year goes on at the pace so far.
    assert found.forecast_kwh == pytest.approx(40e6 / (181 / 365))
    assert found.forecast_low_kwh is None
    blind = pace_of(TARGET, profile, date(2026, 6, 30), 36e6, 0.5, {}, 0.8)
    assert (blind.scaled_kwh, blind.behind_points, blind.forecast_kwh) == (None, None, None)
    nothing = pace_of(TARGET, profile, date(2026, 6, 30), 0.0, None, {}, 0.0)
    assert nothing.behind_points is None


@pytest.mark.parametrize(("points", "level"), [(-5, 0), (9.99, 0), (10, 1), (29.9, 1), (30, 2)])
def test_level_begins_at_its_edge(points: float, level: int) -> None:
    assert level_of(points, (10, 30)) == level


def test_year_that_has_hardly_begun_is_not_forecast() -> None:
    found = pace_of(TARGET, linear(2026), date(2026, 1, 3), 1e6, 1.0, {}, 0.8)
    assert found.behind_points is not None
    assert found.forecast_kwh is None
