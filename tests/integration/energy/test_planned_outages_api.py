"""Planned outages: announced, moved, withdrawn, by list; and the meters they cut off."""

from datetime import UTC, datetime, timedelta

import numpy as np

from services.energy.outages.repository import stretches_between
from tests.support.energy import COUNTY, NEIGHBOUR, NOW, Site

OUTAGE = {
    "scope": "meter",
    "code": "M1",
    "starts_at": "2026-09-16T08:00:00+08:00",
    "ends_at": "2026-09-16T18:00:00+08:00",
    "reason": "线路改造",
    "system": "marketing",
    "external_id": "TD-1",
}
LIST = """计划停电信息
停电编号,停电线路,户号,区划代码,停电开始时间,停电结束时间,停电原因
TD-1,,1234567,,2026-09-16 08:00,2026-09-16 20:00,线路改造
TD-2,10kV-012,,421224,2026/9/17 8:00,2026/9/17 12:00,检修
TD-3,10kV-013,,,2026/9/17 8:00,2026/9/17 12:00,检修
TD-4,,M9,,2026/9/17 8:00,2026/9/17 12:00,检修
TD-5,,M1,,tomorrow,2026/9/17 12:00,检修
TD-6,,M1,,2026/9/18 12:00,2026/9/18 12:00,检修
TD-7,10kV-012,,421221,2026/9/17 8:00,2026/9/17 12:00,检修
"""


async def test_outage_is_announced_once_moved_and_withdrawn(site: Site) -> None:
    await site.register("M1")
    async with site.client() as client:
        first = await client.post("/v1/planned-outages", json=OUTAGE)
        assert (first.status_code, first.headers["etag"]) == (201, '"1"')
        again = await client.post("/v1/planned-outages", json=OUTAGE)
        assert (again.status_code, again.json()) == (200, first.json())
        moved = await client.post("/v1/planned-outages", json={**OUTAGE, "ends_at": "2026-09-16T20:00:00+08:00"})
        assert (moved.status_code, moved.json()["version"]) == (200, 2)
        path = f"/v1/planned-outages/{first.json()['id']}"
        assert (await client.patch(path, json={"reason": "x"})).status_code == 428
        assert (await client.patch(path, json={"reason": "x"}, headers={"If-Match": '"1"'})).status_code == 412
        changed = await client.patch(path, json={"reason": "抢修"}, headers={"If-Match": '"2"'})
        assert (changed.json()["reason"], changed.json()["version"]) == ("抢修", 3)
        assert (await client.delete(path)).json()["status"] == "withdrawn"
        assert (await client.delete(path)).json()["version"] == 4
        late = await client.patch(path, json={"reason": "y"}, headers={"If-Match": '"4"'})
        assert (late.status_code, late.json()["code"]) == (409, "outage.withdrawn")
        inverted = await client.post("/v1/planned-outages", json={**OUTAGE, "ends_at": OUTAGE["starts_at"]})
        assert (inverted.status_code, inverted.json()["code"]) == (409, "outage.period_inverted")
        nowhere = await client.post("/v1/planned-outages", json={**OUTAGE, "scope": "feeder", "external_id": "F"})
        assert nowhere.json()["code"] == "outage.region_missing"
        assert (await client.post("/v1/planned-outages", json={**OUTAGE, "code": "M9"})).status_code == 404
        page = await client.get("/v1/planned-outages", params={"filter[status][eq]": "withdrawn"})
        assert [item["external_id"] for item in page.json()["items"]] == ["TD-1"]


async def test_another_county_neither_sees_nor_cuts_off(site: Site) -> None:
    await site.register("M1")
    async with site.client() as client:
        created = (await client.post("/v1/planned-outages", json=OUTAGE)).json()
    await site.add_key("other", "officer", NEIGHBOUR)
    async with site.client("other") as client:
        assert (await client.get(f"/v1/planned-outages/{created['id']}")).status_code == 404
        assert (await client.get("/v1/planned-outages")).json()["items"] == []
        assert (await client.delete(f"/v1/planned-outages/{created['id']}")).status_code == 404
        assert (await client.post("/v1/planned-outages", json={**OUTAGE, "external_id": "X"})).status_code == 404
        region = {**OUTAGE, "scope": "region", "code": COUNTY, "external_id": "X"}
        assert (await client.post("/v1/planned-outages", json=region)).status_code == 404
        # Somebody else's announcement is not theirs to change either.
        own = {**OUTAGE, "scope": "region", "code": NEIGHBOUR}
        assert (await client.post("/v1/planned-outages", json=own)).status_code == 404
    async with site.client("feed") as client:
        assert (await client.post("/v1/planned-outages", json=OUTAGE)).status_code == 403


async def test_utilitys_list_is_taken_row_by_row_and_codes_find_their_meter(site: Site) -> None:
    await site.register("M1")
    await site.register("F1", feeder_code="10kV-012")
    async with site.client() as client:
        mapping = "户号,电能表编号\n1234567,M1\n7654321,M9\n,M1\n"
        report = (await client.post("/v1/meter-aliases/imports", content=mapping.encode("gb18030"))).json()
        assert (report["created"], report["rejected"]) == (1, 1)
        assert (report["rejections"][0]["line"], report["rejections"][0]["code"]) == (3, "meter.not_found")
        again = (await client.post("/v1/meter-aliases/imports", content=mapping.encode())).json()
        assert (again["created"], again["unchanged"]) == (0, 1)
        report = (await client.post("/v1/planned-outages/imports", content=LIST.encode("gb18030"))).json()
        assert (report["rows"], report["created"], report["rejected"]) == (7, 2, 5)
        assert [(item["line"], item["column"], item["code"]) for item in report["rejections"]] == [
            (5, "停电线路", "outage.region_missing"),
            (6, "户号", "meter.not_found"),
            (7, "停电开始时间", "utility.time_malformed"),
            (8, "户号", "outage.period_inverted"),
            (9, "停电线路", "not_found"),
        ]
        assert all(item["message"] for item in report["rejections"])
        once_more = (await client.post("/v1/planned-outages/imports", content=LIST.encode())).json()
        assert (once_more["created"], once_more["changed"], once_more["unchanged"]) == (0, 0, 2)
        moved = LIST.replace("2026/9/17 12:00,检修\nTD-3", "2026/9/17 13:00,检修\nTD-3")
        assert (await client.post("/v1/planned-outages/imports", content=moved.encode())).json()["changed"] == 1
        refused = await client.post("/v1/planned-outages/imports", content=b"a,b\n1,2\n")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "utility.header_missing")
    async with site.database.session() as session:
        stretches = await stretches_between(session, NOW, NOW + timedelta(days=7))
    index = dict(await site.rows("SELECT meter_no, meter_index FROM meter"))

    def at(meter_no: str, day: int, hour: int, minutes: int = 0) -> bool:
        minute = int(datetime(2026, 9, day, hour, minutes, tzinfo=UTC).timestamp()) // 60
        return bool(stretches.covers(np.array([index[meter_no]]), np.array([minute]))[0])

    assert [at("M1", 16, 0), at("M1", 16, 11, 59), at("M1", 16, 12), at("M1", 17, 1)] == [True, True, False, False]
    assert [at("F1", 17, 0), at("F1", 17, 4, 59), at("F1", 16, 1)] == [True, True, False]
