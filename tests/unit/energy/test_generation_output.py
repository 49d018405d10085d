"""What a plant could make, what it did, and where the rest went: figures worked by hand."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.generation.domain.availability import UnitDay, factors_of, limit_minutes, unit_day
from services.energy.generation.domain.contribution import contribution_of
from services.energy.generation.domain.output import Output, SlotFigures, slot_figures, sum_up
from services.energy.generation.domain.plant import (
    SLOTS,
    Floats,
    Limit,
    PlantKind,
    Rating,
    SeriesQuantity,
    State,
    Stretch,
    Unit,
    to_slots,
)
from services.energy.generation.domain.potential import (
    FiringModel,
    HydroModel,
    Model,
    Series,
    SolarModel,
    WindModel,
    potential,
)
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number

ON = date(2026, 9, 14)
DAY = day_number(ON)
MIDNIGHT = DAY * MINUTES_A_DAY
ALL = np.ones(SLOTS, bool)
WHOLE = np.ones(SLOTS)


def flat(value: float) -> Floats:
    return np.full(SLOTS, value)


def unit(number: int, capacity: float, *states: Stretch) -> Unit:
    return Unit(UUID(int=number), str(number), (Rating(date(2020, 1, 1), None, capacity),), states)


def of_day(one: Unit) -> UnitDay:
    found = unit_day(one, DAY)
    assert found is not None
    return found


def figures(
    kind: PlantKind,
    units: list[tuple[Unit, Model | None]],
    actual: Floats,
    series: Series | None = None,
    limits: Sequence[Limit] = (),
) -> SlotFigures:
    days = [(of_day(one), model) for one, model in units]
    present = np.where(np.isnan(actual), 0.0, 1.0)
    return slot_figures(kind, days, series or {}, limits, DAY, actual, present)


HYDRO = HydroModel(10.0, ((0.3, 0.7), (0.8, 0.9), (1.0, 0.88)), net_head_m=40.0)


def test_hydro_output_is_flow_times_head_times_efficiency() -> None:
    one = of_day(unit(1, 5000))
    made = potential([(one, HYDRO)], {SeriesQuantity.INFLOW_M3S: flat(8.0)}, [WHOLE])
    # 9.81 · 8 m³/s · 40 m · 0.9
    assert made[0] == pytest.approx(2825.28)
    # Below the least share a unit stands still; that is an output of 0, not an unknown one.
    still = potential([(one, HYDRO)], {SeriesQuantity.INFLOW_M3S: flat(2.0)}, [WHOLE])
    assert still[0] == 0.0


def test_water_of_a_unit_that_is_out_goes_through_the_other() -> None:
    pair = [(of_day(unit(1, 5000)), HYDRO), (of_day(unit(2, 5000)), HYDRO)]
    series = {SeriesQuantity.INFLOW_M3S: flat(8.0)}
    with_both = potential(pair, series, [WHOLE, WHOLE])
    with_one = potential(pair, series, [WHOLE, flat(0.0)])
    # One unit at 0.8 of its flow is better than two at 0.4; so it makes no difference here.
    assert with_both[0] == pytest.approx(2825.28)
    assert with_one[0] == pytest.approx(with_both[0])
    # 16 m³/s are more than one unit takes.
    more = {SeriesQuantity.INFLOW_M3S: flat(16.0)}
    assert potential(pair, more, [WHOLE, WHOLE])[0] == pytest.approx(2 * 2825.28)
    assert potential(pair, more, [WHOLE, flat(0.0)])[0] == pytest.approx(9.81 * 10 * 40 * 0.88)


def test_measured_head_goes_before_the_rated_one() -> None:
    head = flat(42.0)
    head[1] = np.nan
    one = of_day(unit(1, 5000))
    series = {SeriesQuantity.INFLOW_M3S: flat(8.0), SeriesQuantity.HEAD_M: head}
    made = potential([(one, HYDRO)], series, [WHOLE])
    assert made[:2] == pytest.approx([2825.28 * 42 / 40, 2825.28])
    unrated = HydroModel(10.0, ((0.3, 0.7), (1.0, 0.88)))
    made = potential([(one, unrated)], series, [WHOLE])
    assert not np.isnan(made[0])
    assert np.isnan(made[1])


def test_wind_follows_the_curve_at_the_density_of_the_day() -> None:
    curve = ((3.0, 0.0), (10.0, 1400.0), (12.0, 2000.0), (25.0, 2000.0))
    one = of_day(unit(1, 2000))
    series = {
        SeriesQuantity.WIND_MPS: np.array([2.0, 10.0, 30.0, np.nan, *[10.0] * 92]),
        SeriesQuantity.AIR_DENSITY: np.array([1.225, 1.225, 1.225, 1.225, *[1.225 * 0.9] * 92]),
    }
    made = potential([(one, WindModel(curve))], series, [WHOLE])
    assert made[:3] == pytest.approx([0.0, 1400.0, 0.0])
    assert np.isnan(made[3])
    # 10 m/s · 0.9^(1/3) = 9.655 m/s on a line of 200 kW a m/s; stall control loses a tenth of the power.
    assert made[4] == pytest.approx(1400 - (10 - 10 * 0.9 ** (1 / 3)) * 200)
    stall = potential([(one, WindModel(curve, is_pitch_controlled=False))], series, [WHOLE])
    assert stall[4] == pytest.approx(1260.0)


def test_solar_loses_with_heat_and_is_unknown_without_temperature() -> None:
    model = SolarModel(1000.0, temperature_coefficient=-0.004, noct_c=45.0, losses=0.1)
    series = {
        SeriesQuantity.IRRADIANCE_WM2: np.array([0.0, 800.0, 800.0, *[0.0] * 93]),
        SeriesQuantity.AMBIENT_C: np.array([10.0, 30.0, np.nan, *[10.0] * 93]),
    }
    made = potential([(of_day(unit(1, 1000)), model)], series, [WHOLE])
    # Cell 30 + 25 = 55 °C: 1000 · 0.8 · (1 − 0.004 · 30) · 0.9
    assert made[1] == pytest.approx(633.6)
    assert made[0] == 0.0
    assert np.isnan(made[2])


def test_losses_are_split_and_add_up_to_the_capacity() -> None:
    # 2 × 1000 kW of wind; 1 is out by plan from 00:00 to 06:00, 2 is out by force from 12:00 to 18:00.
    planned = Stretch(State.OUTAGE_PLANNED, MIDNIGHT, MIDNIGHT + 360)
    forced = Stretch(State.OUTAGE_FORCED, MIDNIGHT + 720, MIDNIGHT + 1080)
    series = {SeriesQuantity.EXPECTED_KW: flat(1600.0)}
    limits = [Limit(MIDNIGHT + 1080, MIDNIGHT + 1440, 1000.0)]
    actual = np.concatenate([flat(750.0)[:24], flat(1500.0)[:24], flat(800.0)[:24], flat(1000.0)[:24]])
    units: list[tuple[Unit, Model | None]] = [(unit(1, 1000, planned), None), (unit(2, 1000, forced), None)]
    found = sum_up(figures(PlantKind.WIND, units, actual, series=series, limits=limits), ALL)
    assert found.actual_kwh == pytest.approx(6 * (750 + 1500 + 800 + 1000))
    assert found.resource_kwh == pytest.approx(24 * 400)
    assert found.planned_kwh == pytest.approx(6 * 800)
    assert found.forced_kwh == pytest.approx(6 * 800)
    assert found.curtailed_kwh == pytest.approx(6 * 600)
    # 50 below 800 in the first six hours, 100 below 1600 in the next.
    assert found.unexplained_kwh == pytest.approx(6 * 150)
    assert found.delivery_ratio == pytest.approx(4050 / (800 + 1600 + 800 + 1000))
    assert found.performance_ratio == pytest.approx(4050 / 6400)
    assert found.curtailment_rate == pytest.approx(600 / 4650)


def test_limit_within_a_slot_counts_by_its_minutes() -> None:
    series = {SeriesQuantity.EXPECTED_KW: flat(900.0)}
    limits = [Limit(MIDNIGHT, MIDNIGHT + 5, 300.0), Limit(MIDNIGHT, MIDNIGHT + 10, 600.0)]
    units: list[tuple[Unit, Model | None]] = [(unit(1, 1000), None)]
    found = figures(PlantKind.SOLAR, units, flat(np.nan), series=series, limits=limits)
    assert found.allowed_kw[:2] == pytest.approx([(300 + 600 + 900) / 3, 900.0])
    assert limit_minutes(limits, DAY)[:11].tolist() == [300.0] * 5 + [600.0] * 5 + [np.inf]


def test_record_of_an_outage_never_claims_what_was_made() -> None:
    # Both units are said to be out, yet 700 of 900 kW came out: 200 are lost to the outage, no more.
    out = Stretch(State.OUTAGE_FORCED, MIDNIGHT, None)
    units: list[tuple[Unit, Model | None]] = [(unit(1, 500, out), None), (unit(2, 500, out), None)]
    series = {SeriesQuantity.EXPECTED_KW: flat(900.0)}
    found = sum_up(figures(PlantKind.WIND, units, flat(700.0), series=series), ALL)
    assert found.forced_kwh == pytest.approx(24 * 200)
    assert found.unexplained_kwh == pytest.approx(0.0)


def test_what_is_missing_is_compared_with_nothing() -> None:
    actual, expected = flat(500.0), flat(600.0)
    actual[:10] = np.nan
    expected[90:] = np.nan
    units: list[tuple[Unit, Model | None]] = [(unit(1, 1000), None)]
    found = sum_up(
        figures(PlantKind.WIND, units, actual, series={SeriesQuantity.EXPECTED_KW: expected}),
        ALL,
    )
    assert (found.slots, found.whole, found.compared) == (96, 86, 80)
    assert found.actual_kwh == pytest.approx(86 * 125)
    assert found.expected_kwh == pytest.approx(80 * 150)
    assert found.completeness == pytest.approx(86 / 96)
    # The factor is of the slots that are there.
    assert found.capacity_factor == pytest.approx(0.5)
    nothing = sum_up(figures(PlantKind.WIND, units, flat(np.nan)), ALL)
    assert (nothing.performance_ratio, nothing.capacity_factor, nothing.peak_kw) == (None, None, None)


def test_availability_factors_by_hand() -> None:
    # A week of 168 h: 24 h planned, 12 h forced, 48 h reduced to a quarter.
    states = (
        Stretch(State.OUTAGE_PLANNED, MIDNIGHT, MIDNIGHT + 1440),
        Stretch(State.OUTAGE_FORCED, MIDNIGHT + 2880, MIDNIGHT + 3600),
        Stretch(State.REDUCED, MIDNIGHT + 5760, MIDNIGHT + 8640, available_kw=250.0),
    )
    last = date(2026, 9, 20)
    found = factors_of([unit(1, 1000, *states)], ON, last, MIDNIGHT + 7 * MINUTES_A_DAY)
    assert found.period_hours == pytest.approx(168)
    assert found.availability == pytest.approx((168 - 36) / 168)
    assert found.equivalent == pytest.approx((168 - 36 - 36) / 168)
    assert (found.planned_outage, found.forced_outage) == pytest.approx((24 / 168, 12 / 168))
    # A plant weighs its units: the small one out for the week costs a quarter.
    out = Stretch(State.OUTAGE_FORCED, MIDNIGHT, None)
    plant = factors_of([unit(1, 3000), unit(2, 1000, out)], ON, last, MIDNIGHT + 7 * MINUTES_A_DAY)
    assert plant.availability == pytest.approx(0.75)
    # What lies ahead is not counted.
    half = factors_of([unit(1, 1000)], ON, last, MIDNIGHT + 1440)
    assert half.period_hours == pytest.approx(24)
    before = factors_of([unit(1, 1000)], date(2019, 1, 1), date(2019, 1, 2), MIDNIGHT)
    assert before.availability is None


def test_curves_of_other_intervals_become_96_slots() -> None:
    fine = np.arange(288, dtype=np.float32)
    fine[3] = np.nan
    assert to_slots(fine)[0] == 1.0
    assert np.isnan(to_slots(fine)[1])
    assert to_slots(np.arange(24, dtype=np.float32))[:5].tolist() == [0, 0, 0, 0, 1]


def test_contribution_counts_what_is_known_and_says_how_much_that_is() -> None:
    wind: list[tuple[Unit, Model | None]] = [(unit(1, 3000), None)]
    thermal: list[tuple[Unit, Model | None]] = [(unit(2, 1000), FiringModel())]
    blind: list[tuple[Unit, Model | None]] = [(unit(3, 4000), None)]
    expected = {SeriesQuantity.EXPECTED_KW: flat(1200.0)}
    found = contribution_of(
        DAY,
        [
            ("W", PlantKind.WIND, figures(PlantKind.WIND, wind, flat(1300.0), series=expected)),
            ("T", PlantKind.THERMAL, figures(PlantKind.THERMAL, thermal, flat(np.nan))),
            ("H", PlantKind.HYDRO, figures(PlantKind.HYDRO, blind, flat(np.nan))),
        ],
    )
    # More was made than expected: that much is there. Nobody knows of H.
    assert found.available_kw[0] == pytest.approx(1300 + 1000)
    assert found.available_completeness[0] == pytest.approx(4000 / 8000)
    assert found.generated_kw[0] == pytest.approx(1300)
    assert found.generated_completeness[0] == pytest.approx(3000 / 8000)
    nobody = contribution_of(DAY, [])
    assert np.isnan(nobody.available_kw).all()
    assert np.isnan(nobody.available_completeness).all()


_kw = st.floats(0, 2000)


@settings(max_examples=60)
@given(
    expected=st.lists(st.one_of(_kw, st.just(float("nan"))), min_size=8, max_size=8),
    actual=st.lists(st.one_of(st.floats(-100, 2500), st.just(float("nan"))), min_size=8, max_size=8),
    edges=st.lists(st.integers(0, 1440), min_size=4, max_size=4, unique=True),
    limit=_kw,
    kind=st.sampled_from(PlantKind),
)
def test_causes_always_add_up_and_none_but_the_last_is_negative(
    expected: list[float], actual: list[float], edges: list[int], limit: float, kind: PlantKind
) -> None:
    spans = [(MIDNIGHT + first, MIDNIGHT + last) for first, last in pairwise(sorted(edges))]
    states = [
        Stretch(State.OUTAGE_PLANNED, *spans[0]),
        Stretch(State.OUTAGE_FORCED, *spans[1]),
        Stretch(State.REDUCED, *spans[2], available_kw=300.0),
    ]
    units: list[tuple[Unit, Model | None]] = [(unit(1, 900, *states), None), (unit(2, 800), None)]
    series = {SeriesQuantity.EXPECTED_KW: np.repeat(expected, 12)}
    limits = [Limit(MIDNIGHT + 300, MIDNIGHT + 707, limit)]
    found = sum_up(figures(kind, units, np.repeat(actual, 12), series=series, limits=limits), ALL)
    causes = (found.resource_kwh, found.planned_kwh, found.forced_kwh, found.curtailed_kwh)
    assert all(cause >= -1e-6 for cause in causes)
    left = found.capacity_kwh - sum(causes) - found.unexplained_kwh
    assert left == pytest.approx(found.compared_kwh, abs=1e-6)
    assert found + Output() == found
