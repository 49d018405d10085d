"""Phase-out over HTTP: from listing to passing or to a closure that the meters confirm."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from libs.common.registry.tables import EnterpriseReplicaRow
from services.energy.phase_out.jobs import check_running, watch_dates
from services.energy.phase_out.restricted import restricted_enterprises
from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site
from tests.support.energy_context import run_job

FURNACE = UUID(int=0x91)
CODE = "91421224MA49000000"
STANDARD = {
    "code": "KRL-6300",
    "name": "6300千伏安以下矿热炉",
    "category": "equipment",
    "description": "6300千伏安以下铁合金矿热电炉",
    "comparator": "at_least",
    "threshold": 6300,
    "measure": "变压器容量",
    "unit": "kVA",
    "basis": "产业结构调整指导目录 淘汰类",
    "deadline_on": "2026-12-31",
    "valid_from": "2024-02-01",
}
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40 + b"IEND\xaeB`\x82"


@pytest.fixture
async def office(site: Site) -> Site:
    """A site that knows the enterprise and its standard, which holds everywhere."""
    async with site.database.transaction() as session:
        for number, code in ((FURNACE, CODE), (UUID(int=0x92), "91421221MA49000001")):
            session.add(
                EnterpriseReplicaRow(
                    subject=str(number),
                    version=1,
                    enterprise_id=number,
                    credit_code=code,
                    name="通山冶金辅料有限公司",
                    region_code=COUNTY if number == FURNACE else NEIGHBOUR,
                    sector_code="3140",
                    key_energy_user=True,
                )
            )
    await site.add_key("furnace", "enterprise", COUNTY, enterprise_id=FURNACE)
    await site.add_key("stranger_enterprise", "enterprise", COUNTY, enterprise_id=uuid4())
    async with site.client("admin") as client:
        answer = await client.put("/v1/phase-out-standards", json=STANDARD)
        assert answer.status_code == 201, answer.text
        site.keys["standard"] = answer.json()["id"]
    return site


async def list_case(site: Site, client: httpx.AsyncClient, **facts: Any) -> dict[str, Any]:
    body = {
        "credit_code": CODE,
        "title": "3200千伏安矿热炉2台",
        "standard_id": site.keys["standard"],
        "listed_on": "2026-03-01",
        "source": "县经信局排查",
        "measured": 3200,
        "measured_on": "2026-02-20",
    }
    answer = await client.post("/v1/phase-out-cases", json=body | facts)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def code_of(answer: httpx.Response) -> str:
    return str(answer.json().get("code", answer.status_code))


async def situations(site: Site) -> list[tuple[str, int, str | None]]:
    items = (await site.get("/v1/situations", sort="opened_at"))["items"]
    return [(item["kind"].removeprefix("phase_out_"), item["level"], item["cleared_reason"]) for item in items]


async def move_to(site: Site, day: date) -> None:
    today = (site.clock.now() + timedelta(hours=8)).date()
    site.clock.advance(day - today)


async def restricted(site: Site, day: date) -> list[UUID]:
    async with site.database.session() as session:
        return list(await restricted_enterprises(session, day, COUNTY))


async def send(site: Site, first: date, days: int, kw: float | None, slots: int = 96) -> None:
    curves = [
        {
            "meter_no": "F-1",
            "date": (first + timedelta(days=number)).isoformat(),
            "values": [kw] * slots + [None] * (96 - slots),
        }
        for number in range(days)
    ]
    await site.merged(await site.post_curves(curves))


async def test_dates_are_warned_of_before_and_after_once_each(office: Site) -> None:
    async with office.client() as client:
        milestones = [{"name": "停产", "planned_on": "2026-11-30"}]
        case = await list_case(office, client, milestones=milestones)
        path = f"/v1/phase-out-cases/{case['id']}"
        assert (case["number"], case["required"], case["deadline_on"]) == (
            "TT2026-421224-0001",
            6300,
            "2026-12-31",
        )
        assert case["days_left"]["working_days"] > 60
        assert await situations(office) == []
        # 30 working days before the milestone.
        await move_to(office, date(2026, 10, 20))
        await run_job(office, watch_dates)
        await run_job(office, watch_dates)
        assert await situations(office) == [("due_soon", 1, None)]
        moved = {"planned_on": "2026-12-20", "reason": "订单收尾"}
        milestone = f"{path}/milestones/{case['milestones'][0]['id']}"
        assert (await client.patch(milestone, json=moved)).status_code == 428
        answer = await client.patch(milestone, json=moved, headers={"If-Match": '"1"'})
        assert answer.status_code == 200, answer.text
        assert await situations(office) == [("due_soon", 1, "ended")]
        (replan,) = answer.json()["replans"]
        assert (replan["before_on"], replan["after_on"]) == ("2026-11-30", "2026-12-20")
        assert answer.json()["milestones"][0]["original_on"] == "2026-11-30"
        late = await client.patch(milestone, json=moved | {"planned_on": "2027-01-01"}, headers={"If-Match": "*"})
        assert code_of(late) == "phase_out.date_invalid"
        reached = await client.post(f"{milestone}/reached", json={"reached_on": "2026-10-19"})
        assert reached.json()["milestones"][0]["reached_on"] == "2026-10-19"
        # The deadline itself: near in December, past in January, grave after a month.
        await move_to(office, date(2026, 12, 15))
        await run_job(office, watch_dates)
        assert (await situations(office))[1:] == [("due_soon", 1, None)]
        await move_to(office, date(2027, 1, 1))
        await run_job(office, watch_dates)
        assert (await situations(office))[1:] == [("due_soon", 1, "ended"), ("overdue", 1, None)]
        await move_to(office, date(2027, 1, 30))
        await run_job(office, watch_dates)
        assert (await situations(office))[2:] == [("overdue", 2, None)]
        (item,) = (await office.get("/v1/situations", **{"filter[open][eq]": "true"}))["items"]
        assert "限期 2026-12-31 已过 30 天；要求不低于 6,300 kVA，实测 3,200 kVA" in item["explanation_zh"]
        # An extension with a reason; the calendar of that year is not known and says so.
        extended = {
            "verdict": "extended",
            "decided_on": "2027-01-30",
            "reason": "新炉安装中",
            "new_deadline_on": "2027-03-31",
        }
        answer = await client.post(f"{path}/verdicts", json=extended)
        assert answer.status_code == 201, answer.text
        assert (answer.json()["deadline_on"], answer.json()["original_deadline_on"]) == (
            "2027-03-31",
            "2026-12-31",
        )
        assert answer.json()["days_left"] == {"calendar_days": 60, "working_days": None, "unknown_year": 2027}
        found = await situations(office)
        assert ("overdue", 2, "ended") in found
        (near,) = (await office.get("/v1/situations", **{"filter[open][eq]": "true"}))["items"]
        assert "2027 年工作日历未登记" in near["explanation_zh"]
        # Met at last.
        inspection = {"inspected_on": "2027-01-30", "inspectors": ["王工"], "findings": "新炉", "measured": 6300}
        assert (await client.post(f"{path}/inspections", json=inspection)).status_code == 201
        passed = {"verdict": "passed", "decided_on": "2027-01-30", "reason": "达到规模"}
        answer = await client.post(f"{path}/verdicts", json=passed)
        assert (answer.json()["status"], answer.json()["ended_on"]) == ("passed", "2027-01-30")
        assert (await office.get("/v1/situations", **{"filter[open][eq]": "true"}))["items"] == []
        after = await client.post(f"{path}/verdicts", json=passed)
        assert code_of(after) == "phase_out.case_ended"
    told = await office.rows(
        "SELECT type, aggregate_version FROM outbox WHERE topic = 'energy.phase_out.v1' ORDER BY 2"
    )
    assert [row[0].split(".")[2] for row in told] == [
        "listed",
        "replanned",
        "milestone_reached",
        "replanned",
        "decided",
        "inspected",
        "decided",
    ]
    assert [row[1] for row in told] == list(range(1, 8))


async def test_closure_is_verified_by_the_meters(office: Site) -> None:
    async with office.client() as client, office.worker():
        await office.register("F-1", enterprise_id=str(FURNACE))
        case = await list_case(office, client)
        path = f"/v1/phase-out-cases/{case['id']}"
        await send(office, TODAY - timedelta(days=10), 10, 2000.0)
        order = {
            "number": "通政关〔2026〕3号",
            "issuer": "通山县人民政府",
            "scope": "全部矿热炉",
            "issued_on": "2026-09-15",
            "execute_by": "2026-09-18",
        }
        early = await client.post(f"{path}/orders", json=order)
        assert code_of(early) == "phase_out.step_out_of_order"
        close = {"verdict": "close", "decided_on": "2026-09-15", "reason": "逾期未达规模"}
        assert (await client.post(f"{path}/verdicts", json=close)).json()["status"] == "closing"
        foreign = await client.post(f"{path}/orders", json=order | {"meter_nos": ["NOT-OURS"]})
        assert code_of(foreign) == "phase_out.meter_not_of_enterprise"
        issued = await client.post(f"{path}/orders", json=order)
        assert issued.status_code == 201, issued.text
        order_id = issued.json()["orders"][0]["id"]
        # The day by which it is to be executed is near at once.
        assert await situations(office) == [("due_soon", 1, None)]

        async def step(name: str, on: str, note: str | None = None) -> httpx.Response:
            return await client.post(
                f"{path}/orders/{order_id}/steps", json={"step": name, "on": on, "note": note}
            )

        assert code_of(await step("executed", "2026-09-15")) == "phase_out.step_out_of_order"
        assert (await step("served", "2026-09-15", "厂长签收")).json()["status"] == "served"
        await move_to(office, date(2026, 9, 20))
        await run_job(office, watch_dates)
        assert await situations(office) == [("due_soon", 1, "ended"), ("overdue", 1, None)]
        assert (await step("executed", "2026-09-19", "断电")).json()["status"] == "executed"
        assert (await situations(office))[1:] == [("overdue", 1, "ended")]
        # Nothing is known yet: nobody concludes that it stands still.
        await move_to(office, date(2026, 9, 22))
        check = await client.post(f"{path}/orders/{order_id}/running-checks")
        assert (check.json()["result"], check.json()["reason"]) == ("cannot_tell", "no_data")
        assert code_of(await step("verified", "2026-09-22")) == "phase_out.still_running"
        # It runs at night.
        await send(office, date(2026, 9, 20), 2, 900.0, slots=20)
        await run_job(office, check_running)
        (running,) = (await office.get("/v1/situations", **{"filter[open][eq]": "true"}))["items"]
        assert (running["kind"], running["level"]) == ("phase_out_overdue", 2)
        assert "最高负荷 900 千瓦，判定线 200 千瓦" in running["explanation_zh"]
        refused = await step("verified", "2026-09-22", "现场看到已停")
        assert code_of(refused) == "phase_out.still_running"
        # A week later it stands still.
        await move_to(office, date(2026, 9, 30))
        await send(office, date(2026, 9, 22), 8, 12.0)
        verified = await step("verified", "2026-09-30")
        assert verified.json()["status"] == "closed", verified.text
        assert verified.json()["running_checks"][-1]["result"] == "stopped"
        assert (await office.get("/v1/situations", **{"filter[open][eq]": "true"}))["items"] == []
        # Restricted first while the case was open, not after.
        assert await restricted(office, date(2026, 2, 28)) == []
        assert await restricted(office, date(2026, 9, 29)) == [FURNACE]
        assert await restricted(office, date(2026, 9, 30)) == []
        listed = await office.get("/v1/phase-out-cases/restricted", day="2026-09-01")
        assert await office.get("/v1/phase-out-cases/restricted", "admin", day="2026-09-01") == listed
        assert "淘汰类：6300千伏安以下矿热炉" in listed["items"][0]["reason_zh"]
        # Started again in secret, it is seen for a year.
        await move_to(office, date(2026, 10, 10))
        await send(office, date(2026, 10, 8), 2, 1500.0)
        await run_job(office, check_running)
        (again,) = (await office.get("/v1/situations", **{"filter[open][eq]": "true"}))["items"]
        assert (again["kind"], again["level"]) == ("phase_out_overdue", 2)


async def test_case_is_refused_that_cannot_be(office: Site) -> None:
    async with office.client() as client:
        case = await list_case(office, client)
        path = f"/v1/phase-out-cases/{case['id']}"

        async def post(**facts: Any) -> str:
            body = {
                "credit_code": CODE,
                "title": "another",
                "standard_id": office.keys["standard"],
                "listed_on": "2026-03-01",
                "source": "排查",
            }
            return code_of(await client.post("/v1/phase-out-cases", json=body | facts))

        assert await post(title="3200千伏安矿热炉2台") == "phase_out.case_exists"
        assert await post(number=case["number"]) == "phase_out.case_exists"
        assert await post(credit_code="91421224MA4900000X") == "phase_out.enterprise_unknown"
        assert await post(credit_code="91421221MA49000001") == "phase_out.enterprise_unknown"
        assert await post(standard_id=str(uuid4())) == "phase_out.standard_not_found"
        assert await post(listed_on="2024-01-31") == "phase_out.standard_not_in_force"
        assert await post(listed_on="2026-09-16") == "phase_out.date_invalid"
        assert await post(deadline_on="2026-03-01") == "phase_out.date_invalid"
        assert await post(required=5000) == "phase_out.requirement_weaker"
        passed = {"verdict": "passed", "decided_on": "2026-09-15", "reason": "x"}
        assert code_of(await client.post(f"{path}/verdicts", json=passed)) == "phase_out.not_met"
        claimed = {
            "inspected_on": "2026-09-15",
            "inspectors": ["王工"],
            "findings": "x",
            "measured": 3200,
            "conclusion": "met",
        }
        assert code_of(await client.post(f"{path}/inspections", json=claimed)) == "phase_out.not_met"
        backwards = {
            "verdict": "extended",
            "decided_on": "2026-09-15",
            "reason": "x",
            "new_deadline_on": "2026-12-01",
        }
        assert code_of(await client.post(f"{path}/verdicts", json=backwards)) == "phase_out.date_invalid"
        stale = await client.post(f"{path}/verdicts", json=passed, headers={"If-Match": '"9"'})
        assert stale.status_code == 412
        assert (await client.patch(path, json={"note": "x"})).status_code == 428
        withdrawn = await client.post(f"{path}/withdrawal", json={"reason": "误列"})
        assert withdrawn.json()["status"] == "withdrawn"
        assert await restricted(office, date(2026, 9, 1)) == []
        # Once withdrawn it may be listed again; two at once are one.
        both = await asyncio.gather(post(title="same"), post(title="same"))
        assert sorted(both) == ["201", "conflict.duplicate"] or sorted(both) == ["201", "phase_out.case_exists"]
        banned = STANDARD | {"code": "B-1", "comparator": "banned"}
        async with office.client("admin") as admin:
            assert code_of(await admin.put("/v1/phase-out-standards", json=banned)) == "phase_out.standard_invalid"
            later = await admin.put(
                "/v1/phase-out-standards", json=STANDARD | {"threshold": 12500, "valid_from": "2026-07-01"}
            )
            assert later.status_code == 201
        revised = (await office.get("/v1/phase-out-standards", sort="valid_from"))["items"]
        assert [item["valid_to"] for item in revised] == ["2026-07-01", None]
        assert await post(listed_on="2026-07-02") == "phase_out.standard_not_in_force"
        everywhere = await client.put("/v1/phase-out-standards", json=STANDARD | {"code": "C-1"})
        assert code_of(everywhere) == "phase_out.scope_too_wide"


async def test_enterprise_sees_its_own_case_and_hands_in_its_proofs(office: Site) -> None:
    async with office.client() as client:
        case = await list_case(office, client)
    path = f"/v1/phase-out-cases/{case['id']}"
    for caller in ("stranger_enterprise", "stranger"):
        async with office.client(caller) as client:
            assert (await client.get(path)).status_code == 404
            assert (await client.get("/v1/phase-out-cases")).json()["items"] == []
    png = {"Content-Type": "image/png"}
    async with office.client("furnace") as client:
        assert (await client.get(path)).status_code == 200
        sent = await client.post(f"{path}/evidence", content=PNG, headers=png, params={"title": "拆除现场"})
        assert sent.status_code == 201, sent.text
        assert (sent.json()["media_type"], sent.json()["size_bytes"]) == ("image/png", len(PNG))
        cut = await client.post(f"{path}/evidence", content=PNG[:20], headers=png, params={"title": "x"})
        assert cut.json()["errors"][0]["code"] == "phase_out.evidence_damaged"
        script = await client.post(f"{path}/evidence", content=b"<html>", headers=png, params={"title": "x"})
        assert script.json()["errors"][0]["code"] == "phase_out.evidence_kind"
        content = await client.get(f"{path}/evidence/{sent.json()['id']}/content")
        assert (content.content, content.headers["content-type"]) == (PNG, "image/png")
        assert (await client.post(f"{path}/verdicts", json={})).status_code in {403, 422}
        reference = {"kind": "report", "title": "检测报告", "reference": "鄂检〔2026〕18号"}
        assert (await client.post(f"{path}/evidence/references", json=reference)).status_code == 201
    async with office.client() as client:
        gone = await client.post(f"{path}/evidence/{sent.json()['id']}/withdrawal", json={"reason": "重复"})
        assert gone.json()["withdrawn_reason"] == "重复"
        content = await client.get(f"{path}/evidence/{sent.json()['id']}/content")
        assert code_of(content) == "phase_out.evidence_withdrawn"


async def test_removal_of_everything_passes_a_banned_thing(office: Site) -> None:
    banned = {name: value for name, value in STANDARD.items() if name not in {"threshold", "unit"}}
    async with office.client("admin") as admin:
        created = await admin.put("/v1/phase-out-standards", json=banned | {"code": "B-1", "comparator": "banned"})
    item = {"category": "equipment", "name": "土焦炉", "source": "现场", "nameplate": {"建成": "1988"}}
    async with office.client() as client:
        facts = {"title": "土焦炉", "standard_id": created.json()["id"], "items": [item]}
        case = await list_case(office, client, **facts, measured=None, measured_on=None)
        path = f"/v1/phase-out-cases/{case['id']}"
        passed = {"verdict": "passed", "decided_on": "2026-09-15", "reason": "已拆除"}
        assert code_of(await client.post(f"{path}/verdicts", json=passed)) == "phase_out.not_met"
        more = await client.post(f"{path}/items", json=item | {"name": "鼓风机", "quantity": 2})
        assert [one["name"] for one in more.json()["items"]] == ["土焦炉", "鼓风机"]
        planned = await client.post(f"{path}/milestones", json={"name": "拆除", "planned_on": "2026-09-30"})
        assert planned.json()["milestones"][0]["original_on"] == "2026-09-30"
        twice = await client.post(f"{path}/milestones", json={"name": "拆除", "planned_on": "2026-10-30"})
        assert code_of(twice) == "conflict.duplicate"
        gone = {"removed_on": "2026-09-14", "note": "割除"}
        for one in more.json()["items"]:
            # As long as a piece stands the thing is there.
            assert code_of(await client.post(f"{path}/verdicts", json=passed)) == "phase_out.not_met"
            removed = await client.patch(f"{path}/items/{one['id']}", json=gone, headers={"If-Match": "*"})
            assert removed.status_code == 200, removed.text
        assert [one["removed_on"] for one in removed.json()["items"]] == ["2026-09-14"] * 2
        assert (await client.post(f"{path}/verdicts", json=passed)).json()["status"] == "passed"
        # The reward comes after; never more than was decided.
        grant = {"kind": "reward", "amount_yuan": 300_000, "decided_on": "2026-09-15", "reason": "提前淘汰"}
        granted = await client.post(f"{path}/grants", json=grant)
        assert granted.status_code == 201, granted.text
        payments = f"{path}/grants/{granted.json()['grants'][0]['id']}/payments"
        part = {"yuan": 200_000, "paid_on": "2026-09-15"}
        both = await asyncio.gather(*(client.post(payments, json=part) for _ in range(2)))
        assert sorted(answer.status_code for answer in both) == [201, 409]
        detail = (await client.get(path)).json()
        assert (detail["grants"][0]["paid_yuan"], detail["grants"][0]["amount_yuan"]) == (200_000, 300_000)


async def test_table_of_cases_is_taken_whole_or_not_and_given_out(office: Site) -> None:
    table = (
        "统一社会信用代码,目录编码,淘汰事项,列入日期,限期,设备名称,型号,额定值,额定单位,数量\n"
        f"{CODE},KRL-6300,矿热炉,2026-03-01,2026/12/31,1号炉,HKS-3200,3200,kVA,1\n"
        f"{CODE},KRL-6300,矿热炉,2026-03-01,2026/12/31,2号炉,HKS-3200,3200,kVA,{{count}}\n"
        f"{{code}},KRL-6300,电炉,2026-03-01,2026/12/31,,,,,\n"
    )
    async with office.client() as client:

        async def post(body: str, **parameters: str) -> httpx.Response:
            return await client.post(
                "/v1/phase-out-cases/imports",
                content=body.encode(),
                params=parameters,
                headers={"Content-Type": "text/csv"},
            )

        bad = await post(table.format(count="两台", code="91421224MA4900000X"))
        assert [(one["code"], one["pointer"]) for one in bad.json()["errors"]] == [
            ("table.cell_unfit", "/3/J"),
            ("table.enterprise_unknown", "/4/A"),
        ]
        tried = await post(table.format(count="1", code=CODE), dry_run="true")
        assert (tried.json()["cases"], tried.json()["items"]) == (2, 2)
        assert (await office.get("/v1/phase-out-cases"))["items"] == []
        done = await post(table.format(count="1", code=CODE))
        assert done.json()["numbers"] == ["TT2026-421224-0001", "TT2026-421224-0002"]
        again = await post(table.format(count="1", code=CODE))
        assert [one["code"] for one in again.json()["errors"]] == ["phase_out.case_exists"] * 2
        csv = await client.get("/v1/phase-out-cases/export", params={"format": "csv", "filter[open][eq]": "true"})
        assert csv.content.decode("utf-8-sig").count("通山冶金辅料有限公司") == 2
        xlsx = await client.get("/v1/phase-out-cases/export")
        assert xlsx.content.startswith(b"PK")
        summary = await office.get("/v1/phase-out-cases/summary")
        assert summary["items"] == [{"standard_code": "KRL-6300", "status": "listed", "cases": 2, "overdue": 0}]
        changes = await office.get("/v1/phase-out-cases/changes")
        assert changes["items"] == []
