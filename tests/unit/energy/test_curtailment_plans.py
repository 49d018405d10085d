"""Plans of orderly use: their life, what a check finds in them, their tables, their words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from pydantic import ValidationError

from libs.common.sheets.cells import Cell, Number
from libs.common.sheets.headed import HeadUnfit
from libs.common.sheets.model import SheetRow
from services.energy.curtailment.domain import wording
from services.energy.curtailment.domain.checks import check_plan, has_faults
from services.energy.curtailment.domain.eligible import Closed, judge
from services.energy.curtailment.domain.findings import CheckedUser, Finding, MeterFacts, Severity, Weekday
from services.energy.curtailment.domain.plan import (
    EntryFacts,
    PlanAct,
    PlanFacts,
    PlanStatus,
    QuotaUnit,
    loads_by_tier,
    may,
    quota_kw,
)
from services.energy.curtailment.domain.rules import Criterion, Objective, RuleEntry, TierShares
from services.energy.curtailment.domain.selection import Candidate, Passed, Why
from services.energy.curtailment.domain.sheet import PLAN_COLUMNS, USER_COLUMNS, SheetLine, read_lines
from services.energy.curtailment.domain.users import Category, Measure, Offer, Standing, UserFacts
from services.energy.dated import in_force

MESSAGES = Path(__file__).resolve().parents[3] / "services" / "energy" / "messages"
COUNTY = "421224"
# A Wednesday.
DAY = date(2026, 9, 16)
SMALL = TierShares(blue=0, yellow=0, orange=0, red=0)


def user(number: int, category: Category = Category.ORDINARY, **facts: Any) -> UserFacts:
    found = UserFacts(
        user_id=UUID(int=number),
        enterprise_id=UUID(int=1000 + number),
        code=f"CODE{number:02}",
        name=f"企业{number}",
        region_code=COUNTY,
        category=category,
        max_load_kw=1000.0,
        security_load_kw=100.0,
        offers=tuple(Offer(measure, 500.0) for measure in Measure),
        meter_nos=(f"M{number}",),
        capacity_kw=1250.0,
    )
    return replace(found, **facts)


def row(
    number: int, tier: int = 1, measure: Measure = Measure.STAGGER, kw: float = 400.0, **facts: object
) -> EntryFacts:
    entry = EntryFacts(UUID(int=100 * number + 10 * tier + measure.rank), UUID(int=number), tier, measure, kw)
    return replace(entry, **facts)  # type: ignore[arg-type]


def checked(*users: UserFacts, **facts: object) -> dict[UUID, CheckedUser]:
    return {
        one.user_id: replace(
            CheckedUser(
                one, meters=tuple(MeterFacts(meter_no, True, one.enterprise_id) for meter_no in one.meter_nos)
            ),
            **facts,  # type: ignore[arg-type]
        )
        for one in users
    }


def plan(*entries: EntryFacts, **facts: object) -> PlanFacts:
    return replace(PlanFacts(UUID(int=1), COUNTY, 2026, 10_000.0, entries), **facts)  # type: ignore[arg-type]


def found_in(
    stated: PlanFacts,
    users: dict[UUID, CheckedUser],
    shares: TierShares = SMALL,
    years: Sequence[int] = (2026,),
) -> dict[str, Finding]:
    findings = check_plan(stated, users, shares, years)
    return {finding.code.removeprefix("curtailment.check_"): finding for finding in findings}


# --- what a check finds


def test_sound_plan_has_no_findings() -> None:
    users = checked(user(1, Category.OVER_QUOTA), user(2))
    assert found_in(plan(row(1), row(2, tier=2)), users) == {}


@pytest.mark.parametrize(
    "category",
    [Category.HOSPITAL, Category.SCHOOL, Category.WATER, Category.HEATING, Category.RAIL, Category.MILITARY],
)
def test_protected_user_is_refused_by_name_and_law(category: Category) -> None:
    found = found_in(plan(row(1)), checked(user(1, category)))
    finding = found["protected"]
    assert (finding.params["name"], finding.params["category"]) == ("企业1", category)
    assert finding.params["item"] == category.item != ""
    assert finding.entry_ids == (row(1).entry_id,)
    assert has_faults([finding])


QUOTAS = [
    # maximum 1000, security 100, meters 1250, offers 500 kW
    (400.0, {}, set()),
    (500.0, {}, set()),
    (900.0, {}, {"quota_above_offer"}),
    (950.0, {}, {"security_load", "quota_above_offer"}),
    (1300.0, {}, {"quota_above_maximum", "quota_above_offer", "quota_above_capacity"}),
    (450.0, {"capacity_kw": 400.0}, {"quota_above_capacity"}),
    (450.0, {"capacity_kw": None}, set()),
    (450.0, {"security_load_kw": 600.0}, {"security_load"}),
    (400.0, {"offers": ()}, {"measure_not_offered"}),
    (400.0, {"meter_nos": ()}, {"no_meter"}),
    (400.0, {"region_code": "421221"}, {"outside"}),
]


@pytest.mark.parametrize(("kw", "facts", "expected"), QUOTAS)
def test_quota_is_held_against_what_the_user_is(kw: float, facts: dict[str, Any], expected: set[str]) -> None:
    assert set(found_in(plan(row(1, kw=kw)), checked(user(1, **facts)))) == expected


def test_security_load_is_told_with_what_would_be_left() -> None:
    finding = found_in(plan(row(1, kw=950.0)), checked(user(1)))["security_load"]
    assert (finding.params["left_kw"], finding.params["security_kw"]) == (50.0, 100.0)


def test_user_in_two_tiers_is_a_fault_and_two_measures_in_one_tier_are_not() -> None:
    users = checked(user(1))
    twice = found_in(plan(row(1), row(1, tier=3)), users)
    assert twice["two_tiers"].params["tiers"] == ["Ⅳ", "Ⅱ"]
    assert len(twice["two_tiers"].entry_ids) == 2
    assert found_in(plan(row(1), row(1, measure=Measure.AVOID)), users) == {}


@pytest.mark.parametrize(
    ("meter", "expected"),
    [
        (MeterFacts("M1", True, UUID(int=1001)), set()),
        (MeterFacts("M1", True, UUID(int=1002)), {"meter_foreign"}),
        (MeterFacts("M1", True, None), {"meter_foreign"}),
        (MeterFacts("M1", True, UUID(int=1001), is_closed=True), {"meter_gone"}),
        (MeterFacts("M1", False), {"meter_gone"}),
    ],
)
def test_meters_have_to_live_and_be_the_users_own(meter: MeterFacts, expected: set[str]) -> None:
    assert set(found_in(plan(row(1)), checked(user(1), meters=(meter,)))) == expected


def test_restricted_users_come_first_and_are_not_left_out() -> None:
    users = checked(user(1, Category.PHASED_OUT), user(2), user(3, Category.ILLEGAL))
    found = found_in(plan(row(1, tier=2), row(2)), users)
    late, missing = found["restricted_late"], found["restricted_missing"]
    assert (late.params["name"], late.params["tier"], late.params["ordinary_tier"]) == ("企业1", "Ⅲ", "Ⅳ")
    assert (missing.params["name"], missing.params["item"]) == ("企业3", "（一）")
    # Where no ordinary user stands in the plan, nobody was preferred.
    assert found_in(plan(row(1, tier=4)), users) == {}


def test_restricted_user_that_can_give_nothing_is_not_missed() -> None:
    users = checked(user(2), user(3, Category.ILLEGAL, offers=()))
    assert found_in(plan(row(2)), users) == {}


def test_order_of_measures_is_kept_across_tiers() -> None:
    users = checked(user(1), user(2))
    cut = found_in(plan(row(1, measure=Measure.CUT), row(2, tier=3)), users)["measure_order"]
    assert (cut.severity, cut.params["milder_kw"]) == (Severity.FAULT, 400.0)
    limit = found_in(plan(row(1, measure=Measure.LIMIT), row(2, tier=2, measure=Measure.AVOID)), users)
    assert limit["measure_order"].severity is Severity.WARNING
    assert found_in(plan(row(1, measure=Measure.AVOID), row(2, tier=2)), users) == {}


def test_tiers_hold_the_needed_share_of_the_maximum_load() -> None:
    shares = TierShares(blue=4, yellow=8, orange=8, red=12)
    findings = check_plan(
        plan(row(1), row(2, tier=2), row(3, tier=4)), checked(user(1), user(2), user(3)), shares, [2026]
    )
    # 400 of 400 kW, 800 of 800, 800 of 800, 1,200 of 1,200.
    assert findings == []
    short = found_in(plan(row(1), row(3, tier=4)), checked(user(1), user(3)), shares)["share"]
    assert short.params["tier"] == "Ⅰ"
    assert (short.params["held_kw"], short.params["needed_kw"], short.params["missing_kw"]) == (
        800.0,
        1200.0,
        400.0,
    )


def test_share_is_held_on_the_weakest_working_day() -> None:
    shares = TierShares(blue=4, yellow=4, orange=4, red=4)
    turns = {"A": frozenset({1, 3, 5}), "B": frozenset({2, 4})}
    entries = (row(1, rotation_group="A"), row(2, rotation_group="B"))
    assert check_plan(plan(*entries, rotation=turns), checked(user(1), user(2)), shares, [2026]) == []
    rests = checked(user(1), user(2, rest_weekdays=frozenset({4})))
    found = found_in(plan(*entries, rotation=turns), rests, shares)["share"]
    assert (found.params["weekday"], found.params["held_kw"]) == (Weekday.THURSDAY, 0.0)


def test_protected_load_counts_for_nothing() -> None:
    shares = TierShares(blue=4, yellow=4, orange=4, red=4)
    found = found_in(plan(row(1)), checked(user(1, Category.SCHOOL)), shares)
    assert found["share"].params["held_kw"] == 0.0


def test_alternatives_of_a_user_count_once_by_the_largest() -> None:
    entries = [row(1, kw=300.0), row(1, measure=Measure.LIMIT, kw=500.0), row(2, tier=2, kw=200.0)]
    assert loads_by_tier(entries) == {1: 500.0, 2: 200.0}


def test_unknown_calendar_year_and_an_empty_plan_are_faults() -> None:
    found = found_in(plan(year=2031), {}, years=[2026])
    assert set(found) == {"calendar", "empty"}
    assert found["calendar"].params == {"year": 2031}


def test_rotation_groups_have_days_users_and_like_weight() -> None:
    users = checked(user(1), user(2), user(3))
    stated = plan(
        row(1, rotation_group="A", kw=100.0),
        row(2, rotation_group="B", kw=300.0),
        row(3, rotation_group="X"),
        rotation={"A": frozenset({1}), "B": frozenset({2}), "C": frozenset({3})},
    )
    found = found_in(stated, users)
    assert set(found) == {"group_unknown", "group_empty", "groups_uneven"}
    assert (found["groups_uneven"].params["low"], found["groups_uneven"].params["high"]) == ("A", "B")


def test_user_that_is_gone_or_inactive_is_a_fault() -> None:
    assert set(found_in(plan(row(1)), checked(user(1), is_registered=False))) == {"enterprise_gone"}
    assert set(found_in(plan(row(1)), checked(user(1), is_active=False))) == {"inactive"}


# --- who may be called on a day


def judged(
    one: UserFacts, entry: EntryFacts, *, now: int = -600, stated: PlanFacts | None = None, **facts: object
) -> object:
    found = judge(
        entry,
        one,
        stated or plan(entry),
        DAY,
        is_active=True,
        now_minute=now,
        **facts,  # type: ignore[arg-type]
    )
    return found.why if isinstance(found, Passed) else found


def test_row_is_passed_over_when_the_day_is_not_its_own() -> None:
    assert judged(user(1, Category.HOSPITAL), row(1)) is Why.PROTECTED
    assert judged(user(1, rest_weekdays=frozenset({3})), row(1)) is Why.REST_DAY
    assert judged(user(1, offers=()), row(1)) is Why.NO_MEASURE
    assert judged(user(1, meter_nos=()), row(1)) is Why.NO_METER
    assert judged(user(1, security_load_kw=1000.0), row(1)) is Why.NO_LOAD
    stated = plan(row(1, rotation_group="A"), rotation={"A": frozenset({1}), "C": frozenset({3})})
    assert judged(user(1), row(1, rotation_group="A"), stated=stated) is Why.NOT_ITS_TURN
    assert isinstance(judged(user(1), row(1, rotation_group="C"), stated=stated), Candidate)
    assert judged(user(1), row(1), closed=[Closed(0, 1440, Why.OUTAGE)]) is Why.OUTAGE
    # At half past eleven at night a notice of two hours cannot be kept on the same day.
    late = user(1, offers=(Offer(Measure.STAGGER, 500.0, notice_minutes=120),))
    assert judged(late, row(1), now=1410) is Why.NOTICE


def test_candidate_gives_what_is_left_above_its_security_load() -> None:
    found = judged(user(1, security_load_kw=800.0), row(1, kw=450.0))
    assert isinstance(found, Candidate)
    assert found.load_kw == 200.0


def test_notice_and_exclusions_are_slots_of_the_day() -> None:
    offer = Offer(Measure.STAGGER, 500.0, 90, 50, 200, 40)
    closed = [Closed(605, 650, Why.BUSY, "A-1"), Closed(-300, 10, Why.EXCLUDED, "检修")]
    found = judged(user(1, offers=(offer,)), row(1), now=100, closed=closed)
    assert isinstance(found, Candidate)
    # 100 + 90 minutes are slot 13 (03:15); 50 minutes need four slots, 200 hold thirteen, 40 are three to recover.
    assert (found.earliest, found.shortest, found.longest, found.recovery) == (13, 4, 13, 3)
    # 10:05 to 10:50 with 40 minutes of rest on both sides closes 09:15 to 11:30.
    assert np.flatnonzero(~found.free).tolist() == [0, *range(37, 46)]


# --- rules, life, words


def test_rule_of_the_narrowest_region_counts_on_its_days() -> None:
    everywhere = RuleEntry(None, date(2000, 1, 1), None, {"blue": 5})
    county = RuleEntry(COUNTY, date(2026, 1, 1), date(2027, 1, 1), {"blue": 6})
    assert in_force([everywhere, county], COUNTY, DAY) is county
    assert in_force([everywhere, county], "421221", DAY) is everywhere
    assert in_force([everywhere, county], COUNTY, date(2027, 1, 1)) is everywhere
    assert in_force([county], "421221", DAY) is None


def test_rules_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValidationError):
        TierShares(blue=10, yellow=5)
    with pytest.raises(ValidationError):
        Objective(order=(Criterion.HARM, Criterion.HARM))


def test_life_of_a_plan_leads_from_draft_to_superseded() -> None:
    assert [act for act in PlanAct if may(act, PlanStatus.DRAFT)] == [
        PlanAct.CHANGE,
        PlanAct.CHECK,
        PlanAct.DISCARD,
    ]
    assert [act for act in PlanAct if may(act, PlanStatus.SUBMITTED)] == [PlanAct.RETURN, PlanAct.APPROVE]
    assert [act for act in PlanAct if may(act, PlanStatus.IN_FORCE)] == [PlanAct.SUPERSEDE]
    assert not any(may(act, status) for act in PlanAct for status in (PlanStatus.SUPERSEDED, PlanStatus.DISCARDED))


def test_quota_in_percent_is_of_the_maximum_load() -> None:
    assert quota_kw(15.0, QuotaUnit.PERCENT, 8000.0) == 1200.0
    assert quota_kw(1200.0, QuotaUnit.KW, 8000.0) == 1200.0


def test_every_category_has_one_standing_and_its_words() -> None:
    assert {one for one in Category if one.standing is Standing.ORDINARY} == {Category.ORDINARY}
    assert all(bool(one.item) == (one.standing is not Standing.ORDINARY) for one in Category)
    for place, language in enumerate(("zh-CN", "en")):
        catalogue = json.loads((MESSAGES / f"{language}.json").read_text(encoding="utf-8"))
        for category in Category:
            assert catalogue[f"term.Category.{category}"]["title"] == wording.CATEGORIES[category][place]
        for measure in Measure:
            assert catalogue[f"term.Measure.{measure}"]["title"] == wording.MEASURES[measure][place]
        for act in PlanAct:
            assert catalogue[f"term.PlanAct.{act}"]["title"]
        for status in PlanStatus:
            assert catalogue[f"term.PlanStatus.{status}"]["title"]


# --- tables


def lines(names: dict[str, tuple[str, ...]] | object, *rows: Sequence[Cell]) -> list[SheetLine]:
    numbered = [SheetRow(number, list(cells)) for number, cells in enumerate(rows, 1)]
    return list(read_lines(numbered, names))  # type: ignore[arg-type]


def test_plan_table_is_read_as_an_office_writes_it() -> None:
    (one, other) = lines(
        PLAN_COLUMNS,
        ["通山县2026年有序用电方案"],
        ["统一社会信用代码", "户名", "等级", "措施", "压减指标(兆瓦)", "压减比例（%）", "轮休组"],
        ["9142X", "甲厂", "Ⅳ级", "错峰", Number("1.5"), None, "A"],
        [None, None, None, None, None, None, None],
        ["9143X", "乙厂", "红色", "拉闸", None, Number("0.15", is_percent=True), ""],
    )
    assert (one.row, one.facts) == (
        3,
        {
            "credit_code": "9142X",
            "name": "甲厂",
            "tier": 1,
            "measure": Measure.STAGGER,
            "quota_mw": 1.5,
            "rotation_group": "A",
        },
    )
    assert other.facts["tier"] == 4
    assert other.facts["quota_percent"] == pytest.approx(15.0)
    assert other.columns["quota_percent"] == "F"


def test_cells_that_say_nothing_are_named_by_row_and_column() -> None:
    (one,) = lines(PLAN_COLUMNS, ["credit_code", "tier", "measure", "quota_kw"], ["9142X", "五", "停电", "许多"])
    assert [(fault.row, fault.column, fault.code) for fault in one.faults] == [
        (2, "B", "curtailment.import_cell_unfit"),
        (2, "C", "curtailment.import_cell_unfit"),
        (2, "D", "curtailment.import_cell_unfit"),
    ]


def test_user_table_names_measures_meters_and_rest_days() -> None:
    (one,) = lines(
        USER_COLUMNS,
        ["信用代码", "类别", "最大负荷(千瓦)", "计量点", "厂休日", "错峰负荷(千瓦)", "错峰通知(分钟)"],
        [Number("9142"), "单位产品能耗超限额企业", "8,000", "M-1；M-2", "周六、周日", "1200", "480"],
    )
    assert one.faults == []
    assert one.facts == {
        "credit_code": "9142",
        "category": Category.OVER_QUOTA,
        "max_load_kw": 8000.0,
        "meter_nos": ["M-1", "M-2"],
        "rest_weekdays": [6, 7],
        "stagger.load_kw": 1200.0,
        "stagger.notice_minutes": 480.0,
    }


@pytest.mark.parametrize(
    "header", [["户名", "等级"], ["credit_code", "天气"], ["credit_code", "tier", "等级"], []]
)
def test_table_without_a_header_of_known_columns_is_refused(header: list[str]) -> None:
    with pytest.raises(HeadUnfit):
        lines(PLAN_COLUMNS, header, ["9142X", "Ⅳ"])
