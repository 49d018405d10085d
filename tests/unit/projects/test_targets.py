"""Targets: what goes together, how children divide their parent, pace and light, scores, and the letter's text."""

from __future__ import annotations

import re
import zipfile
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from services.projects.economy.domain.months import plus
from services.projects.instructions.printing import DOCX, HTML, PDF
from services.projects.targets.domain import wording
from services.projects.targets.domain.accounts import Scored, assess, is_missed, party_score
from services.projects.targets.domain.goals import (
    Counting,
    Direction,
    Goal,
    Milestone,
    Profile,
    SplitBy,
    demand_acyclic,
    misfits,
    splits_of,
    too_deep,
)
from services.projects.targets.domain.indicators import Indicator, Nature
from services.projects.targets.domain.letters import Side, Signature, Term, letter_text, says_the_same
from services.projects.targets.domain.pace import Pace, completion_percent, judge, season_of
from services.projects.targets.domain.rules import PaceRule, ScoreRule
from services.projects.targets.domain.scopes import Scope, ScopeType
from services.projects.targets.domain.standing import Lacking, Light, Verdict
from services.projects.targets.printing import render

YI = Decimal(100_000_000)
OUTPUT = Indicator("output_value", "工业总产值", "output value", "yuan", "元", "yuan", Nature.FLOW, "economy", "x")
PROJECTS = Indicator(
    "signed", "签约项目", "projects", "project", "个", "projects", Nature.FLOW, "ledger", "signed"
)
STAFF = Indicator("employees", "从业人员", "employees", "person", "人", "persons", Nature.STOCK, "economy", "x")
GROWTH = Indicator("growth", "增加值增幅", "growth", "percent", "%", "%", Nature.RATE, "economy", "x")
COUNTY = Scope(ScopeType.REGION, "421224")
RULE, SCORE = PaceRule(), ScoreRule()
JANUARY = date(2026, 1, 1)


def a_goal(amount: Any = 1200, **facts: Any) -> Goal:
    usual: dict[str, Any] = {
        "id": UUID(int=1),
        "parent_id": None,
        "code": "T",
        "indicator": OUTPUT,
        "scope": COUNTY,
        "first_year": 2026,
        "last_year": 2026,
        "direction": Direction.AT_LEAST,
        "counting": Counting.TOTAL,
        "amount": Decimal(amount),
    }
    return Goal(**(usual | facts))


def plainly(*values: Any) -> tuple[Any, ...]:
    """Numbers are compared as numbers, whatever their types."""
    return values


def months(*values: Any, first: date = JANUARY) -> dict[date, Decimal | None]:
    return {plus(first, place): None if value is None else Decimal(value) for place, value in enumerate(values)}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"last_year": 2025}, "/last_year"),
        ({"last_year": 2046}, "/last_year"),
        ({"amount": Decimal(-1)}, "/amount"),
        ({"indicator": STAFF, "counting": Counting.FINAL_YEAR}, "/counting"),
        ({"profile": Profile.MILESTONES}, "/milestones"),
        ({"milestones": (Milestone(JANUARY, Decimal(100)),)}, "/milestones"),
        (
            {"profile": Profile.MILESTONES, "milestones": (Milestone(date(2027, 1, 1), Decimal(100)),)},
            "/milestones/0/month",
        ),
        (
            {"profile": Profile.MILESTONES, "milestones": (Milestone(JANUARY, Decimal(90)),)},
            "/milestones/0/percent",
        ),
        ({"scope": Scope(ScopeType.UNIT, "421224")}, "/unit_id"),
        ({"scope": Scope(ScopeType.REGION, "421224", park_code="STONE")}, "/park_code"),
    ],
)
def test_target_names_the_field_that_does_not_fit(facts: dict[str, Any], field: str) -> None:
    assert field in [fault.pointer for fault in a_goal(**facts).faults()]


def test_growth_may_be_asked_for_below_nought() -> None:
    assert a_goal(-5, indicator=GROWTH).faults() == []


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"indicator": PROJECTS}, "/indicator_code"),
        ({"first_year": 2025}, "/first_year"),
        ({"last_year": 2027}, "/last_year"),
        ({"scope": Scope(ScopeType.REGION, "421221")}, "/region_code"),
        ({"direction": Direction.AT_MOST}, "/direction"),
    ],
)
def test_child_that_does_not_fit_its_parent_names_the_field(facts: dict[str, Any], field: str) -> None:
    assert [fault.pointer for fault in misfits(a_goal(**facts), a_goal())] == [field]
    assert misfits(a_goal(scope=Scope(ScopeType.REGION, "421224101")), a_goal()) == []


def test_circles_are_found_and_ways_into_them_are_not() -> None:
    assert too_deep({str(level): str(level - 1) if level else None for level in range(22)}) == ["20", "21"]
    assert demand_acyclic({"a": "b", "b": "c", "c": "a", "d": "a", "e": None, "f": "outside"}) == ["a", "b", "c"]


def test_division_shows_what_is_left_over_and_who_is_left_out() -> None:
    children = [
        a_goal(700, id=UUID(int=2), scope=Scope(ScopeType.REGION, "421224101")),
        a_goal(400, id=UUID(int=3), scope=Scope(ScopeType.REGION, "421224102")),
        a_goal(1300, id=UUID(int=4), scope=Scope(ScopeType.UNIT, "421224", unit_id=UUID(int=9))),
    ]
    by_region, by_unit = splits_of(a_goal(), children, ["421224101", "421224102", "421224103"])
    assert plainly(by_region.by, by_region.total, by_region.difference) == (SplitBy.REGION, 1100, 100)
    assert by_region.missing == ("421224103",)
    # More was put on the units than the county has to bring.
    assert plainly(by_unit.by, by_unit.difference, by_unit.missing) == (SplitBy.UNIT, -100, ())


def test_years_of_a_total_add_up_and_those_of_a_final_year_do_not() -> None:
    three = {"last_year": 2028}
    years = [
        a_goal(amount, id=UUID(int=year), first_year=year, last_year=year)
        for year, amount in ((2026, 500), (2028, 600))
    ]
    (total,) = splits_of(a_goal(1600, **three), years)
    assert plainly(total.by, total.total, total.difference, total.missing) == (SplitBy.YEARS, 1100, 500, ("2027",))
    (final,) = splits_of(a_goal(600, counting=Counting.FINAL_YEAR, **three), years)
    assert plainly(final.total, final.difference) == (600, 0)
    (rates,) = splits_of(a_goal(60, indicator=GROWTH), [a_goal(55, indicator=GROWTH, id=UUID(int=2))])
    assert (rates.total, rates.difference) == (None, None)


def test_city_that_passed_its_year_in_november_is_shown_as_exceeding_it() -> None:
    goal = a_goal(Decimal("58.0") * YI)
    figures = months(*[Decimal("5.3") * YI] * 10, Decimal("5.6") * YI)
    november = judge(Pace(goal), figures, date(2026, 11, 1), RULE)
    assert (november.verdict, november.light, november.reached_in) == (
        Verdict.EXCEEDED,
        Light.GREEN,
        date(2026, 11, 1),
    )
    assert november.so_far is not None
    assert november.so_far.actual == Decimal("58.6") * YI
    # October, the last month that is over, had not reached it.
    assert november.latest is not None
    assert november.latest.month == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("actual", "light", "verdict"),
    [
        (500, Light.GREEN, Verdict.ON_PACE),
        (481, Light.GREEN, Verdict.ON_PACE),
        # 600 are due by June: ten points of 1200 behind are 480.
        (480, Light.YELLOW, Verdict.BEHIND),
        (240, Light.YELLOW, Verdict.BEHIND),
        (239, Light.RED, Verdict.FAR_BEHIND),
    ],
)
def test_light_follows_the_points_behind_the_pace(actual: int, light: Light, verdict: Verdict) -> None:
    standing = judge(Pace(a_goal()), months(0, 0, 0, 0, 0, actual), date(2026, 7, 1), RULE)
    assert (standing.light, standing.verdict) == (light, verdict)
    assert standing.behind_points == 50 - Decimal(actual) / 12


def test_ceiling_is_behind_when_it_is_used_up_faster_and_missed_as_soon_as_it_is_passed() -> None:
    ceiling = a_goal(direction=Direction.AT_MOST)
    faster = judge(Pace(ceiling), months(200, 200, 200), date(2026, 4, 1), RULE)
    assert plainly(faster.light, faster.behind_points) == (Light.YELLOW, 25)
    passed = judge(Pace(ceiling), months(600, 601), date(2026, 3, 1), RULE)
    assert (passed.verdict, passed.light) == (Verdict.MISSED, Light.RED)
    kept = judge(Pace(ceiling), months(*[100] * 12), date(2027, 1, 1), RULE)
    assert kept.verdict is Verdict.REACHED
    nothing = a_goal(0, direction=Direction.AT_MOST)
    assert judge(Pace(nothing), months(0, 0), date(2026, 3, 1), RULE).light is Light.GREEN
    assert judge(Pace(nothing), months(0, 1), date(2026, 3, 1), RULE).verdict is Verdict.MISSED


def test_what_is_not_known_is_neither_met_nor_missed() -> None:
    standing = judge(Pace(a_goal()), months(100, None, 100), date(2026, 4, 1), RULE)
    assert standing.latest is not None
    assert (standing.latest.month, standing.unknown) == (JANUARY, (date(2026, 2, 1),))
    over = judge(Pace(a_goal()), months(*[90] * 5, None, *[90] * 6), date(2027, 1, 1), RULE)
    assert (over.verdict, over.light, over.lacking) == (Verdict.UNKNOWN, None, Lacking.MONTH_UNKNOWN)
    early = judge(Pace(a_goal()), {}, date(2025, 12, 1), RULE)
    assert (early.verdict, early.lacking) == (Verdict.PENDING, Lacking.NOT_BEGUN)


def test_seasonal_pace_takes_the_whole_years_before_and_falls_to_linear_without_one() -> None:
    year = [Decimal(value) for value in (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 13)]
    goal = a_goal(profile=Profile.SEASONAL)
    pace = Pace(goal, season_of([year, [*year[:-1], None]]))
    assert plainly(pace.profile, pace.planned(date(2026, 6, 1)), pace.planned(date(2026, 12, 1))) == (
        Profile.SEASONAL,
        300,
        1200,
    )
    assert judge(pace, months(*[50] * 6), date(2026, 7, 1), RULE).light is Light.GREEN
    unknown = Pace(goal, season_of([[*year[:-1], None]]))
    assert plainly(unknown.profile, unknown.planned(date(2026, 6, 1))) == (Profile.LINEAR, 600)


def test_milestones_are_due_when_they_come_and_nothing_before() -> None:
    steps = (Milestone(date(2026, 6, 1), Decimal(40)), Milestone(date(2026, 12, 1), Decimal(100)))
    pace = Pace(a_goal(profile=Profile.MILESTONES, milestones=steps))
    assert [pace.planned(date(2026, month, 1)) for month in (5, 6, 11, 12)] == [0, 480, 480, 1200]


def test_industry_that_is_to_grow_to_its_last_year_is_judged_year_by_year() -> None:
    # 冶金辅料 from 3亿 to 13亿 in three years.
    goal = a_goal(
        13 * YI, last_year=2028, counting=Counting.FINAL_YEAR, base_amount=3 * YI, profile=Profile.LINEAR
    )
    pace = Pace(goal)
    assert pace.planned(date(2027, 6, 1)) == (3 * YI + 10 * YI * 2 / 3) / 2
    early = judge(pace, months(*[2 * YI] * 12), date(2027, 1, 1), RULE)
    # 24亿 in the first year is more than the last one is to bring, and yet the last year decides.
    assert early.verdict is Verdict.ON_PACE
    last = months(*[YI] * 11, 3 * YI, first=date(2028, 1, 1))
    assert judge(pace, months(*[2 * YI] * 24) | last, date(2029, 1, 1), RULE).verdict is Verdict.EXCEEDED


def test_stock_without_a_base_has_no_pace_until_its_end() -> None:
    goal = a_goal(120, indicator=STAFF)
    standing = judge(Pace(goal), months(90, 95), date(2026, 3, 1), RULE)
    assert (standing.light, standing.lacking) == (None, Lacking.BASE_UNKNOWN)
    based = judge(Pace(replace(goal, base_amount=Decimal(60))), months(90, None, 62), date(2026, 4, 1), RULE)
    assert (based.light, based.behind_points) == (Light.YELLOW, (75 - Decimal(62)) / Decimal("1.2"))


def test_growth_is_held_against_growth_in_points_and_decided_by_the_year() -> None:
    goal = a_goal(60, indicator=GROWTH)
    ahead = judge(Pace(goal), months(70, 65), date(2026, 3, 1), RULE)
    assert plainly(ahead.verdict, ahead.behind_points) == (Verdict.ON_PACE, -5)
    behind = judge(Pace(goal), months(48), date(2026, 2, 1), RULE)
    assert plainly(behind.light, behind.behind_points) == (Light.YELLOW, 12)
    final = judge(Pace(goal), {date(2026, 12, 1): Decimal("48.6")}, date(2027, 1, 1), RULE)
    assert final.verdict is Verdict.MISSED


@given(
    values=st.lists(st.decimals(0, 10**12, places=2), min_size=1, max_size=12),
    amount=st.decimals(1, 10**13, places=2),
)
def test_points_add_up_and_light_and_verdict_agree(values: list[Decimal], amount: Decimal) -> None:
    standing = judge(Pace(a_goal(amount)), months(*values), plus(JANUARY, len(values)), RULE)
    assert standing.latest is not None
    assert standing.latest.actual == sum(values)
    if sum(values) >= amount:
        assert standing.verdict in {Verdict.REACHED, Verdict.EXCEEDED}
    elif len(values) == 12:
        assert standing.verdict is Verdict.MISSED
    else:
        expected = {
            Light.GREEN: Verdict.ON_PACE,
            Light.YELLOW: Verdict.BEHIND,
            Light.RED: Verdict.FAR_BEHIND,
        }
        assert standing.light is not None
        assert standing.verdict is expected[standing.light]


@pytest.mark.parametrize(
    ("completion", "score"),
    [("59.99", 0), ("60", 60), ("92.49", "92.49"), ("100", 100), ("110", 105), ("300", 110)],
)
def test_score_is_nought_then_the_share_then_a_bonus_with_an_end(completion: str, score: Any) -> None:
    assert SCORE.score(Decimal(completion)) == Decimal(score)


def test_completion_of_a_ceiling_is_how_much_of_it_would_have_sufficed() -> None:
    ceiling = a_goal(direction=Direction.AT_MOST)
    assert completion_percent(ceiling, Decimal(100), Decimal(80)) == 100
    assert completion_percent(ceiling, Decimal(100), Decimal(125)) == 80
    assert completion_percent(a_goal(indicator=GROWTH), Decimal(-5), Decimal(-3)) is None
    assert completion_percent(a_goal(), None, Decimal(3)) is None


def test_quarter_is_assessed_by_its_pace_and_the_year_by_its_amount() -> None:
    figures = months(*[90] * 12)
    quarter = assess(Pace(a_goal()), figures, date(2026, 3, 1), date(2026, 4, 1), RULE, SCORE)
    assert plainly(quarter.planned, quarter.actual, quarter.score, quarter.is_final) == (300, 270, 90, False)
    assert not is_missed(quarter)
    year = assess(Pace(a_goal()), figures, date(2026, 12, 1), date(2027, 1, 1), RULE, SCORE)
    assert plainly(year.planned, year.actual, year.completion_percent, is_missed(year)) == (1200, 1080, 90, True)
    unknown = assess(Pace(a_goal()), months(90, 90), date(2026, 3, 1), date(2026, 4, 1), RULE, SCORE)
    assert (unknown.score, unknown.reason, unknown.is_done) == (None, "month_unknown", None)


def test_partys_score_is_weighed_and_leaves_out_what_is_unknown() -> None:
    entries = [
        Scored(UUID(int=1), Decimal(3), Decimal(90)),
        Scored(UUID(int=2), Decimal(1), Decimal(50)),
        Scored(UUID(int=3), Decimal(9), None),
    ]
    score = party_score(entries)
    assert plainly(score.score, score.unknown) == (80, (UUID(int=3),))
    assert party_score([entries[2]]).score is None


def test_warning_says_the_figures_in_both_languages() -> None:
    goal = a_goal(4 * YI + YI / 2)
    standing = judge(Pace(goal), months(*[1_000_000] * 6), date(2026, 7, 1), RULE)
    zh, en = wording.behind(goal, standing)
    assert zh == (
        "截至2026年6月，工业总产值600万元，序时应达2.25亿元，落后序时进度48.67个百分点（目标不低于4.5亿元）。"
    )
    assert "600 ten thousand yuan" in en
    assert "48.67 points behind the pace" in en


TERM = Term(
    target_id="1",
    code="T",
    name="通山县2026年完成投资<一>",
    indicator="完成投资",
    scope="通山县",
    first_year=2026,
    last_year=2026,
    direction="at_least",
    amount="450000000",
    unit="yuan",
    unit_zh="元",
    weight="1",
    version=3,
)


def test_letter_is_printed_with_its_targets_and_signatures() -> None:
    text = letter_text(
        number="421224-2026-1",
        year=2026,
        revision=2,
        supplement=0,
        main_number="",
        issuer_unit="县人民政府",
        unit="经信局",
        person="陈（演示）",
        drawn_up_on=date(2026, 1, 20),
        terms=[TERM] * 40,
        duties=["按月推进。"],
        signatures=[Signature(Side.ISSUER, "李（演示）", date(2026, 2, 1))],
    )
    word = Document(BytesIO(render(text, DOCX)))
    targets, sides = word.tables
    assert [cell.text for cell in targets.rows[1].cells] == [
        "1",
        "通山县2026年完成投资<一>",
        "完成投资",
        "2026年",
        "不低于4.5亿元",
        "1",
    ]
    assert [cell.text for cell in sides.rows[1].cells] == ["签字：李（演示）", "签字："]
    with zipfile.ZipFile(BytesIO(render(text, DOCX))) as archive:
        assert b"w:tblHeader" in archive.read("word/document.xml")
    page = render(text, HTML).decode()
    assert "通山县2026年完成投资&lt;一&gt;" in page
    assert page.count("不低于4.5亿元") == 40
    pdf = render(text, PDF)
    assert pdf == render(text, PDF)
    pages = [re.sub(r"\s", "", one.extract_text()) for one in PdfReader(BytesIO(pdf)).pages]
    assert sum(one.count("不低于4.5亿元") for one in pages) == 40
    # Each page of the table says what its columns are; both sides sign on one page.
    assert all("序号目标名称指标" in one for one in pages if "不低于4.5亿元" in one)
    assert "下达方：县人民政府（盖章）责任方：经信局（盖章）签字：李（演示）签字：" in pages[-1]
    assert pages[0].startswith("经信局2026年度目标责任书编号：421224-2026-1（第2稿）")
    assert all(one.endswith(f"—{number}—") for number, one in enumerate(pages, start=1))


def test_letters_bind_to_the_same_whatever_version_says_it() -> None:
    same, other = asdict(replace(TERM, version=9)), asdict(replace(TERM, amount="480000000"))
    assert says_the_same([asdict(TERM)], [same])
    assert not says_the_same([asdict(TERM)], [other])
