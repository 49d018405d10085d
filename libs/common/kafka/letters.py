"""Takes dead letters from their topics into the service's database, where they can be seen and settled.

The topics stay what poison is written to first: they take it when the database's transaction is rolled back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.clock import Clock
from libs.common.contracts.base import Topic, dead_letter_name
from libs.common.database import Database
from libs.common.dead_letters.repository import add_letters, count_waiting
from libs.common.inbox.repository import load_positions, store_positions
from libs.common.kafka.consumer import close, fetch
from libs.common.kafka.offsets import partitions_of
from libs.common.kafka_address import client_options
from libs.common.tasks import heed_cancellation

log = structlog.get_logger(__name__)

WAITING = Gauge("duban_dead_letters_waiting", "Events set aside as poison that nobody has settled yet")

# Among the positions of this service's consumers.
_NAME = "dead-letters"
# Names of source topics by the consumer that reads them, as far as they are known by now.
Further = Callable[[AsyncSession], Awaitable[Mapping[str, set[str]]]]
_SPACE = UUID("0d6d5f0e-3f0b-5c3a-9b43-6f4f2a1c7e55")
_OWN_HEADERS = frozenset({"dead_cause", "dead_stack", "dead_topic", "dead_partition", "dead_offset"})
_RETRY_SECONDS = 2.0
_LOOK_SECONDS = 10.0


class LetterKeeper:
    """Reads the dead-letter topics of ``consumers`` (name and the topics it reads) until it is cancelled.

    ``further`` tells of topics that come and go while it runs; it is asked every ten seconds of real time, and
    what it told of once is read on. ``name`` is that of the positions: two keepers of a database need two.
    """

    def __init__(
        self,
        *,
        bootstrap: str,
        database: Database,
        clock: Clock,
        consumers: Mapping[str, Sequence[Topic]],
        topic_prefix: str = "",
        name: str = _NAME,
        further: Further | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._database = database
        self._clock = clock
        self._prefix = topic_prefix
        self._name = name
        self._further = further
        self._sources = {
            topic_prefix + dead_letter_name(topic.name, consumer): (consumer, topic.name)
            for consumer, topics in consumers.items()
            for topic in topics
        }

    async def run(self) -> None:
        """Keep what comes; a broker or database that is away is waited for."""
        while True:
            heed_cancellation()
            consumer = AIOKafkaConsumer(
                **client_options(self._bootstrap), enable_auto_commit=False, auto_offset_reset="earliest"
            )
            try:
                await self._keep(consumer)
            except (KafkaError, OSError, SQLAlchemyError) as error:
                log.warning("letters.postponed", error=repr(error)[:200])
                await asyncio.sleep(_RETRY_SECONDS)
            finally:
                await close(consumer)

    async def _look(self) -> set[TopicPartition]:
        """All that is to be read now."""
        if self._further is not None:
            async with self._database.session() as session:
                told = await self._further(session)
            for consumer, topics in told.items():
                for topic in topics:
                    self._sources[self._prefix + dead_letter_name(topic, consumer)] = (consumer, topic)
        # Asked for none, the broker would answer with all that it has.
        return set(await partitions_of(self._bootstrap, list(self._sources))) if self._sources else set()

    async def _keep(self, consumer: AIOKafkaConsumer) -> None:
        """Keep what comes, until there are other partitions to read."""
        partitions = await self._look()
        looked_at = time.monotonic()
        if not partitions:
            await asyncio.sleep(_RETRY_SECONDS)
            return
        await consumer.start()
        consumer.assign(partitions)
        async with self._database.transaction() as session:
            # A topic that is read once is among the positions, so that it is known when its feed is gone.
            names = [(item.topic.removeprefix(self._prefix), item.partition) for item in partitions]
            await store_positions(session, self._name, dict.fromkeys(names, 0))
            positions = await load_positions(session, self._name)
            WAITING.set(await count_waiting(session))
        for item in partitions:
            # Where nothing is stored: from the first that the log still has.
            consumer.seek(item, positions.get((item.topic.removeprefix(self._prefix), item.partition), 0))
        while True:
            heed_cancellation()
            fetched = await fetch(consumer, timeout_ms=1_000, max_records=100)
            async with self._database.transaction() as session:
                if fetched:
                    await self._store(session, fetched)
                WAITING.set(await count_waiting(session))
            if self._further is not None and time.monotonic() - looked_at > _LOOK_SECONDS:
                looked_at = time.monotonic()
                if await self._look() != partitions:
                    return

    async def _store(self, session: Any, fetched: Mapping[TopicPartition, list[ConsumerRecord]]) -> None:
        letters = [self._letter(record) for records in fetched.values() for record in records]
        added = await add_letters(session, letters)
        moved = {
            (item.topic.removeprefix(self._prefix), item.partition): records[-1].offset + 1
            for item, records in fetched.items()
        }
        await store_positions(session, self._name, moved)
        if added:
            log.warning("letters.kept", letters=added)

    def _letter(self, record: ConsumerRecord) -> dict[str, Any]:
        consumer, topic = self._sources[record.topic]
        headers = [
            (name, (value or b"").decode(errors="replace").replace("\0", "")) for name, value in record.headers
        ]
        told = dict(headers)
        partition, offset = _number(told.get("dead_partition")), _number(told.get("dead_offset"))
        digest = sha256(record.value or b"").hexdigest()
        identity = f"{consumer}|{topic}|{partition}|{offset}|{told.get('ce_id', '')}|{digest}"
        return {
            "id": uuid5(_SPACE, identity),
            "consumer": consumer,
            "topic": topic,
            "partition": partition,
            "log_offset": offset,
            "event_id": told.get("ce_id"),
            "event_type": told.get("ce_type"),
            "region_code": told.get("ce_region"),
            "record_key": record.key,
            "headers": [[name, value] for name, value in headers if name not in _OWN_HEADERS],
            "value": record.value,
            "left_behind": "dead_value_bytes" in told,
            "cause": told.get("dead_cause", ""),
            "stack": told.get("dead_stack", ""),
            "received_at": self._clock.now(),
            "state": "waiting",
            "version": 1,
        }


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace").replace("\0", "")


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else -1
