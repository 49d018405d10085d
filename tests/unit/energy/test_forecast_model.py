"""Forecasts of load on generated series: what they beat, know, refuse, and say of themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from libs.common.workdays import WorkCalendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.forecast.domain.days import DayTable, Festival, Kind, day_table, lunar_new_year
from services.energy.forecast.domain.measures import accuracy_of
from services.energy.forecast.domain.model import Forecaster
from services.energy.forecast.domain.naive import naive, seasonal_naive
from services.energy.forecast.domain.outcome import DayForecast, Model, Needs, RefusalReason
from services.energy.forecast.domain.series import NO_WEATHER, SLOTS, Floats, Load, Origin, Weather
from services.energy.forecast.domain.similar import SimilarDays
from services.energy.metering.domain.slots import date_of, day_number

FIRST = day_number(date(2024, 6, 1))
DAYS = 480
NEEDS = Needs(held_out_days=28)


@dataclass(frozen=True)
class World:
    """A substation of two years: ``load`` and the temperatures it followed."""

    load: Load
    weather: Weather
    table: DayTable

    def forecast(self, day: int, slot: int = 68, lead: int = 1, *, is_warm: bool = False) -> DayForecast:
        """Of ``day``, so many days before at ``slot``."""
        weather = self.weather if is_warm else NO_WEATHER
        forecaster = Forecaster(self.load, weather, self.table, Origin(day - lead, slot), NEEDS)
        assert forecaster.refusal() is None
        return forecaster.days([lead])[0]

    def actual(self, day: int) -> Floats:
        found: Floats = self.load.load_kw[day - FIRST]
        return found


@cache
def world() -> World:
    """A week, holidays, a festival that empties the works, growth, weather, days that follow each other."""
    random = np.random.default_rng(7)
    table = day_table(DayTypes(WorkCalendar()), FIRST, DAYS + 9)
    slots = np.arange(SLOTS)
    shift = 1.0 / (1.0 + np.exp(-(slots - 28) / 3.0)) - 1.0 / (1.0 + np.exp(-(slots - 76) / 4.0))
    level = np.where(table.is_rest, 0.45, 1.0)[:DAYS]
    spring = (table.festival[:DAYS] == Festival.SPRING) & (np.abs(table.offset[:DAYS] - 3) < 9)
    level[spring] *= 0.35
    base = 8000.0 + 3.0 * np.arange(DAYS)[:, None] + 9000.0 * level[:, None] * shift
    season = 17.0 - 12.0 * np.cos(2 * np.pi * (FIRST + np.arange(DAYS + 9) - 20) / 365.25)
    weather = np.cumsum(random.normal(0, 1.5, DAYS + 9)) * 0.3
    weather -= np.linspace(0, weather[-1], DAYS + 9)
    celsius = (season + weather + random.normal(0, 1.5, DAYS + 9))[:, None] + 4.0 * np.sin(
        (slots - 36) * np.pi / 48
    )
    heat = 260.0 * np.maximum(celsius - 24.0, 0.0) + 90.0 * np.maximum(8.0 - celsius, 0.0)
    drift = np.zeros(DAYS)
    for day in range(1, DAYS):
        drift[day] = 0.8 * drift[day - 1] + random.normal(0, 220.0)
    noise = random.normal(0, 120.0, (DAYS, SLOTS))
    load = base + heat[:DAYS] + drift[:, None] + noise
    return World(Load(FIRST, load), Weather(FIRST, celsius, celsius[:DAYS]), table)


def days_from(first: date, count: int) -> range:
    return range(day_number(first), day_number(first) + count)


def test_forecast_beats_both_naive_ones_on_days_it_never_saw() -> None:
    here = world()
    days = days_from(date(2025, 8, 4), 21)
    found = [here.forecast(day, is_warm=True) for day in days]
    actual = np.array([here.actual(day) for day in days])
    own = accuracy_of(actual, *(np.array([getattr(one, name) for one in found]) for name in ("p50", "p10", "p90")))
    padded = np.vstack([here.load.load_kw, np.full((9, SLOTS), np.nan)])
    rows = [day - FIRST for day in days]
    simple = accuracy_of(actual, naive(padded, here.table, 1, 68)[rows])
    seasonal = accuracy_of(actual, seasonal_naive(padded, here.table, 1)[rows])
    assert own.mape is not None
    assert simple.mape is not None
    assert seasonal.mape is not None
    assert own.mape < 0.75 * min(simple.mape, seasonal.mape)
    assert own.coverage is not None
    assert 68.0 <= own.coverage <= 92.0
    # What a forecast says of itself is what it turns out to be.
    told = np.mean([one.accuracy.mape for one in found if one.accuracy.mape is not None])
    assert abs(told - own.mape) < 0.5 * own.mape
    assert {one.model for one in found} == {Model.REGRESSION}


def test_temperature_helps_and_its_absence_is_no_zero() -> None:
    here = world()
    days = days_from(date(2025, 7, 7), 12)
    actual = np.array([here.actual(day) for day in days])
    warm = [here.forecast(day, is_warm=True) for day in days]
    without = [here.forecast(day) for day in days]
    assert all(one.with_weather for one in warm)
    assert not any(one.with_weather for one in without)
    error = [float(np.abs(actual - np.array([one.p50 for one in found])).mean()) for found in (warm, without)]
    assert error[0] < 0.9 * error[1]
    # A day whose temperature nobody foresaw is forecast as if there were none.
    day = days[0]
    unknown = here.weather.foreseen.copy()
    unknown[day - FIRST :] = np.nan
    measured = np.vstack([here.weather.measured, np.full((9, SLOTS), np.nan)])
    measured[day - FIRST - 1 :] = np.nan
    weather = Weather(FIRST, unknown, measured)
    found = Forecaster(here.load, weather, here.table, Origin(day - 1, 68), NEEDS).days([1])[0]
    assert not found.with_weather
    np.testing.assert_array_equal(found.p50, without[0].p50)


def test_nothing_after_the_origin_is_known() -> None:
    here = world()
    day = day_number(date(2025, 8, 13))
    poisoned = here.load.load_kw.copy()
    poisoned[day - 1 - FIRST, 40:] = 1e6
    poisoned[day - FIRST :] = -1e6
    for lead in (0, 1, 4):
        target = day - 1 + lead
        clean = here.forecast(target, slot=40, lead=lead)
        found = replace(here, load=Load(FIRST, poisoned)).forecast(target, slot=40, lead=lead)
        for name in ("p10", "p50", "p90"):
            np.testing.assert_array_equal(getattr(clean, name), getattr(found, name))
        assert clean.accuracy == found.accuracy


def test_rest_of_the_day_follows_what_was_measured_of_it() -> None:
    here = world()
    day = day_number(date(2025, 8, 13))
    higher = here.load.load_kw.copy()
    higher[day - FIRST, :48] += 1500.0
    usual = here.forecast(day, slot=48, lead=0)
    raised = replace(here, load=Load(FIRST, higher)).forecast(day, slot=48, lead=0)
    np.testing.assert_array_equal(raised.p50[:48], higher[day - FIRST, :48])
    np.testing.assert_array_equal(raised.p10[:48], raised.p90[:48])
    assert raised.first_slot == 48
    lift = raised.p50[48:] - usual.p50[48:]
    # The next hour follows nearly all of it, the evening less.
    assert 700.0 < lift[:4].mean() < 1600.0
    assert lift[-8:].mean() < lift[:4].mean()


def test_works_that_shut_down_stay_so_for_a_while() -> None:
    here = world()
    day = day_number(date(2025, 8, 13))
    halved = here.load.load_kw.copy()
    halved[day - FIRST, 28:48] *= 0.4
    usual = here.forecast(day, slot=48, lead=0)
    found = replace(here, load=Load(FIRST, halved)).forecast(day, slot=48, lead=0)
    missing = usual.p50[48:] - found.p50[48:]
    assert missing[:4].mean() > 0.35 * usual.p50[48:52].mean()
    # Half a day later half of it is left.
    assert 0.3 < missing[-4:].mean() / missing[:4].mean() < 0.8
    # A fault of a quarter of an hour is none of that.
    spiked = here.load.load_kw.copy()
    spiked[day - FIRST, 46] *= 0.1
    ordinary = replace(here, load=Load(FIRST, spiked)).forecast(day, slot=48, lead=0)
    assert np.abs(ordinary.p50[48:] / usual.p50[48:] - 1).max() < 0.1


def test_week_that_repeats_exactly_is_left_to_last_weeks_day() -> None:
    random = np.random.default_rng(3)
    week = 5000.0 + random.uniform(0, 4000.0, (7, SLOTS))
    first = day_number(date(2025, 6, 9))
    count = 60
    load = Load(first, np.vstack([week[(first + day) % 7] for day in range(count)]))
    table = day_table(DayTypes(WorkCalendar()), first, count + 9)
    found = Forecaster(load, NO_WEATHER, table, Origin(first + count - 7, 60), NEEDS).days([1])[0]
    assert found.model is Model.SEASONAL_NAIVE
    assert found.accuracy.mae_kw == 0.0
    np.testing.assert_allclose(found.p50, week[(first + count - 6) % 7])


def test_festival_is_learnt_from_the_year_before_at_this_years_level() -> None:
    here = world()
    second = lunar_new_year(2026) - FIRST
    table = day_table(DayTypes(WorkCalendar()), FIRST, second + 30)
    load = np.vstack([here.load.load_kw, np.repeat(here.load.load_kw[-49:-48], second - DAYS + 12, axis=0)])
    load[DAYS:] *= np.where(table.is_rest[DAYS : second + 12], 0.6, 1.0)[:, None] * 1.2
    usual = SimilarDays(load[: second + 2], table).usual(1)
    then = lunar_new_year(2025) - FIRST
    shape = usual.load_kw[second + 2].mean() / load[second - 40 : second - 12].mean()
    old = load[then + 2].mean() / load[then - 40 : then - 12].mean()
    assert abs(shape - old) < 0.1 * old
    # Where there is no year before, the last days of rest have to do.
    none = SimilarDays(load[300 : second + 2], table.part(300, second - 270)).usual(1)
    assert np.isfinite(none.load_kw[second + 2 - 300]).all()


@pytest.mark.parametrize("lead", [0, 1, 7])
def test_gaps_in_the_history_are_neither_zeros_nor_an_end(lead: int) -> None:
    here = world()
    day = day_number(date(2025, 8, 14))
    random = np.random.default_rng(11)
    holed = here.load.load_kw.copy()
    for _ in range(60):
        start = int(random.integers(0, SLOTS))
        holed[int(random.integers(300, DAYS)), start : start + int(random.integers(1, 40))] = np.nan
    holed[day - lead - 3 - FIRST] = np.nan
    whole = here.forecast(day, lead=lead)
    found = replace(here, load=Load(FIRST, holed)).forecast(day, lead=lead)
    assert np.isfinite(found.p50).all()
    assert np.abs(found.p50 - whole.p50).mean() < 0.06 * whole.p50.mean()


def test_fault_of_metering_is_no_lesson() -> None:
    here = world()
    day = day_number(date(2025, 8, 14))
    faulty = here.load.load_kw.copy()
    faulty[day - 9 - FIRST, 30:50] *= 1000.0
    faulty[day - 2 - FIRST, 10:20] = 0.0
    whole, found = here.forecast(day), replace(here, load=Load(FIRST, faulty)).forecast(day)
    assert np.abs(found.p50 - whole.p50).mean() < 0.03 * whole.p50.mean()


@pytest.mark.parametrize("day", [date(2025, 1, 29), date(2025, 5, 1), date(2025, 8, 16), date(2025, 8, 20)])
def test_quantiles_are_in_order_and_never_below_nothing(day: date) -> None:
    found = world().forecast(day_number(day))
    assert (found.p10 <= found.p50).all()
    assert (found.p50 <= found.p90).all()
    assert (found.p10 >= 0).all()


def test_festival_without_a_year_before_is_less_certain() -> None:
    here = world()
    spring, ordinary = here.forecast(day_number(date(2025, 2, 1))), here.forecast(day_number(date(2025, 1, 11)))
    assert (spring.p90 - spring.p10).mean() > 1.2 * (ordinary.p90 - ordinary.p10).mean()


def _history(days: int, *, gap: slice | None = None) -> Load:
    load = world().load.load_kw[:days].copy()
    if gap is not None:
        load[gap] = np.nan
    return Load(FIRST, load)


@pytest.mark.parametrize(
    ("load", "reason", "known"),
    [
        (_history(40, gap=slice(0, 40)), RefusalReason.NO_LOAD, 0),
        (_history(20), RefusalReason.TOO_SHORT, 19),
        (_history(60, gap=slice(56, 60)), RefusalReason.STALE, 56),
        (_history(60, gap=slice(35, 50)), RefusalReason.TOO_MANY_GAPS, 13),
        (_history(60), None, 0),
    ],
)
def test_too_little_is_said_rather_than_guessed_at(load: Load, reason: RefusalReason | None, known: int) -> None:
    origin = Origin(load.last_day, 60)
    found = Forecaster(load, NO_WEATHER, world().table, origin, NEEDS).refusal()
    assert (None if found is None else found.reason) is reason
    if found is not None:
        assert found.known_days == known
        assert found.known_days < found.needed_days or reason is RefusalReason.STALE


def test_shortest_history_makes_a_forecast_with_its_error() -> None:
    load = _history(29)
    found = Forecaster(load, NO_WEATHER, world().table, Origin(load.last_day, 0), NEEDS).days([1, 7])
    assert [one.lead for one in found] == [1, 7]
    assert all(np.isfinite(one.p90).all() and one.accuracy.mape is not None for one in found)
    assert all(one.held_out_days >= 7 for one in found)


def test_days_are_told_apart() -> None:
    table = day_table(DayTypes(WorkCalendar()), day_number(date(2026, 2, 1)), 60)

    def at(day: date) -> tuple[Kind, Festival, int]:
        row = day_number(day) - table.first_day
        return Kind(table.kind[row]), Festival(table.festival[row]), int(table.offset[row])

    # 14 February is a Saturday that is worked in return for the Spring Festival of the 17th.
    assert at(date(2026, 2, 14)) == (Kind.ADJUSTED_WORKDAY, Festival.SPRING, -3)
    assert at(date(2026, 2, 17)) == (Kind.HOLIDAY, Festival.SPRING, 0)
    assert at(date(2026, 3, 20)) == (Kind.WORKING, Festival.NONE, 0)
    assert [date_of(lunar_new_year(year)) for year in (2009, 2013, 2014, 2024, 2025, 2026)] == [
        date(2009, 1, 26),
        date(2013, 2, 10),
        date(2014, 1, 31),
        date(2024, 2, 10),
        date(2025, 1, 29),
        date(2026, 2, 17),
    ]
