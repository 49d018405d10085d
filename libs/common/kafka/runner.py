"""The consumer runner: batches of events into handlers, one transaction a batch, offsets after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import nullcontext

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.contracts.base import Event, EventPayload, Tombstone
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.inbox.repository import note_all, seen, store_positions
from libs.common.inbox.subscription import Subscription
from libs.common.kafka.consumer import Fetched, close, fetch
from libs.common.kafka.deadletter import DeadLetters, TooManyDeadLetters
from libs.common.kafka.errors import is_transient
from libs.common.kafka.places import Places
from libs.common.kafka_address import client_options
from libs.common.outbox.envelope import MalformedEvent, decode, header_map
from libs.common.remember import gathering, savepoint
from libs.common.security.principal import SYSTEM
from libs.common.tasks import heed_cancellation
from libs.common.telemetry import span

log = structlog.get_logger(__name__)

HANDLED = Counter("duban_events_handled_total", "Handled; a batch rolled back counts anew", ["topic", "consumer"])
REPEATED = Counter("duban_events_repeated_total", "Events met again and passed over", ["topic", "consumer"])
HOLDING = Gauge("duban_consumer_holding", "1 while the consumer holds its partitions for an error", ["consumer"])

_BACKOFF_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class ConsumerRunner:
    """Runs one service's subscriptions as a consumer group.

    A batch is one transaction: each record is decoded on its own and handled in a savepoint after its inbox
    row, the positions are stored, the transaction commits, then the broker's offsets do. A transient error rolls
    the batch back, seeks to its start and backs off. A poison record goes to the dead letters; too many in a row
    hold the consumer (alive, not ready) until somebody acts.

    With ``gathers`` what the handlers ask again and again is read once a batch and their events are written
    together (:mod:`libs.common.remember`): for handlers that do not write what they read so. Such a batch is tried
    whole first, with one look into the inbox and without savepoints; if anything of it fails, all of it is taken
    back and handled record by record.
    """

    def __init__(
        self,
        *,
        bootstrap: str,
        consumer: str,
        subscriptions: Sequence[Subscription],
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        dead_letters: DeadLetters,
        topic_prefix: str = "",
        max_records: int = 200,
        gathers: bool = False,
    ) -> None:
        self._bootstrap = bootstrap
        self._consumer_name = consumer
        self._group = topic_prefix + consumer
        self._subscriptions: Mapping[str, Subscription] = {
            topic_prefix + subscription.topic.name: subscription for subscription in subscriptions
        }
        if len(self._subscriptions) != len(subscriptions):
            raise ValueError("a topic is subscribed to twice")
        self._prefix = topic_prefix
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._dead_letters = dead_letters
        self._max_records = max_records
        self._gathers = gathers
        self.holding: str | None = None

    async def run(self) -> None:
        """Consume until cancelled; a batch in hand when the cancellation comes is rolled back."""
        while True:
            heed_cancellation()
            places = Places(self._database, self._consumer_name, topic_prefix=self._prefix)
            consumer = self._build(places)
            try:
                await consumer.start()
                await self._consume(consumer, places)
            except TooManyDeadLetters as error:
                self._hold(str(error))
                await asyncio.Event().wait()
            except (KafkaError, OSError) as error:
                log.warning("consumer.broker_unavailable", consumer=self._consumer_name, error=repr(error)[:200])
                await asyncio.sleep(1.0)
            finally:
                await close(consumer)

    def _build(self, places: Places) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **client_options(self._bootstrap),
            group_id=self._group,
            client_id=self._consumer_name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=4 * 1024 * 1024,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            # An event of the outbox is already committed; there are no Kafka transactions to isolate from.
            isolation_level="read_uncommitted",
        )
        consumer.subscribe(list(self._subscriptions), listener=places)
        return consumer

    def _hold(self, reason: str) -> None:
        self.holding = reason
        HOLDING.labels(self._consumer_name).set(1)
        log.error("consumer.held", consumer=self._consumer_name, reason=reason)

    async def _consume(self, consumer: AIOKafkaConsumer, places: Places) -> None:
        failures = 0
        while True:
            heed_cancellation()
            fetched = await fetch(consumer, timeout_ms=500, max_records=self._max_records)
            try:
                if not places.cover(fetched):
                    self._seek_back(consumer, fetched)
                    await places.place(consumer)
                elif fetched:
                    positions = {item: records[-1].offset + 1 for item, records in fetched.items()}
                    await self._handle_batch(fetched, places.named(positions))
                    places.moved(positions)
                    await self._commit(consumer, positions)
                else:
                    await places.catch_up(consumer)
            except Exception as error:
                # The library's own errors end this consumer: it may never be well again.
                if isinstance(error, KafkaError) or not is_transient(error):
                    raise
                self._seek_back(consumer, fetched)
                pause = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
                failures += 1
                log.warning(
                    "consumer.batch_postponed",
                    consumer=self._consumer_name,
                    error=repr(error)[:300],
                    attempt=failures,
                )
                await asyncio.sleep(pause)
            else:
                failures = 0

    def _seek_back(self, consumer: AIOKafkaConsumer, fetched: Fetched) -> None:
        for partition, records in fetched.items():
            try:
                consumer.seek(partition, records[0].offset)
            except IllegalStateError:
                # The partition was taken away meanwhile; its next owner starts at the committed offset.
                log.info("consumer.partition_lost", topic=partition.topic, partition=partition.partition)

    async def _commit(self, consumer: AIOKafkaConsumer, positions: dict[TopicPartition, int]) -> None:
        try:
            await consumer.commit(positions)
        except (CommitFailedError, IllegalStateError) as error:
            # A rebalance came between; the next owner meets these events again and its inbox passes them over.
            log.info("consumer.commit_refused", consumer=self._consumer_name, error=repr(error)[:200])

    async def _handle_batch(self, fetched: Fetched, positions: Mapping[tuple[str, int], int]) -> None:
        if self._gathers and await self._handle_whole(fetched, positions):
            return
        async with self._database.transaction() as session:
            ctx = self._context(session)
            async with gathering(session) if self._gathers else nullcontext():
                for records in fetched.values():
                    for record in records:
                        await self._handle_record(ctx, record)
            await store_positions(session, self._consumer_name, positions)

    def _context(self, session: AsyncSession) -> Context:
        return Context(session=session, now=self._clock.now(), new_id=self._new_id, principal=SYSTEM)

    async def _handle_whole(self, fetched: Fetched, positions: Mapping[tuple[str, int], int]) -> bool:
        """False when something of the batch cannot be handled: nothing of it has happened then."""
        records = [record for of_partition in fetched.values() for record in of_partition]
        try:
            async with self._database.transaction() as session:
                async with gathering(session):
                    handled = await self._apply_all(self._context(session), records)
                await store_positions(session, self._consumer_name, positions)
        except Exception as error:
            if is_transient(error):
                raise
            log.info("consumer.batch_divided", consumer=self._consumer_name, error=repr(error)[:300])
            return False
        for record, took_effect in zip(records, handled, strict=True):
            self._note(record, handled=took_effect)
        return True

    async def _apply_all(self, ctx: Context, records: Sequence[ConsumerRecord]) -> list[bool]:
        """Which of them took effect."""
        events = [self._read(record) for record in records]
        ids = [event.id for event in events if event is not None]
        fresh = await note_all(ctx.session, self._consumer_name, ids, ctx.now) if ids else set()
        handled = []
        for record, event in zip(records, events, strict=True):
            subscription = self._subscriptions[record.topic]
            if record.value is None:
                handled.append(await self._apply_tombstone(ctx, record, subscription))
            elif event is None or event.id not in fresh:
                handled.append(False)
            else:
                # Once, also when the batch holds it twice.
                fresh.remove(event.id)
                with span(f"handle {event.type}", headers=header_map(record.headers)):
                    await subscription.handlers[type(event.payload)](ctx, event)
                handled.append(True)
        return handled

    def _read(self, record: ConsumerRecord) -> Event[EventPayload] | None:
        """None for tombstones and for types that nobody here handles. Raises MalformedEvent."""
        if record.value is None:
            return None
        return decode(header_map(record.headers), record.value, self._subscriptions[record.topic].contracts)

    def _note(self, record: ConsumerRecord, *, handled: bool) -> None:
        self._dead_letters.succeeded()
        counter = HANDLED if handled else REPEATED
        counter.labels(record.topic, self._consumer_name).inc()

    async def _handle_record(self, ctx: Context, record: ConsumerRecord) -> None:
        try:
            handled = await self._apply(ctx, record)
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("consumer.poison", topic=record.topic, partition=record.partition, offset=record.offset)
            await self._dead_letters.set_aside(record, error)
            return
        self._note(record, handled=handled)

    async def _apply(self, ctx: Context, record: ConsumerRecord) -> bool:
        subscription = self._subscriptions[record.topic]
        if record.value is None:
            return await self._apply_tombstone(ctx, record, subscription)
        event = self._read(record)
        if event is None:
            return False
        with span(f"handle {event.type}", headers=header_map(record.headers)):
            async with savepoint(ctx.session):
                return await self._apply_event(ctx, event, subscription)

    async def _apply_event(self, ctx: Context, event: Event[EventPayload], subscription: Subscription) -> bool:
        if await seen(ctx.session, self._consumer_name, event.id, ctx.now):
            return False
        await subscription.handlers[type(event.payload)](ctx, event)
        return True

    async def _apply_tombstone(self, ctx: Context, record: ConsumerRecord, subscription: Subscription) -> bool:
        if subscription.on_tombstone is None:
            return False
        if record.key is None:
            raise MalformedEvent("a tombstone without a key deletes nothing")
        # Deleting twice is deleting once: tombstones need no inbox.
        version = header_map(record.headers).get("ce_aggregateversion")
        tombstone = Tombstone(
            subscription.topic.name,
            record.key.decode(),
            int(version) if version is not None and version.isdecimal() else None,
        )
        async with savepoint(ctx.session):
            await subscription.on_tombstone(ctx, tombstone)
        return True
