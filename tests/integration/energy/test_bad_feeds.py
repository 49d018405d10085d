"""What a feed does wrong is told by line; what nobody knows is kept; what cannot be read stops nobody."""

import asyncio
import resource
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pytest
from aiokafka import AIOKafkaConsumer

from libs.common.ids import new_id
from services.energy.feeds.domain.block import CurveRows, encode
from services.energy.feeds.service import LogUnavailable
from tests.support.energy import TODAY, Site, receipt_header, slot_at, usual_curve
from tests.support.sockets import served

YESTERDAY = TODAY - timedelta(days=1)


def codes(receipt: dict[str, Any]) -> list[tuple[int, str]]:
    return [(item["line"], item["code"]) for item in receipt["rejections"]]


async def test_each_bad_line_is_told_and_the_good_ones_count(site: Site) -> None:
    await site.register("M1", high_kw=8000)
    lines = [
        f'{{"meter_no":"M1","at":"{slot_at(1)}","value":1}}',
        "{broken",
        f'{{"meter_no":"M1","at":"{slot_at(2)}","value":"many"}}',
        '{"meter_no":"M1","at":"2026-09-15T08:00:00","value":1}',
        '{"meter_no":"M1","at":"yesterday","value":1}',
        '{"meter_no":"M1","at":"2026-09-15T08:07:00+08:00","value":1}',
        '{"meter_no":"M1","at":"2027-01-01T00:00:00+08:00","value":1}',
        '{"meter_no":"M1","at":"1970-01-01T00:00:00Z","value":1}',
        '{"meter_no":"M1","at":"2024-06-01T00:00:00+08:00","value":1}',
        f'{{"meter_no":"M1","at":"{slot_at(3)}","value":8001}}',
        f'{{"meter_no":"M1","at":"{slot_at(3)}","value":1,"quality":"fine"}}',
        f'{{"meter_no":"bad no","at":"{slot_at(3)}","value":1}}',
        '{"at":"2026-09-15T08:00:00+08:00","value":1}',
        f'{{"meter_no":"M1","at":"{slot_at(4)}","value":2}}',
    ]
    answer = await site.post("/v1/readings", "\n".join(lines), "application/x-ndjson", unit="kW")
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert (receipt["accepted"], receipt["rejected"]) == (2, 12)
    assert codes(receipt) == [
        (2, "reading.malformed"),
        (3, "reading.malformed"),
        (4, "reading.stamp_without_zone"),
        (5, "reading.stamp_malformed"),
        (6, "reading.misaligned"),
        (7, "reading.in_future"),
        (8, "reading.too_early"),
        (9, "reading.before_meter"),
        (10, "reading.out_of_range"),
        (11, "reading.quality_unknown"),
        (12, "meter.number_malformed"),
        (13, "reading.malformed"),
    ]
    assert all(item["message"] for item in receipt["rejections"])
    async with site.worker():
        await site.merged(receipt)
    assert (await site.values("M1"))[:6] == [None, 1.0, None, None, 2.0, None]


async def test_body_is_refused_while_it_streams_and_memory_stays_flat(site: Site) -> None:
    sent = 0

    async def garbage() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 2**20
            yield b"\xa7" * 2**20

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    before = resident()
    headers = {"X-API-Key": site.keys["feed"], "Content-Type": "text/csv"}
    async with served(site) as port, httpx.AsyncClient(timeout=60) as client:
        for _ in range(3):
            sent = 0
            try:
                answer = await client.post(
                    f"http://127.0.0.1:{port}/v1/readings", content=garbage(), headers=headers
                )
                assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
            except (httpx.WriteError, httpx.ReadError):
                # The connection is closed on whoever goes on sending.
                assert sent > 64 * 2**20
        assert (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    # One body up to its limit of 64 MiB, as pieces and whole, and not three of them.
    assert resident() - before < 180 * 2**20


async def test_curve_rows_are_refused_one_by_one(site: Site) -> None:
    await site.register("M1", "H", valid_from="2026-09-01")
    await site.register("HH", interval_minutes=60)
    today: list[float | None] = [1.0] * 96
    curves = [
        usual_curve("M1", YESTERDAY),
        {"meter_no": "M1", "date": "2026-09-13", "values": [1.0] * 95},
        {"meter_no": "M1", "date": "2026-13-13", "values": [1.0] * 96},
        {"meter_no": "HH", "date": "2026-09-13", "values": [1.0] * 96},
        {"meter_no": "M1", "date": "2026-08-31", "values": [1.0] * 96},
        {"meter_no": "M1", "date": TODAY.isoformat(), "values": today},
        {"meter_no": "M1", "date": "2026-09-12", "values": [None] * 96},
        {"meter_no": "M1", "date": "2026-09-12", "values": ["x"] + [1.0] * 95},
        {"meter_no": "H", "date": TODAY.isoformat(), "values": today[:34] + [None] * 62},
    ]
    receipt = await site.post_curves(curves)
    assert codes(receipt) == [
        (2, "curve.length"),
        (3, "reading.stamp_malformed"),
        (4, "reading.interval_mismatch"),
        (5, "reading.before_meter"),
        (6, "reading.in_future"),
        (7, "reading.value_missing"),
        (8, "reading.malformed"),
    ]
    assert receipt["rejections"][0]["pointer"] == "/curves/1/values"
    assert receipt["accepted"] == 96 + 34


@pytest.mark.parametrize(
    ("path", "media_type", "body", "status", "code"),
    [
        ("/v1/readings", "application/json", "[{", 422, "feeds.body_unreadable"),
        ("/v1/curves", "application/json", '{"curves": 7}', 422, "feeds.body_unreadable"),
        ("/v1/curves", "text/csv", "a,b,c\n1,2,3", 422, "feeds.file_unreadable"),
        ("/v1/readings", "text/csv", "", 422, "feeds.file_unreadable"),
        ("/v1/readings", "application/pdf", "%PDF", 415, "request.unsupported_media_type"),
        ("/v1/readings", "application/xml", "<a/>", 422, "feeds.file_unreadable"),
        ("/v1/readings?unit=horsepower", "application/json", "[]", 422, "feeds.unit_unknown"),
        ("/v1/readings?interval=7", "application/json", "[]", 422, "feeds.header_invalid"),
        ("/v1/readings?created_at=2030-01-01T00:00:00Z", "application/json", "[]", 422, "feeds.header_invalid"),
        ("/v1/readings?created_at=2026-01-01", "application/json", "[]", 422, "feeds.header_invalid"),
    ],
)
async def test_body_is_refused_as_a_whole_when_nothing_in_it_can_be_trusted(
    site: Site, path: str, media_type: str, body: str, status: int, code: str
) -> None:
    answer = await site.post(path, body, media_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_body_is_refused_when_it_is_huge(site: Site) -> None:
    answer = await site.post("/v1/readings", b"x" * (65 * 2**20), "application/x-ndjson")
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


async def test_caller_without_the_right_to_deliver_is_refused(site: Site) -> None:
    await site.add_key("viewer", "viewer", "421224")
    assert (await site.post("/v1/readings", [], caller="viewer")).status_code == 403
    async with site.client() as client:
        client.headers.pop("X-API-Key")
        assert (await client.post("/v1/readings", content=b"[]")).status_code == 401


async def test_unknown_meter_is_kept_visible_and_taken_once_it_is_registered(site: Site) -> None:
    async with site.worker():
        receipt = await site.post_readings(
            [{"meter_no": "NEW", "at": slot_at(slot), "value": slot} for slot in (1, 2)], unit="MW"
        )
        assert (receipt["accepted"], receipt["quarantined"]) == (0, 2)
        curves = await site.post_curves([usual_curve("NEW", YESTERDAY), usual_curve("OTHER", YESTERDAY)])
        assert curves["quarantined"] == 192
        kept = await site.get("/v1/quarantine", **{"filter[meter_no][eq]": "NEW"})
        assert [item["readings"] for item in kept["items"]] == [96, 2]
        await site.register("NEW")
        async with site.client("officer") as client:
            replayed = (await client.post("/v1/quarantine/replays", json={})).json()
            assert (replayed["replayed"], replayed["waiting"], replayed["rejected"]) == (98, 1, 0)
            again = (await client.post("/v1/quarantine/replays", json={"meter_no": "NEW"})).json()
            assert (again["receipt_id"], again["replayed"]) == (None, 0)
            receipt_of_replay = f"/v1/receipts/{replayed['receipt_id']}"
            while (await client.get(receipt_of_replay)).json()["status"] != "merged":
                await asyncio.sleep(0.05)
    assert (await site.values("NEW"))[:4] == [None, 1000.0, 2000.0, None]
    assert await site.values("NEW", YESTERDAY) != []
    statuses = {item["meter_no"]: item["status"] for item in (await site.get("/v1/quarantine"))["items"]}
    assert statuses == {"NEW": "replayed", "OTHER": "kept"}


async def test_another_countys_key_learns_nothing_and_stores_nothing(site: Site) -> None:
    await site.register("M1")
    reading = [{"meter_no": "M1", "at": slot_at(1), "value": 666}]
    foreign = (await site.post("/v1/readings", reading, caller="stranger")).json()
    unknown = (await site.post("/v1/readings", [{**reading[0], "meter_no": "NONE"}], caller="stranger")).json()
    # Both wait; the answer does not tell which of them exists.
    assert foreign.keys() == unknown.keys()
    assert (foreign["accepted"], foreign["quarantined"]) == (unknown["accepted"], unknown["quarantined"]) == (0, 1)
    async with site.client("admin") as client:
        replayed = (await client.post("/v1/quarantine/replays", json={})).json()
    assert (replayed["replayed"], replayed["waiting"]) == (0, 2)
    assert await site.values("M1") == []


async def test_key_that_names_its_meters_delivers_for_no_other(site: Site) -> None:
    await site.register("M1", "M2")
    await site.add_key("narrow", "feed", "421224", meter_nos=["M1"])
    body = [{"meter_no": meter, "at": slot_at(1), "value": 1} for meter in ("M1", "M2", "NONE")]
    receipt = (await site.post("/v1/readings", body, caller="narrow")).json()
    assert receipt["accepted"] == 1
    assert codes(receipt) == [(2, "meter.not_granted"), (3, "meter.not_granted")]
    assert [item["meter_no"] for item in (await site.get("/v1/meters", "narrow"))["items"]] == ["M1"]


async def test_poison_is_set_aside_with_its_cause_and_the_next_record_is_merged(site: Site) -> None:
    await site.register("M1")
    alien = encode([CurveRows(1, 96, 1, np.array([9_999]), np.array([20_000]), np.ones((1, 96), np.float32))])
    wrong = encode([CurveRows(1, 24, 1, np.array([0]), np.array([20_000]), np.ones((1, 24), np.float32))])
    await site.append(b"noise", receipt_header(new_id()))
    await site.append(b"no headers")
    await site.append(alien, receipt_header(new_id()))
    await site.append(wrong, receipt_header(new_id()))
    async with site.worker():
        await site.merged(await site.post_curves([usual_curve("M1", YESTERDAY)]))
    consumer = AIOKafkaConsumer(
        f"{site.topic}.worker.dead",
        bootstrap_servers=site.settings.kafka_bootstrap,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        dead = [await asyncio.wait_for(consumer.getone(), 120) for _ in range(4)]
    finally:
        await consumer.stop()
    headers = [dict(record.headers) for record in dead]
    assert [item["dead_offset"] for item in headers] == [b"0", b"1", b"2", b"3"]
    assert all(item["dead_cause"] and item["dead_stack"] for item in headers)
    assert await site.rows("SELECT count(*) FROM curve_day") == [(1,)]


async def test_nothing_is_answered_but_503_when_the_log_does_not_acknowledge(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.register("M1")
    body = [usual_curve("M1", YESTERDAY)]
    log = site.app.state.door.log
    append, calls = log.append, []

    async def lost(partition: int, record: bytes, headers: Any) -> None:
        # It arrived, but the acknowledgement did not.
        await append(partition, record, headers)
        calls.append(partition)
        raise LogUnavailable("no answer")

    monkeypatch.setattr(log, "append", lost)
    answer = await site.post("/v1/curves", {"unit": "kW", "curves": body})
    assert (answer.status_code, answer.json()["code"]) == (503, "feeds.not_acknowledged")
    assert answer.headers["retry-after"]
    monkeypatch.undo()
    async with site.worker():
        repeated = await site.post("/v1/curves", {"unit": "kW", "curves": body})
        (receipt,) = await site.merged(repeated.json())
    # The first attempt's record was merged as well, under its own receipt; a slot holds one value all the same.
    assert len(calls) == 1
    assert receipt["stored"] + receipt["unchanged"] == 96
    assert await site.rows("SELECT count(*), sum(present)::int FROM curve_day") == [(1, 96)]
    assert set(await site.rows("SELECT status FROM receipt")) <= {("merged",), ("replaced",)}


async def test_door_closes_when_the_worker_is_behind(site: Site) -> None:
    await site.register("M1")
    for _ in range(3):
        await site.append(b"waiting", receipt_header(uuid4()))
    door = site.app.state.door
    door.lag._limit = 2
    await door.lag.look()
    answer = await site.post("/v1/readings", [{"meter_no": "M1", "at": slot_at(1), "value": 1}])
    assert (answer.status_code, answer.json()["code"]) == (429, "feeds.overloaded")
    assert int(answer.headers["retry-after"]) >= 1
