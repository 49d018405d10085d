"""The lines of bad input that a feed meets sooner or later, each through a real door to what people are told."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import aiomqtt
import httpx
import numpy as np
import xlsxwriter

from services.energy.rollups.jobs import settle_touched
from services.energy.vee.jobs import follow_touched
from tests.support.energy import COUNTY, TODAY, Site, slot_at, usual_curve
from tests.support.energy_context import run_job

SETTLE = settle_touched(follow_touched)
YESTERDAY = TODAY - timedelta(days=1)
HEAD = "meter_no,date," + ",".join(f"P{slot}" for slot in range(1, 97))


def wide(value: float, *meter_nos: str, day: date = YESTERDAY) -> str:
    return "\n".join([HEAD, *(f"{meter_no},{day}," + ",".join([str(value)] * 96) for meter_no in meter_nos), ""])


def codes(receipt: dict[str, Any]) -> list[tuple[int, str]]:
    return [(item["line"], item["code"]) for item in receipt["rejections"]]


async def refused(site: Site, path: str, body: str | bytes, media_type: str) -> tuple[str, str]:
    """The code of the refusal, and of what in the file is to blame."""

    async def answered() -> httpx.Response | None:
        # A busy machine may not know for a moment how far its worker is: senders come again.
        answer = await site.post(path, body, media_type)
        return None if answer.status_code == 429 else answer

    answer = await site.until(answered)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["errors"][0]["message"]
    return problem["code"], problem["errors"][0]["code"]


async def test_half_a_file_is_taken_as_far_as_its_rows_go_or_not_at_all(site: Site) -> None:
    await site.register("M1", "M2")
    half = (await site.post("/v1/curves", wide(5, "M1", "M2")[:-200], "text/csv")).json()
    assert (half["accepted"], codes(half)) == (96, [(3, "curve.length")])
    # Formats that tell their end are not trusted without it.
    xml = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi"><entry><content>'
    nem = "100,NEM12,202603300000,MDP,RET\n200,600,E1,1,E1,N1,S,kWh,30,\n300,20260714," + "1," * 48 + "A,,,\n"
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("day.csv", wide(5, "M1"))
    for body, media_type, code in (
        (xml, "application/xml", "xml.malformed"),
        (nem, "application/octet-stream", "nem.end_missing"),
        (whole.getvalue()[:-30], "application/zip", "archive.broken"),
    ):
        assert await refused(site, "/v1/files", body, media_type) == ("feeds.file_unreadable", code)
    line = json.dumps({"meter_no": "M1", "at": slot_at(3), "value": 1})
    lines = (await site.post("/v1/readings?unit=kW", f"{line}\n{line[:-9]}", "application/x-ndjson")).json()
    assert (lines["accepted"], codes(lines)) == (1, [(2, "reading.malformed")])


async def test_file_in_the_wrong_unit_is_caught_by_its_thousand(site: Site) -> None:
    await site.register("M1")
    await site.register("BOUND", high_kw=2000)
    history = [usual_curve("M1", TODAY - timedelta(days=age), 100.0) for age in range(40, 1, -1)]
    async with site.worker():
        await site.merged(await site.post_curves(history))
        # Watts, and nobody said so.
        watts = (await site.post("/v1/curves?unit=kW", wide(100_000, "M1", "BOUND"), "text/csv")).json()
        # What the meter cannot register is not even taken.
        assert (watts["accepted"], codes(watts)) == (96, [(3, "reading.out_of_range")])
        await site.merged(watts)
        await run_job(site, SETTLE)
        (finding,) = (await site.get("/v1/vee-findings", **{"filter[kind]": "unit_scale"}))["items"]
        assert (finding["meter_no"], finding["day"], finding["status"]) == ("M1", str(YESTERDAY), "open")
        kinds = {item["kind"] for item in (await site.get("/v1/conditions"))["items"]}
        assert "unit" in kinds
        # The same file with its unit puts it right, and all of it ends.
        site.clock.advance(timedelta(minutes=1))
        right = (await site.post("/v1/curves?unit=W", wide(100_000, "M1", "BOUND"), "text/csv")).json()
        await site.merged(right)
        await run_job(site, SETTLE)
    assert (await site.values("M1", YESTERDAY))[:2] == [100.0, 100.0]
    (cleared,) = (await site.get("/v1/vee-findings", **{"filter[kind]": "unit_scale"}))["items"]
    assert cleared["status"] == "cleared"
    conditions = (await site.get("/v1/conditions"))["items"]
    assert {item["status"] for item in conditions if item["kind"] == "unit"} == {"cleared"}


async def test_midnight_and_the_days_on_which_clocks_change(site: Site) -> None:
    await site.register("M1")
    await site.register("T_X-1", quantity="active_export_kw", interval_minutes=30, offset_minutes=0)
    midnight = [f"M1,{YESTERDAY} {minute // 60:02}:{minute % 60:02},{minute}" for minute in range(15, 1441, 15)]
    table = "\n".join(["表号,时间,有功功率(kW)", *midnight, ""])

    # London's days of 23 and 25 hours: 46 periods fill the day, the 47th is none, and 50 do on the other.
    def periods(day: str, count: int) -> str:
        rows = [f"B1610,T_X-1,{day},{period},{period}" for period in range(1, count + 1)]
        return "\n".join(["Dataset,BM Unit,Settlement Date,Settlement Period,Quantity", *rows, ""])

    async with site.worker():
        stamped = (await site.post("/v1/curves", table, "text/csv")).json()
        assert (stamped["accepted"], stamped["rejected"]) == (96, 0)
        spring = (await site.post("/v1/files", periods("2026-03-29", 47), "text/csv")).json()
        assert (spring["accepted"], codes(spring)) == (46, [(48, "elexon.period_malformed")])
        autumn = (await site.post("/v1/files", periods("2025-10-26", 50), "text/csv")).json()
        assert (autumn["accepted"], autumn["rejected"]) == (50, 0)
        await site.merged(stamped, spring, autumn)
    # The last value of the day stands under the next day's midnight and belongs to the day.
    values = await site.values("M1", YESTERDAY)
    assert (values[0], values[95]) == (15.0, 1440.0)
    assert await site.values("M1") == []
    day = (await site.values("T_X-1", date(2026, 3, 29)))[:46]
    assert day == [2000.0 * period for period in range(1, 47)]
    # The 25 hours begin at 23:00 UTC of the day before.
    before, after = await site.values("T_X-1", date(2025, 10, 25)), await site.values("T_X-1", date(2025, 10, 26))
    assert [value for value in [*before[46:], *after] if value is not None] == [2000.0 * n for n in range(1, 51)]


async def test_of_two_sources_the_preferred_one_stands_whatever_comes_first(site: Site) -> None:
    await site.register("M1")
    async with site.client() as client:
        key = (await site.rows("SELECT key_id::text AS key FROM api_key_replica WHERE name = 'feed'"))[0].key
        body = {"code": "good", "name": "good", "region_code": COUNTY, "transport": "http", "key_id": key}
        answer = await client.post("/v1/feeds", json=body | {"source_name": "good", "priority": 90})
        assert answer.status_code == 201, answer.text
    async with site.worker():
        for source, value in (("poor", 1.0), ("good", 2.0), ("poor", 3.0)):
            curve = {"meter_no": "M1", "date": str(YESTERDAY), "values": [value] * 96}
            await site.merged(await site.post_curves([curve], source=source))
    assert set(await site.values("M1", YESTERDAY)) == {2.0}
    last, better, first = await site.receipts(transport="http")
    assert (first["stored"], better["revised"], last["superseded"]) == (96, 96, 96)


async def test_bombs_are_refused_at_every_door(site: Site) -> None:
    entities = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE lolz [<!ENTITY lol0 "lol">{entities}]>'
    green = f'<?xml version="1.0"?>{laughs}<feed xmlns="http://naesb.org/espi">&lol9;</feed>'
    away = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><feed xmlns="http://naesb.org/espi">&a;</feed>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        for number in range(4):
            bomb.writestr(f"{number}.csv", b"0" * (64 * 2**20))
    for body, media_type, code in (
        (green, "application/xml", "xml.doctype_refused"),
        (away, "application/xml", "xml.doctype_refused"),
        (packed.getvalue(), "application/zip", "archive.expands_too_far"),
    ):
        assert await refused(site, "/v1/files", body, media_type) == ("feeds.file_unreadable", code)
    assert {item["status"] for item in await site.receipts()} == {"refused"}


async def test_formulas_count_by_what_they_showed_and_broken_cells_are_named(site: Site) -> None:
    await site.register("M1", "M2", "M3")
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("负荷")
    sheet.write_row(0, 0, ["表号", "日期", *(f"P{slot}" for slot in range(1, 97))])
    for row, meter_no in enumerate(("M1", "M2", "M3"), 1):
        sheet.write_row(row, 0, [meter_no, str(YESTERDAY), *[7.5] * 96])
    sheet.write_formula(1, 2, "=1+2", None, 3)
    sheet.write_formula(2, 3, "=1/0", None, "#DIV/0!")
    sheet.write_formula(3, 4, "=A1", None, "")
    book.close()
    answer = await site.post("/v1/curves", stream.getvalue(), "application/octet-stream")
    receipt = answer.json()
    assert (receipt["accepted"], codes(receipt)) == (96, [(3, "table.cell_broken"), (4, "table.cell_broken")])
    assert "D3" in receipt["rejections"][0]["message"]
    assert "E4" in receipt["rejections"][1]["message"]
    async with site.worker():
        await site.merged(receipt)
    assert (await site.values("M1", YESTERDAY))[:2] == [3.0, 7.5]


async def test_zeros_in_texts_are_told_and_harm_nothing(site: Site) -> None:
    await site.register("M1")
    lines = [
        json.dumps({"meter_no": "M\0", "at": slot_at(1), "value": 1}),
        json.dumps({"meter_no": "M1", "at": "\0", "value": 1}),
        json.dumps({"meter_no": "M1", "at": slot_at(1), "value": 1, "quality": "\0"}),
    ]
    answer = await site.post("/v1/readings?unit=kW", "\n".join(lines), "application/x-ndjson")
    assert (answer.status_code, answer.json()["rejected"]) == (202, 3), answer.text
    named = await site.post("/v1/files", wide(5, "M1"), "text/csv", name="a\0.csv")
    assert named.status_code == 202, named.text
    for path in ("/v1/readings?unit=%00", "/v1/readings?source=%00", "/v1/files?format=%00"):
        refusal = await site.post(path, lines[0], "application/x-ndjson")
        assert refusal.status_code == 422, refusal.text


async def test_meter_that_sends_a_message_a_millisecond_costs_few_rows(gate: Site, broker: int) -> None:
    readings = 3000
    await gate.register("M1")
    place = {"host": "127.0.0.1", "port": broker, "topic": "mad/#"}
    body = {"code": "mad", "name": "mad", "region_code": COUNTY, "transport": "mqtt", "unit": "kW"}
    answer = await gate.post("/v1/feeds", body | {"connection": place}, caller="officer")
    assert answer.status_code == 201, answer.text
    seconds = np.arange(readings) / 1000

    async def told() -> bool:
        ((count,),) = await gate.rows("SELECT coalesce(sum(accepted + rejected), 0)::int FROM receipt")
        return bool(count >= readings)

    async with gate.gateway(), gate.worker():
        await gate.until(lambda: is_connected(gate))
        async with aiomqtt.Client("127.0.0.1", broker, max_queued_outgoing_messages=0) as sender:
            stamp = slot_at(3)[:17]
            for first in range(0, readings, 500):
                chosen = seconds[first : first + 500]
                await asyncio.gather(
                    *(
                        sender.publish(
                            "mad/1", f'{{"meter_no":"M1","at":"{stamp}{at:06.3f}+00:00","value":5}}', qos=1
                        )
                        for at in chosen.tolist()
                    )
                )
        await gate.until(told, 60)
        await gate.until(lambda: is_merged(gate), 60)
    receipts = await gate.receipts(transport="mqtt")
    # One of them lies on the edge of a slot; the others are told by line, and no row is kept for each.
    assert sum(item["accepted"] for item in receipts) == 1
    assert sum(item["rejected"] for item in receipts) == readings - 1
    assert len(receipts) <= readings / 5
    (page,) = [await gate.get(f"/v1/receipts/{item['receipt_id']}") for item in receipts if item["accepted"]]
    assert {item["code"] for item in page["rejections"]} <= {"reading.misaligned"}
    ((chunks,),) = await gate.rows("SELECT count(*)::int FROM rejection_chunk")
    assert chunks <= readings / 500
    assert (await gate.values("M1"))[:5] == [None, None, None, 5.0, None]
    assert await gate.rows("SELECT count(*)::int FROM curve_revision") == [(0,)]


async def is_connected(site: Site) -> bool:
    page = await site.get("/v1/feeds")
    return all(item["connected_at"] for item in page["items"])


async def is_merged(site: Site) -> bool:
    return not await site.rows("SELECT 1 FROM receipt WHERE status <> 'merged' LIMIT 1")
