"""The contest, targets, vetoes and rewards over REST (S19, S23)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.energy.efficiency.jobs import judge_due_targets, judge_energy_targets
from services.energy.feeds.formats.tables.grid import workbook_grids
from tests.integration.energy.efficiency_world import CLINKER, County, open_county
from tests.support.energy import NEIGHBOUR, Site
from tests.support.energy_context import run_job

RULE: dict[str, Any] = {
    "code": "cement",
    "name": "水泥行业能耗对标竞赛",
    "region_code": "421224",
    "sectors": ["C3011"],
    "basis": "product",
    "product_code": "clinker",
    "weight_level": 0.5,
    "weight_improvement": 0.3,
    "weight_quality": 0.2,
    "min_quality": 0,
    "valid_from": "2026-01-01",
}
SECOND = {"contest_code": "cement", "region_code": "421224", "year": 2026, "quarter": 2}
COAL = 0.7143


@pytest.fixture
async def county(site: Site) -> County:
    return await open_county(site)


Months = list[tuple[str, str, float, float | None, float | None]]


def quarter(name: str, year: int, intensity: float) -> Months:
    """The second quarter of a year at an intensity, 10,000 t a month."""
    coal = round(10_000 * intensity / COAL, 9)
    return [(name, f"{year}-{month}", coal, None, 10_000) for month in ("04", "05", "06")]


async def test_quarter_is_ranked_frozen_and_corrected_by_an_edition(county: County) -> None:
    await county.done("PUT", "energy-benchmarks", CLINKER, by="admin")
    for name in ("甲厂", "乙厂", "丙厂", "丁厂", "外行厂"):
        await county.enterprise(name, sector="C2641" if name == "外行厂" else "C3011")
    await county.enterprise("邻县厂", region=NEIGHBOUR)
    best = quarter("乙厂", 2026, 0.1)
    await county.table(*quarter("甲厂", 2025, 0.11), *quarter("甲厂", 2026, 0.107), *best)
    await county.table(*quarter("丙厂", 2026, 0.12), ("丁厂", "2026-04", 700, None, 9000))
    await county.done("PUT", "energy-contest-rules", RULE)
    query = {"region_code": "421224", "year": 2026, "quarter": 2}
    preview = (await county.done("GET", "energy-contests/cement/standing", params=query))["items"]
    # Reported months late: quality 0. 甲: 0.5 × 83.53 + 0.3 × 77.30 + 0; 乙: (0.5 × 100 + 0) / 0.7.
    assert [(one["name"], one["rank"], one["total"], one["exclusion"]) for one in preview] == [
        ("乙厂", 1, 71.43, None),
        ("甲厂", 2, 64.96, None),
        ("丁厂", None, None, "no_intensity"),
        ("丙厂", None, None, "over_limit"),
    ]
    assert (preview[1]["level_score"], preview[1]["improvement_percent"]) == (83.53, 2.73)
    edition = await county.done("POST", "energy-contest-editions", SECOND)
    assert (edition["edition"], edition["ranked"], edition["excluded"]) == (1, 2, 2)
    assert (await county.refused("POST", "energy-contest-editions", SECOND, status=409))[0] == (
        "efficiency.edition_exists"
    )
    third = SECOND | {"quarter": 3}
    assert (await county.refused("POST", "energy-contest-editions", third, status=409))[0] == (
        "efficiency.quarter_not_over"
    )
    # What is corrected later changes nothing of what is frozen.
    await county.table(*quarter("甲厂", 2026, 0.1), reason="外供未扣除")
    entries = f"energy-contest-editions/{edition['id']}/entries"
    frozen = (await county.done("GET", entries))["items"]
    assert [one["rank"] for one in frozen] == [1, 2, None, None]
    appeal = {"enterprise_id": str(county.ids["甲厂"]), "text": "外供未扣除"}
    filed = await county.done("POST", f"energy-contest-editions/{edition['id']}/appeals", appeal)
    path = f"energy-contest-appeals/{filed['id']}/decision"
    decision = {"upheld": True, "decision": "核实属实"}
    await county.refused("POST", path, decision, status=403)
    decided = await county.done("POST", path, decision, by="leader")
    assert (decided["status"], decided["decided_on"]) == ("upheld", "2026-09-15")
    assert (await county.refused("POST", path, decision, by="leader", status=409))[0] == "efficiency.appeal_closed"
    second = await county.done("GET", f"energy-contest-editions/{decided['resulting_edition_id']}")
    assert (second["edition"], second["reason"]) == (2, "核实属实")
    again = (await county.done("GET", f"energy-contest-editions/{second['id']}/entries"))["items"]
    # 0.1 after 0.11: 0.5 × 100 + 0.3 × 100 + 0.
    assert [(one["name"], one["rank"], one["total"]) for one in again[:2]] == [
        ("甲厂", 1, 80.0),
        ("乙厂", 2, 71.43),
    ]
    assert (await county.refused("POST", f"energy-contest-editions/{edition['id']}/appeals", appeal, status=409))[
        0
    ] == "efficiency.appeal_closed"
    told = await county.events("energy.contest.v1")
    assert [(body["edition"], [place["rank"] for place in body["places"]]) for _, _, body in told] == [
        (1, [1, 2]),
        (2, [1, 2]),
    ]
    async with county.site.client() as client:
        headers = {"Accept-Language": "zh-CN"}
        sheet = await client.get(f"/v1/energy-contest-editions/{second['id']}/export", headers=headers)
    (grid,) = workbook_grids(sheet.content)
    rows = [cells for _, cells in grid.rows]
    assert rows[0][:2] == ["名次", "企业名称"]
    assert rows[1][:2] == ["1", "甲厂"]
    assert rows[4][-1] == "超过限额"
    # An enterprise sees its own row; another county nothing.
    await county.site.add_key("works", "enterprise", "421224", enterprise_id=county.ids["乙厂"])
    own = (await county.done("GET", f"energy-contest-editions/{second['id']}/entries", by="works"))["items"]
    assert [one["name"] for one in own] == ["乙厂"]
    await county.refused("GET", f"energy-contest-editions/{second['id']}", by="neighbour", status=404)
    await county.refused("GET", "energy-contests/cement/standing", by="works", status=403, params=query)


async def situations(county: County) -> list[tuple[str, int, Any]]:
    return [
        (act, version, body.get("level") or body.get("reason"))
        for act, version, body in await county.events("energy.situation.v1")
    ]


async def test_target_turns_yellow_red_and_vetoes_until_corrected(county: County) -> None:
    enterprise_id = str(await county.enterprise("水泥厂"))
    target = {"enterprise_id": enterprise_id, "year": 2026, "measure": "total_tce", "value": 1200}
    made = await county.done("POST", "energy-targets", target)
    assert (made["light"], made["progress"]["reasons"][0]["code"]) == (None, "nothing_reported")
    assert (await county.refused("POST", "energy-targets", target, status=409))[0] == "efficiency.target_exists"
    path = f"energy-targets/{made['id']}"

    async def month(number: int, tce: float, reason: str = "") -> Any:
        await county.month("水泥厂", f"2026-{number:02}", coal=tce / COAL, reason=reason)
        return await county.done("GET", path)

    assert (await month(1, 100))["light"] == "green"
    assert (await month(2, 105))["light"] == "yellow"
    found = await month(3, 135)
    assert (found["light"], found["progress"]["points"][-1]["deviation_percent"]) == ("red", 13.33)
    assert found["progress"]["forecast"] == pytest.approx(1360)
    assert await situations(county) == [("opened", 1, 1), ("opened", 2, 2)]
    opened = (await county.events("energy.situation.v1"))[-1][2]
    assert opened["explanation_zh"] == (
        "2026 年 1—3 月能源消费总量 340.00 吨标准煤，进度目标 300.00 吨标准煤，高出 13.33 %，预警等级一级（红）"
    )
    assert (opened["planned"], opened["actual"], opened["reference_on"]) == (300.0, 340.0, "2026-03-01")
    await month(4, 120)
    assert await county.events("energy.veto.v1") == []
    # The third red month in a row.
    await month(5, 130)
    ((act, version, veto),) = await county.events("energy.veto.v1")
    assert (act, version, veto["ground"], veto["period_to"]) == ("set", 1, "red_months", "2027-01-01")
    reward = {"code": "JN-1", "enterprise_id": enterprise_id, "year": 2026, "reason": "节能", "amount_yuan": 1000}
    assert (await county.refused("POST", "energy-rewards", reward, status=409))[0] == "efficiency.reward_vetoed"
    # The scan finds nothing new; a correction lifts what it takes away.
    before = await situations(county)
    await run_job(county.site, judge_energy_targets)
    assert await situations(county) == before
    await month(5, 40, reason="重复计量")
    told = await county.events("energy.veto.v1")
    assert [(act, version) for act, version, _ in told] == [("set", 1), ("lifted", 2)]
    assert told[-1][2]["reason"] == "corrected"
    assert (await county.done("GET", path))["light"] == "green"
    assert (await situations(county))[-1] == ("cleared", len(before) + 1, "corrected")
    await county.done("POST", "energy-rewards", reward)
    # What the months say is part of the target: who saw it before they came changes something else.
    stale = await county.refused("PATCH", path, {"value": 900}, status=412, headers={"If-Match": '"1"'})
    assert stale[0] == "precondition.failed"
    version = (await county.done("GET", path))["version"]
    changed = await county.done("PATCH", path, {"value": 900}, headers={"If-Match": f'"{version}"'})
    assert changed["light"] == "red"
    await county.done("POST", f"{path}/withdrawal", {"reason": "市级调整"})
    assert (await situations(county))[-1][2] == "withdrawn"
    assert (await county.refused("POST", f"{path}/withdrawal", {"reason": "x"}, status=409))[0]
    # Each version was told once, with the months as they were then.
    told = await county.events("energy.target.v1")
    assert [version for _, version, _ in told] == list(range(1, len(told) + 1))
    assert [act for act, _, _ in told] == ["judged"] * (len(told) - 1) + ["withdrawn"]
    assert [point["actual"] for point in told[3][2]["points"]] == ["100.000000", "205.000000", "340.000000"]
    assert (told[0][2]["points"], told[-1][2]["reason"]) == ([], "市级调整")
    assert (await county.done("POST", "energy-targets", target))["version"] == 1


async def test_regions_target_sums_its_enterprises_and_names_who_is_missing(county: County) -> None:
    for name in ("甲厂", "乙厂"):
        await county.enterprise(name)
    await county.enterprise("邻县厂", region=NEIGHBOUR)
    year = [("甲厂", f"2025-{number:02}", round(number * 10 / COAL, 9), 10, None) for number in range(1, 13)]
    await county.table(*year)
    target = {"region_code": "421224", "year": 2026, "measure": "total_tce", "value": 1000, "pace": "seasonal"}
    made = await county.done("POST", "energy-targets", target)
    path = f"energy-targets/{made['id']}"

    async def judged() -> Any:
        await run_job(county.site, judge_due_targets)
        return await county.done("GET", path)

    await county.month("甲厂", "2026-01", coal=11 / COAL, power=10)
    found = await judged()
    # Last year 780 tce of coal and 12 × 12.29 of power, in January 22.29 of 927.48: 24.03 of 1,000.
    (point,) = found["progress"]["points"]
    assert (found["progress"]["pace"], point["planned"], point["actual"]) == (
        "seasonal",
        pytest.approx(24.0329, abs=1e-3),
        23.29,
    )
    await county.month("乙厂", "2026-01", coal=7 / COAL)
    assert (await judged())["progress"]["points"][0]["actual"] == 30.29
    await county.month("甲厂", "2026-02", coal=11 / COAL, power=10)
    found = await judged()
    assert len(found["progress"]["points"]) == 1
    assert {"code": "carrier_missing", "month": "2026-02", "subject": "乙厂"} in found["progress"]["reasons"]
    power = {"region_code": "421224", "year": 2026, "measure": "electricity_kwh", "value": 1_200_000}
    assert (await county.done("POST", "energy-targets", power))["progress"]["points"] == []
    own = {"enterprise_id": str(county.ids["甲厂"]), "year": 2026, "value": 0.5}
    value = await county.done("POST", "energy-targets", own | {"measure": "intensity_value"})
    reason = {"code": "output_missing", "month": "2026-01", "subject": "output_value"}
    assert value["progress"]["reasons"][0] == reason
    assert (await county.refused("POST", "energy-targets", {**target, "region_code": NEIGHBOUR}, status=404))[0]
    unfit = own | {"measure": "intensity_product"}
    assert (await county.refused("POST", "energy-targets", unfit, status=409))[0] == "efficiency.target_unfit"
    assert (await county.done("GET", "energy-targets", by="neighbour"))["items"] == []


async def test_missed_year_vetoes_and_a_leader_may_waive_it(county: County) -> None:
    enterprise_id = str(await county.enterprise("水泥厂"))
    each = round(101 / COAL, 9)
    await county.table(*(("水泥厂", f"2025-{number:02}", each, None, None) for number in range(1, 13)))
    target = {"enterprise_id": enterprise_id, "year": 2025, "measure": "total_tce", "value": 1200}
    made = await county.done("POST", "energy-targets", target)
    assert made["progress"]["missed"] is True
    (veto,) = (await county.done("GET", "energy-vetoes", params={"filter[standing]": "true"}))["items"]
    assert (veto["ground"], veto["period_from"], veto["set_by"]) == ("year_missed", "2025-01-01", veto["set_by"])
    assert veto["explanation_zh"] == (
        "2025 年能源消费总量 1,212.00 吨标准煤，目标 1,200.00 吨标准煤，超出 1.00 %，年度目标未完成"
    )
    path = f"energy-vetoes/{veto['id']}/lifting"
    await county.refused("POST", path, {"note": "口径调整"}, status=403)
    waived = await county.done("POST", path, {"note": "口径调整"}, by="leader")
    assert (waived["waived"], waived["lifted_reason"]) == (True, "decision: 口径调整")
    assert (await county.refused("POST", path, {"note": "x"}, by="leader", status=409))[
        0
    ] == "efficiency.veto_lifted"
    county.site.clock.advance(timedelta(days=1))
    await run_job(county.site, judge_energy_targets)
    assert (await county.done("GET", "energy-vetoes", params={"filter[standing]": "true"}))["items"] == []
    decided = {
        "region_code": "421224",
        "enterprise_id": enterprise_id,
        "period_from": "2026-01-01",
        "period_to": "2027-01-01",
        "reason": "超限额用能",
    }
    await county.done("POST", "energy-vetoes", decided, by="leader")
    assert (await county.refused("POST", "energy-vetoes", decided, by="leader", status=409))[0] == (
        "efficiency.veto_exists"
    )
    told = [(act, body.get("ground") or body["reason"]) for act, _, body in await county.events("energy.veto.v1")]
    assert told == [("set", "year_missed"), ("lifted", "decision"), ("set", "decision")]


async def test_reward_is_never_paid_beyond_what_was_granted(county: County) -> None:
    enterprise_id = str(await county.enterprise("水泥厂"))
    body = {"code": "JN-1", "enterprise_id": enterprise_id, "year": 2026, "reason": "节能", "amount_yuan": 1000}
    made = await county.done("POST", "energy-rewards", body)
    assert (await county.refused("POST", "energy-rewards", body, status=409))[0] == "efficiency.reward_exists"
    path = f"energy-rewards/{made['id']}"
    pay = {"amount_yuan": 600, "reference": "国库 1"}
    assert (await county.refused("POST", f"{path}/payments", pay, status=409))[0] == "efficiency.reward_state"
    decision = {"granted": True, "decision_no": "通政办〔2026〕31号", "amount_yuan": 1100}
    granted = await county.done("POST", f"{path}/decision", decision, by="leader")
    assert (granted["status"], granted["amount_yuan"]) == ("granted", 1100)
    both = await asyncio.gather(*(county.call("POST", f"{path}/payments", pay) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    paid = await county.done("POST", f"{path}/payments", {"amount_yuan": 500})
    assert (paid["status"], paid["paid_yuan"], len(paid["payments"])) == ("paid", 1100, 2)
    revoked = await county.done("POST", f"{path}/revocation", {"note": "数据不实"}, by="leader")
    assert (revoked["status"], revoked["paid_yuan"]) == ("revoked", 1100)
    await county.refused("GET", path, by="neighbour", status=404)
