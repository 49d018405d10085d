"""The producer: every record is acknowledged by all in-sync replicas before the caller goes on."""

from __future__ import annotations

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from libs.common.outbox.envelope import Headers

# Room for the headers beside a body of 900 kB, and below the broker's default of 1 MiB.
MAX_REQUEST_BYTES = 1_000_000


class BrokerUnavailable(Exception):
    """The broker did not acknowledge; the record may or may not be there, so the caller repeats it."""


class KafkaPublisher:
    """Publishes single records with acks=all and the idempotent producer."""

    def __init__(
        self, bootstrap: str, *, client_id: str, request_timeout_ms: int = 10_000, linger_ms: int = 0
    ) -> None:
        self._options = {
            "bootstrap_servers": bootstrap,
            "client_id": client_id,
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": linger_ms,
            "max_request_size": MAX_REQUEST_BYTES,
            "max_batch_size": MAX_REQUEST_BYTES,
            "request_timeout_ms": request_timeout_ms,
            "retry_backoff_ms": 100,
        }
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        producer = AIOKafkaProducer(**self._options)
        await producer.start()
        self._producer = producer

    async def stop(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.stop()

    async def publish(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers, partition: int | None = None
    ) -> None:
        """Send one record and wait for its acknowledgement; raises :class:`BrokerUnavailable`."""
        if self._producer is None:
            raise BrokerUnavailable("the producer is not started")
        try:
            await self._producer.send_and_wait(topic, value, key=key, headers=headers, partition=partition)
        except (KafkaError, OSError) as error:
            raise BrokerUnavailable(f"{topic}: {error!r}") from error
