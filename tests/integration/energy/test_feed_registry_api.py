"""The registry of feeds, their receipts, and what is told when one falls silent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.feeds.rates import DeliveryRate
from services.energy.sources.watching import judge_feeds
from tests.support.energy import COUNTY, NEIGHBOUR, Site, slot_at

FOLDER: dict[str, Any] = {"transport": "folder", "connection": {"directory": "yx"}}


async def key_id(site: Site, name: str) -> str:
    ((found,),) = await site.rows("SELECT key_id FROM api_key_replica WHERE name = :name", name=name)
    return str(found)


async def register(site: Site, code: str, caller: str = "officer", **facts: Any) -> Any:
    body = {"code": code, "name": "Day files", "region_code": COUNTY} | facts
    return await site.post("/v1/feeds", body, caller=caller)


async def judge(site: Site) -> None:
    async with site.database.transaction() as session:
        await judge_feeds(Context(session, site.clock.now(), new_id, SYSTEM))


async def events(site: Site) -> list[tuple[str, int]]:
    rows = await site.rows(
        "SELECT type, aggregate_version FROM outbox WHERE topic = 'energy.feed.v1' ORDER BY sequence"
    )
    return [(row.type.split(".")[2], row.aggregate_version) for row in rows]


async def test_feed_is_late_silent_and_heard_again_once_each(gate: Site) -> None:
    await gate.register("M1")
    answer = await register(gate, "push", key_id=await key_id(gate, "feed"), every_minutes=15, priority=80)
    assert answer.status_code == 201, answer.text
    gate.clock.advance(timedelta(minutes=10))
    await gate.post_readings([{"meter_no": "M1", "at": slot_at(1), "value": 1}])
    await gate.post("/v1/readings", b"[{", caller="feed")
    await judge(gate)
    feed = await gate.get("/v1/feeds/push")
    assert (feed["state"], feed["late_minutes"], feed["last_reading_at"]) == (
        "on_time",
        0,
        "2026-09-14T16:30:00Z",
    )
    assert feed["last_day"] == {
        "receipts": 2,
        "refused": 1,
        "accepted": 1,
        "quarantined": 0,
        "rejected": 0,
        "error_rate": 0.5,
    }
    gate.clock.advance(timedelta(minutes=25))
    await judge(gate)
    assert (await gate.get("/v1/feeds/push"))["state"] == "late"
    assert await events(gate) == []
    gate.clock.advance(timedelta(minutes=60))
    for _ in range(3):
        await judge(gate)
        gate.clock.advance(timedelta(minutes=1))
    assert (await gate.get("/v1/feeds/push"))["state"] == "silent"
    assert await events(gate) == [("silent", 1)]
    await gate.post_readings([{"meter_no": "M1", "at": slot_at(2), "value": 1}])
    await judge(gate)
    await judge(gate)
    assert await events(gate) == [("silent", 1), ("recovered", 2)]
    page = await gate.get("/v1/feeds", **{"filter[state][eq]": "on_time"})
    assert [item["code"] for item in page["items"]] == ["push"]
    ((rank,),) = await gate.rows("SELECT priority FROM feed_source WHERE code = 'push'")
    assert rank == 80


async def test_feed_is_changed_with_the_etag_that_was_seen_and_forgotten(gate: Site) -> None:
    created = await register(gate, "yx", secret="hidden", **FOLDER)
    assert created.status_code == 201, created.text
    assert created.json()["has_secret"] is True
    assert "hidden" not in created.text
    ((sealed,),) = await gate.rows("SELECT secret FROM feed_source")
    assert "hidden" not in sealed
    async with gate.client() as client:
        path = "/v1/feeds/yx"
        assert (await client.patch(path, json={"name": "x"})).status_code == 428
        stale = await client.patch(path, json={"name": "x"}, headers={"If-Match": '"7"'})
        assert stale.status_code == 412
        changed = await client.patch(
            path, json={"cron": "0 8 * * *", "owner": "SGCC"}, headers={"If-Match": created.headers["ETag"]}
        )
        assert changed.status_code == 200, changed.text
        assert (changed.json()["version"], changed.json()["cron"]) == (2, "0 8 * * *")
        gone = await client.delete(path, headers={"If-Match": changed.headers["ETag"]})
        assert gone.status_code == 204
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        ({"region_code": NEIGHBOUR, **FOLDER}, 409, "feed.region_out_of_reach"),
        ({"region_code": "99", **FOLDER}, 422, "feed.incomplete"),
        ({}, 422, "feed.incomplete"),
        ({"key_id": str(uuid4())}, 422, "feed.incomplete"),
        ({"transport": "folder", "connection": {"directory": "../up"}}, 422, "feed.incomplete"),
        ({"transport": "mqtt", "connection": {"host": "10.0.0.1", "topic": "a"}}, 409, "feed.host_not_allowed"),
        ({"transport": "kafka", "connection": {"bootstrap": "b:1", "topic": "a"}}, 409, "feed.host_not_allowed"),
        ({"cron": "x", **FOLDER}, 422, "feed.incomplete"),
        ({"format": "lotus", **FOLDER}, 422, "feed.incomplete"),
        ({"unit": "furlong", **FOLDER}, 422, "feed.incomplete"),
        ({"code": "taken", **FOLDER}, 409, "feed.taken"),
    ],
)
async def test_feed_is_refused_when_a_fact_makes_no_sense(
    gate: Site, facts: dict[str, Any], status: int, code: str
) -> None:
    assert (await register(gate, "taken", **FOLDER)).status_code == 201
    body = {"code": "new", "name": "n", "region_code": COUNTY} | facts
    answer = await gate.post("/v1/feeds", body, caller="officer")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_feeds_are_seen_by_their_region_and_their_own_key(gate: Site) -> None:
    await gate.add_key("neighbour", "officer", NEIGHBOUR)
    await register(gate, "yx", **FOLDER)
    await register(gate, "push", key_id=await key_id(gate, "feed"))
    assert (await gate.get("/v1/feeds", "neighbour"))["items"] == []
    async with gate.client("neighbour") as client:
        assert (await client.get("/v1/feeds/yx")).status_code == 404
    assert [item["code"] for item in (await gate.get("/v1/feeds", "feed"))["items"]] == ["push"]
    assert (await register(gate, "mine", "feed", **FOLDER)).status_code == 403


async def test_receipts_are_found_by_state_meter_and_feed_and_refusals_are_among_them(gate: Site) -> None:
    await gate.register("M1", "M2")
    await register(gate, "push", key_id=await key_id(gate, "feed"), source_name="scada")
    first = await gate.post_readings([{"meter_no": "M1", "at": slot_at(1), "value": 1}], source="scada")
    second = await gate.post_readings([{"meter_no": "M2", "at": slot_at(1), "value": 1}])
    waiting = await gate.post_readings([{"meter_no": "M9", "at": slot_at(1), "value": 1}])
    refused = await gate.post("/v1/files", b"\x00\x01", "application/octet-stream", name="odd.bin")
    assert refused.status_code in {415, 422}
    async with gate.worker():
        await gate.merged(first, second)
    assert [item["receipt_id"] for item in await gate.receipts(feed="push")] == [first["receipt_id"]]
    assert [item["receipt_id"] for item in await gate.receipts(source="scada")] == [first["receipt_id"]]
    (told,) = await gate.receipts(status="refused")
    assert told["name"] == "odd.bin"
    assert told["refusal"]["code"]
    assert told["refusal"]["message"]
    assert len(await gate.receipts()) == 4
    for meter_no, receipt in (("M1", first), ("M2", second), ("M9", waiting)):
        page = await gate.get("/v1/receipts", meter_no=meter_no)
        assert [item["receipt_id"] for item in page["items"]] == [receipt["receipt_id"]]
    assert (await gate.get("/v1/receipts", "stranger"))["items"] == []


async def test_every_rejection_can_be_read_with_its_line(gate: Site) -> None:
    await gate.register("M1")
    good = json.dumps({"meter_no": "M1", "at": slot_at(1), "value": 1})
    lines = [good, *(f'{{"meter_no":"M1","at":"no {number}","value":1}}' for number in range(2500))]
    answer = await gate.post("/v1/readings", "\n".join(lines), "application/x-ndjson")
    receipt = answer.json()
    assert (receipt["accepted"], receipt["rejected"], len(receipt["rejections"])) == (1, 2500, 1000)
    path = f"/v1/receipts/{receipt['receipt_id']}/rejections"
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await gate.get(path, "feed", limit=700, **cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [item["line"] for item in found] == list(range(2, 2502))
    assert found[2400]["text"] == lines[2401]
    assert found[2400]["message"]
    async with gate.client("feed") as client:
        assert (await client.get(path, params={"cursor": "x"})).status_code == 422
    async with gate.client("stranger") as client:
        assert (await client.get(path)).status_code == 404


async def test_meter_that_sends_without_end_is_told_to_wait(gate: Site) -> None:
    await gate.register("M1")
    gate.app.state.door.rate = DeliveryRate(per_second=0.5, burst=20, monotonic=lambda: 0.0)
    answers = [
        await gate.post("/v1/readings", [{"meter_no": "M1", "at": slot_at(1), "value": number}])
        for number in range(30)
    ]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429] * 10
    assert answers[-1].json()["code"] == "feeds.too_frequent"
    assert answers[-1].headers["Retry-After"] == "2"
    # Nobody else waits for it, and one that sends much at once does not either.
    many = [{"meter_no": "M1", "at": slot_at(slot), "value": slot} for slot in range(34)] * 20
    for number in range(25):
        body = {"unit": "kW", "source": f"s{number}", "readings": many}
        answer = await gate.post("/v1/readings", body, caller="admin")
        assert answer.status_code == 202, answer.text


async def test_quarantine_is_seen_by_meter_discarded_with_a_reason_or_by_age(gate: Site) -> None:
    await gate.register("M1")
    for number in range(2):
        await gate.post_readings(
            [{"meter_no": meter_no, "at": slot_at(number), "value": 1} for meter_no in ("X1", "X2")]
        )
    gate.clock.advance(timedelta(days=3))
    page = await gate.get("/v1/quarantine/meters")
    assert [(item["meter_no"], item["rows"], item["readings"], item["age_days"]) for item in page["items"]] == [
        ("X1", 2, 2, 3),
        ("X2", 2, 2, 3),
    ]
    assert (await gate.get("/v1/quarantine/meters", limit=1))["next_cursor"]
    assert (await gate.get("/v1/quarantine/meters", "stranger"))["items"] == []
    body = {"meter_no": "X1", "reason": "dismantled in 2024"}
    answer = await gate.post("/v1/quarantine/discards", body, caller="officer")
    assert (answer.status_code, answer.json()) == (200, {"rows": 2, "readings": 2}), answer.text
    again = await gate.post("/v1/quarantine/discards", body, caller="officer")
    assert (again.status_code, again.json()["code"]) == (409, "quarantine.nothing_waits")
    page = await gate.get("/v1/quarantine", **{"filter[meter_no][eq]": "X1"})
    assert {item["status"] for item in page["items"]} == {"discarded"}
    assert {item["discard_reason"] for item in page["items"]} == {"dismantled in 2024"}


async def test_what_waits_is_taken_when_its_meter_is_registered(gate: Site) -> None:
    receipt = await gate.post_readings([{"meter_no": "X1", "at": slot_at(1), "value": 7}])
    assert receipt["quarantined"] == 1
    async with gate.gateway(), gate.worker():
        await gate.register("X1")

        async def is_there() -> bool:
            return (await gate.values("X1"))[1:2] == [7.0]

        await gate.until(is_there)
    assert (await gate.get("/v1/quarantine/meters"))["items"] == []
