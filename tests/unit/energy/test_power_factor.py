"""The power factor of a day, and when days are a condition."""

from math import isclose, sqrt

import numpy as np
import pytest

from services.energy.detection.domain.parameters import PowerFactorParameters
from services.energy.power_factor.domain.factor import (
    DayFactor,
    Standard,
    common,
    factor_of_day,
    limit_of,
    spans_of,
)

SHIPPED = PowerFactorParameters()
NEVER = np.zeros(96, bool)


def curve(*parts: tuple[int, float]) -> np.ndarray:
    return np.concatenate([np.full(slots, value, np.float32) for slots, value in parts])


def test_energies_decide_and_what_is_fed_back_counts() -> None:
    active = curve((48, 1000), (48, 500))
    drawn, fed = curve((48, 400), (48, 0)), curve((48, 0), (48, -300))
    day = factor_of_day(1, active, [drawn, fed], NEVER, 1000, SHIPPED)
    energy, idle = 12 * 1500.0, 12 * 700.0
    assert day.factor is not None
    assert isclose(day.factor, energy / sqrt(energy**2 + idle**2), rel_tol=1e-6)
    assert (day.worst_slot, round(day.worst or 0, 4)) == (48, round(500 / sqrt(500**2 + 300**2), 4))


def test_low_load_gaps_and_excused_slots_are_left_out() -> None:
    active, drawn = curve((32, 20), (64, 1000)), curve((32, 200), (64, 300))
    drawn[40] = np.nan
    excused = NEVER.copy()
    excused[50:60] = True
    day = factor_of_day(1, active, [drawn], excused, 1000, SHIPPED)
    assert day.loaded == 64 - 1 - 10
    assert day.factor is not None
    assert day.factor > 0.95


@pytest.mark.parametrize("loaded", [0, 23, 24])
def test_day_with_few_loaded_slots_says_nothing(loaded: int) -> None:
    active, drawn = curve((loaded, 1000), (96 - loaded, 0)), curve((96, 900))
    day = factor_of_day(1, active, [drawn], NEVER, 1000, SHIPPED)
    assert (day.factor is None) == (loaded < 24)


def test_export_of_power_is_no_load() -> None:
    day = factor_of_day(1, curve((96, -500)), [curve((96, 100))], NEVER, 500, SHIPPED)
    assert day.factor is None


def test_curves_of_other_intervals_meet_at_the_longest() -> None:
    hourly, quarter = common([np.arange(24, dtype=np.float32), np.repeat(np.arange(24, dtype=np.float32), 4)])
    assert np.array_equal(hourly, quarter)
    gap = np.ones(96, np.float32)
    gap[5] = np.nan
    assert np.isnan(common([gap, np.ones(24, np.float32)])[0][1])


def test_standards_are_those_of_the_classes() -> None:
    assert [limit_of(one, SHIPPED) for one in Standard] == [0.90, 0.85, 0.80]


def spans(*factors: float | None) -> list[tuple[int, int, int | None]]:
    days = [(DayFactor(number, 96, 60, 1.0, 1.0, factor), 0.9) for number, factor in enumerate(factors)]
    return [(span.first_day, len(span.below), span.cleared_day) for span in spans_of(days, SHIPPED)]


@pytest.mark.parametrize(
    ("factors", "found"),
    [
        ((0.89, 0.92, 0.89, 0.92), []),
        ((0.89, 0.88), [(0, 2, None)]),
        ((0.79,), [(0, 1, None)]),
        ((0.89, None, 0.89), [(0, 2, None)]),
        # Back on the line is not yet above it; a relapse is the same condition.
        ((0.89, 0.88, 0.905, 0.92, 0.87, 0.92, 0.92), [(0, 3, 6)]),
        ((0.89, 0.88, 0.92, None, 0.92, 0.88, 0.88), [(0, 2, 4), (5, 2, None)]),
    ],
)
def test_days_open_and_clear_with_hysteresis(factors: tuple[float | None, ...], found: list[object]) -> None:
    assert spans(*factors) == found
