"""The producer: every record is acknowledged by all in-sync replicas before the caller goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, ProducerClosed, UnknownTopicOrPartitionError

from libs.common.kafka_address import client_options
from libs.common.outbox.envelope import Headers

log = structlog.get_logger(__name__)

# Room for the headers beside a body of 900 kB, and below the broker's default of 1 MiB.
MAX_REQUEST_BYTES = 1_000_000
_FLUSH_SECONDS = 5.0


class BrokerUnavailable(Exception):
    """The broker did not acknowledge; the record may or may not be there, so the caller repeats it."""


class RecordTooLarge(Exception):
    """The record is larger than any topic takes: repeating it is of no use."""


class KafkaPublisher:
    """Publishes single records with acks=all and the idempotent producer.

    The library's idempotent producer retries for ever and may become unusable for good (a batch that failed
    leaves a gap in its sequence numbers, an unexpected error ends its sender). So each record has
    ``delivery_timeout_seconds``, and after a failure the producer is thrown away, with what it still held, before
    a new one sends anything: nothing old arrives behind something new.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str,
        request_timeout_ms: int = 10_000,
        linger_ms: int = 0,
        delivery_timeout_seconds: float = 15.0,
    ) -> None:
        self._options: dict[str, Any] = {
            **client_options(bootstrap),
            "client_id": client_id,
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": linger_ms,
            "max_request_size": MAX_REQUEST_BYTES,
            "max_batch_size": MAX_REQUEST_BYTES,
            "request_timeout_ms": request_timeout_ms,
            "retry_backoff_ms": 100,
        }
        self._delivery_timeout_seconds = delivery_timeout_seconds
        self._producer: AIOKafkaProducer | None = None
        self._burial: asyncio.Task[None] | None = None
        self._started = False
        self._connecting = asyncio.Lock()

    async def start(self) -> None:
        """Connect; a broker that is away now is looked for again with each record.

        So is one that answers but gives no producer's id, because most of its like are away: the library itself
        would ask it for ever.
        """
        self._started = True
        try:
            async with asyncio.timeout(self._delivery_timeout_seconds):
                await self._connected()
        except (BrokerUnavailable, TimeoutError) as error:
            log.warning("producer.not_connected", client=self._options["client_id"], error=repr(error)[:200])

    async def stop(self) -> None:
        """Deliver what is under way, 5 s at most, and disconnect."""
        self._started = False
        async with self._connecting:
            producer, self._producer = self._producer, None
            if producer is not None:
                # Those who published it are told of any failure themselves.
                await asyncio.wait([asyncio.ensure_future(producer.flush())], timeout=_FLUSH_SECONDS)
                await _abandon(producer)
            await self._buried()

    async def publish(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers, partition: int | None = None
    ) -> None:
        """Send one record and wait for its acknowledgement.

        Raises :class:`BrokerUnavailable`, or :class:`RecordTooLarge`.
        """
        producer = None
        try:
            async with asyncio.timeout(self._delivery_timeout_seconds):
                producer = await self._connected()
                try:
                    sent = await producer.send(topic, value, key=key, headers=headers, partition=partition)
                except MessageSizeTooLargeError as error:
                    raise RecordTooLarge(f"{topic}: {error}") from error
                await sent
        except UnknownTopicOrPartitionError as error:
            # The producer is as good as before; the topic has yet to be created.
            raise BrokerUnavailable(f"{topic} does not exist: {error!r}") from error
        except (KafkaError, OSError) as error:
            self._retire(producer, error)
            raise BrokerUnavailable(f"{topic}: {error!r}") from error

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        async with self._connecting:
            if not self._started:
                raise BrokerUnavailable("the producer is not started")
            if self._producer is None:
                await self._buried()
                self._producer = await self._connect()
            return self._producer

    async def _connect(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(**self._options)
        try:
            await producer.start()
        except BaseException as error:
            await _abandon(producer)
            if isinstance(error, (KafkaError, OSError)):
                raise BrokerUnavailable(repr(error)) from error
            raise
        return producer

    def _retire(self, producer: AIOKafkaProducer | None, error: Exception) -> None:
        if producer is not None and producer is self._producer:
            log.warning("producer.replaced", client=self._options["client_id"], error=repr(error)[:200])
            self._producer, self._burial = None, asyncio.create_task(_abandon(producer))

    async def _buried(self) -> None:
        if self._burial is not None:
            # An impatient caller must not leave it half done.
            await asyncio.shield(self._burial)
            self._burial = None


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Close it without delivering what it holds, which its own ``stop`` would wait for without end."""
    sender = producer._sender.sender_task
    if sender is not None and not sender.done():
        sender.cancel()
        # It waits for the requests under way (their time is limited), so that none of them comes late.
        await asyncio.wait([sender])
    held = producer._message_accumulator
    for batch in [batch for batches in held._batches.values() for batch in batches]:
        # Nobody waits for its room any more; an error put there would be reported as never seen.
        batch.drain_ready()
    held.fail_all(ProducerClosed())
    await producer.stop()


@asynccontextmanager
async def running_publisher(bootstrap: str, client_id: str) -> AsyncIterator[KafkaPublisher]:
    """A started publisher that is stopped at the end of the block."""
    publisher = KafkaPublisher(bootstrap, client_id=client_id)
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()
