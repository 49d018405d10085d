"""Files of any format through the one door, to the curve; and devices in their own protocol."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.energy.key_users.secrecy import enciphered
from tests.support.energy import COUNTY, Site
from tests.unit.energy.formats.test_format_faults import zipped

SAMPLES = Path(__file__).parents[2] / "unit" / "energy" / "formats" / "samples"
DAY = date(2026, 7, 14)
CODE = "91341502MA2N8K3T56"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


async def test_foreign_files_reach_the_curves_with_their_qualities(site: Site) -> None:
    market = {"interval_minutes": 30, "offset_minutes": 600}
    await site.register("6001000001:E1", **market)
    await site.register("6001000001:B1", quantity="active_export_kw", **market)
    await site.register("EX0000002")
    async with site.worker():
        archive = zipped({"七月/a.csv": sample("nem12_quality.csv"), "b.xml": sample("iec61968_intervals.xml")})
        answer = await site.post("/v1/files", archive, "application/zip", name="july.zip")
        assert answer.status_code == 202, answer.text
        receipt = answer.json()
        # Of the IEC file one reactive value waits for its meter, a register state is none of an interval meter.
        assert (receipt["accepted"], receipt["quarantined"], receipt["rejected"]) == (46 + 48 + 2, 1, 3)
        pointers = {item["code"]: item["pointer"] for item in receipt["rejections"]}
        assert pointers["iec.meter_missing"] == "/b.xml/MeterReading/Meter"
        assert (await site.post("/v1/files", archive, "application/zip")).json() == receipt
        await site.merged(receipt)
    assert (await site.get("/v1/receipts/" + receipt["receipt_id"], "feed"))["kind"] == "files"
    values = await site.values("6001000001:E1", DAY)
    assert values[:2] + values[46:] == [3.0, 3.0, None, None]
    assert (await site.values("6001000001:B1", DAY))[16] == 2.0
    # The stamps named ends: 12.5 kWh until 00:15 are 50 kW from 00:00 on.
    assert (await site.values("EX0000002", DAY))[:3] == [50.0, 52.0, None]


async def test_table_of_a_utility_is_stored_by_any_door_and_a_wrong_zone_is_told(site: Site) -> None:
    await site.register("1234567", "7654321", interval_minutes=60)
    await site.register("6001000001:E1", interval_minutes=30)
    async with site.worker():
        answer = await site.post("/v1/curves", sample("wide_titles.gb18030.csv"), "text/csv")
        receipt = answer.json()
        assert (receipt["accepted"], receipt["rejected"]) == (47, 2)
        assert {item["code"] for item in receipt["rejections"]} == {"curve.length", "table.cell_not_number"}
        await site.merged(receipt)
        market = (await site.post("/v1/files", sample("nem12_quality.csv"), "text/csv")).json()
        assert (market["accepted"], market["quarantined"]) == (0, 48)
        assert [item["code"] for item in market["rejections"]] == ["reading.zone_mismatch"]
    assert (await site.values("1234567", DAY))[:1] == [1500.0]


async def test_quantities_of_one_device_find_their_meters(site: Site) -> None:
    await site.register("D1", interval_minutes=60)
    await site.register("D1:export", quantity="active_export_kw", interval_minutes=60)
    await site.register("D2", quantity="reactive_import_kvar", interval_minutes=60)
    head = "表号,日期,数据项,单位," + ",".join(f"P{hour}" for hour in range(1, 25))
    rows = [
        ("D1", "正向有功", "kW"),
        ("D1", "反向有功", "MW"),
        ("D2", "正向无功", "kvar"),
        ("D1", "反向无功", "kvar"),
    ]
    lines = [f"{meter},2026-09-14,{item},{unit}," + ",".join(["2"] * 24) for meter, item, unit in rows]
    async with site.worker():
        answer = (await site.post("/v1/curves", "\n".join([head, *lines]), "text/csv")).json()
        assert (answer["accepted"], answer["quarantined"], answer["rejected"]) == (72, 24, 0)
        await site.merged(answer)
    day = date(2026, 9, 14)
    assert [(await site.values(meter, day))[0] for meter in ("D1", "D1:export", "D2")] == [2.0, 2000.0, 2.0]
    (kept,) = (await site.get("/v1/quarantine"))["items"]
    assert kept["meter_no"] == "D1:reactive_export"


async def test_naive_stamps_are_refused_unless_the_delivery_names_their_zone(site: Site) -> None:
    await site.register("M1")
    body = [{"meter_no": "M1", "at": "2026-09-14T00:15:00", "value": 7}]
    refused = (await site.post("/v1/readings", body)).json()
    assert [item["code"] for item in refused["rejections"]] == ["reading.stamp_without_zone"]
    assert (await site.post("/v1/readings", body, zone="Mars")).json()["code"] == "feeds.header_invalid"
    async with site.worker():
        for value, zone in ((7, "meter"), (8, "+07:00")):
            body[0]["value"] = value
            receipt = (await site.post("/v1/readings", body, zone=zone)).json()
            assert receipt["accepted"] == 1
            await site.merged(receipt)
    assert (await site.values("M1", date(2026, 9, 14)))[:6] == [None, 7.0, None, None, None, 8.0]


async def test_quarantined_rows_keep_what_their_file_said(site: Site) -> None:
    body = "表号,采集时间,有功功率(kW)\n" + "".join(f"M5,2026-09-14 {h:02}:00,{h}\n" for h in range(1, 25))
    receipt = (await site.post("/v1/readings", body.encode("gb18030"), "text/csv")).json()
    assert receipt["quarantined"] == 24
    await site.register("M5", interval_minutes=60)
    async with site.worker(), site.client() as client:
        replayed = (await client.post("/v1/quarantine/replays", json={})).json()
        assert replayed["replayed"] == 24
        await site.merged({"receipt_id": replayed["receipt_id"]})
    assert await site.values("M5", date(2026, 9, 14)) == [float(hour) for hour in range(1, 25)]


@pytest.mark.parametrize(
    ("path", "media_type", "body", "status", "code", "fault"),
    [
        (
            "/v1/files",
            "application/octet-stream",
            b"\x00\x01",
            422,
            "feeds.file_unreadable",
            "file.format_unknown",
        ),
        (
            "/v1/files",
            "text/csv",
            sample("nem12_quality.csv")[:500],
            422,
            "feeds.file_unreadable",
            "nem.end_missing",
        ),
        ("/v1/files", "application/xml", "<!DOCTYPE a><a/>", 422, "feeds.file_unreadable", "file.format_unknown"),
        ("/v1/files?format=word", "text/csv", "x", 422, "feeds.format_unknown", "feeds.format_unknown"),
        ("/v1/files?format=iec61968", "", "<a>", 422, "feeds.file_unreadable", "xml.malformed"),
    ],
)
async def test_unreadable_file_says_where_in_the_callers_language(
    site: Site, path: str, media_type: str, body: bytes | str, status: int, code: str, fault: str
) -> None:
    answer = await site.post(path, body, media_type)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["errors"][0]["code"]) == (status, code, fault)
    assert problem["errors"][0]["message"]


def enciphered_datum(datum: dict[str, Any], key: bytes) -> dict[str, str]:
    return {name: enciphered(str(value), key) for name, value in datum.items()}


async def test_device_registers_and_uploads_in_its_own_protocol(site: Site) -> None:
    await site.register("P1")
    upload = json.loads(sample("nhjc_realtime.json"))
    async with site.client("feed") as client:
        wrong = await client.post("/nhjc/register", json={"region": COUNTY, "enterpriseCode": CODE[:-1] + "5"})
        assert (wrong.status_code, wrong.json()["responseCode"]) == (422, "422")
        assert wrong.json()["responseMessage"]
        abroad = await client.post("/nhjc/register", json={"region": "110101", "enterpriseCode": CODE})
        assert (abroad.status_code, abroad.json()["responseCode"]) == (403, "403")
        body = {"region": COUNTY, "enterpriseCode": CODE}
        device = (await client.post("/nhjc/register", json=body)).json()
        assert (device["responseCode"], len(device["deviceId"])) == ("0", 32)
        assert device["centerDataURL"].endswith("/nhjc/enterprise/uploadEnergyData")
        assert (await client.post("/nhjc/register", json=body)).json() == device
        stranger = await client.post("/nhjc/enterprise/uploadEnergyData", json=upload)
        assert (stranger.status_code, stranger.json()["responseCode"]) == (404, "404")
        upload["deviceId"] = device["deviceId"]
        half = await client.post("/nhjc/enterprise/uploadEnergyData", content=json.dumps(upload)[:-20])
        assert (half.status_code, half.json()["responseCode"]) == (422, "422")
        answer = (await client.post("/nhjc/enterprise/uploadEnergyData", json=upload)).json()
        assert (answer["responseCode"], answer["responseMessage"]) == ("0", "RECEIVE SUCCESS")
        assert (answer["accepted"], answer["quarantined"], answer["rejected"]) == (0, 2, 2)
        # Enciphered with the key of the registration it is the same upload; with another one it is none.
        key = bytes.fromhex(device["secretKey"])
        assert len(key) == 16
        upload["data"][0]["statDate"] = "2026-07-14 01:00:00"
        upload["data"][1]["valid"] = 1
        secret = upload | {"data": [enciphered_datum(item, key) for item in upload["data"]]}
        answer = (await client.post("/nhjc/enterprise/uploadEnergyData", json=secret)).json()
        assert (answer["responseCode"], answer["quarantined"], answer["rejected"]) == ("0", 1, 3)
        wrong_key = upload | {"data": [enciphered_datum(item, bytes(16)) for item in upload["data"]]}
        refused = await client.post("/nhjc/enterprise/uploadEnergyData", json=wrong_key)
        assert (refused.status_code, refused.json()["responseCode"]) == (422, "422")
        assert (await client.post("/nhjc/enterprise/versionCheck", json={})).json()["responseCode"] == "0"
    async with site.client("admin") as client:
        alias = await client.put(f"/v1/meters/P1/aliases/nhjc/{CODE}:00-00-0000-023300-11")
        assert alias.is_success, alias.text
    async with site.worker(), site.client("officer") as client:
        replayed = (await client.post("/v1/quarantine/replays", json={})).json()
        assert replayed["replayed"] == 3, replayed
        await site.merged({"receipt_id": replayed["receipt_id"]})
    assert (await site.values("P1", DAY))[:5] == [None, 7282.0, 7284.0, None, 7282.0]
