"""Conditions into alerts: events on Kafka until each is an alert with its trail, timer, event and messages.

The events are put into the topic as the energy service puts them, each about a meter of its own, and the stack's
own worker takes them. The reference reads as many records from the same topic in a loop of its own and writes each
as one row with its JSON, two hundred to a commit: what this broker, driver and database give at the most.
"""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer

from deploy.local.layout import KAFKA
from libs.common.contracts.energy import CONDITION
from libs.common.ids import new_id
from libs.common.kafka.producer import KafkaPublisher
from libs.common.outbox.envelope import encode_headers
from tests.benchmarks.results import Case, paired
from tests.support.alerts import COUNTY, spike
from tests.support.stack import Stack

EVENTS, WARM, BATCH = 2_000, 200, 200
_SECONDS = 300


async def _publish(stack: Stack, bootstrap: str, count: int) -> None:
    publisher = KafkaPublisher(bootstrap, client_id="bench", linger_ms=5)
    await publisher.start()
    try:
        for start in range(0, count, BATCH):
            await asyncio.gather(*(_publish_one(publisher, stack) for _ in range(min(BATCH, count - start))))
    finally:
        await publisher.stop()


async def _publish_one(publisher: KafkaPublisher, stack: Stack) -> None:
    payload = spike(uuid4(), opened_at=stack.now())
    subject = str(payload.condition_id)
    headers = encode_headers(
        event_id=new_id(),
        event_type=payload.event_type,
        source="/energy",
        subject=subject,
        time=stack.now(),
        aggregate_version=1,
        region_code=COUNTY,
        traceparent=None,
    )
    await publisher.publish(CONDITION.name, subject.encode(), payload.model_dump_json().encode(), headers)


async def _ours(stack: Stack, bootstrap: str, alerts: asyncpg.Connection, count: int) -> float:
    """Events a second, from the first that is published to the last that is an alert."""
    known = await alerts.fetchval("SELECT count(*) FROM alert")
    started = time.perf_counter()
    publishing = asyncio.ensure_future(_publish(stack, bootstrap, count))
    while await alerts.fetchval("SELECT count(*) FROM alert") < known + count:
        if time.perf_counter() - started > _SECONDS:
            raise RuntimeError(f"{count} conditions were not alerts within {_SECONDS} s")
        await asyncio.sleep(0.1)
    await publishing
    return count / (time.perf_counter() - started)


async def _bare(bootstrap: str, alerts: asyncpg.Connection, count: int) -> float:
    await alerts.execute("CREATE TEMP TABLE IF NOT EXISTS bench_condition (id uuid PRIMARY KEY, body jsonb)")
    await alerts.execute("TRUNCATE bench_condition")
    consumer = AIOKafkaConsumer(CONDITION.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    started, taken = time.perf_counter(), 0
    try:
        while taken < count:
            fetched = await consumer.getmany(timeout_ms=500, max_records=min(BATCH, count - taken))
            rows = [(new_id(), record.value.decode()) for records in fetched.values() for record in records]
            async with alerts.transaction():
                for row in rows:
                    await alerts.execute("INSERT INTO bench_condition VALUES ($1, $2)", *row)
            taken += len(rows)
    finally:
        await consumer.stop()
    return count / (time.perf_counter() - started)


async def measure(stack: Stack, rounds: int) -> list[Case]:
    bootstrap = f"127.0.0.1:{stack.port_base + KAFKA}"
    alerts = await asyncpg.connect(stack.dsn("alerts"))
    try:
        await _ours(stack, bootstrap, alerts, WARM)
        pairs = [
            (await _ours(stack, bootstrap, alerts, EVENTS), await _bare(bootstrap, alerts, EVENTS))
            for _ in range(rounds)
        ]
    finally:
        await alerts.close()
    return [paired("conditions.alerts", "events/s", "one row an event, 200 a commit, events/s", pairs)]


def run(stack: Stack, rounds: int) -> list[Case]:
    """On a stack with people who can be told."""
    return asyncio.run(measure(stack, rounds))
