"""The whole way through Kafka: a condition in, an alert and its event out, whatever comes twice or broken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from libs.common.contracts import energy, projects
from libs.common.contracts.alerts import ALERT, OWNER
from libs.common.contracts.base import EventPayload
from libs.common.contracts.catalogue import topics_of
from libs.common.ids import new_id
from libs.common.kafka.deadletter import DeadLetters, dead_letter_topic
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.envelope import encode_headers
from libs.common.outbox.relay import Relay
from services.alerts.subscriptions import CONSUMER, SUBSCRIPTIONS
from tests.support.alerts import COUNTY, World, spike, spike_over
from tests.support.messaging import eventually

CONDITIONS = [subscription for subscription in SUBSCRIPTIONS if subscription.topic == energy.CONDITION]


@pytest.fixture
async def publisher(kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[KafkaPublisher]:
    dead = dead_letter_topic(energy.CONDITION, CONSUMER)
    await ensure_topics(
        kafka_bootstrap,
        [*topics_of(OWNER), energy.CONDITION, projects.CONDITION, dead],
        prefix=topic_prefix,
        partitions=4,
        replication=1,
    )
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test")
    await publisher.start()
    yield publisher
    await publisher.stop()


@pytest.fixture
def send(publisher: KafkaPublisher, topic_prefix: str, world: World) -> Callable[..., Any]:
    async def send(payload: EventPayload, version: int = 1, event_id: UUID | None = None) -> None:
        subject = str(getattr(payload, "condition_id", ""))
        headers = encode_headers(
            event_id=event_id or new_id(),
            event_type=payload.event_type,
            source="/energy",
            subject=subject,
            time=world.clock.now(),
            aggregate_version=version,
            region_code=COUNTY,
            traceparent=None,
        )
        body = payload.model_dump_json().encode()
        await publisher.publish(topic_prefix + payload.topic.name, subject.encode(), body, headers)

    return send


@asynccontextmanager
async def consumers(
    world: World, bootstrap: str, prefix: str, publisher: KafkaPublisher, number: int = 1
) -> AsyncIterator[None]:
    def runner() -> ConsumerRunner:
        return ConsumerRunner(
            bootstrap=bootstrap,
            consumer=CONSUMER,
            subscriptions=CONDITIONS,
            database=world.database,
            clock=world.clock,
            new_id=new_id,
            dead_letters=DeadLetters(publisher, consumer=CONSUMER),
            topic_prefix=prefix,
        )

    running = [asyncio.create_task(runner().run()) for _ in range(number)]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_condition_becomes_one_alert_and_its_event_when_it_is_delivered_twice(
    world: World, kafka_bootstrap: str, topic_prefix: str, publisher: KafkaPublisher, send: Callable[..., Any]
) -> None:
    opened, event_id = spike(uuid4(), level=3), new_id()
    async with consumers(world, kafka_bootstrap, topic_prefix, publisher):
        await send(opened, 1, event_id)
        await send(opened, 1, event_id)
        await send(spike_over(opened), 2)

        async def resolved() -> bool:
            return bool(await world.scalar("SELECT count(*) FROM alert WHERE status = 'resolved'"))

        await eventually(resolved)
    assert await world.scalar("SELECT count(*) FROM inbox") == 2
    relay = Relay(world.database, publisher, topic_prefix=topic_prefix)
    async with world.database.engine.connect() as connection:
        await relay.relay_once(connection)
    types = [headers["ce_type"] for headers in await _read(kafka_bootstrap, topic_prefix + ALERT.name, 2)]
    assert types == [b"alerts.alert.opened.v1", b"alerts.alert.resolved.v1"]


async def test_poison_goes_to_the_dead_letters_and_the_next_event_is_handled(
    world: World, kafka_bootstrap: str, topic_prefix: str, publisher: KafkaPublisher, send: Callable[..., Any]
) -> None:
    topic = topic_prefix + energy.CONDITION.name
    async with consumers(world, kafka_bootstrap, topic_prefix, publisher):
        await publisher.publish(topic, b"x", b'{"half":', [("ce_specversion", b"1.0"), ("ce_type", b"x.y.v1")])
        broken = encode_headers(
            event_id=new_id(),
            event_type="energy.condition.opened.v1",
            source="/energy",
            subject="x",
            time=world.clock.now(),
            aggregate_version=1,
            region_code=COUNTY,
            traceparent=None,
        )
        await publisher.publish(topic, b"x", b'{"half":', broken)
        await send(spike(uuid4()))

        async def opened() -> bool:
            return bool(await world.scalar("SELECT count(*) FROM alert"))

        await eventually(opened)
    (dead,) = await _read(kafka_bootstrap, f"{topic}.{CONSUMER}.dead", 1)
    assert b"MalformedEvent" in dead["dead_cause"]


async def test_one_alert_opens_a_condition_when_two_consumers_share_the_work(
    world: World, kafka_bootstrap: str, topic_prefix: str, publisher: KafkaPublisher, send: Callable[..., Any]
) -> None:
    # Several conditions of one meter land in several partitions, and so with both consumers.
    meters = [uuid4() for _ in range(6)]
    async with consumers(world, kafka_bootstrap, topic_prefix, publisher, number=2):
        await asyncio.gather(*(send(spike(meter)) for meter in meters for _ in range(5)))

        async def all_taken() -> bool:
            return int(await world.scalar("SELECT count(*) FROM inbox")) == 30

        await eventually(all_taken)
    rows = await world.rows("SELECT object_id, count(*) AS alerts FROM alert GROUP BY object_id")
    assert {row.object_id: row.alerts for row in rows} == {str(meter): 1 for meter in meters}
    trail = await world.scalar("SELECT count(*) FROM alert_trail WHERE kind = 'amended'")
    assert trail == 24


async def _read(bootstrap: str, topic: str, count: int) -> list[dict[str, bytes]]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found: list[dict[str, bytes]] = []
    try:
        async with asyncio.timeout(120):
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=300)).values():
                    found += [dict(record.headers) for record in records]
    finally:
        await consumer.stop()
    return found
