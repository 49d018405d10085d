"""Reading a topic's log beside its consumer group: its ends, and a stretch of one partition again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from libs.common.kafka.consumer import close as close_consumer
from libs.common.kafka.offsets import partitions_of
from libs.common.kafka_address import client_options


class LogEnds:
    """Asks again and again how far one topic reaches, over one connection."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._consumer: AIOKafkaConsumer | None = None
        self._partitions: list[TopicPartition] = []
        # Two who ask at once would open two connections, of which one is never closed.
        self._connecting = asyncio.Lock()

    async def read(self) -> dict[int, int]:
        """The next offset to be written of each partition. Raises KafkaError or OSError."""
        async with self._connecting:
            consumer = self._consumer or await self._connect()
        try:
            ends = await consumer.end_offsets(self._partitions)
        except (KafkaError, OSError, asyncio.CancelledError):
            # A broker that came back may answer a new connection only.
            await self.close()
            raise
        return {partition.partition: offset for partition, offset in ends.items()}

    async def _connect(self) -> AIOKafkaConsumer:
        self._partitions = await partitions_of(self._bootstrap, [self._topic])
        if not self._partitions:
            raise KafkaError(f"topic {self._topic} does not exist")
        consumer = AIOKafkaConsumer(**client_options(self._bootstrap), enable_auto_commit=False)
        try:
            await consumer.start()
        except BaseException:
            await close_consumer(consumer)
            raise
        self._consumer = consumer
        return consumer

    async def close(self) -> None:
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            # Bounded: a broker that is gone must not hold whoever watches it.
            await close_consumer(consumer)


async def read_stretch(
    bootstrap: str, topic: str, partition: int, first: int, end: int
) -> AsyncIterator[Sequence[ConsumerRecord]]:
    """The records of a partition from ``first`` up to before ``end``, in batches.

    Starts at the oldest record when those from ``first`` on have expired; the caller sees it by the offsets.
    """
    if first >= end:
        return
    item = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(
        **client_options(bootstrap),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_bytes=32 * 1024 * 1024,
        max_partition_fetch_bytes=16 * 1024 * 1024,
    )
    await consumer.start()
    try:
        consumer.assign([item])
        oldest = (await consumer.beginning_offsets([item]))[item]
        consumer.seek(item, max(first, oldest))
        while await consumer.position(item) < end:
            fetched = await consumer.getmany(item, timeout_ms=500, max_records=32)
            records = [record for record in fetched.get(item, ()) if record.offset < end]
            if records:
                yield records
    finally:
        await close_consumer(consumer)
