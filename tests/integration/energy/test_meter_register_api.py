"""The register of meters: what holds when, who may see it, and what the feeds make of it."""

from __future__ import annotations

import asyncio
import io
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import xlsxwriter
from sqlalchemy import text

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.meters.service.effects import take_effect
from tests.support.energy import COUNTY, NEIGHBOUR, TODAY, Site, slot_at, usual_curve

YESTERDAY = TODAY - timedelta(days=1)
OURS, THEIRS = UUID(int=0xA), UUID(int=0xB)


async def call(
    site: Site, method: str, path: str, body: Any = None, caller: str = "officer", **headers: str
) -> httpx.Response:
    async with site.client(caller) as client:
        return await client.request(method, path, json=body, headers=headers)


async def patch(
    site: Site, meter_no: str, version: int, caller: str = "officer", **changes: Any
) -> httpx.Response:
    return await call(site, "PATCH", f"/v1/meters/{meter_no}", changes, caller, **{"If-Match": f'"{version}"'})


async def test_change_needs_the_version_seen_and_is_told_with_its_reason(site: Site) -> None:
    await site.register("M1")
    assert (await call(site, "PATCH", "/v1/meters/M1", {"name": "x"})).status_code == 428
    assert (await patch(site, "M1", 7, name="x")).status_code == 412
    answer = await patch(site, "M1", 1, feeder_code="10kV-07", capacity_kw=None, reason="改接线路")
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"2"'
    assert (answer.json()["feeder_code"], answer.json()["capacity_kw"]) == ("10kV-07", None)
    # The same again is no change.
    assert (await patch(site, "M1", 2, feeder_code="10kV-07")).json()["version"] == 2
    assert (await patch(site, "M1", 2, multiplier=None)).status_code == 422
    history = await site.get("/v1/meters/M1/history")
    assert [(item["act"], item["version"]) for item in history["changes"]] == [("registered", 1), ("changed", 2)]
    assert history["changes"][1]["before"] == {"feeder_code": None, "capacity_kw": 5000.0}
    key_id = (await site.rows("SELECT key_id::text FROM api_key_replica WHERE name = 'officer'"))[0][0]
    assert (history["changes"][1]["changed_by"], history["changes"][1]["reason"]) == (key_id, "改接线路")
    types = await site.rows("SELECT type FROM outbox WHERE type LIKE 'energy.meter%' ORDER BY sequence")
    assert [row[0] for row in types] == ["energy.meter.registered.v1", "energy.meter.changed.v1"]


async def test_change_recorded_ahead_comes_true_in_its_time(site: Site) -> None:
    await site.register("M1", enterprise_id=str(OURS))
    start = TODAY + timedelta(days=2)
    answer = await patch(site, "M1", 1, enterprise_id=str(THEIRS), effective_from=str(start))
    assert answer.json()["enterprise_id"] == str(OURS)
    # A later change of another fact leaves what is on record ahead.
    answer = await patch(site, "M1", 2, ct_ratio=30)
    assert (answer.json()["enterprise_id"], answer.json()["ct_ratio"]) == (str(OURS), 30)
    await site.add_key("theirs", "enterprise", COUNTY, enterprise_id=THEIRS)
    assert (await call(site, "GET", "/v1/meters/M1", caller="theirs")).status_code == 404
    site.clock.advance(timedelta(days=2))
    for expected in (1, 0):
        async with site.database.transaction() as session:
            assert await take_effect(Context(session, site.clock.now(), new_id, SYSTEM)) == expected
    found = await site.get("/v1/meters/M1", "theirs")
    assert (found["enterprise_id"], found["ct_ratio"], found["version"]) == (str(THEIRS), 30, 4)
    periods = (await site.get("/v1/meters/M1/history"))["periods"]
    assert [period["facts"]["enterprise_id"] for period in periods] == [str(OURS), str(OURS), str(THEIRS)]
    assert [period["multiplier_total"] for period in periods] == [1, 30, 30]


async def test_new_owner_sees_nothing_of_the_time_before_and_the_old_one_nothing_more(site: Site) -> None:
    await site.add_key("ours", "enterprise", COUNTY, enterprise_id=OURS)
    await site.add_key("theirs", "enterprise", COUNTY, enterprise_id=THEIRS)
    await site.register("M1", enterprise_id=str(OURS))
    days = [YESTERDAY - timedelta(days=1), YESTERDAY]
    async with site.worker():
        await site.merged(await site.post_curves([usual_curve("M1", day) for day in days]))
    span = {"from": str(days[0]), "to": str(YESTERDAY)}
    assert len((await site.get("/v1/meters/M1/curves", "ours", **span))["items"]) == 2
    answer = await patch(site, "M1", 1, enterprise_id=str(THEIRS), effective_from=str(YESTERDAY))
    assert answer.status_code == 200, answer.text
    assert (await call(site, "GET", "/v1/meters/M1/curves", caller="ours")).status_code in {404, 422}
    assert (await site.get("/v1/meters", "ours"))["items"] == []
    seen = await site.get("/v1/meters/M1/curves", "theirs", **span)
    assert [item["date"] for item in seen["items"]] == [str(YESTERDAY)]
    assert seen["expected"] == 96
    complete = await site.get("/v1/completeness", "theirs", **span)
    assert (complete["items"][0]["expected"], complete["items"][0]["present"]) == (96, 96)
    history = await site.get("/v1/meters/M1/history", "theirs")
    assert (len(history["periods"]), history["changes"]) == (1, [])


async def test_office_of_another_county_changes_nothing_and_learns_nothing(site: Site) -> None:
    await site.add_key("neighbour", "officer", NEIGHBOUR)
    await site.register("M1", kind="register")
    event = {"kind": "reset", "at": slot_at(4), "final_state": 1, "initial_state": 0}
    for method, path, body in (
        ("PATCH", "/v1/meters/M1", {"name": "x"}),
        ("PUT", "/v1/meters/M1/closure", {"last_day": str(TODAY), "reason": "x"}),
        ("PUT", "/v1/meters/M1/aliases/account/1", None),
        ("POST", "/v1/meters/M1/device-events", event),
        ("GET", "/v1/meters/M1/history", None),
        ("GET", "/v1/meters/M1/aliases", None),
        ("GET", "/v1/meters/M1/device-events", None),
        ("GET", f"/v1/meters/M1/registers?from={TODAY}&to={TODAY}", None),
    ):
        answer = await call(site, method, path, body, "neighbour", **{"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (404, "meter.not_found"), path
    body = {"name": "x", "region_code": NEIGHBOUR, "valid_from": "2025-01-01", "kind": "register"}
    assert (await call(site, "PUT", "/v1/meters/M1", body, "neighbour")).status_code == 404
    assert (await call(site, "PUT", "/v1/meters/M1", body, "feed")).status_code == 403


async def test_closed_meter_takes_nothing_of_later_days_until_it_is_reopened(site: Site) -> None:
    await site.register("M1")
    async with site.worker():
        await site.merged(await site.post_curves([usual_curve("M1", YESTERDAY)]))
        early = {"last_day": str(YESTERDAY - timedelta(days=1)), "reason": "销户"}
        answer = await call(site, "PUT", "/v1/meters/M1/closure", early)
        assert (answer.status_code, answer.json()["code"]) == (409, "meter.closure_too_early")
        answer = await call(site, "PUT", "/v1/meters/M1/closure", early | {"last_day": str(YESTERDAY)})
        assert (answer.status_code, answer.json()["valid_to"]) == (200, str(YESTERDAY))
        refused = await site.post_readings([{"meter_no": "M1", "at": slot_at(1), "value": 1}])
        assert refused["rejections"][0]["code"] == "reading.after_meter"
        span = {"from": str(YESTERDAY), "to": str(TODAY)}
        assert (await site.get("/v1/completeness", **span))["expected"] == 96
        assert (await patch(site, "M1", 2, name="x")).json()["code"] == "meter.closed"
        answer = await call(site, "DELETE", "/v1/meters/M1/closure?reason=x")
        assert (answer.status_code, answer.json()["valid_to"]) == (200, None)
        await site.merged(await site.post_readings([{"meter_no": "M1", "at": slot_at(2), "value": 5}]))
    assert (await site.values("M1"))[2] == 5.0
    types = await site.rows("SELECT type FROM outbox WHERE type LIKE 'energy.meter%' ORDER BY sequence")
    assert [row[0].split(".")[2] for row in types] == ["registered", "closed", "changed"]


async def test_feed_may_name_a_meter_as_its_own_system_does(site: Site) -> None:
    await site.register("M1", "M2", "M3")
    for meter_no, system, code in (
        ("M1", "account", "4210012345"),
        ("M1", "nmi", "NMI0000001:E1"),
        ("M2", "asset", "77"),
        ("M3", "account", "77"),
    ):
        answer = await call(site, "PUT", f"/v1/meters/{meter_no}/aliases/{system}/{code}")
        assert answer.status_code == 201, answer.text
    taken = await call(site, "PUT", "/v1/meters/M2/aliases/account/4210012345")
    assert (taken.status_code, taken.json()["code"]) == (409, "meter.alias_taken")
    await site.add_key("listed", "feed", COUNTY, meter_nos=["M1"])
    async with site.worker():
        readings = [
            {"meter_no": "4210012345", "at": slot_at(0), "value": 1},
            {"meter_no": "NMI0000001:E1", "at": slot_at(1), "value": 2},
            {"meter_no": "asset:77", "at": slot_at(2), "value": 3},
            # Two systems mean two meters by it: nobody can tell.
            {"meter_no": "77", "at": slot_at(3), "value": 4},
        ]
        receipt = await site.post_readings(readings)
        assert (receipt["accepted"], receipt["quarantined"]) == (3, 1)
        await site.merged(receipt)
        answer = await site.post("/v1/readings", {"readings": readings[:3]}, caller="listed")
        # A key that names M1 may call it what it likes, and nothing else.
        assert (answer.json()["accepted"], answer.json()["rejected"]) == (2, 1)
    assert (await site.values("M1"))[:2] == [1.0, 2.0]
    found = await site.get("/v1/meters", **{"filter[code]": "4210012345"})
    assert [item["meter_no"] for item in found["items"]] == ["M1"]
    assert (await call(site, "DELETE", "/v1/meters/M1/aliases/account/4210012345")).status_code == 204
    assert (await call(site, "DELETE", "/v1/meters/M1/aliases/account/4210012345")).status_code == 404
    again = await site.post_readings([{"meter_no": "4210012345", "at": slot_at(5), "value": 1}])
    assert again["quarantined"] == 1
    assert len((await site.get("/v1/meters/M1/aliases"))["items"]) == 1


async def test_changes_are_those_of_the_callers_meters(site: Site) -> None:
    await site.register("M1", "M2")
    await site.add_key("listed", "feed", COUNTY, meter_nos=["M2"])
    assert (await patch(site, "M1", 1, name="Furnace 7")).status_code == 200
    async with site.database.transaction() as session:
        # What the relay does, in the order of commits.
        await session.execute(text("UPDATE outbox SET position = sequence"))
    page = await site.get("/v1/meters/changes")
    assert [(item["data"]["meter_no"], item["change"]) for item in page["items"]] == [
        ("M1", "created"),
        ("M2", "created"),
        ("M1", "changed"),
    ]
    assert page["items"][2]["data"]["changed"] == ["name"]
    assert [item["data"]["meter_no"] for item in (await site.get("/v1/meters/changes", "listed"))["items"]] == [
        "M2"
    ]
    assert (await site.get("/v1/meters/changes", "stranger"))["items"] == []
    assert (await site.get("/v1/meters/changes", after=page["next_cursor"]))["items"] == []


TABLE = """计量点台账（示例）
计量点编号,名称,计量方式,电量类型,采集间隔,区划代码,CT变比,PT变比,位数,启用日期,户号,容量
T1,1号炉,表码,正向有功,15,421224,200/5,10kV/100V,6,2025年1月1日,42100001,6300
T2,2号炉,间隔,反向有功,60,421224,,,,20250201,,
"""


async def import_table(site: Site, table: str | bytes, **parameters: Any) -> httpx.Response:
    body = table.encode("gb18030") if isinstance(table, str) else table
    async with site.client() as client:
        return await client.post("/v1/meters/imports", content=body, params=parameters)


async def test_register_of_an_office_is_imported_whole_or_not_at_all(site: Site) -> None:
    trial = await import_table(site, TABLE, dry_run=True)
    assert trial.status_code == 200, trial.text
    assert (trial.json()["created"], trial.json()["faults"]) == (2, [])
    assert (await site.get("/v1/meters"))["items"] == []
    report = (await import_table(site, TABLE)).json()
    assert (report["rows"], report["created"], report["changed"], report["unchanged"]) == (2, 2, 0, 0)
    found = {item["meter_no"]: item for item in (await site.get("/v1/meters"))["items"]}
    assert (found["T1"]["kind"], found["T1"]["ct_ratio"], found["T1"]["pt_ratio"]) == ("register", 40, 100)
    assert (found["T1"]["valid_from"], found["T1"]["register_digits"]) == ("2025-01-01", 6)
    assert (found["T2"]["quantity"], found["T2"]["interval_minutes"]) == ("active_export_kw", 60)
    assert (await site.get("/v1/meters/T1/aliases"))["items"] == [{"system": "account", "code": "42100001"}]
    again = (await import_table(site, TABLE.replace("2号炉", "二号炉"))).json()
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 1, 1)

    faulty = (
        TABLE.replace("421224,200/5", "4212,200/5").replace("间隔,反向有功,60", "间隔,反向有功,7")
        + "T1,,,,,,,,,,,\n"
    )
    refused = await import_table(site, faulty + "T3,x,间隔,,15,421224,a/b,,,2025-01-01,,\n")
    assert (refused.status_code, refused.json()["code"]) == (409, "meter.import_refused")
    faults = {(error["pointer"], error["code"]) for error in refused.json()["errors"]}
    assert ("/3/F", "meter.import_fact_invalid") in faults
    assert ("/4/E", "meter.import_fact_invalid") in faults
    assert ("/5/A", "meter.import_row_repeated") in faults
    assert ("/6/G", "meter.import_cell_unfit") in faults
    neighbour = await import_table(site, TABLE.replace("T1", "N1").replace("421224,200/5", f"{NEIGHBOUR},200/5"))
    assert neighbour.json()["errors"][0]["code"] == "meter.region_out_of_reach"
    assert len((await site.get("/v1/meters"))["items"]) == 2


async def test_imported_meters_are_as_those_registered_one_by_one(site: Site) -> None:
    head = "meter_no,name,kind,region_code,ct_ratio,capacity_kw,valid_from,户号\n"
    rows = [f"I{number},Pump,register,{COUNTY},40,315,2025-03-01,H{number}" for number in range(3)]
    body = {"name": "Pump", "kind": "register", "region_code": COUNTY, "ct_ratio": 40, "capacity_kw": 315}
    async with site.client("admin") as client:
        single = await client.put("/v1/meters/S0", json=body | {"valid_from": "2025-03-01"})
        assert single.status_code == 201, single.text
        report = (await client.post("/v1/meters/imports", content=(head + "\n".join(rows)).encode())).json()
        assert (report["created"], report["faults"]) == (3, [])
        after = await client.put("/v1/meters/S1", json=body | {"valid_from": "2025-03-01"})
        assert after.status_code == 201, after.text
    own = "meter_id, meter_no, meter_index, change_mark"
    meters = await site.rows("SELECT * FROM meter ORDER BY meter_index")
    assert [(row.meter_no, row.meter_index) for row in meters] == [
        (name, place) for place, name in enumerate(("S0", "I0", "I1", "I2", "S1"))
    ]
    plain = [{name: value for name, value in row._mapping.items() if name not in own} for row in meters]
    assert all(row == plain[0] for row in plain)
    for statement in (
        "SELECT from_minute, facts, taken_effect FROM meter_period",
        "SELECT version, act, changed_by, reason, before, after FROM meter_revision",
        "SELECT topic, type, aggregate_version, region_code, convert_from(payload, 'UTF8')::jsonb - 'meter_no'"
        " - 'meter_id' FROM outbox WHERE type = 'energy.meter.registered.v1'",
    ):
        found = await site.rows(statement)
        assert len(found) == 5
        assert all(row == found[0] for row in found)
    # A code that another meter has is told of its row, also within the table; nothing is taken.
    taken = (
        head + f"J0,Pump,register,{COUNTY},40,315,2025-03-01,H0\nJ1,Pump,register,{COUNTY},40,315,2025-03-01,N\n"
    )
    taken += f"J2,Pump,register,{COUNTY},40,315,2025-03-01,N\n"
    refused = (await import_table(site, taken)).json()
    assert [(error["pointer"], error["code"]) for error in refused["errors"]] == [
        ("/2", "meter.alias_taken"),
        ("/4", "meter.alias_taken"),
    ]
    again = (await import_table(site, (head + "\n".join(rows)).replace("H2", "H9"))).json()
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 1, 2)
    assert len((await site.get("/v1/meters"))["items"]) == 5


async def test_workbook_is_imported_and_what_is_none_is_told(site: Site) -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("台账")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, name in enumerate(("meter_no", "name", "region_code", "valid_from", "pulses_per_kwh", "kind")):
        sheet.write(0, column, name)
    sheet.write(1, 0, 4210001)
    sheet.write(1, 1, "水泵")
    sheet.write(1, 2, 421224)
    sheet.write_datetime(1, 3, datetime(2025, 3, 1), day)  # noqa: DTZ001
    sheet.write(1, 4, 3200)
    sheet.write(1, 5, "counter")
    sheet.write(2, 0, "X2")
    sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
    book.close()
    trial = await import_table(site, stream.getvalue(), dry_run=True)
    assert trial.status_code == 200, trial.text
    assert trial.json()["created"] == 1
    assert [(fault["row"], fault["column"], fault["code"]) for fault in trial.json()["faults"]] == [
        (3, "B", "meter.import_cell_broken")
    ]
    for body, code in (
        (b"\x89PNG\r\n", "meter.import_not_a_spreadsheet"),
        (b"PK\x03\x04 half", "meter.import_not_a_workbook"),
    ):
        answer = await import_table(site, body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == code
    nothing = await import_table(site, "名称,容量\nx,1\n")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "meter.import_unreadable")


async def test_two_registrations_of_one_number_at_once_are_one_meter(site: Site) -> None:
    body = {"name": "Furnace", "region_code": COUNTY, "valid_from": str(date(2025, 1, 1))}
    answers = await asyncio.gather(*(call(site, "PUT", "/v1/meters/M1", body, "admin") for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert await site.rows("SELECT count(*)::int FROM meter_period") == [(1,)]
