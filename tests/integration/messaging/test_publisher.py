"""The publisher against a real broker: what makes the library's producer unusable does not make ours so."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.common.kafka.producer import MAX_REQUEST_BYTES, BrokerUnavailable, KafkaPublisher, RecordTooLarge
from libs.common.kafka.topics import ensure_topics
from tests.support.messaging import TOPIC
from tests.support.ports import reserve_ports


@pytest.fixture
async def topic(kafka_bootstrap: str, topic_prefix: str) -> str:
    await ensure_topics(kafka_bootstrap, [TOPIC], prefix=topic_prefix, partitions=1, replication=1)
    return topic_prefix + TOPIC.name


@pytest.fixture
async def publisher(kafka_bootstrap: str) -> AsyncIterator[KafkaPublisher]:
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test-publisher", delivery_timeout_seconds=60)
    await publisher.start()
    yield publisher
    await publisher.stop()


async def published(bootstrap: str, topic: str, number: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return [(await consumer.getone()).value for _ in range(number)]
    finally:
        await consumer.stop()


async def test_publishing_goes_on_when_the_broker_misses_a_sequence_number(
    publisher: KafkaPublisher, kafka_bootstrap: str, topic: str
) -> None:
    await publisher.publish(topic, b"k", b"1", [])
    # As after a batch that the broker refused: its numbers are used up, and all that follow are out of order.
    assert publisher._producer is not None
    publisher._producer._txn_manager.increment_sequence_number(TopicPartition(topic, 0), 7)
    with pytest.raises(BrokerUnavailable, match="OutOfOrderSequence"):
        await publisher.publish(topic, b"k", b"2", [])
    await publisher.publish(topic, b"k", b"2", [])
    assert await published(kafka_bootstrap, topic, 2) == [b"1", b"2"]


async def test_publishing_goes_on_when_the_sender_died(
    publisher: KafkaPublisher, kafka_bootstrap: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publisher.publish(topic, b"k", b"1", [])
    assert publisher._producer is not None

    async def fail(*_: object) -> None:
        raise RuntimeError("nobody planned for this")

    monkeypatch.setattr(publisher._producer._sender, "_send_produce_req", fail)
    # The library's own clean-up stumbles over the missing transaction and tells the loop.
    monkeypatch.setattr(publisher._producer._txn_manager, "fatal_error", lambda error: None)
    with pytest.raises(BrokerUnavailable):
        await publisher.publish(topic, b"k", b"2", [])
    await publisher.publish(topic, b"k", b"2", [])
    assert await published(kafka_bootstrap, topic, 2) == [b"1", b"2"]


async def test_record_is_refused_for_good_when_no_topic_takes_its_size(
    publisher: KafkaPublisher, topic: str
) -> None:
    with pytest.raises(RecordTooLarge):
        await publisher.publish(topic, b"k", bytes(MAX_REQUEST_BYTES), [])
    await publisher.publish(topic, b"k", b"1", [])


async def test_caller_is_told_when_no_broker_answers() -> None:
    port = reserve_ports(1)
    publisher = KafkaPublisher(f"127.0.0.1:{port}", client_id="test", delivery_timeout_seconds=2)
    with pytest.raises(BrokerUnavailable, match="not started"):
        await publisher.publish("any", b"k", b"1", [])
    await publisher.start()
    with pytest.raises(BrokerUnavailable):
        await publisher.publish("any", b"k", b"1", [])
    await publisher.stop()
    with pytest.raises(BrokerUnavailable, match="not started"):
        await publisher.publish("any", b"k", b"1", [])
