"""Tables of an office (S29): newer facts of projects, and what is recorded beside them, in and out again."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from services.projects.ledger.tables import AnnualPlanRow, OutputEntryRow, PlanCurveRow, ProjectRow
from tests.integration.projects.test_exports_api import exported
from tests.integration.projects.test_imports_api import carried_out, faults_of, places, stored
from tests.support.sheets import csv_text, xlsx

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

GRID_HEAD = [
    "项目代码", "项目名称", "项目类型", "行政区划代码", "上级项目代码", "总投资（万元）", "经度", "纬度", "坐标系",
    "电网工程类别", "电压等级（kV）", "变电容量（MVA）", "出资方式", "合同金额（元）", "投资方", "招商渠道",
    "计划开工日期", "签约日期",
]  # fmt: skip
GRID_ROW = [
    "P-2", "右岸水都变电站（演示）", "电网工程", "421224101", "P-0", 5_500, "114.4930", 29.6064, "gcj02",
    "变电站", 110, 63, "合作", 55_000_000, "电网公司（演示）", "政府招商", "2026-10-01", "2026-03-01",
]  # fmt: skip


async def good(office: Office, body: bytes, entity: str, **counts: int) -> None:
    shown = await carried_out(office, body, entity)
    assert shown["state"] == "applied", await faults_of(office, shown)
    assert {name: shown[name] for name in counts} == counts


async def refused(office: Office, body: bytes, entity: str = "projects") -> list[tuple[Any, ...]]:
    shown = await carried_out(office, body, entity)
    assert (shown["state"], shown["inserted"] + shown["updated"] >= 0) == ("rejected", True)
    return [place[1:] for place in places(await faults_of(office, shown))]


async def project_named(office: Office, code: str) -> dict[str, Any]:
    found: dict[str, Any] = (await office.done("GET", f"/v1/projects?filter[code]={code}"))["items"][0]
    return found


async def test_place_grid_and_parent_are_imported_as_they_are_registered(office: Office) -> None:
    parent = await office.register("P-0")
    facts: dict[str, Any] = {
        "name": "右岸水都变电站（演示）",
        "kind": "grid_works",
        "parent_id": parent.rpartition("/")[2],
        "total_investment_yuan": 55_000_000,
        "location": {"longitude": "114.4930", "latitude": "29.6064", "system": "gcj02"},
        "grid": {"work": "substation", "voltage_kv": 110, "capacity_mva": 63, "financing_form": "cooperation"},
        "contract_amount_yuan": 55_000_000,
        "investor": "电网公司（演示）",
        "channel": "government",
        "planned_start_on": "2026-10-01",
    }
    path = await office.register("P-1", **facts)
    await office.done("POST", f"{path}/stage-changes", {"stage": "signed", "on": "2026-03-01"})
    await good(office, xlsx([GRID_HEAD, GRID_ROW]), "projects", inserted=1)
    assert await stored(office, "P-2") == await stored(office, "P-1")
    project = await project_named(office, "P-2")
    assert (project["size_band"], project["parent_id"]) == ("50m_100m", facts["parent_id"])
    assert project["location"]["wgs84"] != {"longitude": "114.4930", "latitude": "29.6064"}


async def test_doubtful_places_grids_and_amounts_are_shown_at_their_cells(office: Office) -> None:
    await office.register("P-0")
    wrong: list[list[Any]] = [GRID_ROW.copy() for _ in range(6)]
    for number, row in enumerate(wrong):
        row[0] = f"W-{number}"
    wrong[0][7] = 99
    wrong[1][8] = None
    wrong[2][2] = "新建"
    wrong[3][4] = "P-77"
    wrong[4][10] = "-110"
    wrong[5][5] = 55_000_000
    assert await refused(office, xlsx([GRID_HEAD, *wrong])) == [
        (2, "H", "field.less_than_equal"),
        (3, "I", "field.missing"),
        (4, "J", "project.fact_not_of_kind"),
        (5, "E", "reference.unknown"),
        (6, "K", "field.greater_than"),
        (7, "F", "project.amount_needs_confirmation"),
        (7, "N", "project.amount_needs_confirmation"),
    ]
    meant = [[*GRID_HEAD, "金额已核对"], [*wrong[5], "是"]]
    await good(office, xlsx(meant), "projects", inserted=1)
    assert (await project_named(office, "W-5"))["total_investment_yuan"] == "550000000000"
    circle = [["项目代码", "上级项目代码"], ["P-0", "W-5"]]
    assert await refused(office, xlsx(circle)) == [(2, "B", "project.parent_cycle")]
    cleared = [["项目代码", "上级项目代码"], ["W-5", "#清空"]]
    await good(office, xlsx(cleared), "projects", updated=1)
    assert (await project_named(office, "W-5"))["parent_id"] is None


KINDS = ("new_build", "technical_renovation", "later_phase", "grid_works", "infrastructure", "tourism")


def every_kind() -> list[list[Any]]:
    """Projects of every kind at the ends of their paths, half-way, suspended and ended."""
    head = [
        "code", "name", "kind", "region_code", "stage", "parent_code", "total_investment_yuan",
        "contract_amount_yuan", "investor", "channel", "longitude", "latitude", "coordinate_system", "grid_work",
        "voltage_kv", "capacity_mva", "financing_form", "design_output", "output_unit", "planned_start_on",
        "planned_completion_on", "planned_production_on", "planned_capacity_on", "planned_opening_on", "signed_on",
        "started_on", "evidence", "completed_on", "in_production_on", "first_output", "at_capacity_on",
        "actual_output", "opened_on", "interrupted_on", "interruption_reason",
    ]  # fmt: skip
    rows = []
    for kind in KINDS:
        has_product = kind not in {"infrastructure", "tourism"}
        known: dict[str, Any] = {
            "name": f"{kind}（演示）", "kind": kind, "region_code": "421224101",
            "total_investment_yuan": "60000000", "contract_amount_yuan": "55000000",
            "investor": "投资方（演示）", "channel": "industry",
            "longitude": "114.50000001", "latitude": "29.6", "coordinate_system": "cgcs2000",
            "planned_start_on": "2025-06-01", "planned_completion_on": "2026-01-31", "signed_on": "2025-03-01",
        }  # fmt: skip
        if kind == "grid_works":
            known |= {
                "grid_work": "substation",
                "voltage_kv": "110.5",
                "capacity_mva": "63",
                "financing_form": "joint_venture",
            }
        if has_product:
            known |= {"design_output": "100.250", "output_unit": "kt/a", "planned_production_on": "2026-03-01"}
            known |= {"planned_capacity_on": "2026-06-30"}
        else:
            known["planned_opening_on"] = "2026-06-30"
        built = known | {"started_on": "2025-06-08", "evidence": "许可 7", "completed_on": "2026-02-01"}
        if has_product:
            ended = built | {
                "in_production_on": "2026-03-05",
                "first_output": "首批",
                "at_capacity_on": "2026-07-01",
            }
            ended |= {"actual_output": "99.5"}
        else:
            ended = built | {"opened_on": "2026-07-01"}
        stopped = known | {"interrupted_on": "2026-08-01", "interruption_reason": "资金"}
        for code, facts in (
            (f"{kind}-0", {name: known[name] for name in ("name", "kind", "region_code")}),
            (f"{kind}-1", known | {"parent_code": f"{kind}-0"}),
            (f"{kind}-2", built),
            (f"{kind}-3", ended),
            (f"{kind}-4", stopped | {"stage": "suspended"}),
            (f"{kind}-5", stopped | {"stage": "terminated"}),
        ):
            rows.append([({"code": code} | facts).get(name) for name in head])
    return [head, *rows]


async def test_projects_of_every_kind_come_back_unchanged(office: Office) -> None:
    table = every_kind()
    await good(office, csv_text(table).encode(), "projects", inserted=len(table) - 1)
    one = await project_named(office, "new_build-1")
    designation = {"level": "county", "reason": "list"}
    await office.done("POST", f"/v1/projects/{one['id']}/key-designations", designation)
    before = await office.events("projects.project.v1")
    for form in ("csv", "xlsx"):
        body = await exported(office, "projects", form)
        await good(office, body, "projects", unchanged=len(table) - 1, updated=0, inserted=0)
    assert await office.events("projects.project.v1") == before
    text = (await exported(office, "projects", "csv", **{"filter[code]": "grid_works-1"})).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    shown = (row["Parent project code"], row["Longitude"], row["Voltage (kV)"], row["Size band"])
    assert shown == ("grid_works-0", "114.50000001", "110.50", "50m_100m")


FUNDS: list[list[Any]] = [
    ["项目代码", "到位日期", "到位金额（万元）", "资金来源", "付款方", "凭证"],
    ["P-1", "2026-08-20", 2_000, "内资", "投资方（演示）", "进账单 17"],
    ["P-1", "2026-08-25", 500, "domestic", "投资方（演示）", "进账单 18"],
]


async def test_imported_funds_wait_for_another_person_and_enter_once(office: Office) -> None:
    await office.staff("chen", "officer", "421224")
    await office.staff("li", "officer", "421224")
    path = await office.signed()
    shown = await carried_out(office, xlsx(FUNDS), "funds-arrivals", by="chen")
    assert (shown["state"], shown["inserted"]) == ("applied", 2), await faults_of(office, shown, by="chen")
    arrivals = (await office.done("GET", f"{path}/funds-arrivals"))["items"]
    assert [(one["state"], one["amount_yuan"]) for one in arrivals] == [
        ("recorded", "20000000"),
        ("recorded", "5000000"),
    ]
    assert (await office.done("GET", path))["verified_funds_yuan"] is None
    decision = f"{path}/funds-arrivals/{arrivals[0]['id']}/verification"
    await office.refused("POST", decision, {}, status=409, code="project.four_eyes", by="chen")
    await office.done("POST", decision, {"verified_on": "2026-08-26", "note": "同对账单"}, by="li")
    before = await office.events("projects.project.v1")
    assert [event.type.split(".")[2] for event in before[2:]] == [
        "funds_recorded",
        "funds_recorded",
        "funds_verified",
    ]
    await good(office, xlsx(FUNDS), "funds-arrivals", unchanged=2)
    for form in ("csv", "xlsx"):
        # What was decided since is shown, and passed over when it comes back.
        await good(office, await exported(office, "funds-arrivals", form), "funds-arrivals", unchanged=2)
    assert await office.events("projects.project.v1") == before

    slip = FUNDS[1][:5]
    wrong: list[list[Any]] = [
        ["P-1", "2026-10-01", 1, "domestic", "x", "a"],
        ["P-1", "2026-08-20", 2_000, "贷款", "投资方（演示）", "进账单 17"],
        ["P-1", "2026-08-20", 2_000, "没有的来源", "投资方（演示）", "进账单 19"],
        ["P-9", "2026-08-20", 1, "domestic", "x", "b"],
        [*slip, None],
        ["P-1", "2026-08-20", -3, "domestic", "x", "c"],
        ["P-1", "2026-08-20", 0.00001, "domestic", "x", "d"],
        ["P-1", "2026-08-20", 20_000_000, "domestic", "x", "e"],
    ]
    assert sorted(
        await refused(office, xlsx([FUNDS[0], *wrong]), "funds-arrivals"), key=lambda place: place[0]
    ) == [
        (2, "B", "project.date_in_future"),
        (3, "D", "import.fixed"),
        (4, "D", "import.term_unknown"),
        (5, "A", "reference.unknown"),
        (6, "F", "fact.required"),
        (7, "C", "field.greater_than"),
        (8, "C", "import.not_whole_yuan"),
        (9, "C", "project.amount_needs_confirmation"),
    ]


async def in_production(office: Office, code: str) -> str:
    path = await office.started(code, days_ago=190, total_investment_yuan=150_000_000)
    await office.done("POST", f"{path}/stage-changes", {"stage": "completed", "on": "2026-05-01"})
    body = {"stage": "in_production", "on": "2026-06-10", "first_output": "first"}
    await office.done("POST", f"{path}/stage-changes", body)
    return path


async def entry_rows(office: Office, table: Any, code: str) -> list[dict[str, Any]]:
    async with office.database.session() as session:
        owner = select(col(ProjectRow.id)).where(col(ProjectRow.code) == code).scalar_subquery()
        rows = await session.scalars(
            select(table).where(table.project_id == owner).order_by(*table.__table__.primary_key)
        )
        return [row.model_dump(exclude={"project_id"}) for row in rows]


async def test_output_is_imported_by_month_as_over_rest(office: Office) -> None:
    path = await in_production(office, "P-1")
    for body in (
        {"month": "2026-07-01", "output_value_yuan": 5_600_000, "tax_yuan": 420_000, "physical_output": "12.5"},
        {"month": "2026-08-01", "output_value_yuan": 6_000_000},
        {"month": "2026-08-01", "output_value_yuan": 6_100_000, "note": "更正"},
    ):
        await office.done("POST", f"{path}/output-entries", body)
    await in_production(office, "P-2")
    head = ["项目代码", "月份", "当月产值（万元）", "当月税收（元）", "当月产量", "说明"]
    table: list[list[Any]] = [
        head, ["P-2", "2026-07", 560, 420_000, 12.5, None], ["P-2", "2026年8月", 600, None, None, None],
    ]  # fmt: skip
    await good(office, xlsx(table), "output-entries", inserted=2)
    await good(office, xlsx([head[:4], ["P-2", "2026-08", 600, None]]), "output-entries", unchanged=1)
    corrected = [[*head[:3], "说明"], ["P-2", "2026-08", 610, "更正"]]
    await good(office, xlsx(corrected), "output-entries", updated=1)
    assert await entry_rows(office, OutputEntryRow, "P-2") == await entry_rows(office, OutputEntryRow, "P-1")
    assert await stored(office, "P-2") == await stored(office, "P-1")

    wrong = [
        ["P-2", "2026-05", 1, None, None, None],
        ["P-2", "2026-10", 1, None, None, None],
        ["P-2", "2026-07", 570, None, None, None],
        ["P-2", "2026-06", None, 7, None, None],
    ]
    assert await refused(office, xlsx([head, *wrong]), "output-entries") == [
        (2, "B", "project.outside_production"),
        (3, "B", "project.date_in_future"),
        (4, "F", "project.output_correction_needs_note"),
        (5, "C", "fact.required"),
    ]


async def test_plan_curves_come_as_rows_by_month_and_are_revised_as_a_whole(office: Office) -> None:
    path = await office.started("P-1")
    for percents in ({"03": 10, "06": 45, "12": 100}, {"03": 10, "06": 40, "12": 100}):
        points = [{"month": f"2026-{month}-01", "percent": percent} for month, percent in percents.items()]
        await office.done("PUT", f"{path}/plan-curve", {"points": points, "reason": "汛期"})
    await office.started("P-2")
    head = ["项目代码", "月份", "计划形象进度（%）", "变更原因"]
    table: list[list[Any]] = [
        head, ["P-2", "2026-12", 100, "汛期"], ["P-2", "2026-03", "10%", None], ["P-2", "2026-06", 45, None],
    ]  # fmt: skip
    await good(office, xlsx(table), "plan-curves", inserted=3)
    await good(office, xlsx([row[:3] for row in table]), "plan-curves", unchanged=3)
    table[3][2] = 40
    await good(office, xlsx(table), "plan-curves", updated=3)
    assert await entry_rows(office, PlanCurveRow, "P-2") == await entry_rows(office, PlanCurveRow, "P-1")
    assert await stored(office, "P-2") == await stored(office, "P-1")
    again = await carried_out(office, xlsx(table), "plan-curves", on_existing="refuse")
    assert [place[2:] for place in places(await faults_of(office, again))] == [("A", "import.exists")]

    wrong = [
        ["P-2", "2026-03", 50], ["P-2", "2026-06", 40], ["P-2", "2026-12", 99],
        ["P-1", "2026-03", 10], ["P-1", "2026-06", 140], ["P-9", "2026-06", 100],
    ]  # fmt: skip
    assert sorted(await refused(office, xlsx([head[:3], *wrong]), "plan-curves")) == [
        (3, "C", "curve.percent_falling"),
        (4, "C", "curve.not_complete"),
        (6, "C", "field.less_than_equal"),
        (7, "A", "reference.unknown"),
    ]
    silent = [head[:3], ["P-1", "2026-12", 100]]
    assert await refused(office, xlsx(silent), "plan-curves") == [(2, None, "project.curve_needs_reason")]
    twice = [head, ["P-1", "2026-12", 100, "x"], ["P-1", "2026年12月", 100, None]]
    assert await refused(office, xlsx(twice), "plan-curves") == [(3, "A", "import.key_twice")]


async def test_annual_plans_are_imported_by_year_and_the_first_one_stays(office: Office) -> None:
    path = await office.started("P-1", total_investment_yuan=150_000_000)
    await office.done("PUT", f"{path}/annual-plans/2026", {"amount_yuan": 80_000_000})
    await office.done("PUT", f"{path}/annual-plans/2026", {"amount_yuan": 70_000_000, "reason": "年中调整"})
    await office.started("P-2", total_investment_yuan=150_000_000)
    head = ["项目代码", "年度", "计划投资（万元）", "变更原因"]
    await good(office, xlsx([head, ["P-2", 2026, 8_000, None]]), "annual-plans", inserted=1)
    assert await refused(office, xlsx([head, ["P-2", 2026, 7_000, None]]), "annual-plans") == [
        (2, "D", "project.plan_needs_reason")
    ]
    await good(office, xlsx([head, ["P-2", 2026, 7_000, "年中调整"]]), "annual-plans", updated=1)
    assert await entry_rows(office, AnnualPlanRow, "P-2") == await entry_rows(office, AnnualPlanRow, "P-1")
    assert await stored(office, "P-2") == await stored(office, "P-1")
    wrong = [["P-2", 26, 1, None], ["P-2", 2027, 70_000_000, None], ["P-2", "二〇二七", 1, None]]
    assert sorted(await refused(office, xlsx([head, *wrong]), "annual-plans")) == [
        (2, "B", "import.year_outside"),
        (3, "C", "project.amount_needs_confirmation"),
        (4, "B", "import.number_unreadable"),
    ]


async def test_milestones_and_formalities_are_known_by_title_and_name(office: Office) -> None:
    path = await office.signed("P-1")
    head = ["项目代码", "节点名称", "计划完成日期", "完成日期", "说明", "变更原因"]
    table: list[list[Any]] = [head, ["P-1", "升压站送电", "2026-11-30", None, "甲", None]]
    await good(office, xlsx(table), "milestones", inserted=1)
    await good(office, xlsx(table), "milestones", unchanged=1)
    table[1][2] = "2026-12-15"
    assert await refused(office, xlsx(table), "milestones") == [(2, "F", "project.milestone_needs_reason")]
    table[1][4:] = ["#清空", "设备到货推迟"]
    await good(office, xlsx(table), "milestones", updated=1)
    (known,) = (await office.done("GET", f"{path}/milestones"))["items"]
    assert (known["original_on"], known["planned_on"], known["note"]) == ("2026-11-30", "2026-12-15", "")
    await office.done("POST", f"{path}/milestones", {"title": "升压站送电"})
    assert await refused(office, xlsx(table), "milestones") == [(2, "B", "import.ambiguous")]

    papers = ["项目代码", "手续", "计划完成日期", "完成日期", "文号或证号"]
    rows = [
        ["P-1", "施工许可", "2026-08-31", "2026-09-02", "421224202609020101"],
        ["P-1", "eia", "2026-07-31", None, None],
    ]
    await good(office, xlsx([papers, *rows]), "formalities", inserted=2)
    done = {one["formality"]: one for one in (await office.done("GET", f"{path}/formalities"))["items"]}
    assert (done["construction_permit"]["number"], done["eia"]["planned_on"]) == (
        "421224202609020101",
        "2026-07-31",
    )
    late = [papers, ["P-1", "eia", None, "2026-12-01", None], ["P-1", "不是手续", None, None, None]]
    assert sorted(await refused(office, xlsx(late), "formalities")) == [
        (2, "D", "project.date_in_future"),
        (3, "B", "import.term_unknown"),
    ]
    # The permit that was imported is evidence of the start.
    start = {"stage": "started", "on": "2026-09-03", "planned_capacity_on": "2027-06-30"}
    assert (await office.done("POST", f"{path}/stage-changes", start))["evidence"] == "421224202609020101"


async def test_key_projects_are_designated_from_a_list_by_who_may(office: Office) -> None:
    await office.staff("officer", "officer", "421224")
    await office.staff("boss", "supervisor", "421224")
    path, other = await office.signed("P-1"), await office.signed("P-2")
    head = ["项目代码", "重点级别", "依据"]
    table: list[list[Any]] = [head, ["P-1", "县重点", "县重点项目名单 2026"], ["P-2", "city", "市名单"]]
    await office.refused(
        "POST",
        "/v1/imports",
        params={"entity": "key-designations"},
        by="officer",
        status=403,
        code="import.forbidden",
    )
    shown = await carried_out(office, xlsx(table), "key-designations", by="boss")
    assert shown["inserted"] == 2, await faults_of(office, shown, by="boss")
    project = await office.done("GET", path)
    assert (project["is_key"], project["key_level"], project["key_since"]) == (True, "county", "2026-09-15")
    for form in ("csv", "xlsx"):
        await good(office, await exported(office, "key-designations", form), "key-designations", unchanged=2)
    assert await refused(office, xlsx([head[:2], ["P-1", "省重点"]]), "key-designations") == [
        (2, None, "fact.required")
    ]
    withdrawn = [head, ["P-1", "#清空", "调出"], ["P-2", "省重点", "省名单"]]
    await good(office, xlsx(withdrawn), "key-designations", updated=2)
    assert (await office.done("GET", path))["is_key"] is False
    assert (await office.done("GET", other))["key_level"] == "province"


async def recorded(office: Office) -> None:
    """Something of everything that is recorded beside projects."""
    path = await in_production(office, "P-1")
    await office.done("POST", f"{path}/output-entries", {"month": "2026-07-01", "output_value_yuan": 5_600_001})
    points = [{"month": "2026-03-01", "percent": "33.33"}, {"month": "2026-12-01", "percent": 100}]
    await office.done("PUT", f"{path}/plan-curve", {"points": points})
    await office.done("PUT", f"{path}/annual-plans/2026", {"amount_yuan": 80_000_000})
    await office.done("POST", f"{path}/milestones", {"title": "升压站送电", "planned_on": "2026-11-30"})
    await office.done("PUT", f"{path}/formalities/eia", {"planned_on": "2026-01-31", "number": "环评 7"})
    await office.register("P-3", region_code="421221")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_is_recorded_comes_back_unchanged(office: Office, form: str) -> None:
    await recorded(office)
    before = await office.events("projects.project.v1")
    for entity, rows in (
        *(("output-entries", 1), ("plan-curves", 2), ("annual-plans", 1)),
        *(("milestones", 1), ("formalities", 1)),
    ):
        await good(office, await exported(office, entity, form), entity, rows=rows, unchanged=rows)
    assert await office.events("projects.project.v1") == before
    await office.staff("officer", "officer", "421221")
    for entity in ("output-entries", "plan-curves", "annual-plans", "milestones", "formalities"):
        assert await exported(office, entity, "ndjson", by="officer") == b""
        (line, *_) = (await exported(office, entity, "ndjson")).splitlines()
        assert json.loads(line)["project_code"] == "P-1"
    assert date.fromisoformat(json.loads(await exported(office, "annual-plans", "ndjson"))["recorded_at"][:10])
