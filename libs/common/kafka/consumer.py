"""What both consumers ask of the library's, and what it does not do by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

log = structlog.get_logger(__name__)

Fetched = Mapping[TopicPartition, list[ConsumerRecord]]

_STOP_SECONDS = 10.0


class FetcherDied(KafkaError):  # type: ignore[misc]
    """The library's reading task ended; its consumer would find nothing for ever and tell nobody."""


async def fetch(consumer: AIOKafkaConsumer, *, timeout_ms: int, max_records: int) -> Fetched:
    """The next records by partition, or none; raises KafkaError when this consumer is to be replaced."""
    fetched: Fetched = await consumer.getmany(timeout_ms=timeout_ms, max_records=max_records)
    if not fetched and consumer._fetcher.error_future.done():
        raise FetcherDied
    return fetched


async def close(consumer: AIOKafkaConsumer) -> None:
    """Leave the group and disconnect, whatever state the consumer or the broker is in."""
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await consumer.stop()
    except (KafkaError, OSError) as error:
        log.warning("consumer.not_closed_cleanly", error=repr(error)[:200])
        await consumer._client.close()


def batches_of(fetched: Fetched, max_bytes: int) -> Iterator[Fetched]:
    """The same records in batches of bounded size, so that memory follows bytes and not the number of records."""
    group: dict[TopicPartition, list[ConsumerRecord]] = {}
    size = 0
    for item, records in fetched.items():
        for record in records:
            if group and size + len(record.value or b"") > max_bytes:
                yield group
                group, size = {}, 0
            group.setdefault(item, []).append(record)
            size += len(record.value or b"")
    if group:
        yield group
