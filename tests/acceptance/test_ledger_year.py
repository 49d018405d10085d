"""A ledger an office can run its year on: the sentences of the three texts, walked on the real stack over REST.

The tests stand in the order of the year, from 22 September into November: the clock
only goes forward. Everybody and everything is made up unless a text names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from tests.support.office import Office, id_of
from tests.support.stack import wait_for
from tests.support.world import COUNTY, SHANGHAI, World, ok

pytestmark = pytest.mark.stack

# States of an import that has not ended.
RUNNING = {"queued", "running"}
BEGINNING = datetime(2026, 9, 22, 9, 0, tzinfo=SHANGHAI)
# A town for each row with figures, so that its totals are its own.
TOWNS = {
    "421224110": "甲镇（演示）",
    "421224111": "乙镇（演示）",
    "421224112": "丙镇（演示）",
    "421224113": "丁镇（演示）",
    "421224114": "戊镇（演示）",
    "421224115": "新村镇（演示）",
    "421224116": "己镇（演示）",
    "421224117": "庚镇（演示）",
}
LIFE, RATES, PARK, GATE, DUTY, BANDS, CHECKED, TABLES = TOWNS


@pytest.fixture(scope="module")
def office(county: World) -> Iterator[Office]:
    """The county's office with two officers and two leaders, at nine on a Tuesday morning."""
    county.stack.set_clock(BEGINNING)
    with county.api("projects") as projects:
        office = Office(county, projects)
        for code, name in TOWNS.items():
            office.put(f"/v1/regions/{code}", name=name)
        office.staff("year-chen", "officer", COUNTY, person_id=county.people["officer"])
        office.staff("year-li", "officer", COUNTY)
        office.staff("year-wang", "leader", COUNTY, person_id=county.people["leader"])
        office.staff("year-sun", "supervisor", COUNTY, person_id=county.people["supervision_group"])
        office.put(
            "/v1/persons/year-zhao",
            name="赵副县长（演示）",
            unit_id=county.unit_id,
            region_code=COUNTY,
            post="leader",
        )
        yield office


def at(office: Office, month: int, day: int, hour: int = 9, minute: int = 0) -> None:
    office.world.stack.set_clock(datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI))


def test_signed_projects_schedule_their_start_and_started_ones_their_full_capacity(office: Office) -> None:
    """S1 台帐式管理：“签约项目要排出开工日期、开工项目排出达产日期”。"""
    project = office.register("YEAR-1", "百万吨旋窑水泥（演示）", LIFE)
    signing: dict[str, Any] = {
        "stage": "signed",
        "on": "2026-09-01",
        "contract_amount_yuan": 63_000_000,
        "investor": "投资人（演示）",
        "channel": "return_home",
    }
    problem = office.refused(f"{project}/stage-changes", **signing)
    assert [error["pointer"] for error in problem["errors"]] == ["/planned_start_on"]
    assert office.enter(project, planned_start_on="2026-09-20", **signing)["stage"] == "signed"
    starting: dict[str, Any] = {"stage": "started", "on": "2026-09-21", "evidence": "施工许可 9（演示）"}
    problem = office.refused(f"{project}/stage-changes", **starting)
    assert [error["pointer"] for error in problem["errors"]] == ["/planned_capacity_on"]
    office.enter(project, planned_capacity_on="2027-12-31", **starting)

    moving = {"milestone": "capacity", "planned_on": "2028-03-31"}
    assert office.call("POST", f"{project}/replans", moving).status_code == 422
    office.post(f"{project}/replans", reason="设备到货推迟（演示）", **moving)
    plan = {row["milestone"]: row for row in office.get(project)["plan"]}
    capacity = plan["capacity"]
    assert (capacity["original_on"], capacity["current_on"]) == ("2027-12-31", "2028-03-31")
    assert (plan["start"]["original_on"], plan["start"]["actual_on"]) == ("2026-09-20", "2026-09-21")
    history = office.items(f"{project}/history")
    assert [row["action"] for row in history] == ["registered", "stage_entered", "stage_entered", "replanned"]
    assert history[-1]["reason"] == "设备到货推迟（演示）"
    assert "计划达产由 2027年12月31日 改为 2028年3月31日" in history[-1]["text"]


def test_project_lives_from_idea_to_capacity_and_no_stage_is_skipped(office: Office) -> None:
    """S2 策划 → 签约 → 开工 → 竣工 → 投产 → 达产；停建、终止、更正都留痕。"""
    project = office.register(
        "YEAR-2", "年产五万吨冶金辅料（演示）", LIFE, design_output="50000", output_unit="吨"
    )
    skipped = {"stage": "started", "on": "2026-05-20", "evidence": "x", "planned_capacity_on": "2026-09-30"}
    assert office.refused(f"{project}/stage-changes", **skipped)["code"] == "project.illegal_stage_change"
    office.sign(project, 56_000_000)
    office.start(project)
    halted = office.post(f"{project}/suspensions", on="2026-06-10", reason="资金未到位（演示）")
    assert (halted["stage"], halted["interrupted_stage"]) == ("suspended", "started")
    assert office.post(f"{project}/resumptions", on="2026-06-20", note="复工（演示）")["stage"] == "started"
    office.enter(project, "completed", "2026-08-01")
    office.enter(project, "in_production", "2026-08-10", first_output="首炉出铁（演示）")
    back = office.post(f"{project}/reversals", reason="首炉在 8 月 12 日（演示）")
    assert back["stage"] == "completed"
    office.enter(project, "in_production", "2026-08-12", first_output="首炉出铁（演示）")
    assert office.enter(project, "at_capacity", "2026-09-15", actual_output="51000")["stage"] == "at_capacity"

    other = office.register("YEAR-3", "石材加工（演示）", LIFE)
    office.sign(other, 12_000_000)
    ended = office.post(f"{other}/termination", on="2026-09-01", reason="投资人撤资（演示）")
    assert (ended["stage"], ended["interrupted_stage"]) == ("terminated", "signed")
    reversal = next(row for row in office.items(f"{project}/history") if row["action"] == "reversed")
    assert reversal["reason"] == "首炉在 8 月 12 日（演示）"


def test_five_rates_carry_numerator_denominator_and_the_projects_behind_both(office: Office) -> None:
    """S3 “履约率、资金到位率、开工率、投产率和投入产出率”。

    Four signed over 1亿元 each, one of them terminated after its start: two started of four, one of those two in
    production; 1.2亿元 verified of 4亿元; 2400万元 of output on 6000万元 of investment.
    """
    a, b, c, d = (office.register(f"RATE-{letter}", f"{letter}（演示）", RATES) for letter in "ABCD")
    for project in (a, b, c, d):
        office.sign(project, 100_000_000)
    for project in (a, b):
        office.start(project)
    office.post(f"{a}/investment-entries", month="2026-06-01", amount_yuan=60_000_000)
    office.enter(a, "completed", "2026-06-20")
    office.enter(a, "in_production", "2026-06-30", first_output="首批（演示）")
    for month in ("2026-07-01", "2026-08-01"):
        office.post(f"{a}/output-entries", month=month, output_value_yuan=12_000_000, tax_yuan=600_000)
    office.post(f"{b}/termination", on="2026-09-10", reason="撤资（演示）")
    who = {"recorder": "year-chen", "verifier": "year-li"}
    office.fund(a, 100_000_000, "2026-04-01", "进账单1（演示）", **who)
    office.fund(c, 20_000_000, "2026-04-02", "进账单2（演示）", **who)

    answer = office.get("/v1/rates", region_code=RATES)
    rates = {(rate["rate"], rate["basis"]): rate for rate in answer["total"]}
    shown = {key: (rate["numerator"], rate["denominator"], rate["value"]) for key, rate in rates.items()}
    assert shown == {
        ("fulfilment", "all"): ("3", "4", "0.750000"),
        ("fulfilment", "due"): ("3", "4", "0.750000"),
        ("funds_in_place", "all"): ("120000000", "400000000", "0.300000"),
        ("start", "all"): ("2", "4", "0.500000"),
        ("start", "due"): ("2", "4", "0.500000"),
        ("commissioning", "all"): ("1", "2", "0.500000"),
        ("commissioning", "due"): ("0", "0", None),
        ("output_to_input", "output"): ("24000000", "60000000", "0.400000"),
        ("output_to_input", "tax"): ("1200000", "60000000", "0.020000"),
    }
    start = rates["start", "all"]
    assert set(start["numerator_ids"]) == {id_of(a), id_of(b)}
    assert set(start["denominator_ids"]) == {id_of(project) for project in (a, b, c, d)}
    behind = office.get(start["links"]["outstanding"])["items"]
    assert {row["code"] for row in behind} == {"RATE-C", "RATE-D"}
    # Nothing had been signed on the first of March: no rate, which is not a rate of nought.
    earlier = office.get("/v1/rates", region_code=RATES, as_of="2026-03-01")["total"]
    assert {rate["value"] for rate in earlier} == {None}


def test_key_project_has_one_leader_one_task_force_one_meeting_and_one_set_of_minutes(office: Office) -> None:
    """S5 “一个现场办公会协调，一份会议纪要管总，一个县级领导挂帅，一个工作专班运作”。"""
    project = office.register("KEY-1", "九宫山风力电场一期（演示）", DUTY)
    office.sign(project, 140_000_000)
    office.start(project)
    office.post(f"{project}/key-designations", level="county", reason="县重点项目名单（演示）")

    def missing() -> list[str]:
        rows = office.items("/v1/leadership-gaps")
        return sorted(next((row["missing"] for row in rows if row["project_code"] == "KEY-1"), []))

    assert missing() == ["governing_minutes", "lead_official", "on_site_meeting", "task_force"]
    people, plan = office.world.people, {"on": "2026-08-10", "reason": "县委办文件（演示）"}
    office.post(f"{project}/lead-officials", person_id=people["leader"], **plan)
    head = [{"person_id": people["officer"], "role": "head"}]
    office.post(f"{project}/task-forces", name="风电工作专班（演示）", members=head, **plan)
    assert missing() == ["governing_minutes", "on_site_meeting"]
    agenda = [{"topic": "送出线路", "project_id": id_of(project)}]
    meeting = {"kind": "on_site", "title": "现场办公会", "region_code": COUNTY, "planned_on": "2026-08-20"}
    held = f"/v1/meetings/{office.post('/v1/meetings', items=agenda, **meeting)['id']}"
    office.post(f"{held}/holding", on="2026-08-20")
    minutes = office.post(f"{held}/minutes", text="会议议定：一、二（演示）")
    office.post(f"{project}/governing-minutes", minutes_id=minutes["id"], on="2026-08-20", reason="管总（演示）")
    assert missing() == []

    zhao = office.get("/v1/persons/year-zhao")["id"]
    office.post(f"{project}/lead-officials", person_id=zhao, on="2026-09-10", reason="分工调整（演示）")
    then = office.get(f"{project}/leadership", on="2026-09-09")["lead_official"]
    now = office.get(f"{project}/leadership")["lead_official"]
    assert (then["person_id"], then["end_reason"]) == (people["leader"], "分工调整（演示）")
    assert now["person_id"] == zhao


def test_investor_brings_a_string_of_others_and_is_credited_by_money_that_arrived(office: Office) -> None:
    """S9 “引一个带一串”：一位浙江投资人引来两位，在小水电上投入1亿多元；功劳按实际到位资金计。"""
    kind = {"kind": "person", "region_code": COUNTY, "origin_region_code": "330000"}
    first, *others = (
        office.post("/v1/investors", name=f"浙江投资人{name}（演示）", **kind)["id"] for name in "甲乙丙"
    )
    paper = {"registered_on": "2026-02-20", "evidence": "引荐登记簿第3页（演示）"}
    hydro = []
    for number, investor in enumerate(others, 1):
        office.post("/v1/referrals", introducer_id=first, introduced_id=investor, **paper)
        project = office.register(f"HYDRO-{number}", f"小水电{number}（演示）", LIFE)
        introducer = {"investor_id": first, "basis_points": 10_000, **paper}
        office.put(f"{project}/promotion", investor_id=investor, introducers=[introducer])
        office.sign(project, 56_000_000, channel="merchant")
        hydro.append(project)
    itself = office.refused("/v1/referrals", introducer_id=first, introduced_id=first, **paper)
    assert itself["code"] == "referral.self"
    late = {"introducer_id": first, "introduced_id": others[0]}
    assert office.refused("/v1/referrals", **late)["code"] == "referral.exists"

    who = {"recorder": "year-chen", "verifier": "year-li"}
    office.fund(hydro[0], 53_000_000, "2026-08-20", "进账单3（演示）", **who)
    office.fund(hydro[1], 50_000_000, "2026-09-10", "进账单4（演示）", **who)
    tree = office.get(f"/v1/investors/{first}/referral-tree")["root"]
    assert (tree["chain_projects"], tree["chain_funds_yuan"]) == (2, "103000000")
    statement = office.get("/v1/promotion-credits", region_code=COUNTY)["items"]
    assert {row["name"]: row["credit_yuan"] for row in statement} == {"浙江投资人甲（演示）": "103000000"}


def test_shared_park_counts_for_each_town_by_share_and_once_for_the_county(office: Office) -> None:
    """S10 共建共享：“其税费和经济总量纳入乡镇受益范围”。"""
    office.put("/v1/parks/YEAR-PARK", name="石材工业园（演示）", region_code=PARK, level="county")
    works = office.put(
        "/v1/enterprises/91350100M000100Y43", name="石材厂（演示）", region_code=PARK, sector_code="3032"
    )["enterprise_id"]
    tenant = office.post("/v1/tenants", park_code="YEAR-PARK", enterprise_id=works, from_on="2026-03-01")
    for month, tax in (("2026-07", "1001"), ("2026-08", "501")):
        office.put(f"/v1/tenants/{tenant['id']}/figures/{month}", tax_yuan=tax)
    shares = [{"region_code": PARK, "basis_points": 6000}, {"region_code": LIFE, "basis_points": 3999}]
    agreed = {"enterprise_id": works, "measure": "tax", "valid_from": "2026-01-01"}
    refused = office.call("PUT", "/v1/attributions", {**agreed, "shares": shares})
    assert refused.json()["code"] == "attribution.shares_not_whole"
    shares[1]["basis_points"] = 4000
    office.put("/v1/attributions", shares=shares, **agreed)
    months = {"measure": "tax", "from_month": "2026-07", "to_month": "2026-08"}
    county = office.get("/v1/attributed-totals", region_code=COUNTY, **months)
    assert (county["standing_yuan"], county["counted_yuan"]) == ("1502", "1502")
    towns = {row["region_code"]: int(row["amount_yuan"]) for row in county["regions"]}
    assert set(towns) == {PARK, LIFE}
    assert sum(towns.values()) == 1502


def test_new_projects_are_counted_by_size_against_a_target_that_is_never_an_actual(office: Office) -> None:
    """S15 新村镇：新上千万元以上项目9个，1000万–5000万4个、5000万–1亿4个、1亿以上1个——目标，不是实绩。"""
    year = {"region_code": BANDS, "period_from": "2026-01-01", "period_to": "2026-12-31"}
    for band, wanted in (("10m_50m", 4), ("50m_100m", 4), ("from_100m", 1)):
        office.put("/v1/size-band-targets", band_code=band, projects=wanted, source="新村镇实施方案", **year)
    asked = {"region": BANDS, "signed_from": "2026-01-01", "signed_to": "2026-12-31"}
    counts = office.get("/v1/size-band-counts", **asked)
    assert (counts["projects"], counts["investment_yuan"]) == (0, "0")
    assert sum(row["target_projects"] or 0 for row in counts["bands"]) == 9
    # The lower edge belongs to the band above it.
    office.sign(office.register("BAND-1", "化纤厂（演示）", BANDS, total_investment_yuan=50_000_000), 50_000_000)
    counts = office.get("/v1/size-band-counts", **asked)
    shown = {row["code"]: (row["projects"], row["difference_projects"]) for row in counts["bands"] if row["code"]}
    assert shown == {"10m_50m": (0, -4), "50m_100m": (1, -3), "from_100m": (0, -1)}


def test_substation_in_production_tells_its_capacity(office: Office) -> None:
    """S25 右岸水都110千伏变电站：投产后容量进入电网。"""
    project = office.register("GRID-1", "右岸水都110千伏变电站（演示）", LIFE, kind="grid_works")
    grid = {
        "work": "substation",
        "voltage_kv": "110",
        "capacity_mva": "63",
        "financing_form": "build_first_pay_later",
    }
    office.sign(project, 63_000_000, grid=grid)
    office.start(project)
    office.enter(project, "completed", "2026-08-01")
    office.enter(project, "in_production", "2026-09-01", first_output="送电（演示）")

    def told() -> dict[str, Any]:
        """What the change feed of other systems says about the project last."""
        cursor: str | None = None
        last: dict[str, Any] = {}
        while True:
            page = office.get("/v1/projects/changes", limit=500, **({"after": cursor} if cursor else {}))
            last = next((one for one in reversed(page["items"]) if one["id"] == id_of(project)), last)
            cursor = page["next_cursor"]
            if not page["has_more"]:
                return last if last.get("data", {}).get("stage") == "in_production" else {}

    change = wait_for(told, 180, "the change feed tells of the substation")
    facts = change["data"]
    assert (facts["stage"], facts["kind"], facts["grid"]["work"]) == ("in_production", "grid_works", "substation")
    assert float(facts["grid"]["capacity_mva"]) == 63


def test_everything_is_found_by_a_part_of_its_name_and_filtered(office: Office) -> None:
    """S29 信息数据库：凡入库的都能检索、筛选。"""
    hits = office.get("/v1/search", q="旋窑水泥", region_code=LIFE)["items"]
    assert [(hit["type"], hit["code"]) for hit in hits] == [("project", "YEAR-1")]
    wanted = {"filter[region_code][eq]": LIFE, "filter[stage][eq]": "terminated"}
    assert [row["code"] for row in office.items("/v1/projects", **wanted)] == ["YEAR-3"]


def imported(office: Office, entity: str, rows: list[str], mode: str = "apply") -> dict[str, Any]:
    """A table as an office sends it, and what became of it."""
    asked = {"entity": entity, "mode": mode, "file_name": "台帐.csv"}
    sent = ok(office.http.post("/v1/imports", params=asked, content="\n".join(rows).encode("gb18030")))
    path = f"/v1/imports/{sent['id']}"

    def ended() -> dict[str, Any]:
        shown: dict[str, Any] = office.get(path)
        return {} if shown["state"] in RUNNING else shown

    return wait_for(ended, 240, "the import ends")


def test_ledger_is_imported_whole_or_not_at_all_and_exported_in_every_form(office: Office) -> None:
    """S29 信息数据库：导入先试算，逐行逐列报错，有一处错则全不入库，可增可改；随时导出，并以 OC4IDS 公开。"""
    head = "项目代码,项目名称,项目类型,行政区划代码,总投资（万元）,合同金额（万元）,投资方,招商渠道,计划开工日期"
    head += ",签约日期"
    known = f"新建,{TABLES},1500,1400,投资人（演示）,回归创业,2026-12-01,2026-09-01"
    good = [f"TABLE-{number},表中项目{number}（演示）,{known}" for number in (1, 2)]
    # S1 holds for tables as it does for people: who is signed plans the start.
    unplanned = good[1].replace("TABLE-2", "TABLE-3").replace("2026-12-01", "")
    wrong = imported(office, "projects", [head, *good, unplanned, "TABLE-4" + good[1][7:].replace("1500", "很多")])
    assert (wrong["state"], wrong["errors"], wrong["inserted"]) == ("rejected", 2, 2)
    faults = office.items(f"/v1/imports/{wrong['id']}/errors")
    assert sorted((fault["row"], fault["column"]) for fault in faults) == [(4, "I"), (5, "E")]
    here: dict[str, Any] = {"filter[region_code][eq]": TABLES}
    assert office.items("/v1/projects", **here) == []

    assert imported(office, "projects", [head, *good], "dry_run")["inserted"] == 2
    assert office.items("/v1/projects", **here) == []
    assert imported(office, "projects", [head, *good])["inserted"] == 2
    moved = ["项目代码,计划开工日期,变更原因", "TABLE-1,2027-02-01,土地手续延迟"]
    assert imported(office, "projects", moved)["updated"] == 1
    (first, _) = office.items("/v1/projects", sort="code", **here)
    start = first["plan"][0]
    assert (start["original_on"], start["current_on"]) == ("2026-12-01", "2027-02-01")

    slips = [
        "项目代码,到位日期,到位金额（万元）,资金来源,付款方,凭证",
        "TABLE-1,2026-09-10,300,内资,投资人（演示）,进账单 1",
    ]
    assert imported(office, "funds-arrivals", slips)["inserted"] == 1
    curve = ["项目代码,月份,计划形象进度（%）", "TABLE-1,2027-06,40", "TABLE-1,2027-12,100"]
    assert imported(office, "plan-curves", curve)["inserted"] == 2
    table = office.call("GET", "/v1/exports/projects", format="csv", **here)
    assert table.text.startswith("\ufeff")
    back = imported(office, "projects", table.text.removeprefix("\ufeff").splitlines())
    assert (back["rows"], back["unchanged"]) == (2, 2)
    for form, beginning in (("xlsx", b"PK"), ("ndjson", b"{"), ("parquet", b"PAR1")):
        assert office.call("GET", "/v1/exports/projects", format=form, **here).content.startswith(beginning)
    package = office.call("GET", "/v1/exports/oc4ids", **here).json()
    assert (package["version"], len(package["projects"])) == ("0.9", 2)
    # Money that nobody has verified is no payment.
    assert [("transactions" in one, one["status"]) for one in package["projects"]] == [(False, "preparation")] * 2


def test_quiet_day_refuses_an_inspection_unless_safety_is_at_stake_and_somebody_approves(office: Office) -> None:
    """S30 企业安静生产日、“零干扰”：检查先备案，安静日不得入企；安全检查须说明理由并经批准。"""
    works = plant(office)
    days = list(range(1, 26))
    rule = {
        "name": "安静生产日（演示）",
        "kind": "quiet_days",
        "region_code": LIFE,
        "basis": "县政府令7号（演示）",
    }
    office.put("/v1/visit-rules/YEAR-QUIET", days_of_month=days, **rule)
    inspectors = [{"name": f"检查员{n}（演示）", "certificate_no": f"DEMO-{n}"} for n in (1, 2)]
    visit: dict[str, Any] = {
        "enterprise_id": works,
        "kind": "routine",
        "subject": "特种设备",
        "basis": "特种设备安全法第五十七条",
        "planned_from": "2026-10-09",
        "planned_to": "2026-10-09",
        "parties": [{"unit_id": office.world.unit_id, "inspectors": inspectors}],
    }
    refused = office.post("/v1/inspections", by="year-chen", **visit)
    assert (refused["status"], [why["reason"] for why in refused["refusals"]]) == ("refused", ["quiet_day"])
    allowed = office.post(
        "/v1/inspections", by="year-chen", **{**visit, "planned_from": "2026-10-30", "planned_to": "2026-10-30"}
    )
    assert allowed["status"] == "approved"

    why = {"exempt_ground": "safety", "exempt_reason": "接报车间冒烟（演示）"}
    filed = office.post("/v1/inspections", by="year-chen", **visit, **why)
    assert filed["status"] == "awaiting_approval"
    decided = office.post(
        f"/v1/inspections/{filed['id']}/decisions", by="year-wang", approve=True, note="立即前往（演示）"
    )
    assert (decided["status"], decided["is_exempted"]) == ("approved", True)


def test_appeal_is_dispatched_timed_answered_and_rated_by_who_made_it(office: Office) -> None:
    """S30 企业诉求：受理、交办、限时、答复，由诉求人评价；不满意的退回重办。"""
    words = {"kind": "request", "category": "energy", "title": "增容（演示）", "content": "二号炉需增容（演示）"}
    plant(office)
    lodged = office.post("/v1/appeals", by="year-plant", **words)["appeal"]
    assert (lodged["status"], lodged["due_on"]) == ("accepted", "2026-09-23")
    path = f"/v1/appeals/{lodged['id']}"
    given = office.post(f"{path}/dispatches", by="year-sun", unit_id=office.world.unit_id)
    # Five working days; the three of the mid-autumn holiday are none.
    assert (given["status"], given["due_on"]) == ("dispatched", "2026-09-30")
    office.post(f"{path}/answers", by="year-chen", answer="十月办（演示）")
    back = office.post(f"{path}/ratings", by="year-plant", score=2, satisfied=False, comment="日期不明（演示）")
    assert (back["status"], back["round"]) == ("returned", 2)
    office.post(f"{path}/answers", by="year-chen", answer="10月8日送电（演示）")
    closed = office.post(f"{path}/ratings", by="year-plant", score=5, satisfied=True)
    assert (closed["status"], closed["closed_as"]) == ("closed", "satisfied")


def test_agency_centre_runs_one_case_of_several_matters_in_their_order(office: Office) -> None:
    """S30 证照代办中心：一件代办，多项事项，按先后办理。"""
    unit = office.world.unit_id
    items = [
        {"key": "licence", "matter": "营业执照", "unit_id": unit, "promised_days": 3,
         "documents": [{"name": "章程", "required": True}]},
        {"key": "seal", "matter": "公章", "unit_id": unit, "promised_days": 1, "depends_on": ["licence"]},
        {"key": "bank", "matter": "开户", "unit_id": unit, "promised_days": 4, "depends_on": ["seal"]},
    ]  # fmt: skip
    case = office.post(
        "/v1/agency-cases", by="year-chen", title="开办企业（演示）", enterprise_id=plant(office), items=items
    )
    path = f"/v1/agency-cases/{case['id']}"
    assert (case["missing_documents"], case["critical_path"]) == (
        {"licence": ["章程"]},
        ["licence", "seal", "bank"],
    )
    office.post(f"{path}/items/licence/receipts", by="year-chen", document="章程", on="2026-09-22")
    early = office.refused(f"{path}/items/bank/completion", by="year-chen", on="2026-09-22", outcome="x")
    assert early["code"] == "agency_case.status"
    for key in ("licence", "seal", "bank"):
        done = office.post(
            f"{path}/items/{key}/completion", by="year-chen", on="2026-09-22", outcome="办结（演示）"
        )
    assert (done["status"], done["percent"]) == ("finished", 100)


def plant(office: Office) -> str:
    """An enterprise's id; its own login comes with it."""
    body = {"name": "矿热炉厂（演示）", "region_code": LIFE, "sector_code": "3140"}
    works = str(office.put("/v1/enterprises/91421224MA49ABC12H", **body)["enterprise_id"])
    if "year-plant" not in office.tokens:
        office.staff("year-plant", "enterprise", COUNTY, enterprise_id=works)
    return works


def test_expired_review_keeps_the_gate_shut_until_somebody_answers_for_it(office: Office) -> None:
    """S12 “进入项目要做环境评价报告”；“对达不到能耗标准…的投资项目，不予核准、备案”。"""
    adoption = {"template": "admission-basics", "region_code": GATE, "valid_from": "2026-09-01"}
    office.post("/v1/gate-rules/adoption", **adoption)
    standard: dict[str, Any] = {
        "validity_months": 60,
        "min_experts": 1,
        "region_code": GATE,
        "valid_from": "2026-01-01",
    }
    for kind in ("eia", "energy"):
        office.put("/v1/gate-standards", review=kind, **standard)
    project = office.register("GATE-1", "矿热炉（演示）", GATE)
    office.sign(project, 56_000_000)
    start = {
        "stage": "started",
        "on": "2026-09-22",
        "evidence": "许可（演示）",
        "planned_capacity_on": "2027-06-30",
    }

    def lacking() -> list[str]:
        problem = office.refused(f"{project}/stage-changes", **start)
        assert problem["code"] == "gate.closed"
        return [error["code"] for error in problem["errors"]]

    assert lacking() == ["gate.missing", "gate.missing"]
    for kind, until in (("eia", "2030-01-01"), ("energy", "2026-09-01")):
        case = {"project_id": id_of(project), "review": kind, "opened_on": "2026-03-01"}
        review = f"/v1/gate-reviews/{office.post('/v1/gate-reviews', **case)['id']}"
        expert: dict[str, Any] = {
            "name": "李工（演示）",
            "organisation": "设计院（演示）",
            "expertise": "热工",
            "has_conflict": False,
        }
        panel = office.post(f"{review}/experts", **expert)["experts"]
        office.put(f"{review}/experts/{panel[0]['id']}/opinion", opinion="agree", on="2026-03-10")
        if kind == "energy":
            office.put(f"{review}/energy", intensity="0.52", basis="output_value")
        given = {"verdict": "pass", "issued_on": "2026-03-20", "document_no": f"{kind} 7（演示）"}
        office.post(f"{review}/conclusion", valid_until=until, **given)
    assert lacking() == ["gate.expired"]

    override = {"project_id": id_of(project), "point": "start", "make_good_by": "2026-12-31"}
    nobody = office.call("POST", "/v1/gate-overrides", {**override, "reason": "抢工期"}, by="year-chen")
    assert nobody.status_code == 403
    granted = office.post("/v1/gate-overrides", by="year-wang", reason="汛前抢险（演示）", **override)
    office.enter(project, **start)
    trail = office.items(f"/v1/gate-overrides/{granted['id']}/history")
    assert [row["action"] for row in trail] == ["granted", "used"]
    assert office.get(f"/v1/gate-overrides/{granted['id']}")["used_for"] == "started"


def test_problem_climbs_when_overdue_and_is_closed_by_another_than_who_resolved_it(office: Office) -> None:
    """S6 督导组、联席办公会议：问题逾期上一级，销号须核实；会议决定落到人、落到期限。"""
    project = office.register("DUTY-1", "欧罗文实业（演示）", DUTY)
    office.sign(project, 20_000_000)
    problem = office.post(
        f"{project}/problems",
        title="用地未批",
        description="尚缺12亩（演示）",
        category="land",
        owner_unit_id=office.world.unit_id,
        working_days=1,
    )
    address = f"/v1/problems/{problem['id']}"
    assert (problem["level"], problem["due_on"]) == (1, "2026-09-23")

    agenda = [{"topic": "用地", "problem_id": problem["id"]}]
    meeting = {"kind": "joint", "title": "联席办公会议", "region_code": COUNTY, "planned_on": "2026-09-22"}
    held = f"/v1/meetings/{office.post('/v1/meetings', items=agenda, **meeting)['id']}"
    office.post(f"{held}/holding", on="2026-09-22")
    action = {"title": "补齐用地手续", "owner_unit_id": office.world.unit_id, "working_days": 3}
    decision = office.post(
        f"{held}/decisions", text="先行用地（演示）", actions=[action | {"problem_id": problem["id"]}]
    )
    (item,) = decision["action_item_ids"]
    assert office.get(f"/v1/action-items/{item}")["due_on"] == "2026-09-28"

    at(office, 9, 24, 7, 45)
    climbed = wait_for(
        lambda: (seen := office.get(address))["level"] == 2 and seen, 180, "the problem goes up a level"
    )
    assert climbed["overdue_since"] == "2026-09-23"
    office.post(f"{address}/resolution", by="year-chen", resolution="用地已批（演示）")
    own = office.refused(f"{address}/closing", by="year-chen", note="已办")
    assert own["code"] == "duty.verifier_is_resolver"
    assert office.post(f"{address}/closing", by="year-li", note="现场核实（演示）")["status"] == "closed"
    steps = [step["action"] for step in office.items(f"{address}/steps")]
    assert steps == ["raised", "escalated", "resolved", "closed"]


def test_five_working_days_leave_out_the_holiday_and_a_breach_reaches_the_alerts_service(office: Office) -> None:
    """S11 “市级审批5个工作日内办结”：国庆假期不计，调休上班日计入；超时告警。"""
    at(office, 9, 28)
    matter: dict[str, Any] = {
        "code": "year-filing",
        "name": "企业投资项目备案（演示）",
        "authority_level": "county",
        "region_code": COUNTY,
        "unit_id": office.world.unit_id,
        "statutory_days": 20,
        "promised_days": 5,
        "valid_from": "2026-01-01",
    }
    office.put("/v1/approval-matters", **matter)
    project = office.register("CASE-1", "恒远包装二期（演示）", LIFE)
    asked = {"matter_code": "year-filing", "project_id": id_of(project), "applied_on": "2026-09-28"}
    opened = office.post("/v1/approval-cases", owner_person_id=office.world.people["officer"], **asked)
    case = f"/v1/approval-cases/{opened['id']}"
    # Three days of September, eight of rest, two of October and the Saturday that is worked instead.
    assert office.post(f"{case}/acceptance", on="2026-09-28")["due_on"] == "2026-10-10"
    days = {day["on"]: day["kind"] for day in office.get(f"{case}/clock")["days"]}
    assert (days["2026-10-01"], days["2026-10-10"]) == ("rest", "counted")
    assert list(days.values()).count("counted") == 5

    at(office, 10, 12, 9, 5)
    alert = wait_for(partial(alert_of, office.world, opened["code"], "open"), 180, "the breach becomes an alert")
    assert alert is not None
    assert alert["title_zh"]
    assert alert["text_zh"]
    office.post(f"{case}/decision", outcome="granted", on="2026-10-12", document="备案证 12（演示）")
    wait_for(partial(alert_of, office.world, opened["code"], "resolved"), 180, "the alert ends with the case")
    with office.world.api("alerts") as alerts:
        page = ok(alerts.get("/v1/alerts", params={"limit": 1000}))["items"]
    kinds = [row["condition_kind"] for row in page if row["object_label"] == opened["code"]]
    assert kinds.count("approval_breached") == 1


def test_month_is_reported_by_its_day_and_a_missed_report_is_told(office: Office) -> None:
    """S4 “旬过问、月通报、季检查、半年一小结、年终结硬账”：到期交，漏报即告警。"""
    adoption = {"template": "county", "region_code": CHECKED}
    (regime,) = office.post("/v1/cadence-regimes/adoption", **adoption)["items"]
    assert [level["name"] for level in regime["levels"]] == [
        "旬过问",
        "月通报",
        "季检查",
        "半年一小结",
        "年终结硬账",
    ]
    for code in ("CHECK-1", "CHECK-2"):
        project = office.register(code, f"{code}（演示）", CHECKED, responsible_unit_id=office.world.unit_id)
        office.sign(project, 20_000_000)
        office.start(project)
    at(office, 11, 2)
    office.post("/v1/check-scans")
    monthly = {
        check["project_code"]: check
        for check in office.items("/v1/checks", **{"filter[region_code][eq]": CHECKED})
        if check["period"] == "2026-10"
    }
    assert set(monthly) == {"CHECK-1", "CHECK-2"}
    report = {
        "narrative": "基础完成（演示）",
        "progress": {"percent": "35"},
        "investments": [{"month": "2026-10-01", "amount_yuan": "3000000"}],
        "answers": {"next_step": "主体施工（演示）"},
    }
    handed_in = office.post(f"/v1/checks/{monthly['CHECK-1']['id']}/submissions", by="year-chen", **report)
    assert handed_in["late"] is False
    told = office.items("/v1/projects", **{"filter[code][eq]": "CHECK-1"})[0]
    assert (told["percent"], told["invested_yuan"]) == ("35.00", "3000000")

    at(office, 11, 16)
    office.post("/v1/check-scans")
    missed = office.items("/v1/conditions", **{"filter[kind][eq]": "check_missed", "filter[open][eq]": "true"})
    codes = {row["project_code"] for row in missed if row["subject_id"] == monthly["CHECK-2"]["id"]}
    assert codes == {"CHECK-2"}
    assert monthly["CHECK-1"]["id"] not in {row["subject_id"] for row in missed}


def alert_of(world: World, code: str, status: str) -> dict[str, Any] | None:
    """The alert of a case's breach, once it has the status."""
    with world.api("alerts") as alerts:
        page = ok(alerts.get("/v1/alerts", params={"limit": 1000}))["items"]
    for alert in page:
        if (alert["object_label"], alert["status"], alert["condition_kind"]) == (
            code,
            status,
            "approval_breached",
        ):
            return dict(alert)
    return None
