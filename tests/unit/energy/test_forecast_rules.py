"""What is due when and by which rule; measures and bands by hand; lists of temperatures."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.energy.feeds.domain.body import UnreadableFile
from services.energy.forecast.domain.due import IssueKind, due_since, leads_of
from services.energy.forecast.domain.measures import NOTHING, accuracy_of
from services.energy.forecast.domain.parameters import ForecastParameters, Rule, parameters_of
from services.energy.forecast.domain.quantiles import band, calibration, nested
from services.energy.forecast.domain.series import SLOTS, in_slots, known_slots, mean_known
from services.energy.forecast.domain.temperature import TemperatureKind
from services.energy.forecast.domain.temperature_lists import read_temperatures
from services.energy.metering.domain.slots import date_of

MEASURED, FORECAST = TemperatureKind.MEASURED, TemperatureKind.FORECAST


def at(hour: int, minute: int) -> datetime:
    """A local time of 15 September."""
    return datetime(2026, 9, 15, hour - 8, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "now", "due"),
    [
        (IssueKind.DAY_AHEAD, at(16, 59), None),
        (IssueKind.DAY_AHEAD, at(17, 0), at(17, 0)),
        (IssueKind.DAY_AHEAD, at(23, 50), at(17, 0)),
        (IssueKind.INTRADAY, at(17, 7), None),
        (IssueKind.INTRADAY, at(17, 8), at(17, 0)),
        (IssueKind.INTRADAY, at(17, 59), at(17, 0)),
    ],
)
def test_forecast_is_due_by_the_rule(kind: IssueKind, now: datetime, due: datetime | None) -> None:
    assert due_since(ForecastParameters(), kind, now) == due
    assert due_since(ForecastParameters(enabled=False), kind, now) is None


def test_intraday_is_about_today_and_tomorrow_only() -> None:
    parameters = ForecastParameters(horizon_days=3, intraday=False)
    assert leads_of(parameters, IssueKind.DAY_AHEAD) == (1, 2, 3)
    assert leads_of(parameters, IssueKind.INTRADAY) == (0, 1)
    assert due_since(parameters, IssueKind.INTRADAY, at(17, 30)) is None


def test_narrowest_rule_counts_then_the_newest() -> None:
    def rule(hour: int, begin: date, end: date | None = None, **scope: str) -> Rule:
        return Rule(ForecastParameters(day_ahead_at=time(hour)), begin, end, **scope)

    rules = [
        rule(10, date(2020, 1, 1)),
        rule(11, date(2026, 1, 1)),
        rule(12, date(2026, 1, 1), region_code="421200"),
        rule(13, date(2026, 1, 1), date(2026, 9, 1), region_code="421224"),
        rule(14, date(2026, 1, 1), node_code="S-2"),
    ]

    def hour(node: str, region: str, day: date) -> int:
        return parameters_of(rules, node, region, day).day_ahead_at.hour

    assert hour("S-1", "420100", date(2025, 6, 1)) == 10
    assert hour("S-1", "420100", date(2026, 6, 1)) == 11
    assert hour("S-1", "421221", date(2026, 6, 1)) == 12
    assert hour("S-1", "421224101", date(2026, 8, 31)) == 13
    assert hour("S-1", "421224101", date(2026, 9, 1)) == 12
    assert hour("S-2", "421224101", date(2026, 8, 31)) == 14
    assert parameters_of([], "S-1", "421224", date(2026, 1, 1)) == ForecastParameters()


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_days": 20},
        {"horizon_days": 9},
        {"cooling_above": 10, "heating_below": 12},
        {"day_ahead_at": "17:00+08:00"},
        {"unknown": 1},
    ],
)
def test_parameters_out_of_their_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ForecastParameters.model_validate(wrong)


def test_measures_are_those_worked_by_hand() -> None:
    actual = np.array([100.0, 200.0, np.nan, 1.0])
    p50 = np.array([110.0, 190.0, 50.0, 3.0])
    p10, p90 = p50 - 12.0, p50 + 5.0
    found = accuracy_of(actual, p50, p10, p90)
    # The last load is next to nothing: no percentage of it. |10|/100 and |10|/200.
    assert found.slots == 3
    assert found.mape == pytest.approx(7.5)
    assert found.mae_kw == pytest.approx(22 / 3)
    # p10: 98, 178, -9; p90: 115, 195, 8. The second load lies above its p90.
    low = (0.1 * 2 + 0.1 * 22 + 0.1 * 10) / 3
    middle = 0.5 * (10 + 10 + 2) / 3
    high = (0.1 * 15 + 0.9 * 5 + 0.1 * 7) / 3
    assert found.pinball_kw == pytest.approx((low + middle + high) / 3)
    assert found.coverage == pytest.approx(200 / 3)
    assert accuracy_of(np.array([np.nan]), np.array([1.0])) == NOTHING


def test_band_is_the_conformal_rank_of_pooled_errors() -> None:
    # One slot's errors are 1..9 and their negatives; its neighbours know nothing.
    errors = np.full((18, SLOTS), np.nan)
    errors[:, 50] = [*range(1, 10), *range(-9, 0)]
    low, high = band(errors, np.zeros(18, bool), wants_rest=False)
    # Ranks (18 + 1) × 0.1 down and (18 + 1) × 0.9 up of the ordered errors: the 1st and the 18th.
    assert (low[50], high[50]) == (-9.0, 9.0)
    # Slots within reach share them; others know of no error at all.
    assert (low[47], high[53]) == (-9.0, 9.0)
    assert (low[46], high[54]) == (0.0, 0.0)


def test_days_of_rest_have_their_own_band_once_there_are_enough() -> None:
    is_rest = np.arange(40) % 2 == 1
    errors = np.where(is_rest[:, None], 50.0, 5.0) * np.linspace(-1, 1, 40)[:, None] * np.ones(SLOTS)
    _, working = band(errors, is_rest, wants_rest=False)
    _, rest = band(errors, is_rest, wants_rest=True)
    assert rest[0] > 5 * working[0]
    _, few = band(errors[:12], is_rest[:12], wants_rest=True)
    _, same = band(errors[:12], is_rest[:12], wants_rest=False)
    assert few[0] == same[0]


@settings(max_examples=20)
@given(st.integers(1, 200), st.floats(0.2, 4.0))
def test_calibrated_band_holds_what_it_promises(seed: int, wrong: float) -> None:
    random = np.random.default_rng(seed)
    errors = random.normal(0, 1, (60, SLOTS))
    low, high = nested(errors, np.zeros(60, bool))
    factor = calibration(errors, low * wrong, high * wrong)
    known = np.isfinite(low)
    inside = (errors >= low * wrong * factor) & (errors <= high * wrong * factor)
    share = inside[known].mean()
    # The correction itself is bounded: one held-out stretch may not widen a band without end.
    assert share == pytest.approx(0.8, abs=0.03) or factor in {0.5, 3.0}


def test_curves_of_any_interval_become_quarters() -> None:
    assert in_slots(np.arange(24.0))[4:8].tolist() == [1.0] * 4
    fine = np.arange(288.0)
    fine[0] = np.nan
    assert in_slots(fine)[:2].tolist() == [1.5, 4.0]
    assert math.isnan(mean_known(np.array([[np.nan, np.nan]]), axis=1)[0])
    load = np.full(SLOTS, np.nan)
    assert known_slots(load) == 0
    load[10] = 1.0
    assert known_slots(load) == 11


WIDE = "行政区划代码,日期," + ",".join(f"{hour}:00" for hour in range(24)) + "\n"


def test_wide_list_holds_a_day_of_a_region() -> None:
    body = WIDE + "421224,2026-07-14," + ",".join(str(20 + hour % 3) for hour in range(24)) + "\n"
    found = read_temperatures(body.encode(), "+08:00", MEASURED)
    (line,) = found.lines
    assert (line.region, line.kind, date_of(line.day)) == ("421224", MEASURED, date(2026, 7, 14))
    assert line.celsius.tolist() == [20 + hour % 3 for hour in range(24)]
    assert found.faults == []


def test_long_list_holds_moments_of_both_kinds() -> None:
    body = """站点,时间,类型,气温
通山县,2026-07-14 22:00,实况,28.5
通山县,2026-07-14 23:00,实况,-
通山县,2026-07-15 00:00,预报,27.0
通山县,2026-07-15 01:00,预报,99
通山县,2026-07-15 02:00,猜测,26.0
,2026-07-15 03:00,预报,26.0
"""
    found = read_temperatures(body.encode("gb18030"), "+08:00", MEASURED)
    assert [(fault.line, fault.code) for fault in found.faults] == [
        (5, "temperature.value_impossible"),
        (6, "temperature.kind_unknown"),
        (7, "temperature.region_missing"),
    ]
    line, ahead = found.lines
    assert (line.region, line.kind, date_of(line.day)) == ("通山县", MEASURED, date(2026, 7, 14))
    assert line.celsius[22] == 28.5
    assert np.isnan(line.celsius).sum() == 23
    assert (ahead.kind, ahead.celsius[0], np.isnan(ahead.celsius).sum()) == (FORECAST, 27.0, 23)


def test_region_and_kind_of_the_whole_list_may_come_from_outside() -> None:
    body = "time,temperature\n2026-07-14T16:00:00Z,25.5\n2026-07-14T16:30:00Z,25.0\n"
    (line,) = read_temperatures(body.encode(), "+08:00", FORECAST, "421224").lines
    assert (line.region, line.kind, date_of(line.day)) == ("421224", FORECAST, date(2026, 7, 15))
    assert len(line.celsius) == 48
    assert line.celsius[:2].tolist() == [25.5, 25.0]


def test_table_of_something_else_is_unreadable() -> None:
    with pytest.raises(UnreadableFile):
        read_temperatures("名称,电压\nA,110\n".encode(), "+08:00", MEASURED)
