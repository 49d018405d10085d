"""Generation over HTTP: plants and their parts, output with its losses, availability, pace, warnings, tables."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.generation.contribution import generation_beside
from services.energy.generation.jobs import compute_waiting, judge_yesterday, watch_outages
from services.energy.generation.service.computing import follow_touched
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.rollups.jobs import settle_touched
from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site
from tests.support.energy_context import run_job

# A week before today: every change of a plant computes its days anew.
SINCE = "2026-09-08"
PLANT = {
    "code": "JGS-1",
    "name": "九宫山一级水电站",
    "kind": "hydro",
    "region_code": COUNTY,
    "commissioned_on": SINCE,
}
EFFICIENCY = [[0.3, 0.7], [0.8, 0.9], [1.0, 0.88]]
MODEL = {
    "kind": "hydro",
    "parameters": {"rated_flow_m3s": 10, "net_head_m": 40, "efficiency": EFFICIENCY},
    "source": "厂家特性曲线",
    "valid_from": SINCE,
}


def day(age: int) -> date:
    return date_of(day_number(TODAY) - age)


def code_of(answer: httpx.Response) -> str:
    return str(answer.json().get("code", answer.status_code))


async def build_plant(client: httpx.AsyncClient, site: Site, since: str = SINCE) -> dict[str, Any]:
    """A plant of two units of 4,000 kW, metered by H-1."""
    await site.register("H-1", profile="hydro", quantity="active_export_kw", capacity_kw=10_000)
    plant = PLANT | {"commissioned_on": since}
    assert (await client.post("/v1/plants", json=plant)).status_code == 201
    path = f"/v1/plants/{plant['code']}"
    for number in ("1", "2"):
        unit = {"code": number, "name": f"{number}号机", "capacity_kw": 4000, "valid_from": since}
        assert (await client.post(f"{path}/units", json=unit)).status_code == 201
        answer = await client.post(f"{path}/units/{number}/models", json=MODEL | {"valid_from": since})
        assert answer.status_code == 201, answer.text
    meter = {"meter_no": "H-1", "role": "export", "valid_from": since}
    answer = await client.post(f"{path}/meters", json=meter)
    assert answer.status_code == 201, answer.text
    detail: dict[str, Any] = answer.json()
    return detail


async def send(site: Site, *days: tuple[int, Sequence[float | None]]) -> None:
    body = [{"meter_no": "H-1", "date": day(age).isoformat(), "values": list(values)} for age, values in days]
    await site.merged(await site.post_curves(body))
    await run_job(site, settle_touched(follow_touched))


async def situations(site: Site) -> list[tuple[str, int, bool]]:
    items = (await site.get("/v1/situations", sort="opened_at"))["items"]
    return [(item["kind"], item["level"], item["cleared_at"] is None) for item in items]


async def test_output_is_told_beside_what_was_to_be_expected(site: Site) -> None:
    async with site.client() as client, site.worker():
        detail = await build_plant(client, site)
        assert (detail["capacity_kw"], len(detail["units"]), detail["version"]) == (8000.0, 2, 6)
        inflow = {"quantity": "inflow_m3s", "date": day(2).isoformat(), "values": [16.0] * 24}
        taken = await client.post("/v1/plants/JGS-1/series", json={"source": "水情", "days": [inflow]})
        assert taken.json() == {"created": 1, "changed": 0, "unchanged": 0}
        again = await client.post("/v1/plants/JGS-1/series", json={"source": "水情", "days": [inflow]})
        assert again.json() == {"created": 0, "changed": 0, "unchanged": 1}
        # Both units can make 2825.28 kW of it; unit 2 was out by force from 12:00 to 18:00.
        state = {"unit_code": "2", "state": "outage_forced", "cause": "equipment", "reason": "推力瓦温高"}
        times = {"starts_at": f"{day(2)}T12:00:00+08:00", "ends_at": f"{day(2)}T18:00:00+08:00"}
        assert (await client.post("/v1/plants/JGS-1/states", json=state | times)).status_code == 201
        limit = {"limit_kw": 3000, "cause": "congestion", "order_no": "DD-1", "reason": "主变重载"}
        times = {"starts_at": f"{day(2)}T18:00:00+08:00", "ends_at": f"{day(3 - 2)}T00:00:00+08:00"}
        assert (await client.post("/v1/plants/JGS-1/dispatch-limits", json=limit | times)).status_code == 201
        twice = await client.post("/v1/plants/JGS-1/dispatch-limits", json=limit | times)
        assert (twice.status_code, code_of(twice)) == (409, "conflict.duplicate")
        await send(site, (2, [5600.0] * 48 + [3400.0] * 24 + [3000.0] * 20 + [None] * 4))
        span = {"from": str(day(2)), "to": str(day(2))}
        (found,) = (await site.get("/v1/plants/JGS-1/output", **span))["items"]
        assert (found["slots"], found["compared_slots"], round(found["completeness"], 4)) == (96, 92, 0.9583)
        assert round(found["actual_kwh"]) == 12 * 5600 + 6 * 3400 + 5 * 3000
        # 23 of 24 hours: 8000 kW in service, the water makes 5650.56, one unit alone 9.81·10·40·0.88 = 3453.12.
        assert round(found["lost_resource_kwh"], 1) == round(23 * (8000 - 5650.56), 1)
        assert round(found["lost_forced_outage_kwh"], 1) == round(6 * (5650.56 - 3453.12), 1)
        assert round(found["lost_curtailment_kwh"], 1) == round(5 * 2650.56, 1)
        assert round(found["unexplained_kwh"], 1) == round(12 * 50.56 + 6 * 53.12, 1)
        assert found["lost_planned_outage_kwh"] == 0
        slots = (await site.get("/v1/plants/JGS-1/output/slots", **span))["items"][0]
        assert slots["actual_kw"][95] is None
        assert [round(slots["expected_kw"][slot], 2) for slot in (0, 50, 95)] == [5650.56, 3453.12, 3000.0]
        factors = (await site.get("/v1/plants/JGS-1/availability", **span))["plant"]
        assert round(factors["forced_outage_factor"], 4) == 0.125
        csv = await client.get("/v1/plants/JGS-1/output", params=span | {"format": "csv"})
        assert csv.content.startswith(b"\xef\xbb\xbffirst,last,actual_kwh")
        xlsx = await client.get("/v1/plants/JGS-1/output", params=span | {"format": "xlsx", "by": "month"})
        assert xlsx.content.startswith(b"PK")
        # The water was told wrongly: the day is computed anew, and what was known before stays answerable.
        before = site.clock.now().isoformat()
        site.clock.advance(timedelta(minutes=1))
        inflow["values"] = [8.0] * 24
        await client.post("/v1/plants/JGS-1/series", json={"source": "水情更正", "days": [inflow]})
        (anew,) = (await site.get("/v1/plants/JGS-1/output", **span))["items"]
        assert round(anew["lost_resource_kwh"], 1) > round(found["lost_resource_kwh"], 1)
        (known,) = (await site.get("/v1/plants/JGS-1/series", **span, as_of=before))["items"]
        assert (known["values"][0], known["revision"]) == (16.0, 1)
        total = (await site.get("/v1/generation/summary", region_code=COUNTY, **span))["items"]
        assert [(item["kind"], item["plants"], item["capacity_kw"]) for item in total] == [("hydro", 1, 8000.0)]
        share = await site.get("/v1/generation/contribution", day=str(day(2)))
        assert share["plants"] == ["JGS-1"]
        assert share["generated_kw"][0] == 5600.0
        assert share["available_kw"][0] >= 5600.0
        assert share["available_completeness"][0] == 1.0
    told = await site.rows("SELECT type, aggregate_version FROM outbox WHERE topic = 'energy.plant.v1' ORDER BY 2")
    assert [row[1] for row in told] == list(range(1, len(told) + 1))
    assert {row[0].split(".")[2] for row in told} == {
        "registered",
        "changed",
        "unit_state_recorded",
        "limit_recorded",
    }


async def test_forced_outage_opens_once_grows_grave_and_ends(site: Site) -> None:
    async with site.client() as client:
        await build_plant(client, site)
        state = {"unit_code": "1", "state": "outage_forced", "cause": "equipment", "reason": "漏油"}
        first = await client.post("/v1/plants/JGS-1/states", json=state | {"starts_at": f"{TODAY}T06:00:00+08:00"})
        assert first.status_code == 201
        # Two and a half hours: not yet.
        assert await situations(site) == []
        site.clock.advance(timedelta(hours=2))
        await run_job(site, watch_outages)
        await run_job(site, watch_outages)
        assert await situations(site) == [("generation_outage", 1, True)]
        second = await client.post(
            "/v1/plants/JGS-1/states",
            json=state | {"unit_code": "2", "starts_at": f"{TODAY}T06:30:00+08:00"},
        )
        assert second.status_code == 201
        assert await situations(site) == [("generation_outage", 2, True)]
        for answer in (first, second):
            path = f"/v1/plants/JGS-1/states/{answer.json()['id']}"
            end = {"ends_at": f"{TODAY}T10:00:00+08:00"}
            assert (await client.patch(path, json=end)).status_code == 428
            ended = await client.patch(path, json=end, headers={"If-Match": '"1"'})
            assert ended.status_code == 200, ended.text
            assert (await client.patch(path, json=end, headers={"If-Match": '"1"'})).status_code == 412
        assert await situations(site) == [("generation_outage", 1, False)]
    told = await site.rows(
        "SELECT type FROM outbox WHERE topic = 'energy.situation.v1' ORDER BY aggregate_version"
    )
    assert [row[0].split(".")[2] for row in told] == ["opened", "opened", "opened", "cleared"]


async def test_states_of_a_unit_follow_each_other(site: Site) -> None:
    async with site.client() as client:
        await build_plant(client, site)

        async def post(**facts: Any) -> httpx.Response:
            body = {"unit_code": "1", "cause": "maintenance", "reason": "检修"} | facts
            return await client.post("/v1/plants/JGS-1/states", json=body)

        planned = await post(state="outage_planned", starts_at=f"{day(3)}T00:00:00+08:00")
        assert planned.status_code == 201
        # The next state ends the one that lasts.
        assert (await post(state="available", starts_at=f"{day(1)}T00:00:00+08:00")).status_code == 201
        (kept,) = (await site.get("/v1/plant-states", **{"filter[state][eq]": "outage_planned"}))["items"]
        assert kept["ends_at"] == f"{day(2)}T16:00:00Z"
        meets = await post(
            state="reduced",
            available_kw=1000,
            starts_at=f"{day(3)}T10:00:00+08:00",
            ends_at=f"{day(3)}T12:00:00+08:00",
        )
        assert code_of(meets) == "plant.facts_overlap"
        ahead = await post(state="outage_forced", starts_at="2026-09-16T00:00:00+08:00")
        assert code_of(ahead) == "plant.state_in_future"
        assert code_of(await post(state="reduced", starts_at=f"{TODAY}T01:00:00+08:00")) == "plant.state_invalid"
        whole = await post(state="reduced", available_kw=4000, starts_at=f"{TODAY}T01:00:00+08:00")
        assert code_of(whole) == "plant.state_invalid"
        inverted = await post(
            state="outage_planned", starts_at=f"{TODAY}T05:00:00+08:00", ends_at=f"{TODAY}T04:00:00+08:00"
        )
        assert code_of(inverted) == "plant.period_inverted"
        path = f"/v1/plants/JGS-1/states/{planned.json()['id']}"
        gone = await client.delete(path, params={"reason": "误录"})
        assert gone.json()["withdrawn_reason"] == "误录"
        span = {"from": str(day(3)), "to": str(day(1))}
        units = (await site.get("/v1/plants/JGS-1/availability", **span))["units"]
        assert [unit["availability"] for unit in units] == [1.0, 1.0]


async def test_plants_are_refused_that_cannot_be(site: Site) -> None:
    async with site.client() as client:
        await build_plant(client, site)
        assert code_of(await client.post("/v1/plants", json=PLANT)) == "plant.code_taken"
        foreign = PLANT | {"code": "X", "region_code": NEIGHBOUR}
        assert code_of(await client.post("/v1/plants", json=foreign)) == "plant.region_invalid"
        path = "/v1/plants/JGS-1"
        wind = MODEL | {"kind": "wind", "parameters": {"curve": [[3, 0], [12, 2000]]}}
        assert code_of(await client.post(f"{path}/units/1/models", json=wind)) == "plant.model_invalid"
        falling = MODEL | {"parameters": {"rated_flow_m3s": 10, "efficiency": [[0.8, 0.9], [0.3, 0.7]]}}
        answer = await client.post(f"{path}/units/1/models", json=falling)
        assert answer.json()["errors"][0]["code"] == "plant.points_not_rising"
        await site.register("Q-1", quantity="reactive_import_kvar")
        meter = {"meter_no": "Q-1", "role": "export", "valid_from": SINCE}
        assert code_of(await client.post(f"{path}/meters", json=meter)) == "plant.meter_unfit"
        taken = {"meter_no": "H-1", "role": "own_use", "valid_from": "2026-09-12"}
        assert code_of(await client.post(f"{path}/meters", json=taken)) == "plant.meter_taken"
        rating = {"capacity_kw": 4500, "valid_from": "2026-09-10", "reason": "增容"}
        rated = await client.post(f"{path}/units/1/ratings", json=rating)
        assert [one["valid_to"] for one in rated.json()["units"][0]["ratings"]] == ["2026-09-10", None]
        assert rated.json()["capacity_kw"] == 8500
        retired = await client.post(f"{path}/units/2/retirements", json={"on": "2026-09-10", "reason": "报废"})
        assert retired.json()["capacity_kw"] == 4500
        beyond = {"quantity": "inflow_m3s", "date": "2026-09-01", "values": [-1.0] * 24}
        answer = await client.post(f"{path}/series", json={"source": "x", "days": [beyond]})
        assert answer.json()["errors"][0]["code"] == "plant.series_beyond"
        short = beyond | {"values": [1.0] * 23}
        answer = await client.post(f"{path}/series", json={"source": "x", "days": [short, short]})
        assert [one["code"] for one in answer.json()["errors"]] == [
            "plant.series_length",
            "plant.series_length",
            "plant.series_repeated",
        ]
        # Of two plants that want a meter at the same moment one gets it.
        await client.post("/v1/plants", json=PLANT | {"code": "JGS-2"})
        await site.register("H-2")
        wanted = {"meter_no": "H-2", "role": "export", "valid_from": SINCE}
        both = await asyncio.gather(
            *(client.post(f"/v1/plants/{code}/meters", json=wanted) for code in ("JGS-1", "JGS-2"))
        )
        assert sorted(answer.status_code for answer in both) == [201, 409]
        stale = await client.patch(path, json={"name": "一级站"}, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        assert code_of(await client.get(path + "/output", params={"from": "2026-09-02", "to": "2026-09-01"})) == (
            "curve.period_inverted"
        )
    await site.add_key("other", "officer", NEIGHBOUR)
    async with site.client("other") as client:
        assert (await client.get("/v1/plants/JGS-1")).status_code == 404
        assert (await client.get("/v1/plants")).json()["items"] == []
        assert (await client.get("/v1/plant-states")).json()["items"] == []
        assert (await client.post("/v1/plants/JGS-1/units", json={})).status_code == 422
        missing = await client.get(
            "/v1/generation/summary", params={"region_code": COUNTY, "from": "2026-09-01", "to": "2026-09-02"}
        )
        assert code_of(missing) == "plant.region_invalid"


async def test_target_behind_its_pace_warns_and_is_met_again(site: Site) -> None:
    async with site.client() as client, site.worker():
        await build_plant(client, site, "2026-08-01")
        # 45 days of August and September at 1000 kW are 1,080,000 kWh; the last of them is yesterday.
        await send(site, *((age, [1000.0] * 96) for age in range(1, 46)))
        await run_job(site, compute_waiting)
        months = [0.0] * 7 + [1_200_000.0, 1_500_000.0, 100_000.0, 100_000.0, 100_000.0]
        target = {
            "region_code": COUNTY,
            "kind": "hydro",
            "year": 2026,
            "energy_kwh": 3_000_000,
            "basis": "given",
            "monthly_kwh": months,
            "reason": "年度计划",
        }
        created = await client.put("/v1/generation-targets", json=target)
        assert created.status_code == 201, created.text
        pace = await site.get(f"/v1/generation-targets/{created.json()['id']}/pace")
        # By 14 September 1,200,000 and 14 of 30 days of 1,500,000.
        assert pace["planned_kwh"] == 1_900_000
        assert round(pace["actual_kwh"]) == 1_080_000
        assert round(pace["completeness"], 6) == 1.0
        assert round(pace["behind_points"], 3) == round(820 / 30, 3)
        assert (pace["level"], pace["profile"], pace["name_zh"]) == (1, "given", f"{COUNTY}水电")
        assert round(pace["forecast_kwh"]) == round(3_000_000 * 1_080 / 1_900)
        assert await situations(site) == [("generation_behind_pace", 1, True)]
        # The figures move every day; that alone is no news.
        site.clock.advance(timedelta(days=1))
        await send(site, (0, [1000.0] * 96))
        await run_job(site, judge_yesterday)
        assert len(await site.rows("SELECT 1 FROM outbox WHERE topic = 'energy.situation.v1'")) == 1
        lower = target | {"energy_kwh": 1_300_000, "basis": "linear", "reason": "调减"}
        changed = await client.put("/v1/generation-targets", json=lower | {"monthly_kwh": None})
        assert (changed.status_code, changed.json()["version"]) == (200, 2)
        assert changed.json()["line_id"] == created.json()["line_id"]
        assert await situations(site) == [("generation_behind_pace", 1, False)]
        listed = (await site.get("/v1/generation-targets", **{"filter[current][eq]": "true"}))["items"]
        assert [item["version"] for item in listed] == [2]
        assert len((await site.get("/v1/generation-targets/pace"))["items"]) == 1
        odd = await client.put("/v1/generation-targets", json=target | {"energy_kwh": 4_000_000})
        assert odd.json()["errors"][0]["code"] == "generation.months_differ"
        gone = await client.delete(f"/v1/generation-targets/{changed.json()['id']}", params={"reason": "撤销"})
        assert gone.status_code == 200
        assert (await site.get("/v1/generation-targets/pace"))["items"] == []


async def test_underperformance_needs_days_in_a_row(site: Site) -> None:
    async with site.client() as client, site.worker():
        await build_plant(client, site)
        expected = [
            {"quantity": "expected_kw", "date": day(age).isoformat(), "values": [4000.0] * 96}
            for age in range(1, 7)
        ]
        await client.post("/v1/plants/JGS-1/series", json={"source": "设计", "days": expected})
        await send(site, *((age, [3000.0] * 96) for age in range(1, 5)), (5, [3900.0] * 96), (6, [3000.0] * 96))
        await run_job(site, judge_yesterday)
        assert await situations(site) == []
        # The good day was none after all.
        site.clock.advance(timedelta(minutes=1))
        await send(site, (5, [3100.0] * 96))
        await run_job(site, judge_yesterday)
        assert await situations(site) == [("generation_underperformance", 1, True)]
        (item,) = (await site.get("/v1/situations"))["items"]
        assert "连续 6 个可评判日" in item["explanation_zh"]
        site.clock.advance(timedelta(minutes=1))
        await send(site, (1, [3990.0] * 96))
        await run_job(site, judge_yesterday)
        assert await situations(site) == [("generation_underperformance", 1, False)]


async def test_tables_of_plants_and_series_are_taken_whole_or_not(site: Site) -> None:
    table = (
        "电站编码,电站名称,类型,区划代码,投产日期,机组编号,单机容量(kW)\n"
        "W-1,九宫山风电一期,风电,421224,2024/6/1,F1,2000\n"
        "W-1,九宫山风电一期,风电,421224,2024/6/1,F2,2000\n"
        "W-2,大幕山光伏,光伏,421224,2024年6月1日,A,{capacity}\n"
    )
    async with site.client() as client:

        async def post(path: str, body: str, **parameters: str) -> httpx.Response:
            return await client.post(
                path, content=body.encode("gb18030"), params=parameters, headers={"Content-Type": "text/csv"}
            )

        bad = await post("/v1/plants/imports", table.format(capacity="很大"))
        assert (bad.status_code, code_of(bad)) == (409, "table.refused")
        assert [(one["code"], one["pointer"]) for one in bad.json()["errors"]] == [("table.cell_unfit", "/4/G")]
        assert (await site.get("/v1/plants"))["items"] == []
        tried = await post("/v1/plants/imports", table.format(capacity="5000"), dry_run="true")
        assert (tried.json()["plants"], tried.json()["units"], tried.json()["faults"]) == (2, 3, [])
        assert (await site.get("/v1/plants"))["items"] == []
        done = await post("/v1/plants/imports", table.format(capacity="5000"))
        assert (done.json()["plants"], done.json()["units"]) == (2, 3)
        again = await post("/v1/plants/imports", table.format(capacity="5000"))
        assert (again.json()["plants"], again.json()["units"], again.json()["unchanged"]) == (0, 0, 3)
        unknown = await post("/v1/plants/imports", "电站编码,机组编号,单机容量,颜色\n1,1,1,红\n")
        assert (unknown.status_code, code_of(unknown)) == (422, "table.unreadable")
        head = "电站,量,日期," + ",".join(f"P{number}" for number in range(1, 25)) + "\n"
        winds = head + "W-1,风速,2026-09-10," + ",".join(["8.5"] * 23) + ",\n"
        series = await post("/v1/plant-series/imports", winds)
        assert series.json()["plants"] == {"W-1": {"created": 1, "changed": 0, "unchanged": 0}}
        span = {"from": "2026-09-10", "to": "2026-09-10"}
        (known,) = (await site.get("/v1/plants/W-1/series", **span))["items"]
        assert known["values"][91:] == [8.5, None, None, None, None]
        lost = await post("/v1/plant-series/imports", winds.replace("W-1", "W-9").replace("8.5", "850", 1))
        assert [one["code"] for one in lost.json()["errors"]] == ["plant.not_found"]
        wild = await post("/v1/plant-series/imports", winds.replace("8.5", "850", 1))
        assert [one["code"] for one in wild.json()["errors"]] == ["plant.series_beyond"]


async def test_plant_feeds_a_node_of_the_grid(site: Site) -> None:
    async with site.client() as client:
        await build_plant(client, site)
        for code, kind in (("SUB", "substation"), ("FED", "feeder")):
            answer = await client.post("/v1/grid-nodes", json=node_of(code, kind))
            assert answer.status_code == 201, answer.text
        link = {"parent_code": "SUB", "valid_from": "2026-01-01"}
        answer = await client.post("/v1/grid-nodes/FED/parents", json=link)
        assert answer.is_success, answer.text
        connection = {"node_code": "FED", "valid_from": SINCE}
        assert (await client.post("/v1/plants/JGS-1/connections", json=connection)).status_code == 201
        nowhere = await client.post("/v1/plants/JGS-1/connections", json=connection | {"node_code": "NONE"})
        assert nowhere.status_code == 404
        for place in ("SUB", "FED"):
            found = await site.get("/v1/generation/contribution", day=str(day(1)), node_code=place)
            assert found["plants"] == ["JGS-1"]
            # Nothing is known of the day: not 0.
            assert found["available_kw"][0] is None
            assert found["available_completeness"][0] == 0.0
        expected = {"quantity": "expected_kw", "date": day(1).isoformat(), "values": [5000.0] * 24}
        await client.post("/v1/plants/JGS-1/series", json={"source": "计划", "days": [expected]})
        node = (await client.get("/v1/grid-nodes/SUB")).json()
        assert (await beside(site, UUID(node["id"])))[0] == 5000.0
        # Once the plant's meter hangs in the grid, the load of the node shows what it feeds.
        placement = {"meter_no": "H-1", "node_code": "FED", "valid_from": SINCE}
        assert (await client.post("/v1/grid-placements", json=placement)).status_code == 201
        assert await beside(site, UUID(node["id"])) == []
        # What stands on a node keeps it, and the refusal says what that is.
        for code, named in (("FED", "meters H-1; projects –; plants JGS-1."), ("SUB", "nodes FED; meters –;")):
            kept = await client.delete(f"/v1/grid-nodes/{code}")
            assert (kept.status_code, code_of(kept)) == (409, "grid.node_referred")
            assert named in kept.json()["detail"]
        # A meter that names a feeder in its register hangs there, whether or not somebody placed it.
        await client.post("/v1/grid-nodes", json=node_of("LINE", "feeder"))
        await site.register("H-9", feeder_code="LINE")
        assert "meters H-9;" in (await client.delete("/v1/grid-nodes/LINE")).json()["detail"]


def node_of(code: str, kind: str) -> dict[str, Any]:
    return {"code": code, "name": code, "kind": kind, "region_code": COUNTY, "valid_from": "2026-01-01"}


async def beside(site: Site, node: UUID) -> list[float]:
    """What the balance is told of plants below a node."""
    async with site.database.session() as session:
        ctx = Context(session, site.clock.now(), new_id, SYSTEM)
        found = await generation_beside(ctx, [node], day_number(day(1)))
    return found[node].tolist() if found else []
