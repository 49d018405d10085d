"""Rules of the economy: nulls with reasons, derived values, doubts, due days, dips, forecasts (S13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.sheets.cells import Number
from libs.common.sheets.headed import HeadUnfit
from libs.common.sheets.model import SheetRow
from libs.common.workdays import WorkCalendar
from services.projects.economy.domain import months
from services.projects.economy.domain.arithmetic import Null, contribution, growth, plain, ratio, shown
from services.projects.economy.domain.deriving import Derived, Unknown, derive, derive_months
from services.projects.economy.domain.dips import judge
from services.projects.economy.domain.duty import DUE_SOON, LATE, Owed, due_day, findings
from services.projects.economy.domain.figures import figure_of, growth_of
from services.projects.economy.domain.forecast import forecast
from services.projects.economy.domain.indicators import Indicator, IndicatorKind, PriceBasis, SignRule
from services.projects.economy.domain.plausibility import Doubt, confirmed, doubts
from services.projects.economy.domain.register import Standing, demand_months
from services.projects.economy.domain.reports import (
    EconomyStatus,
    Edition,
    Line,
    demand_complete,
    demand_sound,
    merged,
)
from services.projects.economy.domain.rules import EconomyRule, EconomyRuleKind, Rules
from services.projects.economy.domain.rules import demand_sound as demand_rule
from services.projects.economy.domain.sheet import HeadUnsound, read_reports
from services.projects.economy.errors import (
    EconomyRuleUnsound,
    ReportIncomplete,
    ReportUnsound,
    StandingMonth,
    WarningsUnconfirmed,
)

MARCH = date(2026, 3, 1)
COUNTY, TOWN = "421224", "421224101"
OUTPUT = Indicator(code="output_value", name_zh="工业总产值", name_en="output value", unit="yuan", required=True)
POWER = Indicator(code="power_kwh", name_zh="用电量", name_en="power used", unit="kwh")
PROFIT = Indicator(code="profit", name_zh="利润总额", name_en="profit", unit="yuan", sign=SignRule.ANY)
HEADS = Indicator(
    code="employees", name_zh="从业人员", name_en="employees", unit="person", kind=IndicatorKind.STOCK
)
CATALOGUE = {one.code: one for one in (OUTPUT, POWER, PROFIT, HEADS)}


def D(text: str | int) -> Decimal:  # noqa: N802 - as short as a literal
    return Decimal(text)


def rule(kind: str, value: str | int, level2: str | int | None = None, **facts: object) -> EconomyRule:
    grave = None if level2 is None else D(level2)
    known: dict[str, object] = {"kind": EconomyRuleKind(kind), "value": D(value), "level2_value": grave}
    return EconomyRule(**(known | facts))  # type: ignore[arg-type] # facts are named by the cases


@pytest.mark.parametrize(
    ("current", "base", "rate", "reason"),
    [
        (D(115), D(100), D(15), None),
        (D(-5), D(100), D(-105), None),
        (D(5), D(0), None, Null.BASE_NOT_POSITIVE),
        (D(5), D(-10), None, Null.BASE_NOT_POSITIVE),
        (None, D(100), None, Null.CURRENT_MISSING),
        (D(5), None, None, Null.BASE_MISSING),
        (D(0), D(3), D(-100), None),
    ],
)
def test_growth_is_null_with_its_reason_when_the_base_is_none_or_not_positive(
    current: Decimal | None, base: Decimal | None, rate: Decimal | None, reason: Null | None
) -> None:
    assert (growth(current, base).value, growth(current, base).reason) == (rate, reason)


def test_rates_are_rounded_half_up_only_when_shown() -> None:
    rate = growth(D(586), D(508)).value
    assert rate is not None
    assert str(shown(rate)) == "15.4"
    assert len(rate.as_tuple().digits) > 30
    assert [str(shown(D(text))) for text in ("0.25", "-0.25", "2.349")] == ["0.3", "-0.3", "2.3"]
    assert [plain(D(text)) for text in ("3.1E+3", "0.5000", "-7.00")] == ["3100", "0.5", "-7"]


@given(
    st.lists(
        st.tuples(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12)), min_size=1, max_size=8
    ).filter(lambda parts: sum(base for _, base in parts) > 0)
)
def test_contributions_sum_to_the_growth_of_the_whole(parts: list[tuple[int, int]]) -> None:
    current, base = (D(sum(part[side] for part in parts)) for side in (0, 1))
    whole = growth(current, base).value
    assert whole is not None
    summed = sum((contribution(D(now), D(then), base).value or D(0) for now, then in parts), D(0))
    assert abs(summed - whole) < D("1e-12")


def test_figure_says_why_it_is_null_and_a_growth_keeps_the_original_base() -> None:
    assert figure_of(None, "yuan", 0, 0).reason == "no_enterprises"
    assert figure_of(None, "yuan", 0, 3).reason == "not_reported"
    partial = figure_of(D(7), "yuan", 2, 3)
    assert (partial.value, partial.complete, partial.expected, partial.reason) == (D(7), 2, 3, None)
    restated, reported = figure_of(D(5), "yuan", 3, 3), figure_of(D(10), "yuan", 3, 3)
    told = growth_of(partial, restated, PriceBasis.CURRENT, reported)
    assert (told.rate, told.original_base, told.price_basis) == (D(40), reported, "current")
    assert ratio(D(3), D(0)).reason is Null.BASE_NOT_POSITIVE


@pytest.mark.parametrize(
    ("month", "line", "before", "expected"),
    [
        (MARCH, Line(D(10), None), D(20), Derived(D(10), D(30), cumulative_derived=True)),
        (MARCH, Line(None, D(35)), D(20), Derived(D(15), D(35), month_derived=True)),
        (MARCH, Line(D(10), D(30)), D(20), Derived(D(10), D(30))),
        (MARCH, Line(D(10), D(33)), D(20), Derived(D(10), D(33), disagreement=D(3))),
        (MARCH, Line(D(10), None), None, Derived(D(10), None, None, Unknown.MONTH_BEFORE_MISSING)),
        (MARCH, Line(None, D(30)), None, Derived(None, D(30), Unknown.MONTH_BEFORE_MISSING)),
        (date(2026, 1, 1), Line(D(10), None), D(99), Derived(D(10), D(10), cumulative_derived=True)),
        (date(2026, 1, 1), Line(None, D(12)), None, Derived(D(12), D(12), month_derived=True)),
        (MARCH, None, D(20), Derived(None, None, Unknown.NOT_SAID, Unknown.NOT_SAID)),
    ],
)
def test_month_and_year_follow_from_each_other_or_are_unknown(
    month: date, line: Line | None, before: Decimal | None, expected: Derived
) -> None:
    assert derive(OUTPUT, month, line, before) == expected


def test_stock_has_no_sum() -> None:
    level = derive(HEADS, MARCH, Line(D(120), None), D(118))
    assert (level.month, level.cumulative, level.disagreement) == (D(120), D(120), None)


def test_later_months_follow_the_final_edition_and_break_when_one_is_missing() -> None:
    said = {
        date(2026, 1, 1): {
            Edition.FLASH: {"output_value": Line(D(9))},
            Edition.FINAL: {"output_value": Line(D(10))},
        },
        date(2026, 2, 1): {Edition.FLASH: {"output_value": Line(D(20))}},
        date(2026, 4, 1): {Edition.FINAL: {"output_value": Line(D(5))}},
    }
    found = {
        (one.month.month, one.edition.value): (
            one.derived.cumulative,
            one.derived.cumulative_reason,
            one.is_latest,
        )
        for one in derive_months(CATALOGUE, said, {}, date(2026, 1, 1))
    }
    assert found == {
        (1, "flash"): (D(9), None, False),
        (1, "final"): (D(10), None, True),
        (2, "flash"): (D(30), None, True),
        (4, "final"): (None, Unknown.MONTH_BEFORE_MISSING, True),
    }
    # Begun later in the year, it goes on from what counted until then; not over a gap.
    later = derive_months(CATALOGUE, {MARCH: said[date(2026, 4, 1)]}, {"output_value": D(30)}, MARCH)
    assert later[0].derived.cumulative == D(35)
    gap = derive_months(CATALOGUE, {date(2026, 4, 1): said[date(2026, 4, 1)]}, {"output_value": D(30)}, MARCH)
    assert gap[0].derived.cumulative is None


@given(st.lists(st.integers(-(10**9), 10**9), min_size=12, max_size=12))
def test_year_said_by_months_equals_the_year_said_by_sums(values: list[int]) -> None:
    def year(lines: list[Line]) -> list[Derived]:
        said = {
            date(2026, number, 1): {Edition.FINAL: {"profit": line}} for number, line in enumerate(lines, start=1)
        }
        return [one.derived for one in derive_months(CATALOGUE, said, {}, date(2026, 1, 1))]

    by_month = year([Line(D(value)) for value in values])
    by_sum = year([Line(None, D(sum(values[: place + 1]))) for place in range(12)])
    assert [(one.month, one.cumulative) for one in by_month] == [(one.month, one.cumulative) for one in by_sum]


def test_lines_are_judged_by_the_catalogue() -> None:
    with pytest.raises(ReportUnsound) as unsound:
        demand_sound({"output_value": Line(D("1.5")), "steam": Line(D(1))}, CATALOGUE)
    assert [(one.code, one.pointer) for one in unsound.value.errors] == [
        ("economy_line.whole_yuan", "/lines/output_value/month_value"),
        ("economy_line.unknown_indicator", "/lines/steam"),
    ]
    with pytest.raises(ReportIncomplete):
        demand_complete({"profit": Line(D(1))}, CATALOGUE, Edition.FINAL)
    demand_complete({"profit": Line(D(1))}, CATALOGUE, Edition.FLASH)
    assert merged({"profit": Line(D(1)), "tax": Line(D(2))}, {"profit": Line(), "tax": Line(D(3))}) == {
        "tax": Line(D(3))
    }


def test_what_looks_wrong_is_asked_back_until_it_is_confirmed() -> None:
    rules = Rules([rule("jump", 50), rule("power_gap", 30)])
    before = {
        "output_value": Derived(D(100), D(300)),
        "power_kwh": Derived(D(100), D(300)),
        "profit": Derived(D(10), D(30)),
    }
    now = {
        "output_value": Derived(D(160), D(250), disagreement=D(-210)),
        "power_kwh": Derived(D(110), D(410)),
        "profit": Derived(D(-30), D(0)),
        "employees": Derived(D(-3), D(-3)),
    }
    found = doubts(CATALOGUE, now, before, rules, TOWN, MARCH)
    assert [one.key for one in found] == [
        (Doubt.MONTH_NOT_DIFFERENCE, "output_value"),
        (Doubt.CUMULATIVE_SMALLER, "output_value"),
        (Doubt.JUMP, "output_value"),
        (Doubt.JUMP, "profit"),
        (Doubt.SIGN, "employees"),
        (Doubt.POWER_AGAINST_OUTPUT, "power_kwh"),
    ]
    assert found[2].params == {"percent": "60.0", "limit": "50"}
    reasons = {one.key: "新线投产" for one in found[:-1]}
    with pytest.raises(WarningsUnconfirmed) as refused:
        confirmed(found, reasons)
    assert [one.code for one in refused.value.errors] == ["economy.warning.power_against_output"]
    assert all(one.reason for one in confirmed(found, reasons | {found[-1].key: "停产检修设备"}))
    assert doubts(CATALOGUE, now, before, Rules([]), TOWN, date(2026, 1, 1))[0].doubt is Doubt.MONTH_NOT_DIFFERENCE


def test_due_day_rolls_over_the_holiday_and_lateness_counts_in_working_days() -> None:
    calendar = WorkCalendar()
    rules = Rules([rule("final_due", 3, 5), rule("due_soon", 2), rule("final_due", 12, region_code="421221")])
    # The third of October lies in the national holiday, which ends on the seventh in 2026.
    due_on = due_day(rules, calendar, Edition.FINAL, date(2026, 9, 1), TOWN)
    assert due_on == date(2026, 10, 8)
    assert due_day(rules, calendar, Edition.FINAL, date(2026, 8, 1), "421221") == date(2026, 9, 14)
    assert due_day(rules, calendar, Edition.FLASH, date(2026, 8, 1), TOWN) is None
    owed = Owed(date(2026, 9, 1), Edition.FINAL, TOWN, EconomyStatus.DUE, due_on, None)

    def kinds(on: date, duty: Owed = owed) -> list[tuple[str, int]]:
        return [(one.kind, one.level) for one in findings(duty, rules, calendar, on)]

    assert kinds(date(2026, 9, 28)) == []
    assert kinds(date(2026, 9, 29)) == [(DUE_SOON, 1)]
    assert kinds(due_on) == [(DUE_SOON, 1)]
    assert kinds(date(2026, 10, 9)) == [(LATE, 1)]
    assert kinds(date(2026, 10, 15)) == [(LATE, 2)]
    assert kinds(date(2026, 10, 15), replace(owed, submitted_on=date(2026, 10, 8))) == []
    (late,) = findings(owed, rules, calendar, date(2026, 10, 10))
    assert "2026年9月月报应于 2026-10-08 前报送，已迟报 2 天（2 个工作日）" in late.explanation_zh


def series(*values: int | None, until: date = MARCH) -> dict[date, Decimal]:
    return {
        months.plus(until, place - len(values) + 1): D(value)
        for place, value in enumerate(values)
        if value is not None
    }


DIPS = Rules(
    [
        rule("dip_yoy", -10, -30, indicator="output_value"),
        rule("dip_mom", -50, indicator="output_value"),
        rule("dip_falls", 3, 5, indicator="output_value"),
        rule("dip_power", 5, 20),
    ]
)


@pytest.mark.parametrize(
    ("output", "power", "level", "words"),
    [
        ([100, *[None] * 11, 91], [], None, ""),
        ([100, *[None] * 11, 85], [], 1, "同比下降 15.0%（基数 100），低于限值 -10%"),
        ([100, *[None] * 11, 60], [], 2, "同比下降 40.0%"),
        ([0, *[None] * 11, 60], [], None, ""),
        ([100, 40], [], 1, "环比下降 60.0%"),
        ([100, 99, 98], [], None, ""),
        ([100, 99, 98, 97], [], 1, "连续 3 个月下降"),
        ([100, None, 99, 98, 97], [], None, ""),
        ([100, 99, 98, 97, 96, 95], [], 2, "连续 5 个月下降"),
        ([100, *[None] * 11, 94], [100, *[None] * 11, 110], 1, "产值同比下降 6.0%而用电量同比增长 10.0%"),
        ([100, *[None] * 11, 94], [100, *[None] * 11, 90], None, ""),
        ([100, 93], [100, 101], 1, "产值环比下降 7.0%而用电量环比增长 1.0%"),
    ],
)
def test_dip_is_told_with_its_figures(
    output: list[int | None], power: list[int | None], level: int | None, words: str
) -> None:
    known = {"output_value": series(*output), "power_kwh": series(*power)}
    found = judge(OUTPUT, MARCH, known, DIPS, TOWN, date(2026, 4, 15))
    assert (None if found is None else found.level) == level
    if found is not None:
        assert words in found.explanation_zh
        assert found.explanation_zh.startswith("2026年3月工业总产值")
        assert found.reference_on == date(2026, 3, 31)


def test_rule_for_all_is_one_for_flows() -> None:
    rules = Rules([rule("dip_yoy", 0)])
    known = {code: series(100, *[None] * 11, 50) for code in CATALOGUE}
    assert judge(HEADS, MARCH, known, rules, TOWN, date(2026, 4, 15)) is None
    assert judge(POWER, MARCH, known, rules, TOWN, date(2026, 4, 15)) is not None


@pytest.mark.parametrize(
    ("month", "current", "base", "year", "value", "reason"),
    [
        (11, D(586), D(440), D(480), D("639.2727"), None),
        (12, D(700), None, None, D(700), None),
        (11, None, D(440), D(480), None, Null.CURRENT_MISSING),
        (11, D(586), None, D(480), None, Null.YEAR_BEFORE_MISSING),
        (11, D(586), D(440), D(0), None, Null.SHARE_NOT_POSITIVE),
        (11, D(586), D(-1), D(480), None, Null.SHARE_NOT_POSITIVE),
    ],
)
def test_forecast_is_the_year_by_last_years_share_or_a_reason(
    month: int,
    current: Decimal | None,
    base: Decimal | None,
    year: Decimal | None,
    value: Decimal | None,
    reason: Null | None,
) -> None:
    told = forecast(month, current, base, year, D(600))
    assert (None if told.value is None else shown(told.value, 4)) == (None if value is None else shown(value, 4))
    assert told.reason is reason
    assert (told.attainment.value is None) == (value is None)
    assert forecast(month, current, base, year, None).attainment.reason is Null.NO_TARGET


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (rule("final_due", 31), "/value"),
        (rule("final_due", "2.5"), "/value"),
        (rule("jump", 0), "/value"),
        (rule("dip_yoy", -10, -5), "/level2_value"),
        (rule("dip_falls", 3, 2), "/level2_value"),
        (rule("jump", 50, 80), "/level2_value"),
        (rule("above_scale", 1, indicator="sales"), "/indicator"),
    ],
)
def test_rule_whose_numbers_contradict_its_kind_is_refused(given: EconomyRule, pointer: str) -> None:
    with pytest.raises(EconomyRuleUnsound) as refused:
        demand_rule(given)
    assert [one.pointer for one in refused.value.errors] == [pointer]


def test_months_are_whole() -> None:
    with pytest.raises(StandingMonth):
        demand_months(Standing(region_code=TOWN, sector_code="3140", valid_from=date(2026, 3, 2)))
    assert months.plus(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert months.last_day(date(2024, 2, 1)) == date(2024, 2, 29)


def sheet(head: list[Any], *rows: list[Any]) -> list[SheetRow]:
    return [SheetRow(number, cells) for number, cells in enumerate((head, *rows), start=1)]


def test_table_is_read_by_its_headings_with_their_units() -> None:
    rows = sheet(
        ["统一社会信用代码", "企业名称", "工业总产值（本月）（万元）", "工业总产值累计(元)", "用电量", "核实说明"],
        ["91350100M000100Y43", "x", Number("12.3456"), "1,000,000", "70", "新线"],
        ["", "y", Number("1"), "", "", ""],
        ["91350100M000100Y44", "z", Number("0.00001"), "abc", Number("46000", is_date=True), ""],
    )
    first, second, third = read_reports(rows, CATALOGUE)
    assert first.lines == {"output_value": Line(D("123456"), D("1000000")), "power_kwh": Line(D("70"))}
    assert (first.confirmation, first.faults) == ("新线", [])
    assert [one.code for one in second.faults] == ["economy_import.credit_code_missing"]
    assert [(one.code, one.column) for one in third.faults] == [
        ("economy_import.number_unreadable", "D"),
        ("economy_import.number_unreadable", "E"),
    ]
    assert third.lines["output_value"] == Line(D("0.1000"))


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (["credit_code", "output_value"], HeadUnsound),
        (["credit_code", "output value month(yuan)", "工业总产值本月(万元)"], HeadUnsound),
        (["credit_code", "steam(t)"], HeadUnfit),
        (["credit_code", "output value(kwh)"], HeadUnfit),
        (["name", "output value(yuan)"], HeadUnfit),
    ],
)
def test_heading_that_says_not_enough_or_too_much_is_refused(head: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        list(read_reports(sheet(head, ["91350100M000100Y43", "1", "2"]), CATALOGUE))
