"""Pace, light, forecast and miss of targets by figures worked by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from services.energy.efficiency.domain import wording
from services.energy.efficiency.domain.targets import (
    EfficiencyRule,
    Light,
    Measure,
    MonthFact,
    Pace,
    Progress,
    judge,
)

RULE = EfficiencyRule()
SEASONS = ["8", "6", "10", "8", "8", "8", "8", "8", "8", "8", "10", "10"]


def facts(*energies: str | None) -> list[MonthFact]:
    return [MonthFact(None if energy is None else Decimal(energy)) for energy in energies]


def total(months: list[MonthFact], pace: Pace = Pace.LINEAR, last_year: list[MonthFact] | None = None) -> Progress:
    return judge(Measure.TOTAL_TCE, 2026, Decimal(1200), pace, months, last_year or [], RULE)


@pytest.mark.parametrize(
    ("energy", "deviation", "light"),
    [
        ("99", "-1.00", Light.GREEN),
        ("100", "0.00", Light.GREEN),
        ("100.01", "0.01", Light.YELLOW),
        ("109.99", "9.99", Light.YELLOW),
        ("110", "10.00", Light.RED),
    ],
)
def test_light_turns_on_its_edges(energy: str, deviation: str, light: Light) -> None:
    (point,) = total(facts(energy)).points
    assert (point.planned, point.deviation_percent, point.light) == (Decimal(100), Decimal(deviation), light)


def test_linear_pace_and_forecast() -> None:
    found = total(facts("110", "120", "130"))
    # 360 of 300: a fifth above, and so the year: 1,440.
    assert found.latest is not None
    assert (found.latest.planned, found.latest.actual, found.latest.deviation_percent) == (
        Decimal(300),
        Decimal(360),
        Decimal("20.00"),
    )
    assert (found.forecast, found.missed, found.red_months()) == (Decimal(1440), None, 3)


def test_seasonal_pace_follows_last_years_months() -> None:
    last_year = facts(*SEASONS)
    found = total(facts("100", "70"), Pace.SEASONAL, last_year)
    # Last year 8 and 14 of 100: 96 and 168 of 1,200.
    assert [point.planned for point in found.points] == [Decimal(96), Decimal(168)]
    assert found.latest is not None
    assert (found.latest.deviation_percent, found.latest.light) == (Decimal("1.19"), Light.YELLOW)
    # 170 / 168 × 1,200.
    assert (found.pace, found.forecast) == (Pace.SEASONAL, Decimal("1214.285714"))
    lacking = total(facts("100"), Pace.SEASONAL, facts(*SEASONS[:-1], None))
    assert (lacking.pace, lacking.points[0].planned) == (Pace.LINEAR, Decimal(100))


def test_unknown_month_ends_what_can_be_told() -> None:
    found = total(facts("90", None, "300"))
    assert len(found.points) == 1
    assert (found.forecast, found.missed) == (Decimal(1080), None)
    nothing = total(facts(None))
    assert (nothing.latest, nothing.forecast, nothing.missed) == (None, None, None)


@pytest.mark.parametrize(("each", "missed"), [("100", False), ("100.1", True)])
def test_year_is_decided_when_it_is_known_whole(each: str, *, missed: bool) -> None:
    assert total(facts(*[each] * 12)).missed is missed
    assert total(facts(*[each] * 11)).missed is None


def test_intensity_is_measured_by_the_months_so_far() -> None:
    months = [
        MonthFact(Decimal(50), Decimal(100)),
        MonthFact(Decimal(70), Decimal(100)),
        MonthFact(Decimal(0), Decimal(0)),
    ]
    found = judge(Measure.INTENSITY_VALUE, 2026, Decimal("0.55"), Pace.SEASONAL, months, facts(*SEASONS), RULE)
    assert [point.actual for point in found.points] == [Decimal("0.5"), Decimal("0.6"), Decimal("0.6")]
    assert found.latest is not None
    # (0.6 − 0.55) / 0.55.
    assert (found.latest.deviation_percent, found.latest.light) == (Decimal("9.09"), Light.YELLOW)
    assert (found.pace, found.forecast) == (Pace.LINEAR, Decimal("0.6"))
    idle = judge(
        Measure.INTENSITY_VALUE, 2026, Decimal("0.55"), Pace.LINEAR, [MonthFact(Decimal(1), Decimal(0))], [], RULE
    )
    assert idle.points == ()


def test_edges_are_data() -> None:
    strict = replace(RULE, yellow_above_percent=Decimal(-5), red_from_percent=Decimal(1))
    found = judge(Measure.TOTAL_TCE, 2026, Decimal(1200), Pace.LINEAR, facts("96", "105"), [], strict)
    assert [point.light for point in found.points] == [Light.YELLOW, Light.YELLOW]
    assert found.red_months() == 0


def test_explanations_name_figures_in_the_offices_units() -> None:
    (point,) = judge(
        Measure.ELECTRICITY_KWH, 2026, Decimal(120000000), Pace.LINEAR, facts("11000000"), [], RULE
    ).points
    zh, en = wording.behind_pace(Measure.ELECTRICITY_KWH, ("", ""), 2026, point)
    assert zh == (
        "2026 年 1—1 月用电量 1,100.00 万千瓦时，进度目标 1,000.00 万千瓦时，高出 10.00 %，预警等级一级（红）"
    )
    assert "1,100.00 10,000 kWh against a pace of 1,000.00" in en
    zh, _ = wording.missed(Measure.INTENSITY_PRODUCT, ("水泥熟料", "t"), 2025, Decimal("0.1"), Decimal("0.11"))
    assert zh == (
        "2025 年水泥熟料单位产品能耗 0.1100 吨标准煤/t，目标 0.1000 吨标准煤/t，超出 10.00 %，年度目标未完成"
    )
