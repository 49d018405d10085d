"""Dead letters: what can never succeed is kept whole, with its cause, beside the topic it came from."""

from __future__ import annotations

import traceback

from aiokafka import ConsumerRecord
from prometheus_client import Counter

from libs.common.contracts.base import Topic, dead_letter_name
from libs.common.kafka.producer import RecordTooLarge
from libs.common.outbox.envelope import Headers
from libs.common.outbox.relay import Publisher

DEAD_LETTERS = Counter("duban_dead_letters_total", "Records set aside as poison", ["topic", "consumer"])

# A header is not a log: the stack's end tells where it broke.
_STACK_BYTES = 8_000
# How many letters are remembered as sent; a batch that is repeated holds far fewer.
_REMEMBERED = 10_000


class TooManyDeadLetters(Exception):
    """More poison in a row than a topic plausibly holds: the release is at fault, so nothing more is set aside."""


def dead_letter_topic(topic: Topic, consumer: str) -> Topic:
    return Topic(
        dead_letter_name(topic.name, consumer),
        topic.owner,
        f"Records of {topic.name} that {consumer} could not handle",
        partitions=1,
        retention_hours=24 * 90,
    )


class DeadLetters:
    """Publishes poison to ``<topic>.<consumer>.dead`` and stops at ``cap`` in a row.

    A batch that is rolled back for another reason brings its poison again: the same record is sent and counted
    once, so an outage behind one poison neither multiplies the letter nor reaches the cap.
    """

    def __init__(self, publisher: Publisher, *, consumer: str, cap: int = 50) -> None:
        self._publisher = publisher
        self._consumer = consumer
        self._cap = cap
        self._in_a_row = 0
        self._sent: dict[tuple[str, int, int, int], None] = {}

    def succeeded(self) -> None:
        self._in_a_row = 0

    async def set_aside(self, record: ConsumerRecord, error: BaseException) -> None:
        """Keep the record with cause, stack and original position; raises :class:`TooManyDeadLetters`.

        A record too large to be sent on with its headers leaves its value behind, at the original position.
        """
        # With its time: the offset is used again when a topic was deleted and made anew.
        identity = (record.topic, record.partition, record.offset, record.timestamp)
        if identity in self._sent:
            return
        if self._in_a_row >= self._cap:
            raise TooManyDeadLetters(f"{self._in_a_row} records of {record.topic} in a row failed") from error
        target = dead_letter_name(record.topic, self._consumer)
        headers = _headers(record, error)
        # A record with neither key nor value exists, but no client library sends one.
        value = b"" if record.key is None and record.value is None else record.value
        try:
            await self._publisher.publish(target, record.key, value, headers)
        except RecordTooLarge:
            left_behind = ("dead_value_bytes", str(len(record.value or b"")).encode())
            await self._publisher.publish(target, record.key, b"", [*headers, left_behind])
        self._in_a_row += 1
        self._sent[identity] = None
        while len(self._sent) > _REMEMBERED:
            del self._sent[next(iter(self._sent))]
        DEAD_LETTERS.labels(record.topic, self._consumer).inc()


def _headers(record: ConsumerRecord, error: BaseException) -> Headers:
    return [
        *((name, value or b"") for name, value in record.headers),
        ("dead_cause", f"{type(error).__name__}: {error}".encode(errors="replace")[:2_000]),
        ("dead_stack", "".join(traceback.format_exception(error)).encode(errors="replace")[-_STACK_BYTES:]),
        ("dead_topic", record.topic.encode()),
        ("dead_partition", str(record.partition).encode()),
        ("dead_offset", str(record.offset).encode()),
    ]
