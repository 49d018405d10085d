"""The grid: what hangs where, what it can carry, loads summed from meters, grid projects; and what is refused."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.projects import GridWorksV1, ProjectStageEnteredV1, Stage
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.grid.handlers import on_stage_entered
from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site
from tests.support.sheets import xlsx

YESTERDAY = TODAY - timedelta(days=1)
PROJECT = UUID("01926f4e-7f00-7000-8000-000000000102")
NODES: list[list[Any]] = [
    ["编码", "类型", "名称", "区划代码", "上级编码", "额定容量（MVA）", "台数", "投运日期"],
    # Children may stand before their parents.
    ["F1", "线路", "10千伏东线", COUNTY, "S1", 10, None, date(2020, 1, 1)],
    ["F2", "线路", "10千伏西线", COUNTY, "S1", None, None, date(2020, 1, 1)],
    ["S1", "变电站", "城关110千伏变电站", COUNTY, COUNTY, 100, 2, date(2020, 1, 1)],
    ["S2", "变电站", "南门110千伏变电站", COUNTY, COUNTY, 50, 1, "2020-01-01"],
    [COUNTY, "供区", "通山县", COUNTY, None, None, None, "2020年1月1日"],
]


async def import_nodes(client: httpx.AsyncClient, rows: list[Any] = NODES, **parameters: Any) -> httpx.Response:
    return await client.post("/v1/grid-nodes/imports", content=xlsx(rows), params=parameters)


async def code_of(answer: httpx.Response) -> str:
    return str(answer.json().get("code", answer.status_code))


async def test_grid_is_taken_from_a_table_and_shown_as_a_tree(site: Site) -> None:
    async with site.client() as client:
        tried = (await import_nodes(client, dry_run=True)).json()
        assert (tried["created"], tried["faults"]) == (5, [])
        assert (await client.get("/v1/grid-nodes")).json()["items"] == []
        assert (await import_nodes(client)).json()["created"] == 5
        again = (await import_nodes(client)).json()
        assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 5)
        tree = (await client.get("/v1/grid-tree")).json()["items"]
        assert [(node["code"], node["depth"], node["capacity_kw"]) for node in tree] == [
            (COUNTY, 0, 142_500.0),
            ("S1", 1, 95_000.0),
            ("F1", 2, 9_500.0),
            ("F2", 2, None),
            ("S2", 1, 47_500.0),
        ]
        # A second transformer, a line that moved: known nodes change from a day on.
        changed = [
            NODES[0],
            ["F2", "线路", "10千伏西线", COUNTY, "S2", 8, None, None],
            [*NODES[4][:5], 81.5, 2, None],
        ]
        report = (await import_nodes(client, changed, effective_from=str(TODAY))).json()
        assert (report["created"], report["changed"], report["faults"]) == (0, 2, [])
        parents = (await client.get("/v1/grid-nodes/F2/parents")).json()["items"]
        assert [(one["parent_code"], one["valid_from"], one["valid_to"]) for one in parents] == [
            ("S1", "2020-01-01", str(TODAY)),
            ("S2", str(TODAY), None),
        ]
        parts = (await client.get("/v1/grid-nodes/S2/capacities")).json()["items"]
        assert [(one["rated_mva"], one["valid_to"]) for one in parts] == [(50.0, str(TODAY)), (81.5, None)]
        before = (await client.get("/v1/grid-tree", params={"on": str(YESTERDAY), "root": "S1"})).json()["items"]
        assert [node["code"] for node in before] == ["S1", "F1", "F2"]
        bad = [NODES[0], ["F9", "电杆", "x", "99", "S1", "many", None, "soon"], ["F1", "线路", "y", COUNTY, "S9"]]
        refused = (await import_nodes(client, bad)).json()
        assert refused["code"] == "grid.table_refused"
        assert {(error["pointer"], error["code"]) for error in refused["errors"]} == {
            ("/2/F", "meter.import_cell_unfit"),
            ("/2/H", "meter.import_cell_unfit"),
            ("/3", "grid.node_not_found"),
        }
        assert await code_of(await client.post("/v1/grid-nodes/imports", content=b"a,b\n1,2\n")) == (
            "grid.table_unreadable"
        )
    told = await site.rows(
        "SELECT type, aggregate_version FROM outbox WHERE topic = 'energy.grid_node.v1' ORDER BY sequence"
    )
    assert [row[0].split(".")[2] for row in told] == ["registered"] * 5 + ["changed"] * len(told[5:])
    await site.add_key("neighbour", "officer", NEIGHBOUR)
    async with site.client("neighbour") as client:
        assert (await client.get("/v1/grid-nodes")).json()["items"] == []
        assert (await client.get("/v1/grid-nodes/S1/loads")).status_code == 404
        body = {"parent_code": "S2", "valid_from": str(TODAY)}
        assert (await client.post("/v1/grid-nodes/F1/parents", json=body)).status_code == 404
    async with site.client("feed") as client:
        assert (await client.post("/v1/grid-nodes/F1/parents", json=body)).status_code == 403


async def test_a_feeder_is_in_one_substation_at_a_time(site: Site) -> None:
    async with site.client() as client:
        await import_nodes(client)
        path = "/v1/grid-nodes/F1/parents"
        both = await client.post(path, json={"parent_code": "S2", "valid_from": "2026-10-01"})
        assert await code_of(both) == "grid.parent_overlaps"
        assert "S1 (城关110千伏变电站) from 2020-01-01 until …" in both.json()["detail"]
        moved = await client.post(path, json={"parent_code": "S2", "valid_from": "2026-10-01", "move": True})
        assert (moved.status_code, moved.headers["etag"]) == (201, '"2"')
        links = (await client.get(path)).json()["items"]
        assert [(one["parent_code"], one["valid_to"]) for one in links] == [("S1", "2026-10-01"), ("S2", None)]
        # Two at the same moment: one of them comes too late.
        wanted = [
            {"parent_code": parent, "valid_from": "2019-01-01", "valid_to": "2019-06-01"}
            for parent in ("S1", "S2")
        ]
        answers = await asyncio.gather(*(client.post(path, json=body) for body in wanted))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        link = f"{path}/{links[1]['id']}"
        assert (await client.patch(link, json={"valid_to": "2027-01-01"})).status_code == 428
        stale = await client.patch(link, json={"valid_to": "2027-01-01"}, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        current = (await client.get("/v1/grid-nodes/F1")).headers["etag"]
        ended = await client.patch(link, json={"valid_to": "2027-01-01"}, headers={"If-Match": current})
        assert ended.json()["valid_to"] == "2027-01-01"
        inverted = await client.post(
            path, json={"parent_code": "S1", "valid_from": "2027-01-01", "valid_to": "2027-01-01"}
        )
        assert await code_of(inverted) == "grid.span_inverted"
        unfit = await client.post(
            "/v1/grid-nodes/S1/parents", json={"parent_code": "F2", "valid_from": "2027-01-01"}
        )
        assert await code_of(unfit) == "grid.parent_unfit"
        await client.post(
            "/v1/grid-nodes",
            json={
                "code": "S3",
                "kind": "substation",
                "name": "开发区变电站",
                "region_code": COUNTY,
                "parent_code": "S1",
                "valid_from": "2026-01-01",
            },
        )
        around = await client.post(
            "/v1/grid-nodes/S1/parents", json={"parent_code": "S3", "valid_from": "2026-01-01", "move": True}
        )
        assert await code_of(around) == "grid.circle"
        tag = {"If-Match": (await client.get("/v1/grid-nodes/S1")).headers["etag"]}
        used = await client.patch("/v1/grid-nodes/S1", json={"valid_to": "2026-12-31"}, headers=tag)
        assert await code_of(used) == "grid.node_in_use"
        assert await code_of(await client.post("/v1/grid-nodes", json={**_node("S1")})) == "grid.code_taken"
        assert await code_of(await client.post("/v1/grid-nodes", json=_node("X", "99"))) == "request.malformed"
        assert await code_of(await client.post("/v1/grid-nodes", json=_node("X", "990000"))) == (
            "grid.region_out_of_reach"
        )
        taken = await client.delete(f"{path}/{links[1]['id']}")
        assert taken.status_code == 204
        # What was registered by mistake goes; what something hangs on stays.
        assert await code_of(await client.delete("/v1/grid-nodes/S1")) == "grid.node_referred"
        assert (await client.delete("/v1/grid-nodes/S3")).status_code == 204
        assert (await client.get("/v1/grid-nodes/S3")).status_code == 404


def _node(code: str, region: str = COUNTY) -> dict[str, Any]:
    return {"code": code, "kind": "feeder", "name": code, "region_code": region, "valid_from": "2026-01-01"}


def curve(meter_no: str, value: float, *missing: int, day: date = YESTERDAY) -> dict[str, Any]:
    values: list[float | None] = [value] * 96
    for slot in missing:
        values[slot] = None
    return {"meter_no": meter_no, "date": day.isoformat(), "values": values}


async def test_loads_are_summed_with_what_is_missing_in_sight(site: Site) -> None:
    await site.register("A", "B", feeder_code="F1")
    await site.register("C", "D")
    await site.register("E", quantity="active_export_kw", profile="hydro", feeder_code="F1")
    await site.register("Q", quantity="reactive_import_kvar", feeder_code="F1")
    async with site.client() as client, site.worker():
        await import_nodes(client)
        unplaced = (await client.get("/v1/grid-unplaced-meters")).json()["items"]
        assert [meter["meter_no"] for meter in unplaced] == ["C", "D"]
        table = "表号,节点编码,启用日期\nC,F2,2025-01-01\nD,F2,2025-01-01\n"
        placed = await client.post("/v1/grid-placements/imports", content=table.encode())
        assert placed.json()["created"] == 2
        body = {"meter_no": "C", "node_code": "F1", "valid_from": str(TODAY)}
        assert await code_of(await client.post("/v1/grid-placements", json=body)) == "grid.placement_overlaps"
        body = {"meter_no": "Q", "node_code": "F1", "valid_from": str(TODAY)}
        assert await code_of(await client.post("/v1/grid-placements", json=body)) == "grid.placement_unfit"
        await site.merged(
            await site.post_curves(
                [
                    curve("A", 3000.0),
                    curve("B", 2000.0, 7),
                    curve("C", 900.0),
                    curve("D", 100.0),
                    curve("E", 500.0),
                ]
            )
        )
        span = {"from": str(YESTERDAY), "to": str(YESTERDAY)}
        (day,) = (await client.get("/v1/grid-nodes/S1/loads", params=span)).json()["items"]
        assert (day["load_kw"][0], day["completeness"][0], day["scaled"][0]) == (5500.0, 1.0, False)
        # B is silent in one slot: what it usually draws is put in its place, and that is told.
        assert (day["load_kw"][7], day["completeness"][7], day["scaled"][7]) == (None, 0.8, False)
        assert (day["expected_meters"], day["load_rate"][0]) == (5, round(5500 / 95_000, 4))
        rule = {
            "region_code": COUNTY,
            "valid_from": "2026-01-01",
            "power_factor": 0.9,
            "overload_factor": 1.2,
            "least_completeness": 0.5,
            "reason": "demo",
        }
        assert (await client.put("/v1/grid-rules", json=rule)).status_code == 403
        async with site.client("admin") as admin:
            assert (await admin.put("/v1/grid-rules", json=rule)).status_code == 200
        (day,) = (await client.get("/v1/grid-nodes/F1/loads", params=span)).json()["items"]
        assert (day["load_kw"][7], day["scaled"][7]) == (round(2500 * 5500 / 3500, 3), True)
        # The feeder's own meter says more than the sum: a part of it is not metered.
        await site.register("G")
        gate = {"meter_no": "G", "node_code": "F2", "role": "gateway", "valid_from": "2025-01-01"}
        assert (await client.post("/v1/grid-placements", json=gate)).status_code == 201
        await site.merged(await site.post_curves([curve("G", 1250.0, 3)]))
        (day,) = (await client.get("/v1/grid-nodes/F2/loads", params=span)).json()["items"]
        assert (day["load_kw"][:4], day["scaled"][:4]) == ([1250.0] * 4, [False, False, False, True])
        share = {"share": 0.2, "valid_from": "2026-01-01", "reason": "surveyed"}
        assert (await client.post("/v1/grid-nodes/F1/unmetered-shares", json=share)).status_code == 201
        overlap = await client.post(
            "/v1/grid-nodes/F1/unmetered-shares", json=share | {"valid_from": "2026-02-01"}
        )
        assert await code_of(overlap) == "grid.share_overlaps"
        (day,) = (await client.get("/v1/grid-nodes/F1/loads", params=span)).json()["items"]
        assert day["load_kw"][0] == round(4500 / 0.8, 3)
        (rate,) = (await client.get("/v1/grid-nodes/S1/load-rates", params=span)).json()["items"]
        assert (rate["peak_kw"], rate["peak_slot"], rate["known"]) == (4500 / 0.8 + 1250, 0, 1.0)
        assert rate["simultaneity"] == 1.0
        monthly = (await client.get("/v1/grid-nodes/S1/load-rates", params=span | {"interval": "month"})).json()[
            "items"
        ]
        assert [(one["first"], one["peak_on"]) for one in monthly] == [("2026-09-01", str(YESTERDAY))]
        margins = (await client.get("/v1/grid-margins", params=span)).json()["items"]
        by_code = {one["code"]: one for one in margins}
        # 2 × 50 MVA: one of them, 1.2 times for a short time, at 0.9.
        assert (by_code["S1"]["firm_kw"], by_code["S1"]["holds"]) == (54_000.0, True)
        assert by_code["S1"]["margin_kw"] == 54_000 - (4500 / 0.8 + 1250)
        # One transformer: nothing is left without it; and nothing is known of its load.
        assert (by_code["S2"]["firm_kw"], by_code["S2"]["holds"]) == (0.0, None)
        meters = (await client.get("/v1/grid-nodes/F2/meters")).json()["items"]
        assert [(one["meter_no"], one["role"], one["is_said"]) for one in meters] == [
            ("G", "gateway", True),
            ("C", "load", True),
            ("D", "load", True),
        ]


async def enter(site: Site, version: int, stage: Stage, on: date, mva: float | None = 63.0, **facts: Any) -> None:
    payload = ProjectStageEnteredV1(
        project_id=PROJECT,
        code="2025-421224-44-03-000002",
        name="右岸水都110千伏变电站",
        from_stage=Stage.STARTED,
        stage=stage,
        on=on,
        kind=facts.pop("kind", "grid_works"),
        region_code=COUNTY,
        grid=GridWorksV1(work="substation", voltage_kv=110.0, capacity_mva=mva),
        **facts,
    )
    event = Event(
        id=uuid4(),
        type=payload.event_type,
        source="/projects",
        subject=str(PROJECT),
        time=datetime(2026, 9, 15, tzinfo=UTC),
        aggregate_version=version,
        region_code=COUNTY,
        payload=payload,
    )
    async with site.database.transaction() as session:
        await on_stage_entered(Context(session, site.clock.now(), new_id, SYSTEM), event)


async def test_a_commissioned_grid_project_adds_its_capacity_once_and_takes_it_along(site: Site) -> None:
    async with site.client() as client:
        await import_nodes(client)

        async def capacities(code: str = "2025-421224-44-03-000002") -> list[tuple[Any, ...]]:
            items = (await client.get(f"/v1/grid-nodes/{code}/capacities")).json().get("items", [])
            return [(one["rated_mva"], one["valid_from"], one["withdrawn_reason"]) for one in items]

        await enter(site, 3, Stage.COMPLETED, date(2026, 8, 1))
        assert await capacities() == []
        await enter(site, 4, Stage.IN_PRODUCTION, date(2026, 9, 1))
        # The same again, and an older one that comes late: nothing happens.
        await enter(site, 4, Stage.IN_PRODUCTION, date(2026, 9, 1))
        await enter(site, 3, Stage.COMPLETED, date(2026, 8, 1))
        await enter(site, 5, Stage.AT_CAPACITY, date(2026, 9, 10))
        assert await capacities() == [(63.0, "2026-09-01", None)]
        node = (await client.get("/v1/grid-nodes/2025-421224-44-03-000002")).json()
        assert (node["kind"], node["origin"], node["voltage_kv"]) == ("substation", "project", 110.0)
        tree = (await client.get("/v1/grid-tree")).json()["items"]
        assert (tree[0]["capacity_kw"], tree[1]["code"]) == (pytest.approx(202_350.0), "2025-421224-44-03-000002")
        (part,) = (await client.get("/v1/grid-nodes/2025-421224-44-03-000002/capacities")).json()["items"]
        assert (part["project_id"], part["project_code"]) == (str(PROJECT), "2025-421224-44-03-000002")
        kept = await client.delete(f"/v1/grid-nodes/2025-421224-44-03-000002/capacities/{part['id']}")
        assert await code_of(kept) == "grid.capacity_of_project"
        # It turns out to extend a substation that stands already.
        (works,) = (await client.get("/v1/grid-works")).json()["items"]
        assert (works["node_code"], works["is_counted"], works["commissioned_on"]) == (
            "2025-421224-44-03-000002",
            True,
            "2026-09-01",
        )
        moved = await client.put(f"/v1/grid-works/{PROJECT}/node", json={"node_code": "S2"})
        assert moved.json()["node_code"] == "S2"
        assert await capacities("S2") == [(50.0, "2020-01-01", None), (63.0, "2026-09-01", None)]
        assert await capacities() == [(63.0, "2026-09-01", "moved")]
        # Moved back, with a corrected figure when it comes again.
        await enter(site, 6, Stage.COMPLETED, date(2026, 9, 12), reversal_reason="误报")
        assert await capacities("S2") == [(50.0, "2020-01-01", None), (63.0, "2026-09-01", "误报")]
        await enter(site, 7, Stage.IN_PRODUCTION, date(2026, 9, 14), mva=50.0)
        await enter(site, 8, Stage.AT_CAPACITY, date(2026, 9, 15), mva=80.0)
        counted = [one for one in await capacities("S2") if one[2] is None]
        assert counted == [(50.0, "2020-01-01", None), (80.0, "2026-09-14", None)]
        # One that is no grid project is passed over; a line has no capacity.
        await enter(site, 9, Stage.TERMINATED, date(2026, 9, 15), reason="停运")
        items = (await client.get("/v1/grid-nodes/S2/capacities")).json()["items"]
        ended = [one["valid_to"] for one in items if one["project_id"] and one["withdrawn_at"] is None]
        assert ended == ["2026-09-15"]


async def test_days_at_the_edge_of_the_calendar_are_answered_or_refused(site: Site) -> None:
    async with site.client() as client:
        await import_nodes(client)
        for path in ("loads", "load-rates", "shortages"):
            for day, status in (
                ("1990-01-01", 200),
                ("2199-12-31", 200),
                ("0001-01-01", 422),
                ("9999-12-31", 422),
            ):
                answer = await client.get(f"/v1/grid-nodes/S1/{path}", params={"from": day})
                assert answer.status_code == status, answer.text
            late = await client.get(f"/v1/grid-nodes/S1/{path}", params={"from": "2026-01-02", "to": "2026-01-01"})
            assert await code_of(late) == "curve.period_inverted"
            long = await client.get(f"/v1/grid-nodes/S1/{path}", params={"from": "2020-01-01", "to": "2026-01-01"})
            assert await code_of(long) == "curve.range_too_long"
        for day, status in (("1990-01-01", 404), ("2199-12-31", 404), ("9999-12-31", 422), ("today", 422)):
            assert (await client.get(f"/v1/grid-nodes/S1/balances/{day}")).status_code == status
        assert (await client.get("/v1/grid-tree", params={"on": "2199-12-31"})).json()["items"] != []
        assert (await client.get("/v1/grid-margins", params={"from": "2199-12-31"})).status_code == 200
        assert (await client.get("/v1/grid-nodes/S1/meters", params={"on": "1990-01-01"})).json()["items"] == []
        beyond = _node("X") | {"valid_from": "20260-01-01"}
        assert (await client.post("/v1/grid-nodes", json=beyond)).status_code == 422
        capacity = {"rated_mva": 0, "valid_from": "2026-01-01", "reason": "x"}
        assert (await client.post("/v1/grid-nodes/S1/capacities", json=capacity)).status_code == 422
        limits = {"limit_mw": [1.0, 2.0], "valid_from": "2026-01-01", "reason": "x"}
        assert (await client.post("/v1/grid-nodes/S1/import-limits", json=limits)).status_code == 422
