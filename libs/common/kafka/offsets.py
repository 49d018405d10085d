"""Asking the broker how far its topics reach."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from libs.common.kafka_address import client_options


async def end_offsets(bootstrap: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
    """The next offset to be written of every partition of the topics; absent topics are left out."""
    partitions = await partitions_of(bootstrap, topics)
    if not partitions:
        return {}
    consumer = AIOKafkaConsumer(**client_options(bootstrap), enable_auto_commit=False)
    try:
        await consumer.start()
        ends = await consumer.end_offsets(partitions)
        return {(partition.topic, partition.partition): offset for partition, offset in ends.items()}
    finally:
        await consumer.stop()


async def partitions_of(bootstrap: str, topics: Sequence[str]) -> list[TopicPartition]:
    """The partitions of the topics that exist."""
    # A consumer knows the partitions only of topics that it is subscribed to.
    admin = AIOKafkaAdminClient(**client_options(bootstrap))
    try:
        await admin.start()
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        if topic["error_code"] == 0
        for partition in topic["partitions"]
    ]
