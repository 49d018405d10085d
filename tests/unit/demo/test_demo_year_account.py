"""The year's account of the demo: the texts' figures are sums of enterprises' rows, and goals are no actuals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.dataset import economy, enterprises, facts, goals, report_tables, support
from deploy.demo.dataset.records import LABEL
from deploy.demo.dataset.registry import CITY, COUNTY, PEOPLE, UNITS, XINCUN

NOVEMBER, DECEMBER = date(2025, 11, 1), date(2025, 12, 1)


def growth(what: str, region: str, month: date) -> Decimal:
    now, then = (report_tables.total(what, region, month.replace(year=month.year - back)) for back in (0, 1))
    return (Decimal(now - then) / then * 100).quantize(Decimal("0.1"))


@given(st.integers(0, 10**12), st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any))
def test_parts_sum_to_the_whole_and_are_off_by_less_than_one(amount: int, shares: list[int]) -> None:
    parts = economy.deal(amount, shares)
    assert sum(parts) == amount
    assert all(
        abs(part - Decimal(amount) * share / sum(shares)) < 1 for part, share in zip(parts, shares, strict=True)
    )


def test_the_citys_year_to_november_comes_out_of_the_rows() -> None:
    assert report_tables.total(economy.OUTPUT, CITY, NOVEMBER) == facts.CITY_OUTPUT_YUAN == 5_860_000_000
    assert report_tables.total(economy.VALUE_ADDED, CITY, NOVEMBER) == facts.CITY_VALUE_ADDED_YUAN == 1_879_000_000
    assert (growth(economy.OUTPUT, CITY, NOVEMBER), growth(economy.VALUE_ADDED, CITY, NOVEMBER)) == (
        Decimal("15.3"),
        Decimal("10.3"),
    )


def test_its_targets_are_reached_in_november_and_not_before() -> None:
    for goal in goals.GOALS:
        if goal.region == CITY and goal.last_year == goals.LAST_YEAR:
            october, november = (
                report_tables.total(goal.indicator, CITY, date(2025, month, 1)) for month in (10, 11)
            )
            assert october < goal.amount < november


def test_the_county_grew_as_its_text_says_and_missed_one_target() -> None:
    assert growth(economy.VALUE_ADDED, COUNTY, DECEMBER) == facts.COUNTY_VALUE_ADDED_GROWTH
    furnaces = [one for one in enterprises.ALL if one.sector_code == enterprises.FERROALLOY]
    assert sum(sum(economy.years()[one.credit_code][2025][economy.OUTPUT]) for one in furnaces) == 470_000_000
    assert report_tables.total(economy.TAX, COUNTY, DECEMBER) < goals.COUNTY_TAX_TARGET_YUAN


def test_the_towns_goals_are_its_last_years_rows_and_their_growth() -> None:
    for what, goal, percent in (
        (economy.VALUE_ADDED, facts.XINCUN_VALUE_ADDED_GOAL_YUAN, facts.XINCUN_VALUE_ADDED_GROWTH),
        (economy.SALES, facts.XINCUN_SALES_GOAL_YUAN, facts.XINCUN_SALES_GROWTH),
    ):
        base = report_tables.total(what, XINCUN, DECEMBER)
        assert abs(base * (100 + percent) / 100 - goal) <= 1
        # This year's rows lead nowhere near the goal of growth, which nobody reported as reached.
        assert report_tables.total(what, XINCUN, economy.LAST) < goal


def test_twenty_four_months_are_reported_and_only_the_silent_are_left_out() -> None:
    months = report_tables.reported_months()
    assert (len(months), months[0], months[-1]) == (24, date(2024, 9, 1), date(2026, 8, 1))
    rows = report_tables.table(economy.LAST, leave_out=economy.SILENT).splitlines()
    assert len(rows) == 1 + len(enterprises.REPORTING) - len(economy.SILENT)
    assert all(LABEL in row for row in rows[1:])
    assert all(one.name.endswith(LABEL) for one in enterprises.REPORTING)
    codes = [one.credit_code for one in enterprises.REPORTING]
    assert len(set(codes)) == len(codes)


def test_months_move_less_than_the_rules_ask_about() -> None:
    """Else everybody would have to be asked, and dips would be told of all."""
    rows = economy.years()
    for one in enterprises.REPORTING:
        flow = [rows[one.credit_code][year][economy.OUTPUT] for year in (2024, 2025, 2026)]
        series = [value for year in flow for value in year][: 2 * 12 + economy.LAST.month]
        moves = [Decimal(now - then) / then for then, now in pairwise(series)]
        assert max(moves) < Decimal("0.5")
        is_dip = min(moves) < Decimal("-0.3")
        assert is_dip == (one.name == economy.DIPPED + LABEL), one.name


def test_lists_and_claims_name_whom_the_figures_bear_out() -> None:
    assert len(support.key_state_enterprises()) == facts.KEY_STATE_ENTERPRISES
    rows = economy.years()
    sales = {
        one.name.removesuffix(LABEL): sum(rows[one.credit_code][2025][economy.SALES])
        for one in enterprises.ALL
        if one.region_code.startswith(COUNTY)
    }
    assert {name for name, amount in sales.items() if amount >= facts.YI} == set(support.LARGE)
    assert all(sales[claim.enterprise] >= 20_000_000 for claim in support.CLAIMS)
    granted = sum(claim.principal_yuan * 14 // 1000 for claim in support.CLAIMS)
    assert granted <= support.BUDGET_YUAN


def test_goals_and_letters_name_units_and_people_that_are_loaded() -> None:
    units, people = {unit.code for unit in UNITS}, {person.key: person for person in PEOPLE}
    assert len({goal.code for goal in goals.GOALS}) == len(goals.GOALS)
    for goal in goals.GOALS:
        unit, person = goal.answers
        assert unit in units
        assert person is None or people[person].unit_code == unit
    for letter in goals.LETTERS:
        assert people[letter.issuer_person].unit_code == letter.issuer
        assert people[letter.person].unit_code == letter.unit
