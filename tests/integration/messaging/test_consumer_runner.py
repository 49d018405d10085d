"""The consumer runner against real PostgreSQL and Kafka: effects exactly once, poison aside, order kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from sqlalchemy import func, select, text

from libs.common.clock import ManualClock
from libs.common.context import Context
from libs.common.contracts.base import Event, Tombstone
from libs.common.contracts.projects import ProjectProgressRecordedV1
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.inbox.repository import load_positions, store_positions
from libs.common.inbox.subscription import Subscription, TombstoneHandler
from libs.common.inbox.tables import InboxRow
from libs.common.kafka.deadletter import DeadLetters, dead_letter_topic
from libs.common.kafka.offsets import end_offsets
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.envelope import encode_headers
from libs.common.outbox.relay import Relay
from tests.support.messaging import (
    NOON,
    TOPIC,
    common_database,
    edge,
    eventually,
    fail_once,
    progress,
    record_progress,
)

CONSUMER = "checker"


@dataclass
class Effects:
    """A handler whose effect is a row; can be told to fail for some percentages."""

    poison: set[float] = field(default_factory=set)
    fail_once: list[BaseException] = field(default_factory=list)

    async def __call__(self, ctx: Context, event: Event[ProjectProgressRecordedV1]) -> None:
        await ctx.session.execute(
            text("INSERT INTO effect (event_id, percent) VALUES (:id, :percent)"),
            {"id": event.id, "percent": event.payload.percent},
        )
        if event.payload.percent in self.poison:
            raise ValueError("this one can never succeed")
        if self.fail_once:
            raise self.fail_once.pop()


@dataclass
class Bench:
    database: Database
    publisher: KafkaPublisher
    bootstrap: str
    prefix: str

    async def send(
        self, percent: float, *, event_id: UUID | None = None, value: bytes | None = None, version: int = 1
    ) -> UUID:
        identity = event_id or new_id()
        project = new_id()
        headers = encode_headers(
            event_id=identity,
            event_type=ProjectProgressRecordedV1.event_type,
            source="/projects",
            subject=str(project),
            time=NOON,
            aggregate_version=version,
            region_code="421224",
            traceparent=None,
        )
        body = value if value is not None else progress(project, percent).model_dump_json().encode()
        await self.publisher.publish(self.prefix + TOPIC.name, b"one-key", body, headers)
        return identity

    def runner(
        self,
        effects: Effects,
        *,
        cap: int = 50,
        on_tombstone: TombstoneHandler | None = None,
        gathers: bool = False,
    ) -> ConsumerRunner:
        return ConsumerRunner(
            bootstrap=self.bootstrap,
            consumer=CONSUMER,
            subscriptions=[Subscription(TOPIC, {ProjectProgressRecordedV1: effects}, on_tombstone)],
            database=self.database,
            clock=ManualClock(NOON),
            new_id=new_id,
            dead_letters=DeadLetters(self.publisher, consumer=CONSUMER, cap=cap),
            topic_prefix=self.prefix,
            gathers=gathers,
        )

    async def effects(self) -> list[float]:
        async with self.database.session() as session:
            rows = await session.execute(text("SELECT percent FROM effect ORDER BY number"))
            return [float(row.percent) for row in rows]

    async def dead_letters(self) -> int:
        topic = self.prefix + dead_letter_topic(TOPIC, CONSUMER).name
        return sum((await end_offsets(self.bootstrap, [topic])).values())

    async def dead(self, number: int) -> list[dict[str, str]]:
        topic = self.prefix + dead_letter_topic(TOPIC, CONSUMER).name
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        found: list[dict[str, str]] = []
        try:
            async with asyncio.timeout(120):
                while len(found) < number:
                    for records in (await consumer.getmany(timeout_ms=1_000)).values():
                        found += [{k: v.decode() for k, v in record.headers} for record in records]
        finally:
            await consumer.stop()
        return found


@pytest.fixture
async def bench(
    fresh_database: Callable[[str], str], kafka_bootstrap: str, topic_prefix: str
) -> AsyncIterator[Bench]:
    topics = [TOPIC, dead_letter_topic(TOPIC, CONSUMER)]
    await ensure_topics(kafka_bootstrap, topics, prefix=topic_prefix, partitions=1, replication=1)
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test")
    await publisher.start()
    async with common_database(fresh_database("runner")) as database:
        async with database.engine.begin() as connection:
            await connection.execute(
                text(
                    "CREATE TABLE effect (number bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, percent real)"
                )
            )
        try:
            yield Bench(database, publisher, kafka_bootstrap, topic_prefix)
        finally:
            await publisher.stop()


@asynccontextmanager
async def running(runner: ConsumerRunner) -> AsyncIterator[None]:
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def have(bench: Bench, number: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return len(await bench.effects()) >= number

    return check


@pytest.mark.parametrize("gathers", [False, True])
async def test_effect_is_single_when_an_event_comes_twice(bench: Bench, gathers: bool) -> None:
    again = await bench.send(1)
    await bench.send(1, event_id=again)
    await bench.send(2)
    async with running(bench.runner(Effects(), gathers=gathers)):
        await eventually(have(bench, 2))
    assert await bench.effects() == [1, 2]


@pytest.mark.parametrize("gathers", [False, True])
async def test_poison_goes_to_the_dead_letters_when_a_handler_cannot_succeed(bench: Bench, gathers: bool) -> None:
    await bench.send(1)
    poison = await bench.send(13)
    await bench.send(0, value=b'{"project_id": "not json')
    await bench.send(2)
    async with running(bench.runner(Effects(poison={13.0}), gathers=gathers)):
        await eventually(have(bench, 2))
        dead = await bench.dead(2)
    # The savepoint took the poison's half-done effect with it; its neighbours are untouched.
    assert await bench.effects() == [1, 2]
    assert dead[0]["ce_id"] == str(poison)
    assert dead[0]["dead_cause"] == "ValueError: this one can never succeed"
    assert "Effects" in dead[0]["dead_stack"] or "raise ValueError" in dead[0]["dead_stack"]
    assert (dead[0]["dead_partition"], dead[0]["dead_offset"]) == ("0", "1")
    assert dead[1]["dead_cause"].startswith("MalformedEvent")


@pytest.mark.parametrize("gathers", [False, True])
async def test_batch_is_repeated_whole_when_an_error_is_transient(bench: Bench, gathers: bool) -> None:
    for percent in (1, 2, 3):
        await bench.send(percent)
    effects = Effects(fail_once=[ConnectionResetError("gone for a moment")])
    async with running(bench.runner(effects, gathers=gathers)):
        await eventually(have(bench, 3))
    assert await bench.effects() == [1, 2, 3]
    async with bench.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(InboxRow)) == 3
        assert await load_positions(session, CONSUMER) == {(TOPIC.name, 0): 3}


async def test_poison_is_one_letter_when_the_batch_behind_it_is_repeated(bench: Bench) -> None:
    await bench.send(13)
    await bench.send(1)
    outage: list[BaseException] = [ConnectionResetError("gone for a while") for _ in range(4)]
    # The batch comes five times, and five would be more than the cap takes.
    runner = bench.runner(Effects(poison={13.0}, fail_once=outage), cap=2)
    async with running(runner):
        await eventually(have(bench, 1))
    assert runner.holding is None
    assert await bench.effects() == [1]
    assert await bench.dead_letters() == 1


async def test_strange_records_are_set_aside_when_no_letter_could_hold_them(bench: Bench) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bench.bootstrap, max_request_size=1_048_576)
    await producer.start()
    topic = bench.prefix + TOPIC.name
    await producer.send_and_wait(topic, bytes(1_000_100), key=b"large", headers=[("ce_specversion", b"0.1")])
    nothing = producer.create_batch()
    nothing.append(key=None, value=None, timestamp=None, headers=[("ce_id", None)])
    await (await producer.send_batch(nothing, topic, partition=0))
    await producer.stop()
    await bench.send(1)

    async def on_tombstone(ctx: Context, tombstone: Tombstone) -> None:
        raise AssertionError("there is nothing to delete")

    async with running(bench.runner(Effects(), on_tombstone=on_tombstone)):
        await eventually(have(bench, 1))
        large, empty = await bench.dead(2)
    assert large["dead_value_bytes"] == "1000100"
    assert empty["dead_cause"] == "MalformedEvent: a tombstone without a key deletes nothing"


async def test_trace_of_a_change_goes_on_when_its_event_is_handled(bench: Bench) -> None:
    seen_traces: list[int] = []

    @dataclass
    class Tracing(Effects):
        async def __call__(self, ctx: Context, event: Event[ProjectProgressRecordedV1]) -> None:
            seen_traces.append(trace.get_current_span().get_span_context().trace_id)
            await super().__call__(ctx, event)

    change = NonRecordingSpan(SpanContext(trace_id=17, span_id=1, is_remote=False, trace_flags=TraceFlags(1)))
    with trace.use_span(change):
        async with edge(bench.database) as ctx:
            await record_progress(ctx, new_id(), 1)
    async with bench.database.engine.connect() as connection:
        await Relay(bench.database, bench.publisher, topic_prefix=bench.prefix).relay_once(connection)
    async with running(bench.runner(Tracing())):
        await eventually(have(bench, 1))
    assert seen_traces == [17]


async def test_no_event_is_dead_when_a_migration_changes_a_table_meanwhile(bench: Bench) -> None:
    @dataclass
    class Looking(Effects):
        async def __call__(self, ctx: Context, event: Event[ProjectProgressRecordedV1]) -> None:
            # The driver remembers the statement with the columns it had when it was first prepared.
            await ctx.session.execute(text("SELECT * FROM effect LIMIT 1"))
            await super().__call__(ctx, event)

    await bench.send(1)
    async with running(bench.runner(Looking())):
        await eventually(have(bench, 1))
        async with bench.database.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE effect ADD COLUMN added int"))
        await bench.send(2)
        await bench.send(3)
        await eventually(have(bench, 3))
    assert await bench.effects() == [1, 2, 3]


async def test_consumer_holds_when_a_release_would_drain_the_topic(bench: Bench) -> None:
    for _ in range(5):
        await bench.send(13)
    runner = bench.runner(Effects(poison={13.0}), cap=3)

    async def is_holding() -> bool:
        return runner.holding is not None

    async with running(runner):
        await eventually(is_holding)
    # A corrected release finds everything that was not set aside. What was set aside in the rolled-back batch
    # is met again: nothing is lost by holding.
    async with running(bench.runner(Effects())):
        await eventually(have(bench, 5))
    assert await bench.effects() == [13] * 5


async def test_next_runner_goes_on_when_the_first_is_stopped(bench: Bench) -> None:
    await bench.send(1)
    async with running(bench.runner(Effects())):
        await eventually(have(bench, 1))
    await bench.send(2)
    async with running(bench.runner(Effects())):
        await eventually(have(bench, 2))
    assert await bench.effects() == [1, 2]


@pytest.mark.parametrize(
    ("part", "method"), [(Fetcher, "_get_actions_per_node"), (GroupCoordinator, "_maybe_do_autocommit")]
)
async def test_consumer_goes_on_when_a_part_of_the_library_dies(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, part: type, method: str
) -> None:
    failed = fail_once(monkeypatch, part, method)
    await bench.send(1)
    async with running(bench.runner(Effects())):
        await eventually(have(bench, 1))
    assert failed
    assert await bench.effects() == [1]


async def test_events_are_handled_again_when_the_database_was_restored_from_a_backup(bench: Bench) -> None:
    for percent in (1, 2, 3):
        await bench.send(percent)
    async with running(bench.runner(Effects())):
        await eventually(have(bench, 3))
        await eventually(lambda: is_committed(bench, 3))
    # The backup knows the first event only; the broker has been told of three.
    async with bench.database.transaction() as session:
        await session.execute(
            text("DELETE FROM inbox USING effect e WHERE e.event_id = inbox.event_id AND percent > 1")
        )
        await session.execute(text("DELETE FROM effect WHERE percent > 1"))
        await session.execute(text("UPDATE consumer_position SET next_offset = 1"))
    async with running(bench.runner(Effects())):
        await eventually(have(bench, 3))
    assert await bench.effects() == [1, 2, 3]


async def test_position_reaches_the_end_when_the_log_ends_without_a_record(bench: Bench) -> None:
    topic = bench.prefix + TOPIC.name
    await bench.send(1)
    # The marker that ends a transaction takes an offset, as does what compaction leaves of an old tombstone.
    producer = AIOKafkaProducer(bootstrap_servers=bench.bootstrap, transactional_id=bench.prefix + "marker")
    await producer.start()
    async with producer.transaction():
        await producer.send_and_wait(topic, b"", headers=[("ce_specversion", b"1.0")])
    await producer.stop()
    ends = await end_offsets(bench.bootstrap, [topic])

    async def has_come_to_the_end() -> bool:
        async with bench.database.session() as session:
            return await load_positions(session, CONSUMER) == {(TOPIC.name, 0): ends[topic, 0]}

    assert ends == {(topic, 0): 3}
    async with running(bench.runner(Effects())):
        await eventually(has_come_to_the_end)


async def test_position_stays_when_a_consumer_comes_after_its_successor(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        for position in (5, 9, 7):
            await store_positions(session, CONSUMER, {(TOPIC.name, 0): position})
        assert await load_positions(session, CONSUMER) == {(TOPIC.name, 0): 9}


async def is_committed(bench: Bench, offset: int) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bench.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(bench.prefix + CONSUMER)
    finally:
        await admin.close()
    return [found.offset for found in offsets.values()] == [offset]
