"""Reading a topic of somebody else's Kafka: what is read is committed there after it is safe here."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import CommitFailedError, IllegalStateError

from libs.common.kafka.consumer import close, fetch
from libs.common.tasks import heed_cancellation

log = structlog.get_logger(__name__)

Handle = Callable[[Sequence[ConsumerRecord]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ForeignTopic:
    """Where it is, and as whom we read it. ``security`` and ``mechanism`` by Kafka's names."""

    bootstrap: str
    topic: str
    group: str
    security: str = "PLAINTEXT"
    mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = None


async def consume_foreign(
    place: ForeignTopic, handle: Handle, connected: Callable[[], Awaitable[None]], *, max_records: int = 500
) -> None:
    """Read from the group's place, or the topic's beginning, until cancelled.

    ``handle`` gets the records of one partition at a time, in order; only after it has returned are they
    committed, so those of a killed process come again. Raises what ``handle`` raises, and KafkaError or OSError
    when the connection is lost; called again, it goes on from what was committed.
    """
    is_encrypted = place.security in {"SSL", "SASL_SSL"}
    consumer = AIOKafkaConsumer(
        place.topic,
        bootstrap_servers=place.bootstrap,
        group_id=place.group,
        client_id=place.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        security_protocol=place.security,
        sasl_mechanism=place.mechanism,
        sasl_plain_username=place.username,
        sasl_plain_password=place.password,
        ssl_context=ssl.create_default_context() if is_encrypted else None,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=2_000,
        # A delivery waits while our worker is behind; nobody else is to be given its records meanwhile.
        max_poll_interval_ms=15 * 60 * 1000,
        # What was rolled back by its sender never happened.
        isolation_level="read_committed",
    )
    try:
        await consumer.start()
        await connected()
        while True:
            heed_cancellation()
            fetched = await fetch(consumer, timeout_ms=500, max_records=max_records)
            for partition, records in fetched.items():
                await handle(records)
                try:
                    await consumer.commit({partition: records[-1].offset + 1})
                except (CommitFailedError, IllegalStateError) as error:
                    # Another member has the partition now and meets these again: equal values change nothing.
                    log.info("foreign.commit_refused", topic=place.topic, error=repr(error)[:200])
    finally:
        await close(consumer)
