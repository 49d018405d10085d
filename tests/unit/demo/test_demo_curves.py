"""The synthetic year: reproducible, plausible by kind of plant, and calm enough for a detector."""

from datetime import date, timedelta

import numpy as np
import pytest

from deploy.demo.dataset import enterprises, facts
from deploy.demo.synth.generator import GENERATION, CurveGenerator, Load, LoadKind
from deploy.demo.synth.noise import FloatArray
from deploy.demo.synth.production_calendar import DayKind, ProductionCalendar, national_calendar
from deploy.demo.synth.weather import Weather

SEED = 20260915
KINDS = np.array([meter.kind.value for meter in enterprises.ALL_METERS])
RATED = np.array([meter.rated_kw for meter in enterprises.ALL_METERS])


@pytest.fixture(scope="module")
def year() -> FloatArray:
    return CurveGenerator(enterprises.loads(), seed=SEED).days(facts.HISTORY_FROM, 365)


def of_kind(year: FloatArray, kind: LoadKind) -> FloatArray:
    chosen: FloatArray = year[kind.value == KINDS]
    return chosen


def day_number(day: date) -> int:
    return (day - facts.HISTORY_FROM).days


def test_a_day_is_the_same_when_made_alone_or_within_a_year(year: FloatArray) -> None:
    on = date(2026, 2, 11)
    alone = CurveGenerator(enterprises.loads(), seed=SEED).day(on)
    assert np.array_equal(alone, year[:, day_number(on)])


def test_another_seed_gives_other_curves() -> None:
    loads = [Load(LoadKind.STONE, 100.0)]
    on = date(2026, 3, 3)
    assert not np.array_equal(CurveGenerator(loads, seed=1).day(on), CurveGenerator(loads, seed=2).day(on))


def test_every_value_is_finite_and_within_the_contract(year: FloatArray) -> None:
    capacity = np.array([meter.capacity_kw for meter in enterprises.ALL_METERS])
    assert np.isfinite(year).all()
    assert year.min() >= 0
    assert (year.reshape(len(capacity), -1).max(axis=1) <= capacity).all()


def test_small_hydro_makes_eighty_gigawatt_hours_a_year(year: FloatArray) -> None:
    energy_kwh = of_kind(year, LoadKind.HYDRO).sum() / 4
    assert energy_kwh == pytest.approx(facts.HYDRO_KWH_A_YEAR, rel=0.01)


def test_hydro_follows_the_season_when_rain_does(year: FloatArray) -> None:
    hydro = of_kind(year, LoadKind.HYDRO)
    june = hydro[:, day_number(date(2026, 6, 1)) : day_number(date(2026, 7, 1))].mean()
    december = hydro[:, day_number(date(2025, 12, 1)) : day_number(date(2026, 1, 1))].mean()
    assert june > 2 * december


def test_packaging_works_one_shift_with_a_lunch_dip(year: FloatArray) -> None:
    working_day = of_kind(year, LoadKind.PACKAGING)[:, day_number(date(2026, 4, 15))].mean(axis=0)
    morning, lunch, night = working_day[40], working_day[50], working_day[8]
    assert lunch < 0.8 * morning
    assert night < 0.3 * morning


def test_furnaces_run_day_and_night(year: FloatArray) -> None:
    furnaces = of_kind(year, LoadKind.FURNACE).mean(axis=(0, 1))
    assert furnaces.min() > 0.85 * furnaces.max()


def test_stone_works_rest_on_a_holiday(year: FloatArray) -> None:
    stone = of_kind(year, LoadKind.STONE)
    holiday, usual = date(2026, 5, 1), date(2026, 4, 24)
    assert stone[:, day_number(holiday)].mean() < 0.3 * stone[:, day_number(usual)].mean()


def test_stone_works_work_when_a_sunday_is_a_make_up_day(year: FloatArray) -> None:
    stone = of_kind(year, LoadKind.STONE)
    make_up, sunday = date(2025, 9, 28), date(2026, 5, 24)
    assert stone[:, day_number(make_up)].mean() > 1.5 * stone[:, day_number(sunday)].mean()


def test_wind_stays_between_nothing_and_the_name_plate(year: FloatArray) -> None:
    wind = of_kind(year, LoadKind.WIND)
    assert wind.min() == 0.0
    assert wind.max() <= 850.0
    assert 1500 < wind.mean() / 850 * 8760 < 2600


def test_midnight_makes_no_jump_when_a_plant_runs_through(year: FloatArray) -> None:
    fibre = of_kind(year, LoadKind.FIBRE) / RATED[KINDS == "fibre"][:, None, None]
    steps = np.abs(np.diff(fibre.reshape(len(fibre), -1), axis=1))
    midnights = steps[:, 95::96]
    assert midnights.max() < 1.2 * np.quantile(steps, 0.9999)


def test_the_history_holds_no_spike_when_a_plain_forecaster_reads_it(year: FloatArray) -> None:
    """A level, a weekly season and one variance a meter; a spike is ten standard deviations above."""
    calendar = ProductionCalendar(national_calendar())
    meters = len(year)
    level, season = year[:, 0].mean(axis=1), np.zeros((meters, 7, 96))
    variance = year[:, :7].reshape(meters, -1).var(axis=1) / 4
    floor = 0.002 * RATED
    worst = 0.0
    for number in range(year.shape[1]):
        on = facts.HISTORY_FROM + timedelta(number)
        kind = calendar.kind(on)
        row = {DayKind.HOLIDAY: 6, DayKind.MAKE_UP: 4}.get(kind, on.weekday())
        for slot in range(96):
            error = year[:, number, slot] - level - season[:, row, slot]
            sigma = np.sqrt(variance) + floor
            if number >= 28:
                worst = max(worst, float((error / sigma).max()))
                error = np.clip(error, -4 * sigma, 4 * sigma)
            level += 0.1 * error
            season[:, row, slot] += 0.135 * error
            variance += 0.005 * (error * error - variance)
    assert worst < 10


def test_day_kinds_follow_the_announced_calendar() -> None:
    calendar = ProductionCalendar(national_calendar())
    assert calendar.kind(date(2025, 10, 4)) is DayKind.HOLIDAY  # a Saturday inside the holiday
    assert calendar.kind(date(2025, 9, 28)) is DayKind.MAKE_UP
    assert calendar.kind(date(2026, 3, 7)) is DayKind.SATURDAY
    assert calendar.kind(date(2026, 3, 8)) is DayKind.SUNDAY
    assert calendar.kind(date(2026, 3, 9)) is DayKind.WORKING


def test_output_falls_before_and_after_the_spring_festival() -> None:
    calendar = ProductionCalendar(national_calendar())
    assert calendar.in_festival(date(2026, 2, 17))
    assert calendar.festival_share(date(2026, 2, 13)) < 1
    assert calendar.festival_share(date(2026, 2, 25)) < 1
    assert calendar.festival_share(date(2026, 3, 10)) == 1
    assert calendar.festival_share(date(2026, 10, 10)) == 1


def test_an_unannounced_year_falls_back_to_plain_weeks() -> None:
    assert national_calendar()(date(2031, 1, 6))
    assert not national_calendar()(date(2031, 1, 5))


def test_river_flow_is_continuous_over_midnight() -> None:
    weather = Weather(SEED)
    today, tomorrow = weather.river_flow(date(2026, 6, 1)), weather.river_flow(date(2026, 6, 2))
    assert abs(today[-1] - tomorrow[0]) <= abs(today[-1] - today[0]) / 90 + 1e-9


def test_generation_is_hydro_and_wind_only() -> None:
    assert {LoadKind.HYDRO, LoadKind.WIND} == GENERATION
