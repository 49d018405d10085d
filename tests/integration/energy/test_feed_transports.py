"""Feeds that are fetched, over the real protocols: a folder, an MQTT broker, a Kafka topic."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from libs.common.contracts.base import Topic
from libs.common.kafka.topics import ensure_topics
from services.energy.sources.domain.connection import FolderPlace
from services.energy.sources.transports.folder import FolderFeed
from tests.support.energy import COUNTY, TODAY, Site, slot_at

YESTERDAY = TODAY - timedelta(days=1)


def reading(meter_no: str, slot: int, value: float) -> dict[str, Any]:
    return {"meter_no": meter_no, "at": slot_at(slot), "value": value}


def curve_file(*meter_nos: str, value: float = 5.0) -> str:
    head = "meter_no,date," + ",".join(f"P{slot}" for slot in range(1, 97))
    rows = [f"{meter_no},{YESTERDAY}," + ",".join([str(value)] * 96) for meter_no in meter_nos]
    return "\n".join([head, *rows, ""])


async def add_feed(site: Site, code: str, transport: str, connection: dict[str, Any], **facts: Any) -> None:
    body = {"code": code, "name": code, "region_code": COUNTY, "transport": transport, "connection": connection}
    answer = await site.post("/v1/feeds", body | facts, caller="officer")
    assert answer.status_code == 201, answer.text


def told_by(path: Path) -> dict[str, Any] | None:
    found: dict[str, Any] | None = json.loads(path.read_text()) if path.exists() else None
    return found


def make_bombs(folder: Path) -> None:
    """A ZIP that unpacks to 256 MB, and 100 MB of garbage."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        for number in range(4):
            bomb.writestr(f"{number}.csv", b"0" * (64 * 2**20))
    with (folder / "huge.csv").open("wb") as huge:
        huge.truncate(100 * 2**20)


async def wait_for(path: Path) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while (found := told_by(path)) is None:
            await asyncio.sleep(0.05)
    return found


async def test_files_are_delivered_once_with_their_receipt_or_the_reason_beside(
    gate: Site, tmp_path: Path
) -> None:
    await gate.register("M1", "M2")
    await add_feed(gate, "yx", "folder", {"directory": "yx", "stable_seconds": 0}, unit="kW")
    folder = tmp_path / "yx"
    async with gate.gateway(), gate.worker():
        await gate.until(lambda: _there(folder / "processing"))
        # Written under another name and renamed, as SFTP clients do.
        (folder / "day.csv.part").write_text(curve_file("M1", "M2", "X9"))
        (folder / ".hidden.csv").write_text(curve_file("M1"))
        (folder / "day.csv.part").rename(folder / "day.csv")
        receipt = await wait_for(folder / "processed" / "day.csv.receipt.json")
        assert (receipt["accepted"], receipt["quarantined"]) == (192, 96)
        # The same bytes under another name are known; half a file is taken as far as it goes, or told.
        (folder / "copy.csv").write_text(curve_file("M1", "M2", "X9"))
        copy = await wait_for(folder / "processed" / "copy.csv.receipt.json")
        assert copy["receipt_id"] == receipt["receipt_id"]
        (folder / "half.csv").write_text(curve_file("M1", "M2")[:-200])
        half = await wait_for(folder / "processed" / "half.csv.receipt.json")
        assert half["rejected"] == 1
        assert half["rejections"][0]["message"]
        (folder / "odd.xlsx").write_bytes(b"PK\x03\x04 not really")
        error = await wait_for(folder / "failed" / "odd.xlsx.error.json")
        assert error["code"] == "feeds.file_unreadable"
        assert error["errors"]
        (merged,) = await gate.merged(receipt, caller="officer")
        assert (merged["stored"], merged["transport"], merged["name"]) == (192, "folder", "day.csv")
    assert await _there(folder / "processed" / "day.csv")
    assert await _there(folder / ".hidden.csv")
    assert (await gate.values("M1", YESTERDAY))[:2] == [5.0, 5.0]
    feed = await gate.get("/v1/feeds/yx")
    assert feed["connected_at"] is not None
    assert feed["last_week"]["refused"] == 1


async def test_zip_bomb_and_oversize_are_refused_without_being_held(gate: Site, tmp_path: Path) -> None:
    await add_feed(gate, "yx", "folder", {"directory": "yx", "stable_seconds": 0})
    folder = tmp_path / "yx"
    make_bombs(folder)
    async with gate.gateway():
        bombed = await wait_for(folder / "failed" / "bomb.zip.error.json")
        assert bombed["code"] == "feeds.file_unreadable"
        too_large = await wait_for(folder / "failed" / "huge.csv.error.json")
        assert too_large["code"] == "request.too_large"
    assert len(await gate.receipts(status="refused")) == 2


async def test_file_of_a_killed_process_is_taken_first_and_stored_once(gate: Site, tmp_path: Path) -> None:
    await gate.register("M1")
    await add_feed(gate, "yx", "folder", {"directory": "yx", "stable_seconds": 0}, unit="kW")
    folder = tmp_path / "yx"
    (folder / "processing").mkdir(parents=True)
    # Claimed and not delivered; claimed, delivered and not moved on.
    (folder / "processing" / "first.csv").write_text(curve_file("M1"))
    async with gate.gateway(), gate.worker():
        first = await wait_for(folder / "processed" / "first.csv.receipt.json")
        await gate.merged(first, caller="officer")
    shutil.move(str(folder / "processed" / "first.csv"), str(folder / "processing" / "first.csv"))
    async with gate.gateway(), gate.worker():
        again = await gate.until(lambda: _there(folder / "processed" / "first.csv"))
    assert again
    assert len(await gate.receipts(transport="folder")) == 1


async def _there(path: Path) -> bool:
    return _is_file(path)


def _is_file(path: Path) -> bool:
    return path.exists()


def test_file_counts_once_it_has_not_changed_for_a_while(tmp_path: Path) -> None:
    now = 0.0
    place = FolderPlace("in", "*.csv", 5)
    feed = FolderFeed(tmp_path, place, None, 1, 10, monotonic=lambda: now)  # type: ignore[arg-type] # looks only
    feed._prepare()
    file = tmp_path / "in" / "a.csv"
    file.write_text("1")
    (tmp_path / "in" / "b.txt").write_text("1")
    (tmp_path / "in" / "link.csv").symlink_to("/etc/passwd")
    assert feed._ready() == []
    now = 4.9
    file.write_text("12")
    assert feed._ready() == []
    now = 9.8
    assert feed._ready() == []
    now = 9.9
    assert feed._ready() == ["a.csv"]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_messages_wait_at_the_broker_until_they_are_safe_here(
    gate: Site, broker: int, protocol: str
) -> None:
    await gate.register("M1", "M2")
    place = {"host": "127.0.0.1", "port": broker, "topic": "meters/+/power", "meter_level": 2}
    await add_feed(gate, "mq", "mqtt", place | {"protocol": protocol}, unit="kW")

    async def is_connected() -> bool:
        return (await gate.get("/v1/feeds/mq"))["connected_at"] is not None

    async with aiomqtt.Client("127.0.0.1", broker) as sender:

        async def send(meter_no: str, payload: Any, *, retain: bool = False) -> None:
            body = payload if isinstance(payload, bytes) else json.dumps(payload)
            await sender.publish(f"meters/{meter_no}/power", body, qos=1, retain=retain)

        await send("M1", {"at": slot_at(0), "value": 1}, retain=True)
        async with gate.gateway():
            await gate.until(is_connected)
            for slot in range(1, 20):
                await send("M1", {"at": slot_at(slot), "value": slot})
            await send("M1", b"{half")
            await send("M2", [{"at": slot_at(1), "value": 7}])
            async with gate.worker():
                await gate.until(lambda: _has(gate, "M2", 1, 7.0))
                await gate.until(lambda: _has(gate, "M1", 19, 19.0))
        # Nobody is there; the broker keeps what comes.
        for slot in range(20, 30):
            await send("M1", {"at": slot_at(slot), "value": slot})
            await send("M1", {"at": slot_at(slot), "value": slot})
        async with gate.gateway(), gate.worker():
            await gate.until(lambda: _has(gate, "M1", 29, 29.0))
    assert (await gate.values("M1"))[:30] == [1.0, *map(float, range(1, 30))]
    receipts = await gate.receipts(transport="mqtt")
    assert sum(item["stored"] for item in receipts) == 31
    assert sum(item["revised"] for item in receipts) == 0
    assert len([item for item in receipts if item["status"] == "refused"]) == 1


async def _has(site: Site, meter_no: str, slot: int, value: float) -> bool:
    values = await site.values(meter_no)
    return len(values) > slot and values[slot] == value


async def test_message_is_not_acknowledged_while_our_log_is_away(gate: Site, broker: int) -> None:
    await gate.register("M1")
    place = {"host": "127.0.0.1", "port": broker, "topic": "m/#"}
    await add_feed(gate, "mq", "mqtt", place, unit="kW")

    async def is_connected() -> bool:
        return (await gate.get("/v1/feeds/mq"))["connected_at"] is not None

    async with aiomqtt.Client("127.0.0.1", broker) as sender:
        async with gate.gateway() as gateway:
            await gate.until(is_connected)
            log = gateway.means.door.log

            class Away:
                async def append(self, *_: Any) -> None:
                    raise TimeoutError

            gateway.means.door.log = Away()
            await sender.publish("m/1", json.dumps(reading("M1", 3, 3)), qos=1)
            await gate.until(lambda: _pending(gate))
            del log
        async with gate.gateway(), gate.worker():
            await gate.until(lambda: _has(gate, "M1", 3, 3.0))


async def _pending(site: Site) -> bool:
    return bool(await site.receipts(status="pending"))


async def test_topic_of_a_utility_is_read_on_where_it_was_left_and_poison_is_set_aside(
    gate: Site, kafka_bootstrap: str, topic_prefix: str
) -> None:
    await gate.register("M1")
    topic = f"{topic_prefix}utility"
    await add_feed(gate, "kf", "kafka", {"bootstrap": kafka_bootstrap, "topic": topic}, unit="kW", format="ndjson")
    theirs = Topic(topic, "utility", "Readings of a utility")
    await ensure_topics(kafka_bootstrap, [theirs], prefix="", partitions=1, replication=1)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    try:
        for value in (*(json.dumps(reading("M1", slot, slot)).encode() for slot in range(1, 9)), b"no json"):
            await producer.send_and_wait(topic, value, partition=0)
        async with gate.gateway(), gate.worker():
            await gate.until(lambda: _has(gate, "M1", 8, 8.0))
            await gate.until(lambda: _refused(gate))
        await producer.send_and_wait(topic, json.dumps(reading("M1", 9, 9)).encode(), partition=0)
        async with gate.gateway(), gate.worker():
            await gate.until(lambda: _has(gate, "M1", 9, 9.0))
    finally:
        await producer.stop()
    receipts = await gate.receipts(transport="kafka")
    assert sum(item["stored"] for item in receipts) == 9
    consumer = AIOKafkaConsumer(
        f"{topic}.gateway.dead", bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        letter = await asyncio.wait_for(consumer.getone(), 120)
    finally:
        await consumer.stop()
    assert letter.value == b"no json"
    assert dict(letter.headers)["dead_topic"] == topic.encode()


async def _refused(site: Site) -> bool:
    return bool(await site.receipts(status="refused"))
