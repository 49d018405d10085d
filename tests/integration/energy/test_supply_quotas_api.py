"""Supply quotas: lists of utilities and dispatch centres in; by object and day out, also as they were known."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import xlsxwriter

from libs.common.registry.tables import EnterpriseReplicaRow, RegionReplicaRow
from tests.support.energy import COUNTY, NEIGHBOUR, Site

DAY = date(2026, 9, 16)
CODE = "91341502MA2N8K3T56"
HOURS = ",".join(f"{hour}时" for hour in range(1, 25))
WIDE = f"""有序用电负荷指标,,,
单位：万千瓦
变电站,户号,区划代码,日期,{HOURS}
右岸水都110千伏变电站,,,2026年9月16日,{",".join(["2"] * 24)}
,7654321,,2026-09-16,{",".join(["0.05"] * 12 + ["--"] * 12)}
,{CODE},,2026-09-16,{",".join(["0.3"] * 24)}
,,{COUNTY},2026-09-16,{",".join(["12"] * 24)}
,,通山县,2026-09-17,{",".join(["12"] * 24)}
,,通城县,2026-09-17,{",".join(["12"] * 24)}
,9999999,,2026-09-16,{",".join(["1"] * 24)}
,,,2026-09-16,{",".join(["1"] * 24)}
,7654321,,soon,{",".join(["1"] * 24)}
,7654321,,2026-09-18,{",".join(["-1"] * 24)}
"""
SPANS = """线路,开始时间,结束时间,用电指标(kW)
10kV-012,2026-09-16 08:00,2026-09-16 12:15,3500
10kV-012,2026-09-16 18:00,2026-09-17 02:00,1500
10kV-012,2026-09-16 09:00,2026-09-16 10:00,9000
10kV-013,2026-09-16,2026-09-18,800
10kV-014,2026-09-16 08:00,2026-09-16 08:00,800
10kV-015,2026-09-16 08:07,2026-09-16 09:00,800
"""
EFILE = """<! System=EMS Version=1.0 Code=UTF-8 Data=1.0 time='2026-09-15_08:00:00' !>
<SupplyQuota::咸宁>
@ 序号 名称 时间 指标
// MW
# 1 右岸水都110千伏变电站 2026-09-16_00:15:00 18
# 2 右岸水都110千伏变电站 2026-09-16_00:30:00 17.5
# 3 右岸水都110千伏变电站 2026-09-16_00:45:00 x
</SupplyQuota::咸宁>
"""


async def hand_in(site: Site, body: str | bytes, caller: str = "officer", **parameters: Any) -> Any:
    content = body.encode("gb18030") if isinstance(body, str) else body
    async with site.client(caller) as client:
        return await client.post("/v1/supply-quotas/imports", content=content, params=parameters)


async def quotas(site: Site, caller: str = "officer", as_of: str | None = None, **filters: str) -> list[Any]:
    parameters = {f"filter[{name}][eq]": value for name, value in filters.items()}
    if as_of is not None:
        parameters["as_of"] = as_of
    items: list[Any] = (await site.get("/v1/supply-quotas", caller, **parameters))["items"]
    return items


async def add_registry(site: Site) -> None:
    async with site.database.transaction() as session:
        for code, name in ((COUNTY, "通山县"), (NEIGHBOUR, "嘉鱼县")):
            session.add(RegionReplicaRow(subject=code, code=code, name=name, default_post="office", version=1))
        session.add(
            EnterpriseReplicaRow(
                subject=CODE,
                enterprise_id=uuid4(),
                credit_code=CODE,
                name="石材公司（演示）",
                region_code=COUNTY,
                sector_code="3032",
                key_energy_user=True,
                version=1,
            )
        )


async def test_list_of_a_utility_is_taken_row_by_row(site: Site) -> None:
    await site.register("M1")
    await add_registry(site)
    async with site.client() as client:
        await client.post("/v1/meter-aliases/imports", content="户号,表号\n7654321,M1\n".encode())
    answer = await hand_in(site, WIDE, name="指标.csv")
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    assert (receipt["rows"], receipt["created"], receipt["rejected"]) == (10, 5, 5)
    assert [(item["line"], item["code"]) for item in receipt["rejections"]] == [
        (9, "quota.region_unknown"),
        (10, "meter.not_found"),
        (11, "utility.object_missing"),
        (12, "utility.time_malformed"),
        (13, "utility.quota_negative"),
    ]
    assert all(item["message"] for item in receipt["rejections"])
    found = {(item["scope"], item["code"], item["day"]): item for item in await quotas(site)}
    assert found.keys() == {
        ("substation", "右岸水都110千伏变电站", "2026-09-16"),
        ("meter", "M1", "2026-09-16"),
        ("enterprise", CODE, "2026-09-16"),
        ("region", COUNTY, "2026-09-16"),
        ("region", COUNTY, "2026-09-17"),
    }
    station = found["substation", "右岸水都110千伏变电站", "2026-09-16"]
    assert (station["interval_minutes"], station["quota_mw"], station["region_code"]) == (60, [20.0] * 24, COUNTY)
    assert found["meter", "M1", "2026-09-16"]["quota_mw"] == [0.5] * 12 + [None] * 12
    assert found["enterprise", CODE, "2026-09-16"]["enterprise_id"] is not None
    assert {item["import_id"] for item in found.values()} == {receipt["receipt_id"]}
    kept = await site.get(f"/v1/supply-quotas/imports/{receipt['receipt_id']}")
    assert kept == receipt | {"rejections": kept["rejections"]}
    assert len((await site.get("/v1/supply-quotas/imports"))["items"]) == 1
    again = (await hand_in(site, WIDE)).json()
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 5)


async def test_spans_are_laid_out_by_slot(site: Site) -> None:
    receipt = (await hand_in(site, SPANS)).json()
    assert [(item["line"], item["code"]) for item in receipt["rejections"]] == [
        (4, "utility.quota_repeated"),
        (6, "utility.span_invalid"),
        (7, "utility.quota_misaligned"),
    ]
    first, night = (await quotas(site, code="10kV-012"))[::-1]
    assert (first["day"], first["interval_minutes"], night["day"]) == ("2026-09-16", 15, "2026-09-17")
    expected = [None] * 32 + [3.5] * 17 + [None] * 23 + [1.5] * 24
    assert first["quota_mw"] == expected
    assert night["quota_mw"] == [1.5] * 8 + [None] * 88
    whole = await quotas(site, code="10kV-013")
    assert [(item["day"], item["quota_mw"]) for item in whole] == [
        (f"2026-09-{day}", [0.8] * 24) for day in (18, 17, 16)
    ]


async def test_later_list_replaces_and_what_was_known_stays_known(site: Site) -> None:
    table = "变电站,日期," + ",".join(f"P{slot}" for slot in range(1, 25)) + "\n右岸水都110千伏变电站,2026-09-16,"
    await hand_in(site, table + ",".join(["20"] * 24), issued_at="2026-09-14T00:00:00Z")
    known = site.clock.now()
    site.clock.advance(timedelta(hours=1))
    # By its own time it is later.
    receipt = (await hand_in(site, EFILE.encode())).json()
    assert (receipt["changed"], receipt["rejected"], receipt["issued_at"]) == (1, 1, "2026-09-15T00:00:00Z")
    assert receipt["rejections"][0]["line"] == 7
    (station,) = await quotas(site, scope="substation")
    assert (station["interval_minutes"], station["quota_mw"][:5]) == (15, [20.0, 18.0, 17.5, 20.0, 20.0])
    (before,) = await quotas(site, as_of=known.isoformat())
    assert (before["interval_minutes"], before["quota_mw"]) == (60, [20.0] * 24)
    assert before["replaced_at"] == station["recorded_at"]
    assert (await site.get(f"/v1/supply-quotas/{before['id']}"))["id"] == before["id"]
    # An older list changes nothing.
    old = (await hand_in(site, table + ",".join(["5"] * 24), issued_at="2026-09-14T12:00:00Z")).json()
    assert (old["changed"], old["superseded"]) == (0, 1)


async def test_workbook_is_read_and_what_is_none_is_refused(site: Site) -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("指标")
    for column, heading in enumerate(("区域", "时间", "限额(MW)")):
        sheet.write(0, column, heading)
    for hour in range(1, 25):
        sheet.write_row(hour, 0, [COUNTY, f"2026-09-16 {hour:02}:00", 100 + hour])
    book.close()
    receipt = (await hand_in(site, stream.getvalue())).json()
    assert (receipt["created"], receipt["rejections"]) == (1, [])
    (region,) = await quotas(site)
    assert region["quota_mw"] == [101.0 + hour for hour in range(24)]
    for body, code in ((b"a,b\n1,2\n", "utility.header_missing"), (b"PK\x03\x04", "file.not_a_workbook")):
        refused = await hand_in(site, body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code), refused.text


async def test_quotas_are_seen_and_set_within_reach_only(site: Site) -> None:
    await add_registry(site)
    await hand_in(site, WIDE)
    await site.add_key("other", "officer", NEIGHBOUR)
    assert await quotas(site, "other") == []
    table = f"区域,日期,{HOURS}\n{COUNTY},2026-09-16," + ",".join(["1"] * 24)
    foreign = (await hand_in(site, table, "other")).json()
    assert [item["code"] for item in foreign["rejections"]] == ["not_found"]
    mine = (await quotas(site))[0]
    async with site.client("other") as client:
        assert (await client.get(f"/v1/supply-quotas/{mine['id']}")).status_code == 404
        assert (await client.get(f"/v1/supply-quotas/imports/{mine['import_id']}")).status_code == 404
    assert (await hand_in(site, table, "feed")).status_code == 403
    rows = await site.rows("SELECT enterprise_id FROM enterprise_replica")
    await site.add_key("works", "enterprise", COUNTY, enterprise_id=rows[0].enterprise_id)
    assert {item["scope"] for item in await quotas(site, "works")} == {"enterprise"}
