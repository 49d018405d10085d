"""Bad input through the real doors: a clear error that names the field, and nothing lost or half done."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.support.stack import wait_for
from tests.support.world import OTHER_COUNTY, SHANGHAI, World, ok, post_curves, register_meters, wait_stored

pytestmark = pytest.mark.stack

METER = "BAD-1"
SLOT = datetime(2026, 9, 15, 8, 0, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def world(county: World) -> World:
    register_meters(county, [METER], since=date(2026, 1, 1))
    return county


def post_lines(world: World, lines: list[str], **parameters: str) -> httpx.Response:
    with world.feed() as feed:
        return feed.post(
            "/v1/readings",
            params={"unit": "kW", "source": f"bad-{uuid4()}"} | parameters,
            content="\n".join(lines),
            headers={"Content-Type": "application/x-ndjson"},
        )


def line(at: datetime | str = SLOT, value: Any = 100.0, meter: str = METER) -> str:
    stamp = at if isinstance(at, str) else at.isoformat()
    return json.dumps({"meter_no": meter, "at": stamp, "value": value})


def curve(world: World, day: date = SLOT.date()) -> list[float | None]:
    with world.feed() as feed:
        page = ok(feed.get(f"/v1/meters/{METER}/curves", params={"from": day.isoformat(), "to": day.isoformat()}))
    return page["items"][0]["values"] if page["items"] else [None] * 96


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "code"} <= set(body)
    return body


def test_good_lines_are_kept_when_others_are_broken(world: World) -> None:
    answer = post_lines(
        world,
        [
            line(SLOT, 101.0),
            "{not json",
            line(SLOT + timedelta(minutes=15), "many"),
            line("2026-09-15T08:30:00", 1.0),
            line(SLOT + timedelta(minutes=7), 1.0),
            line(SLOT + timedelta(minutes=15), 102.0),
        ],
    )
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert (body["accepted"], body["rejected"]) == (2, 4)
    assert [rejection["line"] for rejection in body["rejections"]] == [2, 3, 4, 5]
    assert all(rejection["code"] and rejection["message"] for rejection in body["rejections"])
    wait_stored(world, body["receipt_id"])
    assert curve(world)[32:34] == [101.0, 102.0]


def test_reading_is_rejected_when_its_stamp_is_future_or_ancient(world: World) -> None:
    answer = post_lines(world, [line(SLOT + timedelta(days=2)), line(datetime(1970, 1, 1, tzinfo=UTC))])
    body = answer.json()
    assert (body["accepted"], body["rejected"]) == (0, 2)
    assert len({rejection["code"] for rejection in body["rejections"]}) == 2


def test_unit_is_refused_when_unknown(world: World) -> None:
    body = assert_problem(post_lines(world, [line()], unit="horsepower"), 422)
    assert "unit" in json.dumps(body["errors"])


def test_unit_is_converted_when_known(world: World) -> None:
    at = SLOT - timedelta(hours=1)
    wait_stored(world, post_lines(world, [line(at, 0.25)], unit="MW").json()["receipt_id"])
    assert curve(world)[28] == 250.0


def test_value_stands_once_when_a_body_is_repeated(world: World) -> None:
    source = f"same-{uuid4()}"
    at = SLOT - timedelta(hours=2)
    first = post_lines(world, [line(at, 77.0)], source=source).json()
    again = post_lines(world, [line(at, 77.0)], source=source).json()
    assert again["receipt_id"] == first["receipt_id"]
    wait_stored(world, first["receipt_id"])
    assert curve(world)[24] == 77.0


def test_late_reading_is_merged_when_its_day_is_long_past(world: World) -> None:
    at = datetime(2026, 3, 2, 5, 0, tzinfo=SHANGHAI)
    wait_stored(world, post_lines(world, [line(at, 55.5)]).json()["receipt_id"])
    values = curve(world, at.date())
    assert values[20] == 55.5
    assert values[21] is None


def test_reading_is_kept_aside_when_its_meter_is_unknown(world: World) -> None:
    number = f"NEW-{uuid4().hex[:6]}"
    body = post_lines(world, [line(SLOT, 12.0, number)]).json()
    assert (body["accepted"], body["quarantined"], body["rejected"]) == (0, 1, 0)
    with world.api("energy") as energy:
        kept = ok(energy.get("/v1/quarantine", params={"filter[meter_no][eq]": number}))
        assert len(kept["items"]) == 1
        register_meters(world, [number], since=date(2026, 1, 1))
        replayed = energy.post("/v1/quarantine/replays", json={"meter_no": number})
        assert replayed.is_success, replayed.text

    def arrived() -> bool:
        with world.feed() as feed:
            page = ok(feed.get(f"/v1/meters/{number}/curves", params={"from": "2026-09-15", "to": "2026-09-15"}))
        return bool(page["items"]) and page["items"][0]["values"][32] == 12.0

    wait_for(arrived, 180, "the quarantined reading is stored")


def test_body_is_refused_when_huge(world: World) -> None:
    with world.feed() as feed:
        answer = feed.post(
            "/v1/readings?unit=kW", content=b"x" * (70 * 2**20), headers={"Content-Type": "application/x-ndjson"}
        )
    assert_problem(answer, 413)


def test_curve_is_rejected_when_its_length_does_not_fit(world: World) -> None:
    receipt = post_curves(world, [{"meter_no": METER, "date": "2026-09-01", "values": [1.0] * 95}])
    assert receipt["accepted"] == 0
    assert receipt["rejections"][0]["code"]
    assert curve(world, date(2026, 9, 1)) == [None] * 96


def test_caller_is_refused_when_token_is_expired_or_forged(world: World) -> None:
    header, payload, signature = world.admin.split(".")
    forged = f"{header}.{payload}.{signature[:-4]}AAAA"
    for token in (forged, "nonsense", "a.b.c"):
        answer = httpx.get(
            f"{world.stack.url('alerts')}/v1/alerts", headers={"Authorization": f"Bearer {token}"}, timeout=60
        )
        assert_problem(answer, 401)


def test_other_countys_rows_do_not_exist_for_a_caller(world: World) -> None:
    with world.api("projects") as projects:
        key = ok(
            projects.post(
                "/v1/api-keys",
                json={
                    "name": "neighbour",
                    "role": "officer",
                    "scopes": ["projects:read", "energy:read", "alerts:read"],
                    "region_code": OTHER_COUNTY,
                },
            )
        )["key"]
        project = ok(projects.post("/v1/projects", json=new_project()))

    def reached() -> bool:
        with world.stack.client("energy", **{"X-API-Key": key}) as energy:
            return energy.get("/v1/meters").status_code == 200

    wait_for(reached, 180, "the key reaches the energy service")
    with world.stack.client("projects", **{"X-API-Key": key}) as projects:
        assert_problem(projects.get(f"/v1/projects/{project['id']}"), 404)
        assert ok(projects.get("/v1/projects"))["items"] == []
    with world.stack.client("energy", **{"X-API-Key": key}) as energy:
        assert ok(energy.get("/v1/meters"))["items"] == []
        answer = energy.get(f"/v1/meters/{METER}/curves", params={"from": "2026-09-15", "to": "2026-09-15"})
        assert_problem(answer, 404)


def new_project() -> dict[str, Any]:
    return {
        "code": f"2026-{uuid4().hex[:8]}",
        "name": "窑炉改造（演示）",
        "kind": "technical_renovation",
        "region_code": "421224",
        "total_investment_yuan": "12000000",
    }


def test_stage_change_is_refused_when_facts_are_missing_or_a_stage_is_skipped(world: World) -> None:
    with world.api("projects") as projects:
        project = ok(projects.post("/v1/projects", json=new_project()))
        etag = projects.get(f"/v1/projects/{project['id']}").headers["ETag"]
        path = f"/v1/projects/{project['id']}/stage-changes"
        missing = assert_problem(
            projects.post(path, json={"stage": "signed", "on": "2026-09-01"}, headers={"If-Match": etag}), 409
        )
        pointers = {error["pointer"] for error in missing["errors"]}
        assert any("planned_start_on" in pointer for pointer in pointers), missing
        skipped = assert_problem(
            projects.post(path, json={"stage": "in_production", "on": "2026-09-01"}, headers={"If-Match": etag}),
            409,
        )
        assert skipped["code"] != missing["code"]
        assert ok(projects.get(f"/v1/projects/{project['id']}"))["stage"] == "planned"


def test_code_is_refused_when_unknown_or_misspelt(world: World) -> None:
    with world.api("projects") as projects:
        unknown = projects.post("/v1/projects", json=new_project() | {"region_code": "429999"})
        assert unknown.status_code in {409, 422}, unknown.text
        assert "region_code" in unknown.text
        misspelt = projects.put(
            "/v1/enterprises/91421224MA4900001X",
            json={"name": "错码企业（演示）", "region_code": "421224", "sector_code": "3110"},
        )
        assert misspelt.status_code in {409, 422}, misspelt.text
        assert "credit_code" in misspelt.text


def test_poison_is_set_aside_and_the_next_event_handled_when_kafka_holds_nonsense(world: World) -> None:
    bootstrap = str(world.stack.facts["kafka"])
    marker = uuid4().hex.encode()

    async def scenario() -> bytes:
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        await producer.start()
        try:
            headers = [("ce_specversion", b"1.0"), ("ce_type", b"energy.condition.opened.v1"), ("ce_id", marker)]
            await producer.send_and_wait("energy.condition.v1", b'{"half":', key=b"x", headers=headers)
            await producer.send_and_wait("energy.readings.v1", marker, partition=0)
        finally:
            await producer.stop()
        found = b""
        consumer = AIOKafkaConsumer(
            "energy.condition.v1.alerts.dead",
            "energy.readings.v1.worker.dead",
            bootstrap_servers=bootstrap,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            deadline = time.monotonic() + 180
            topics: set[str] = set()
            while time.monotonic() < deadline and len(topics) < 2:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for record in records:
                        if marker in record.value or dict(record.headers).get("ce_id") == marker:
                            topics.add(record.topic)
                            found += dict(record.headers)["dead_cause"]
            assert len(topics) == 2, topics
        finally:
            await consumer.stop()
        return found

    assert asyncio.run(scenario())
    # The worker behind the poison goes on.
    at = SLOT - timedelta(hours=3)
    wait_stored(world, post_lines(world, [line(at, 66.0)]).json()["receipt_id"])
    assert curve(world)[20] == 66.0
