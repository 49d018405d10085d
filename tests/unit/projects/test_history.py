"""The history: replayed it gives the present, undone the past, and told it reads like a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.projects.assembly
from libs.common.contracts.projects import Stage
from libs.common.web.catalogue import LANGUAGES, Catalogue
from libs.common.web.problems import DomainError
from libs.common.workdays import SHANGHAI
from services.projects.ledger.domain import amending, entries, lifecycle, planning
from services.projects.ledger.domain.acts import ActKind
from services.projects.ledger.domain.comparison import Slip, Standing, compare, end_of, span_between
from services.projects.ledger.domain.facts import StageFacts
from services.projects.ledger.domain.formalities import Formality
from services.projects.ledger.domain.funds import ArrivalState, FundsSource
from services.projects.ledger.domain.grid import FinancingForm, GridWork
from services.projects.ledger.domain.history import (
    FieldChange,
    Json,
    changes_between,
    project_from,
    replay,
    rewind,
    state_of,
)
from services.projects.ledger.domain.parties import PartyRole
from services.projects.ledger.domain.project import Channel, KeyLevel, PlannedDate, Project
from services.projects.ledger.domain.size_bands import SizeBand, SizeBands, bands_by_code
from services.projects.ledger.domain.stages import Milestone, ProjectKind, milestones_of
from services.projects.ledger.errors import ComparisonOutOfOrder, DateInFuture
from services.projects.ledger.wording import Teller, references_in

TODAY = date(2026, 9, 15)
CATALOGUE = Catalogue(services.projects.assembly.MESSAGES)
PERSON = UUID(int=7)
FACTS = StageFacts(
    contract_amount_yuan=140_000_000,
    investor="投资方（演示）",
    channel=Channel.RETURN_HOME,
    planned={Milestone.START: date(2026, 3, 1)},
)


def project(**facts: Any) -> Project:
    known: dict[str, Any] = {
        "id": UUID(int=1),
        "code": "P-1",
        "name": "风电场",
        "kind": ProjectKind.NEW_BUILD,
        "region_code": "421224104",
    }
    return Project(**(known | facts))


days = st.integers(0, 250).map(lambda back: TODAY - timedelta(days=back))
plans = st.integers(-200, 400).map(lambda ahead: TODAY + timedelta(days=ahead))
_STAGE_FACTS: dict[Stage, dict[str, Any]] = {
    Stage.SIGNED: {"contract_amount_yuan": 1_000_000, "investor": "甲", "channel": Channel.BRAND},
    Stage.STARTED: {"evidence": "许可证7号"},
    Stage.IN_PRODUCTION: {"first_output": "铁合金"},
    Stage.AT_CAPACITY: {"actual_output": Decimal("9.5"), "design_output": Decimal(10), "output_unit": "kt/a"},
}


@st.composite
def operations(draw: st.DrawFn) -> tuple[str, Any]:
    name = draw(
        st.sampled_from(
            ["enter", "reverse", "suspend", "resume", "terminate", "replan", "amend", "invest", "build"]
        )
    )
    return name, draw(
        {
            "enter": st.tuples(days, plans),
            "replan": st.tuples(st.sampled_from(Milestone), plans),
            "amend": st.fixed_dictionaries(
                {},
                optional={
                    "name": st.sampled_from(["甲", "乙"]),
                    "sector_code": st.none() | st.just("3140"),
                    "responsible_person_id": st.none() | st.just(PERSON),
                    "design_output": st.none() | st.decimals(1, 9, places=2),
                },
            ),
            "invest": st.tuples(days, st.integers(0, 10**9)),
            "build": st.tuples(days, st.decimals(0, 100, places=2)),
        }.get(name, days)
    )


def carry_out(now: Project, operation: tuple[str, Any]) -> Project:
    name, what = operation
    match name:
        case "enter":
            stage = next(iter(lifecycle.allowed_stages(now)), None)
            if stage is None:
                return now
            first = {Stage.SIGNED: Milestone.START, Stage.STARTED: Milestone.CAPACITY}.get(stage)
            planned = {} if first is None or now.planned(first).current_on else {first: what[1]}
            return lifecycle.enter_stage(
                now, stage, what[0], StageFacts(**_STAGE_FACTS.get(stage, {}), planned=planned), TODAY
            )
        case "reverse":
            return lifecycle.reverse(now)
        case "suspend":
            return lifecycle.suspend(now, what, "资金未到位", TODAY)
        case "resume":
            return lifecycle.resume(now, what, TODAY)
        case "terminate":
            return lifecycle.terminate(now, what, "投资方退出", TODAY)
        case "replan":
            return planning.replan(now, *what)[0]
        case "amend":
            return amending.amend(now, what)
        case "invest":
            return entries.set_investment(now, [], entries.Investment(*what), "", TODAY)
        case _:
            return entries.add_progress(now, [], entries.Progress(*what), "", TODAY)


@given(st.lists(operations(), max_size=25))
def test_all_changes_replayed_give_the_present_and_undone_each_past(steps: list[tuple[str, Any]]) -> None:
    """Whatever the ledger did, its history alone holds every state in both directions."""
    states = [project()]
    for step in steps:
        with suppress(DomainError):
            states.append(carry_out(states[-1], step))
    history = [changes_between(None, states[0])]
    history += [changes_between(before, after) for before, after in pairwise(states)]
    # What a write tells beside the state does not get into it.
    told = [(*changes, FieldChange("progress.2026-09-01", None, "40")) for changes in history]

    state: dict[str, Any] = {}
    for changes, expected in zip(told, states, strict=True):
        state = replay(state, changes)
        assert state == state_of(expected)
        assert state_of(project_from(state)) == state
    for changes, expected in zip(reversed(told), reversed(states), strict=True):
        assert state == state_of(expected)
        state = rewind(state, changes)
    assert state == {}


@given(st.lists(operations(), max_size=25))
def test_comparison_names_what_differs_and_nothing_else(steps: list[tuple[str, Any]]) -> None:
    before = now = project()
    for step in steps:
        with suppress(DomainError):
            now = carry_out(now, step)
    found = compare(before, now)
    assert (found.standing is Standing.UNCHANGED) == (not found.changes)
    assert state_of(now) == replay(state_of(before), found.changes)
    assert found.invested_difference_yuan == now.invested_yuan - before.invested_yuan
    assert compare(now, now).standing is Standing.UNCHANGED


def test_comparison_tells_slips_stages_and_milestones() -> None:
    signed = lifecycle.enter_stage(project(), Stage.SIGNED, date(2026, 1, 5), FACTS, TODAY)
    moved, _ = planning.replan(signed, Milestone.START, date(2026, 5, 1))
    moved = planning.plan_first(moved, {Milestone.CAPACITY: date(2027, 1, 31)})
    started = lifecycle.enter_stage(moved, Stage.STARTED, date(2026, 5, 8), StageFacts(evidence="7"), TODAY)
    found = compare(signed, started)
    assert (found.standing, found.steps) == (Standing.CHANGED, 1)
    assert found.slips == (Slip(Milestone.START, date(2026, 3, 1), date(2026, 5, 1)),)
    assert found.slips[0].days == 61
    assert found.reached == ((Milestone.START, date(2026, 5, 8)),)
    assert compare(None, signed).standing is Standing.NEW
    ended = lifecycle.terminate(started, TODAY, "x", TODAY)
    assert (compare(started, ended).standing, compare(ended, ended).standing) == (
        Standing.GONE,
        Standing.UNCHANGED,
    )


@pytest.mark.parametrize(("first", "second", "error"), [(15, 15, ComparisonOutOfOrder), (14, 16, DateInFuture)])
def test_days_of_a_comparison_are_in_order_and_past(first: int, second: int, error: type[DomainError]) -> None:
    with pytest.raises(error):
        span_between(date(2026, 9, first), date(2026, 9, second), TODAY)


def test_day_ends_at_local_midnight() -> None:
    assert end_of(date(2026, 12, 31), SHANGHAI).isoformat() == "2027-01-01T00:00:00+08:00"


def tell(language: str, changes: Sequence[FieldChange], action: str = "amended", reason: str = "") -> str:
    names = {("person", str(PERSON)): "陈（演示）", ("region", "421224104"): "九宫山镇"}
    names |= {("size_band", code): band.name(language) for code, band in bands_by_code([BANDS]).items()}
    return Teller(CATALOGUE, language, names).text(action, reason, changes, 2026)


BANDS = SizeBands(
    bands=(
        SizeBand("10m-50m", "1000万—5000万元", "10–50 million yuan", 10_000_000),
        SizeBand("50m-100m", "5000万—1亿元", "50–100 million yuan", 50_000_000),
    )
)
MOVED = FieldChange("plan.start.current_on", "2026-03-01", "2026-05-01")


@pytest.mark.parametrize(
    ("action", "reason", "changes", "chinese", "english"),
    [
        (
            "replanned",
            "土地手续滞后",
            [MOVED],
            "计划开工由 3月1日 改为 5月1日，原因：土地手续滞后",
            "planned start moved from 1 March to 1 May: 土地手续滞后",
        ),
        (
            "replanned",
            "",
            [FieldChange("plan.capacity.current_on", "2026-12-01", "2027-02-01")],
            "计划达产由 12月1日 改为 2027年2月1日",
            "planned capacity moved from 1 December to 1 February 2027",
        ),
        (
            "stage_entered",
            "",
            [
                FieldChange("stage", "signed", "started"),
                FieldChange("plan.start.actual_on", None, "2026-05-08"),
                FieldChange("evidence", None, "许可证7号"),
            ],
            "阶段由 签约 改为 开工；实际开工：5月8日；开工凭证：“许可证7号”",
            "stage changed from signed to started; actual start: 8 May; evidence of the start: “许可证7号”",
        ),
        (
            "amended",
            "",
            [
                FieldChange("responsible_person_id", None, str(PERSON)),
                FieldChange("total_investment_yuan", 3_200_000, 140_005_000),
                FieldChange("channel", "return_home", None),
            ],
            "责任人：陈（演示）；总投资由 320万元 改为 14000.5万元；招商渠道取消（原为 回归创业）",
            "responsible person: 陈（演示）; total investment changed from 3,200,000 yuan to 140,005,000 yuan; "
            "promotion channel removed (was return home)",
        ),
        (
            "progress_recorded",
            "塔筒吊装",
            [
                FieldChange("percent", "40", "52"),
                FieldChange("last_progress_on", "2026-08-01", "2026-09-09"),
                FieldChange("progress.2026-09-09", None, "52"),
            ],
            "9月9日形象进度：52%，原因：塔筒吊装",
            "progress on 9 September: 52%: 塔筒吊装",
        ),
        (
            "investment_recorded",
            "",
            [
                FieldChange("invested_yuan", 0, 3_200_000),
                FieldChange("investment.2025-12", 2_000_000, 3_200_000),
            ],
            "累计完成投资：320万元；2025年12月完成投资由 200万元 改为 320万元",
            "completed investment: 3,200,000 yuan; "
            "investment completed in December 2025 changed from 2,000,000 yuan to 3,200,000 yuan",
        ),
        (
            "suspended",
            "资金未到位",
            [
                FieldChange("stage", "started", "suspended"),
                FieldChange("interrupted_stage", None, "started"),
                FieldChange("interrupted_on", None, "2026-08-01"),
                FieldChange("interruption_reason", None, "资金未到位"),
            ],
            "停工；阶段由 开工 改为 停工；停工或终止日期：8月1日，原因：资金未到位",
            "suspended; stage changed from started to suspended; day of the interruption: 1 August: 资金未到位",
        ),
        (
            "funds_verified",
            "",
            [
                FieldChange(
                    "funds.2026-09-01",
                    {"amount_yuan": 1_000_000, "source": "own", "state": "recorded"},
                    {"amount_yuan": 1_000_000, "source": "own", "state": "verified"},
                )
            ],
            "9月1日到位资金由 待核实 改为 已核实",
            "funds arrived on 1 September changed from recorded to verified",
        ),
        (
            "milestone_recorded",
            "",
            [
                FieldChange(
                    "formality.land",
                    {"id": "x", "formality": "land", "planned_on": "2026-05-01"},
                    {"id": "x", "formality": "land", "planned_on": "2026-06-01"},
                ),
                FieldChange("grid", None, {"work": "line", "voltage_kv": "110", "line_length_km": None}),
                FieldChange("plan_curve", None, [{"month": "2026-01", "percent": 100}]),
            ],
            "前期手续“用地”由 计划 5月1日 改为 计划 6月1日；电网工程：线路，电压（千伏） 110；计划进度曲线已更新",
            "formality “land” changed from planned 1 May to planned 1 June; grid works: line, voltage (kV) 110; "
            "planned curve updated",
        ),
        (
            "contract_recorded",
            "",
            [
                FieldChange("size_band", None, "10m-50m"),
                FieldChange(
                    "contract",
                    None,
                    {
                        "number": "7号",
                        "parties": [
                            {"name": "县政府", "role": "government", "credit_code": None},
                            {"name": "甲公司", "role": "investor", "credit_code": None},
                        ],
                        "amount_yuan": 20_000_000,
                        "file_reference": None,
                        "note": "",
                    },
                ),
                FieldChange("output.2026-08", None, {"month": "2026-08-01", "output_value_yuan": 10_000}),
            ],
            "规模档次：1000万—5000万元；"
            "合同：合同编号 “7号”，各方 “县政府”，政府方，“甲公司”，投资方，金额 2000万元；8月产出：产值 1万元",
            "size band: 10–50 million yuan; "
            "contract: number “7号”, parties “县政府”, government, “甲公司”, investor, amount 20,000,000 yuan; "
            "output of August: value 10,000 yuan",
        ),
        (
            "amended",
            "",
            [FieldChange("size_band", "old", None)],
            "规模档次取消（原为 old）",
            "size band removed (was old)",
        ),
        ("amended", "", [FieldChange("own.thing", 1, 2)], "own.thing由 1 改为 2", "own.thing changed from 1 to 2"),
    ],
)
def test_change_reads_like_a_sentence(
    action: str, reason: str, changes: list[FieldChange], chinese: str, english: str
) -> None:
    assert (tell("zh-CN", changes, action, reason), tell("en", changes, action, reason)) == (chinese, english)


def test_registration_tells_what_was_said_and_no_empty_fields() -> None:
    changes = changes_between(None, project())
    assert tell("zh-CN", changes, "registered") == (
        "登记入库；项目代码：“P-1”；名称：“风电场”；类别：新建；行政区划：九宫山镇；阶段：策划"
    )
    assert references_in(changes) == {("region", "421224104")}


def test_long_texts_and_line_breaks_stay_on_one_line() -> None:
    said = tell("zh-CN", [FieldChange("summary", None, "长\n" * 200)], reason="第一行\n第二行")
    assert "\n" not in said
    assert len(said) < 140


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_of_a_project_has_a_name_for_people(language: str) -> None:
    teller = Teller(CATALOGUE, language)
    names = [spec.name for spec in fields(Project) if spec.name != "plan"]
    names += [
        f"plan.{milestone}.{spec.name}"
        for kind in ProjectKind
        for milestone in milestones_of(kind)
        for spec in fields(PlannedDate)
    ]
    known = CATALOGUE.codes(language)
    unnamed = [name for name in names if teller.label(name, 2026) == name and f"fields.{name}" not in known]
    assert unnamed == []


def test_bands_are_named_as_the_narrowest_region_and_the_latest_division_name_them() -> None:
    def named(name: str, **validity: Any) -> SizeBands:
        return SizeBands(bands=(SizeBand("a", name, name, 1),), **validity)

    divisions = [
        named("county", region_code="421224"),
        named("city", region_code="421200"),
        named("other", region_code="421221"),
        named("new", valid_from=date(2026, 1, 1)),
        named("old", valid_from=date(2025, 1, 1)),
    ]
    told = [bands_by_code(divisions, code)["a"].name_en for code in ("421224104", "421202", "330000", None)]
    assert told == ["county", "city", "new", "new"]


def told_enumerations() -> list[FieldChange]:
    """Every value of every enumeration that the history may have to tell."""
    of_project: list[tuple[str, type[StrEnum]]] = [
        *(("kind", ProjectKind), ("stage", Stage), ("channel", Channel), ("key_level", KeyLevel)),
    ]
    within: list[tuple[str, str, type[StrEnum]]] = [
        *(("grid", "work", GridWork), ("grid", "financing_form", FinancingForm)),
        *(("funds.2026-09-01", "source", FundsSource), ("funds.2026-09-01", "state", ArrivalState)),
        *(("contract_act.1", "kind", ActKind), ("formality.land", "formality", Formality)),
    ]
    parties: list[Json] = [{"name": "甲", "role": role.value} for role in PartyRole]
    return [
        *(FieldChange(name, None, one.value) for name, kind in of_project for one in kind),
        *(FieldChange(name, None, {part: one.value}) for name, part, kind in within for one in kind),
        FieldChange("contract", None, {"parties": parties}),
    ]


@pytest.mark.parametrize("change", told_enumerations(), ids=str)
def test_no_code_of_an_enumeration_is_told_in_chinese(change: FieldChange) -> None:
    assert re.search("[a-z]", tell("zh-CN", [change])) is None
