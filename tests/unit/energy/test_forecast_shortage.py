"""The shortage that a forecast shows, by hand: how much, when, how grave, and what is said of it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.balance.domain.gap import Limit, SupplyColumns, supply
from services.energy.balance.domain.levels import Edges
from services.energy.forecast.domain.outcome import Model
from services.energy.forecast.domain.series import SLOTS, Floats
from services.energy.forecast.domain.shortage import ForeseenShortage, Judged, find_shortage, gravest
from services.energy.forecast.wording import Foreseen, explain
from services.energy.metering.domain.slots import day_number

DAY = day_number(date(2026, 9, 16))
JUDGED = Judged(Edges(), up_slots=1, down_slots=2)


def load(peak_kw: float, first: int = 70, end: int = 80) -> Floats:
    """30 MW all day, and a peak."""
    values = np.full(SLOTS, 30_000.0)
    values[first:end] = peak_kw
    return values


def available(kw: float, quota_kw: float = np.nan) -> SupplyColumns:
    none = np.full(SLOTS, np.nan)
    return supply(kw, np.full(SLOTS, quota_kw), none, none)


@pytest.mark.parametrize(
    ("available_kw", "percent", "level", "possible"),
    [
        # Of a forecast maximum of 40 MW; p90 is 42 MW.
        (40_000.0, None, 0, 0),
        (39_000.0, 2.5, 1, 2),
        (38_000.0, 5.0, 1, 2),
        (37_000.0, 7.5, 2, 3),
        (36_000.0, 10.0, 3, 3),
        (33_600.0, 16.0, 3, 4),
        (32_000.0, 20.0, 4, 4),
    ],
)
def test_level_is_that_of_the_gap_in_the_forecast_maximum(
    available_kw: float, percent: float | None, level: int, possible: int
) -> None:
    found = find_shortage(DAY, load(40_000.0), load(42_000.0), available(available_kw), JUDGED)
    if percent is None:
        # What only p90 has is no warning yet.
        assert found is None
        return
    assert found is not None
    assert (found.first, found.end, found.level, found.possible) == (70, 80, level, possible)
    assert found.gap_percent == pytest.approx(percent)
    assert found.gap_kw == pytest.approx(40_000.0 - available_kw)
    assert (found.demand_kw, found.high_kw, found.limit) == (40_000.0, 42_000.0, Limit.CAPACITY)


def test_what_is_past_or_too_short_is_no_shortage_ahead() -> None:
    peak = load(40_000.0, 70, 72)
    assert find_shortage(DAY, peak, peak, available(36_000.0), JUDGED, begin=72) is None
    assert find_shortage(DAY, peak, peak, available(36_000.0), JUDGED, begin=71) is not None
    slow = Judged(Edges(), up_slots=3, down_slots=2)
    assert find_shortage(DAY, peak, peak, available(36_000.0), slow) is None


def test_unknown_supply_is_neither_a_shortage_nor_enough() -> None:
    unknown = supply(None, *(np.full(SLOTS, np.nan) for _ in range(3)))
    assert find_shortage(DAY, load(40_000.0), load(42_000.0), unknown, JUDGED) is None
    quota = np.full(SLOTS, np.nan)
    quota[75:] = 36_000.0
    partly = supply(None, quota, *(np.full(SLOTS, np.nan) for _ in range(2)))
    found = find_shortage(DAY, load(40_000.0), load(42_000.0), partly, JUDGED)
    assert found is not None
    assert (found.first, found.end, found.limit) == (75, 80, Limit.QUOTA)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(20_000, 60_000))
def test_more_supply_never_makes_it_worse(seed: int, kw: float) -> None:
    random = np.random.default_rng(seed)
    p50 = 40_000.0 + np.cumsum(random.normal(0, 1_500.0, SLOTS))
    p90 = p50 + random.uniform(0, 3_000.0, SLOTS)
    less = find_shortage(DAY, p50, p90, available(kw), JUDGED)
    more = find_shortage(DAY, p50, p90, available(kw * 1.05), JUDGED)
    assert (0 if more is None else more.level) <= (0 if less is None else less.level)
    if less is not None:
        assert less.first <= less.worst < less.end
        assert less.possible >= less.level
        assert less.gap_kw == pytest.approx((p50 - kw).max())


def test_gravest_day_is_told_and_of_equals_the_first() -> None:
    def of(day: int, available_kw: float) -> ForeseenShortage | None:
        return find_shortage(day, load(40_000.0), load(42_000.0), available(available_kw), JUDGED)

    today, tomorrow, after = of(DAY, 39_000.0), of(DAY + 1, 36_000.0), of(DAY + 2, 36_000.0)
    assert gravest([today, None, after, tomorrow]) is tomorrow
    assert gravest([None]) is None


def test_words_hold_the_figures_in_both_languages() -> None:
    found = find_shortage(DAY, load(40_000.0), load(50_000.0), available(50_000.0, 35_500.0), JUDGED)
    assert found is not None
    zh, en = explain(Foreseen("右岸变电站", date(2026, 9, 16), found, Model.REGRESSION, 3.14, 56))
    assert zh == (
        "右岸变电站 预计 09-16 17:30–20:00 供电不足：17:45 负荷 40.0 兆瓦（90% 分位 50.0 兆瓦），可供 35.5 兆瓦"
        "（受供电指标限制），缺口 4.50 兆瓦，占预测最大负荷的 11.2%，为Ⅱ级（橙色）预警，按 90% 分位可达Ⅰ级（红色）"
        "；回归模型，近 56 天检验误差 3.1%"
    )
    assert en == (
        "右岸变电站, 09-16 17:30–20:00: at 17:45 a load of 40.0 MW is expected (p90 50.0 MW), available 35.5 MW "
        "(by its supply quota), short of 4.50 MW, 11.2 % of the forecast maximum load; orange (Ⅱ), by p90 red (Ⅰ)"
        "; regression, error 3.1 % over 56 days held out"
    )
    plain, _ = explain(Foreseen("右岸变电站", date(2026, 9, 16), found, Model.NAIVE, None, 0))
    assert plain.endswith("；昨日曲线")
