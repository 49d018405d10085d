"""A consumer whose offsets are fenced rows in PostgreSQL: data, offset and conditions commit together.

Kafka's group protocol only says who should read which partition; what has been read is the row
``ingest_offset``. On assignment the epoch is raised and reading starts at the stored offset; each batch moves
the offset in its own transaction under the condition that offset and epoch are still those it began with. A
zombie (paused, partitioned off, slow) therefore aborts instead of writing twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from prometheus_client import Gauge
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.inbox.fenced_tables import IngestOffsetRow
from libs.common.kafka.consumer import batches_of, close, fetch
from libs.common.kafka.deadletter import TooManyDeadLetters
from libs.common.kafka.errors import is_transient
from libs.common.kafka.fenced_offsets import Assignment, Fenced, advance
from libs.common.kafka_address import client_options
from libs.common.tasks import heed_cancellation

log = structlog.get_logger(__name__)

NEXT_OFFSET = Gauge("duban_ingest_next_offset", "Next offset to merge", ["topic", "partition"])
HOLDING = Gauge("duban_ingest_holding", "1 while the worker holds its partitions for an error", ["topic"])

_FINISH_SECONDS = 5.0
_HAND_OVER_SECONDS = 10.0
_BACKOFF_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class LogMismatch(Exception):
    """The broker's log and the stored offset do not fit together; going on would lose or double readings."""


class BatchHandler(Protocol):
    """What the service does with its partitions: one method at a time.

    All may be slow; the consumer keeps its membership.
    """

    async def assigned(self, assignment: Assignment) -> None:
        """Forget what is held of the partition, load it, and bring it to ``assignment.next_offset``."""
        ...

    async def handing_over(self, assignment: Assignment) -> None:
        """All up to ``assignment.next_offset`` is durable and another comes: leave what lets it begin soon."""
        ...

    async def revoked(self, partition: int) -> None:
        """Forget the partition; another worker may already have it."""
        ...

    async def handle(self, session: AsyncSession, batch: Mapping[Assignment, Sequence[ConsumerRecord]]) -> None:
        """Write the effect of the records into ``session``; the consumer moves the offsets and commits."""
        ...

    async def committed(self, batch: Mapping[Assignment, Sequence[ConsumerRecord]]) -> None:
        """The batch is durable: state in memory may be called true, checkpoints may follow."""
        ...


class FencedConsumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads one topic as a group member and commits offsets with the data."""

    def __init__(
        self,
        *,
        bootstrap: str,
        topic: str,
        group: str,
        database: Database,
        handler: BatchHandler,
        new_id: IdFactory,
        max_records: int = 64,
        max_bytes: int = 1 << 24,
        max_wait_ms: int = 50,
        pace_seconds: float = 0.0,
        before_fetch: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._group = group
        self._database = database
        self._handler = handler
        self._owner = new_id()
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._max_wait_ms = max_wait_ms
        self._pace_seconds = pace_seconds
        self._before_fetch = before_fetch
        self._owned: dict[int, Assignment] = {}
        self._to_take: set[int] = set()
        self._working = asyncio.Lock()
        # While a batch is worked on, and after one failed: memory is ahead of the database.
        self._is_ahead = False
        self.holding: str | None = None

    @property
    def owned(self) -> Mapping[int, Assignment]:
        return self._owned

    async def run(self) -> None:
        """Consume until cancelled; a batch in hand is finished if that takes seconds, else it is rolled back."""
        while True:
            heed_cancellation()
            consumer = AIOKafkaConsumer(
                **client_options(self._bootstrap),
                group_id=self._group,
                client_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_bytes=64 * 1024 * 1024,
                max_partition_fetch_bytes=16 * 1024 * 1024,
                session_timeout_ms=10_000,
                heartbeat_interval_ms=2_000,
                max_poll_interval_ms=300_000,
            )
            consumer.subscribe([self._topic], listener=self)
            try:
                await consumer.start()
                await self._consume(consumer)
            except (TooManyDeadLetters, LogMismatch) as error:
                self.holding = str(error)
                HOLDING.labels(self._topic).set(1)
                log.error("ingest.held", topic=self._topic, reason=self.holding)
                await asyncio.Event().wait()
            except (KafkaError, OSError) as error:
                log.warning("ingest.broker_unavailable", error=repr(error)[:200])
                await asyncio.sleep(1.0)
            finally:
                await self._hand_over(set(self._owned))
                await close(consumer)
                await self._forget_all()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        # A batch in hand is finished first: its handler must not lose the partition's state half-way.
        async with self._working:
            await self._hand_over({item.partition for item in revoked})
            for partition in sorted(item.partition for item in revoked):
                self._to_take.discard(partition)
                if self._owned.pop(partition, None) is not None:
                    await self._handler.revoked(partition)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        # Only noted here: taking over reads the database, and the loop does that with its own error handling.
        self._to_take.update(item.partition for item in assigned)

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        failures = 0
        while True:
            heed_cancellation()
            try:
                async with self._working:
                    await self._take_over(consumer)
                if self._before_fetch is not None:
                    await self._before_fetch()
                fetched = await fetch(consumer, timeout_ms=self._max_wait_ms, max_records=self._max_records)
                begun = time.monotonic()
                for group in batches_of(fetched, self._max_bytes):
                    async with self._working:
                        batch = self._batch_of(group)
                        if batch:
                            await _finished(self._merge(batch))
                failures = 0
                if fetched:
                    # A batch costs the same whatever it holds: meanwhile the next one grows.
                    await asyncio.sleep(self._pace_seconds - (time.monotonic() - begun))
            except Exception as error:
                # The library's own errors end this consumer: it may never be well again.
                if isinstance(error, KafkaError) or not (isinstance(error, Fenced) or is_transient(error)):
                    raise
                failures += 1
                log.warning("ingest.batch_postponed", error=repr(error)[:300], attempt=failures)
                async with self._working:
                    await self._start_over(consumer)
                await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1])

    async def _take_over(self, consumer: AIOKafkaConsumer) -> None:
        for partition in sorted(self._to_take):
            assignment = await self._raise_epoch(partition)
            item = TopicPartition(self._topic, partition)
            await _check_log(consumer, item, assignment.next_offset)
            await self._handler.assigned(assignment)
            try:
                consumer.seek(item, assignment.next_offset)
            except IllegalStateError:
                # Revoked while the state was loaded.
                self._to_take.discard(partition)
                await self._handler.revoked(partition)
                continue
            self._to_take.discard(partition)
            self._owned[partition] = assignment
            log.info("ingest.partition_taken", partition=partition, next=assignment.next_offset)

    async def _raise_epoch(self, partition: int) -> Assignment:
        async with self._database.transaction() as session:
            statement = insert(IngestOffsetRow).values(
                topic=self._topic, partition=partition, next_offset=0, epoch=1, owner=self._owner
            )
            row = (
                await session.execute(
                    statement.on_conflict_do_update(
                        index_elements=["topic", "partition"],
                        set_={"epoch": col(IngestOffsetRow.epoch) + 1, "owner": self._owner},
                    ).returning(col(IngestOffsetRow.next_offset), col(IngestOffsetRow.epoch))
                )
            ).one()
        return Assignment(self._topic, partition, int(row.next_offset), int(row.epoch))

    def _batch_of(
        self, fetched: Mapping[TopicPartition, Sequence[ConsumerRecord]]
    ) -> dict[Assignment, Sequence[ConsumerRecord]]:
        batch: dict[Assignment, Sequence[ConsumerRecord]] = {}
        for item, records in fetched.items():
            assignment = self._owned.get(item.partition)
            # Records of a partition that is gone or not yet taken over.
            if assignment is None or not records:
                continue
            if records[0].offset != assignment.next_offset:
                raise Fenced(f"fetched from {records[0].offset} where {assignment.next_offset} comes next")
            batch[assignment] = records
        return batch

    async def _merge(self, batch: Mapping[Assignment, Sequence[ConsumerRecord]]) -> None:
        self._is_ahead = True
        async with self._database.transaction() as session:
            # First, so that a fenced worker does no work and two workers wait for each other here.
            await advance(session, {owned: records[-1].offset + 1 for owned, records in batch.items()})
            await self._handler.handle(session, batch)
        for assignment, records in batch.items():
            moved = Assignment(assignment.topic, assignment.partition, records[-1].offset + 1, assignment.epoch)
            if self._owned.get(assignment.partition) == assignment:
                self._owned[assignment.partition] = moved
            NEXT_OFFSET.labels(self._topic, assignment.partition).set(moved.next_offset)
        self._is_ahead = False
        await self._handler.committed(batch)

    async def _hand_over(self, partitions: set[int]) -> None:
        """Let the next owner begin where we are; without it, it works out the same from further back."""
        for partition in sorted(() if self._is_ahead else self._owned.keys() & partitions):
            try:
                async with asyncio.timeout(_HAND_OVER_SECONDS):
                    await self._handler.handing_over(self._owned[partition])
            except Exception as error:
                log.warning("ingest.not_handed_over", partition=partition, error=repr(error)[:200])

    async def _start_over(self, consumer: AIOKafkaConsumer) -> None:
        """After a rollback memory is ahead of the database: take every partition anew."""
        for partition in list(self._owned):
            del self._owned[partition]
            await self._handler.revoked(partition)
        self._is_ahead = False
        self._to_take = {item.partition for item in consumer.assignment() if item.topic == self._topic}

    async def _forget_all(self) -> None:
        self._to_take.clear()
        self._is_ahead = False
        for partition in list(self._owned):
            del self._owned[partition]
            await self._handler.revoked(partition)


async def _finished(merging: Coroutine[Any, Any, None]) -> None:
    """Who is told to end in the middle of a batch brings it to its end first, if that is near.

    Rolled back, the batch would be read again, and with it all that memory held beyond the last checkpoint.
    """
    task = asyncio.ensure_future(merging)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_FINISH_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


async def _check_log(consumer: AIOKafkaConsumer, item: TopicPartition, next_offset: int) -> None:
    first = (await consumer.beginning_offsets([item]))[item]
    end = (await consumer.end_offsets([item]))[item]
    if not first <= next_offset <= end:
        raise LogMismatch(
            f"{item.topic}/{item.partition} holds offsets {first} to {end}, but {next_offset} is to be merged "
            "next: records expired unread, or the log was replaced; correct ingest_offset when that is understood"
        )
