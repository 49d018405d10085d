"""Dead letters: what can never succeed is kept whole, with its cause, beside the topic it came from."""

from __future__ import annotations

import traceback

from aiokafka import ConsumerRecord
from prometheus_client import Counter

from libs.common.contracts.base import Topic
from libs.common.outbox.envelope import Headers
from libs.common.outbox.relay import Publisher

DEAD_LETTERS = Counter("duban_dead_letters_total", "Records set aside as poison", ["topic", "consumer"])

# A header is not a log: the stack's end tells where it broke.
_STACK_BYTES = 8_000


class TooManyDeadLetters(Exception):
    """More poison in a row than a topic plausibly holds: the release is at fault, so nothing more is set aside."""


def dead_letter_topic(topic: Topic, consumer: str) -> Topic:
    return Topic(
        f"{topic.name}.{consumer}.dead",
        topic.owner,
        f"Records of {topic.name} that {consumer} could not handle",
        partitions=1,
        retention_hours=24 * 90,
    )


class DeadLetters:
    """Publishes poison to ``<topic>.<consumer>.dead`` and stops at ``cap`` in a row."""

    def __init__(self, publisher: Publisher, *, consumer: str, cap: int = 50) -> None:
        self._publisher = publisher
        self._consumer = consumer
        self._cap = cap
        self._in_a_row = 0

    def succeeded(self) -> None:
        self._in_a_row = 0

    async def set_aside(self, record: ConsumerRecord, error: BaseException) -> None:
        """Keep the record with cause, stack and original position; raises :class:`TooManyDeadLetters`."""
        if self._in_a_row >= self._cap:
            raise TooManyDeadLetters(f"{self._in_a_row} records of {record.topic} in a row failed") from error
        self._in_a_row += 1
        stack = "".join(traceback.format_exception(error)).encode()[-_STACK_BYTES:]
        headers: Headers = [
            *record.headers,
            ("dead_cause", f"{type(error).__name__}: {error}".encode()[:2_000]),
            ("dead_stack", stack),
            ("dead_topic", record.topic.encode()),
            ("dead_partition", str(record.partition).encode()),
            ("dead_offset", str(record.offset).encode()),
        ]
        target = f"{record.topic}.{self._consumer}.dead"
        await self._publisher.publish(target, record.key, record.value, headers)
        DEAD_LETTERS.labels(record.topic, self._consumer).inc()
