"""Messages of a utility's Kafka that a feed set aside: listed, mended and taken after all, like other letters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaProducer

from libs.common.contracts.base import Topic
from libs.common.kafka.topics import ensure_topics
from services.energy.bootstrap_letters import gateway_keeper
from tests.support.energy import COUNTY, Site, slot_at

REASON = {"reason": "what its sender meant"}


@asynccontextmanager
async def keeping(site: Site) -> AsyncIterator[None]:
    task = asyncio.create_task(gateway_keeper(site.settings, site.database, site.clock).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def add_feed(site: Site, code: str, bootstrap: str, topic: str) -> None:
    await ensure_topics(
        bootstrap, [Topic(topic, "utility", "Readings of a utility")], prefix="", partitions=1, replication=1
    )
    body = {
        "code": code,
        "name": code,
        "region_code": COUNTY,
        "transport": "kafka",
        "connection": {"bootstrap": bootstrap, "topic": topic},
        "unit": "kW",
        "format": "ndjson",
    }
    answer = await site.post("/v1/feeds", body, caller="officer")
    assert answer.status_code == 201, answer.text


async def send(bootstrap: str, topic: str, body: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(topic, body, partition=0)
    finally:
        await producer.stop()


async def letters_of(site: Site, topic: str) -> list[dict[str, Any]]:
    page = await site.get("/v1/set-aside-events", "admin", **{"filter[topic][eq]": topic})
    found: list[dict[str, Any]] = page["items"]
    return found


async def test_message_is_taken_once_when_its_letter_was_mended(
    gate: Site, kafka_bootstrap: str, topic_prefix: str
) -> None:
    await gate.register("M1")
    topic = f"{topic_prefix}utility"
    await add_feed(gate, "kf", kafka_bootstrap, topic)
    await send(kafka_bootstrap, topic, b"no json")
    async with gate.gateway(), gate.worker(), keeping(gate):
        (letter,) = await gate.until(lambda: letters_of(gate, topic))
        assert (letter["consumer"], letter["partition"], letter["log_offset"]) == ("gateway", 0, 0)
        assert letter["state"] == "waiting"
        path = f"/v1/set-aside-events/{letter['id']}"
        async with gate.client("admin") as admin:
            assert (await admin.get(path)).json()["body"] == "no json"
            refused = await admin.post(f"{path}/replays", json=REASON)
            assert (refused.status_code, refused.json()["code"]) == (409, "dead_letter.still_fails")
            mended = {"meter_no": "M1", "at": slot_at(3), "value": 7}
            edited = await admin.patch(path, json={"body": mended, **REASON}, headers={"If-Match": '"1"'})
            assert edited.status_code == 200, edited.text
            assert json.loads(edited.json()["edited_body"]) == mended
            done = await admin.post(f"{path}/replays", json=REASON)
            assert (done.status_code, done.json()["state"]) == (201, "replayed"), done.text
            again = await admin.post(f"{path}/replays", json=REASON)
            assert again.json()["code"] == "dead_letter.settled"

        async def is_stored() -> bool:
            values = await gate.values("M1")
            return len(values) > 3 and values[3] == 7

        await gate.until(is_stored)


async def test_letters_are_kept_when_a_feed_comes_later_and_when_it_is_gone(
    gate: Site, kafka_bootstrap: str, topic_prefix: str
) -> None:
    first, second = f"{topic_prefix}first", f"{topic_prefix}second"
    await add_feed(gate, "one", kafka_bootstrap, first)
    await send(kafka_bootstrap, first, b"no json")
    async with gate.gateway():
        async with keeping(gate):
            await gate.until(lambda: letters_of(gate, first))
            # The keeper is at work already and knows nothing of this one.
            await add_feed(gate, "two", kafka_bootstrap, second)
            await send(kafka_bootstrap, second, b"neither")
            await gate.until(lambda: letters_of(gate, second))
        await send(kafka_bootstrap, first, b"nor this")

        async def is_refused() -> bool:
            return len(await gate.receipts(status="refused")) == 3

        await gate.until(is_refused)
    async with gate.client("officer") as officer:
        feed = await officer.get("/v1/feeds/one")
        gone = await officer.delete("/v1/feeds/one", headers={"If-Match": feed.headers["ETag"]})
        assert gone.status_code == 204, gone.text
    async with keeping(gate):

        async def are_both() -> bool:
            return len(await letters_of(gate, first)) == 2

        await gate.until(are_both)
        (letter, _) = await letters_of(gate, first)
        async with gate.client("admin") as admin:
            refused = await admin.post(f"/v1/set-aside-events/{letter['id']}/replays", json=REASON)
        assert "feed.not_found" in refused.text
