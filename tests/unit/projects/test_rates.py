"""The five rates against cases worked by hand, and what must hold of any projects."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.projects.ledger.domain.acts import ActKind
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.rates.domain.facts import (
    COUNTED_ACTS,
    Act,
    Output,
    RateFacts,
    expected_months,
    trailing_year,
)
from services.projects.rates.domain.figures import Figure, rate_value, rates_of
from services.projects.rates.domain.grouping import (
    Grouping,
    Groups,
    Period,
    RegionLevel,
    division_of,
    period_of,
    region_at,
    sector_prefixes,
)
from services.projects.rates.domain.measures import MEASURES, Basis, Measure, Rate, Unusable, share_of

FULFILMENT, FULFILMENT_DUE = Measure(Rate.FULFILMENT, Basis.ALL), Measure(Rate.FULFILMENT, Basis.DUE)
FUNDS = Measure(Rate.FUNDS_IN_PLACE, Basis.ALL)
START, START_DUE = Measure(Rate.START, Basis.ALL), Measure(Rate.START, Basis.DUE)
COMMISSIONING, COMMISSIONING_DUE = Measure(Rate.COMMISSIONING, Basis.ALL), Measure(Rate.COMMISSIONING, Basis.DUE)
OUTPUT, TAX = Measure(Rate.OUTPUT_TO_INPUT, Basis.OUTPUT), Measure(Rate.OUTPUT_TO_INPUT, Basis.TAX)

D = date(2026, 6, 30)
WAN = 10_000


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def facts(number: int = 1, **known: Any) -> RateFacts:
    """A project signed on 1 February 2026 for 1,000万元, unless said otherwise."""
    standard: dict[str, Any] = {
        "project_id": UUID(int=number),
        "region_code": "421224101",
        "kind": ProjectKind.NEW_BUILD,
        "signed_on": date(2026, 2, 1),
        "contract_amount_yuan": 1000 * WAN,
    }
    return RateFacts(**standard | known)


def months(first: str, number: int, output: Output) -> dict[date, Output]:
    start = date.fromisoformat(first + "-01")
    at = [(start.year * 12 + start.month - 1 + offset) for offset in range(number)]
    return {date(index // 12, index % 12 + 1, 1): output for index in at}


def producing(first: str = "2025-07", number: int = 12, **known: Any) -> RateFacts:
    """In production since May 2025, 600万元 invested; 100万元 of output and 5万元 of tax in each month."""
    standard: dict[str, Any] = {
        "signed_on": date(2024, 1, 10),
        "started_on": date(2024, 3, 1),
        "in_production_on": date(2025, 5, 20),
        "investments": {date(2024, 4, 1): 400 * WAN, date(2025, 2, 1): 200 * WAN},
        "outputs": months(first, number, Output(100 * WAN, 5 * WAN)),
    }
    return facts(**standard | known)


ACT = Act(ActKind.REGISTRATION, date(2026, 4, 1), date(2026, 3, 15))
LATE = Act(ActKind.FUNDS, date(2026, 5, 1), None)

# What the project is, the day, the measure, and numerator/denominator (None: not in the cohort; a text: unusable).
CASES: dict[str, tuple[RateFacts, date, Measure, tuple[int, int] | str | None]] = {
    "never signed": (facts(signed_on=None), D, START, None),
    "signed on the day itself": (facts(signed_on=D), D, START, (0, 1)),
    "signed the day after": (facts(signed_on=D + timedelta(days=1)), D, START, None),
    # 履约率
    "a contract's act was done": (facts(acts=(ACT,)), D, FULFILMENT, (1, 1)),
    "the act was done after the day": (facts(acts=(ACT,)), date(2026, 3, 14), FULFILMENT, (0, 1)),
    "one of two acts is enough": (facts(acts=(LATE, ACT)), D, FULFILMENT, (1, 1)),
    "started, but the contract wants registration": (
        facts(acts=(replace(ACT, done_on=None),), started_on=date(2026, 3, 1)), D, FULFILMENT, (0, 1)),
    "no acts agreed: the start counts": (facts(started_on=date(2026, 3, 1)), D, FULFILMENT, (1, 1)),
    "no acts agreed: money counts": (facts(funds=((date(2026, 3, 1), WAN),)), D, FULFILMENT, (1, 1)),
    "no acts agreed, nothing happened": (facts(), D, FULFILMENT, (0, 1)),
    "no act is due yet": (facts(acts=(ACT,)), date(2026, 3, 31), FULFILMENT_DUE, None),
    "the act fell due today and is done": (facts(acts=(ACT,)), date(2026, 4, 1), FULFILMENT_DUE, (1, 1)),
    "the act is due and outstanding": (facts(acts=(LATE,)), D, FULFILMENT_DUE, (0, 1)),
    "no acts agreed: due by the planned start": (
        facts(start_due_on=date(2026, 5, 1)), D, FULFILMENT_DUE, (0, 1)),
    "an act without a date is never due": (facts(acts=(Act(ActKind.START),)), D, FULFILMENT_DUE, None),
    # 资金到位率
    "a quarter has arrived": (
        facts(funds=((date(2026, 3, 1), 150 * WAN), (D, 100 * WAN))), D, FUNDS, (250 * WAN, 1000 * WAN)),
    "what arrives later does not count": (
        facts(funds=((date(2026, 3, 1), 150 * WAN), (D, 100 * WAN))), date(2026, 6, 29), FUNDS,
        (150 * WAN, 1000 * WAN)),
    "more than agreed": (facts(funds=((D, 1200 * WAN),)), D, FUNDS, (1200 * WAN, 1000 * WAN)),
    "the contract's amount is not known": (
        facts(contract_amount_yuan=None, funds=((D, WAN),)), D, FUNDS, "contract_amount_missing"),
    "a contract over nothing": (facts(contract_amount_yuan=0), D, FUNDS, "contract_amount_zero"),
    # 开工率
    "started": (facts(started_on=date(2026, 6, 30)), D, START, (1, 1)),
    "a start taken back has no day": (facts(started_on=None), D, START, (0, 1)),
    "due to start, not started": (facts(start_due_on=D), D, START_DUE, (0, 1)),
    "started early, not due": (
        facts(start_due_on=date(2026, 8, 1), started_on=date(2026, 5, 1)), D, START_DUE, None),
    "due and started late": (
        facts(start_due_on=date(2026, 4, 1), started_on=date(2026, 6, 1)), D, START_DUE, (1, 1)),
    "due and started, looked at before": (
        facts(start_due_on=date(2026, 4, 1), started_on=date(2026, 6, 1)), date(2026, 5, 1), START_DUE, (0, 1)),
    # 投产率
    "not started: not asked": (facts(), D, COMMISSIONING, None),
    "started, not in production": (facts(started_on=date(2026, 3, 1)), D, COMMISSIONING, (0, 1)),
    "in production": (producing(), D, COMMISSIONING, (1, 1)),
    "tourism never produces": (
        facts(kind=ProjectKind.TOURISM, started_on=date(2026, 3, 1)), D, COMMISSIONING, None),
    "due to produce and does not": (
        facts(started_on=date(2026, 3, 1), production_due_on=D), D, COMMISSIONING_DUE, (0, 1)),
    "due to produce, but never started": (facts(production_due_on=D), D, COMMISSIONING_DUE, None),
    # 投入产出率
    "a whole year": (producing(), D, OUTPUT, (1200 * WAN, 600 * WAN)),
    "a whole year's tax": (producing(), D, TAX, (60 * WAN, 600 * WAN)),
    "June is over only at its end": (
        producing("2025-05", 13), date(2026, 6, 29), OUTPUT, (1200 * WAN, 600 * WAN)),
    "a month of output is missing": (producing(number=11), D, OUTPUT, "output_missing"),
    "a month's tax is missing": (
        producing(outputs=months("2025-07", 12, Output(100 * WAN, None))), D, TAX, "tax_missing"),
    "reported as nothing is not missing": (
        producing(outputs=months("2025-07", 12, Output(0, 0))), D, OUTPUT, (0, 600 * WAN)),
    "three months in production": (
        producing("2026-04", 3, in_production_on=date(2026, 4, 1)), D, OUTPUT, (300 * WAN, 600 * WAN)),
    "the month it began in counts as far as it is known": (
        producing("2026-03", 4, in_production_on=date(2026, 3, 12)), D, OUTPUT, (400 * WAN, 600 * WAN)),
    "in production since this month": (
        producing(in_production_on=date(2026, 6, 2), outputs={}), D, OUTPUT, "no_full_month"),
    "investment is not known": (producing(investments={}), D, OUTPUT, "investment_missing"),
    "investment of nothing": (producing(investments={date(2024, 4, 1): 0}), D, OUTPUT, "investment_zero"),
    "investment of a later month does not count": (
        producing(investments={date(2024, 4, 1): 600 * WAN, date(2026, 7, 1): WAN}), D, OUTPUT,
        (1200 * WAN, 600 * WAN)),
    "not in production": (facts(started_on=date(2026, 3, 1)), D, OUTPUT, None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_project_contributes_as_worked_by_hand(case: str) -> None:
    project, as_of, measure, expected = CASES[case]
    share = share_of(project, measure, as_of)
    if isinstance(expected, tuple):
        assert not isinstance(share, Unusable)
        assert share is not None
        assert (share.numerator, share.denominator) == expected
    else:
        assert share == expected


def test_rates_of_several_projects_are_as_worked_by_hand() -> None:
    projects = [
        facts(1, started_on=date(2026, 3, 1), start_due_on=date(2026, 3, 1), funds=((D, 400 * WAN),)),
        facts(2, start_due_on=date(2026, 4, 1), contract_amount_yuan=2000 * WAN),
        facts(3, start_due_on=date(2026, 9, 1), contract_amount_yuan=None),
        facts(4, signed_on=date(2026, 7, 1)),
        producing(project_id=UUID(int=5), contract_amount_yuan=500 * WAN),
    ]
    figures = rates_of(projects, D)[()]
    shown = {measure: (figure.numerator, figure.denominator, figure.value) for measure, figure in figures.items()}
    assert shown == {
        FULFILMENT: (2, 4, Decimal("0.500000")),
        FULFILMENT_DUE: (1, 2, Decimal("0.500000")),
        FUNDS: (400 * WAN, 3500 * WAN, Decimal("0.114286")),
        START: (2, 4, Decimal("0.500000")),
        START_DUE: (1, 2, Decimal("0.500000")),
        COMMISSIONING: (1, 2, Decimal("0.500000")),
        COMMISSIONING_DUE: (0, 0, None),
        OUTPUT: (1200 * WAN, 600 * WAN, Decimal("2.000000")),
        TAX: (60 * WAN, 600 * WAN, Decimal("0.100000")),
    }
    assert [identity.int for identity in figures[START].numerator_ids] == [1, 5]
    assert [identity.int for identity in figures[START].denominator_ids] == [1, 2, 3, 5]
    assert figures[FUNDS].unusable == {UUID(int=3): Unusable.CONTRACT_AMOUNT_MISSING}


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"),
    [
        (0, 0, None),
        (0, 3, "0.000000"),
        (1, 3, "0.333333"),
        (2, 3, "0.666667"),
        (1, 2_000_000, "0.000000"),
        (3, 2_000_000, "0.000002"),
        (999_999_999_999_999, 999_999_999_999_998, "1.000000"),
    ],
)
def test_value_has_six_decimals_when_divided(numerator: int, denominator: int, value: str | None) -> None:
    shown = rate_value(numerator, denominator)
    assert (None if shown is None else str(shown)) == value


@pytest.mark.parametrize(
    ("as_of", "first", "end"),
    [
        ("2026-06-30", "2025-07-01", "2026-07-01"),
        ("2026-06-29", "2025-06-01", "2026-06-01"),
        ("2025-12-31", "2025-01-01", "2026-01-01"),
        ("2024-02-28", "2023-02-01", "2024-02-01"),
        ("2024-02-29", "2023-03-01", "2024-03-01"),
    ],
)
def test_trailing_year_is_twelve_months_that_are_over(as_of: str, first: str, end: str) -> None:
    year = trailing_year(date.fromisoformat(as_of))
    assert (year.first, year.end) == (day(first), day(end))


def test_months_expected_begin_with_the_first_whole_one() -> None:
    assert expected_months(date(2020, 1, 1), D) == 12
    assert expected_months(date(2026, 4, 1), D) == 3
    assert expected_months(date(2026, 4, 2), D) == 2
    assert expected_months(date(2026, 6, 2), D) == 0


@pytest.mark.parametrize(
    ("code", "level", "region"),
    [
        ("421224101", RegionLevel.TOWNSHIP, "421224101"),
        ("421224101", RegionLevel.COUNTY, "421224"),
        ("421224101", RegionLevel.CITY, "421200"),
        ("421224101", RegionLevel.PROVINCE, "420000"),
        ("429004", RegionLevel.CITY, "429000"),
        ("421200", RegionLevel.COUNTY, "421200"),
        ("420000", RegionLevel.CITY, "420000"),
    ],
)
def test_region_rolls_up_to_its_level(code: str, level: RegionLevel, region: str) -> None:
    assert region_at(code, level) == region


def test_sectors_and_periods() -> None:
    assert [division_of(code) for code in ("3140", "C3140", "C", "31")] == ["31", "31", "C", "31"]
    shown = [period_of(date(2026, 7, 1), period) for period in Period]
    assert shown == ["2026", "2026-H2", "2026-Q3", "2026-07"]
    assert period_of(date(2026, 6, 30), Period.HALF) == "2026-H1"
    assert "C31" in sector_prefixes("31")
    assert sector_prefixes("C31") == ("31", "C31")
    assert sector_prefixes("D") == ("D", "44", "45", "46")
    with pytest.raises(ValueError, match="no sector"):
        sector_prefixes("3140x")


FIRST, SPAN = date(2024, 1, 1), 1460


def random_project(seed: int) -> RateFacts:
    """Days of stages in the ledger's order: none is reached before the one it follows."""
    dice = random.Random(seed)

    def on(share: float = 1.0) -> date | None:
        return FIRST + timedelta(days=dice.randrange(SPAN)) if dice.random() < share else None

    def month() -> date:
        return date(2024 + dice.randrange(4), dice.randrange(12) + 1, 1)

    def amount() -> int | None:
        return dice.choice((None, 0, 1, dice.randrange(10**12)))

    reached = sorted(filter(None, (on() for _ in range(dice.randrange(4)))))
    signed, started, produced = [*reached, None, None, None][:3]
    return RateFacts(
        project_id=UUID(int=dice.getrandbits(128)),
        region_code=dice.choice(("421224101", "421224", "421221", "421200", "429004", "430100")),
        kind=dice.choice(list(ProjectKind)),
        park_code=dice.choice((None, "P1", "P2")),
        sector_code=dice.choice((None, "3140", "C3140", "44")),
        channel=dice.choice((None, "resource", "brand")),
        signed_on=signed,
        start_due_on=on(0.7),
        started_on=started,
        production_due_on=on(0.7),
        in_production_on=produced,
        contract_amount_yuan=amount(),
        acts=tuple(Act(dice.choice(COUNTED_ACTS), on(0.8), on(0.5)) for _ in range(dice.randrange(3))),
        funds=tuple((on() or D, dice.randrange(1, 10**12)) for _ in range(dice.randrange(4))),
        investments={month(): amount() or 0 for _ in range(dice.randrange(4))},
        outputs={month(): Output(amount(), amount()) for _ in range(dice.choice((0, 5, 200)))},
    )


drawn = settings(max_examples=60, deadline=None)
days = st.dates(FIRST, FIRST + timedelta(days=SPAN))
# By their seeds: drawn field by field a list of projects takes longer than all that is asked of it.
one_project = st.integers(0, 2**32).map(random_project)
many = st.lists(one_project, max_size=8, unique_by=lambda project: project.project_id)


@drawn
@given(many, days)
def test_shares_of_projects_are_never_over_one(projects: list[RateFacts], as_of: date) -> None:
    for figures in rates_of(projects, as_of).values():
        for measure, figure in figures.items():
            assert set(figure.numerator_ids) <= set(figure.denominator_ids)
            assert not set(figure.denominator_ids) & set(figure.unusable)
            assert (figure.value is None) == (figure.denominator == 0)
            if measure.rate not in {Rate.FUNDS_IN_PLACE, Rate.OUTPUT_TO_INPUT}:
                assert figure.value is None or 0 <= figure.value <= 1
                assert figure.denominator == len(figure.denominator_ids)


@drawn
@given(many, one_project, days)
def test_project_outside_of_the_cohort_changes_nothing(
    projects: list[RateFacts], other: RateFacts, as_of: date
) -> None:
    outsider = replace(other, signed_on=as_of + timedelta(days=1))
    assert rates_of([*projects, outsider], as_of) == rates_of(projects, as_of)


@drawn
@given(many, days, st.lists(st.sampled_from(Grouping), max_size=2, unique=True), st.sampled_from(RegionLevel))
def test_groups_add_up_to_the_whole(
    projects: list[RateFacts], as_of: date, by: list[Grouping], level: RegionLevel
) -> None:
    whole = rates_of(projects, as_of).get((), {measure: Figure() for measure in MEASURES})
    groups = rates_of(projects, as_of, Groups(tuple(by), level, Period.QUARTER)).values()
    for measure in MEASURES:
        parts = [figures[measure] for figures in groups]
        assert sum(part.numerator for part in parts) == whole[measure].numerator
        assert sum(part.denominator for part in parts) == whole[measure].denominator
        joined = [identity for part in parts for identity in part.denominator_ids]
        assert sorted(joined) == sorted(whole[measure].denominator_ids)


@drawn
@given(many, days, days)
def test_what_was_ever_reached_stays_reached(projects: list[RateFacts], one: date, other: date) -> None:
    before, after = sorted((one, other))
    earlier, later = (
        rates_of(projects, on).get((), {measure: Figure() for measure in MEASURES}) for on in (before, after)
    )
    for measure in (FULFILMENT, FULFILMENT_DUE, START, START_DUE, COMMISSIONING, COMMISSIONING_DUE, FUNDS):
        assert set(earlier[measure].numerator_ids) <= set(later[measure].numerator_ids)
        assert set(earlier[measure].denominator_ids) <= set(later[measure].denominator_ids)
        assert earlier[measure].numerator <= later[measure].numerator
