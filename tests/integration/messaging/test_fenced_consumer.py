"""The fenced consumer against real PostgreSQL and Kafka: a zombie writes nothing, a rollback reads again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.contracts.energy import READINGS
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.inbox.fenced_tables import IngestOffsetRow
from libs.common.kafka import fenced
from libs.common.kafka.fenced import FencedConsumer
from libs.common.kafka.fenced_offsets import Assignment, stored_offsets
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.topics import ensure_topics
from tests.support.messaging import common_database, eventually, fail_once


@dataclass
class Sums:
    """Writes each record as a row; forgets and loads as the contract asks; can fail or stop in mid-batch."""

    fail_once: list[BaseException] = field(default_factory=list)
    gate: asyncio.Event | None = None
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    assigned_at: list[tuple[int, int]] = field(default_factory=list)
    handed_over_at: list[int] = field(default_factory=list)
    revoked_times: int = 0

    async def assigned(self, assignment: Assignment) -> None:
        self.assigned_at.append((assignment.next_offset, assignment.epoch))

    async def handing_over(self, assignment: Assignment) -> None:
        self.handed_over_at.append(assignment.next_offset)

    async def revoked(self, partition: int) -> None:
        self.revoked_times += 1

    async def handle(self, session: AsyncSession, batch: Mapping[Assignment, Sequence[ConsumerRecord]]) -> None:
        for records in batch.values():
            for record in records:
                await session.execute(
                    text("INSERT INTO merged (body) VALUES (:body)"), {"body": record.value.decode()}
                )
        self.entered.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.fail_once:
            raise self.fail_once.pop()

    async def committed(self, batch: Mapping[Assignment, Sequence[ConsumerRecord]]) -> None:
        return None


@dataclass
class Bench:
    database: Database
    publisher: KafkaPublisher
    bootstrap: str
    prefix: str

    @property
    def topic(self) -> str:
        return self.prefix + READINGS.name

    async def send(self, *bodies: str) -> None:
        for body in bodies:
            await self.publisher.publish(self.topic, None, body.encode(), [], partition=0)

    def consumer(self, handler: Sums) -> FencedConsumer:
        return FencedConsumer(
            bootstrap=self.bootstrap,
            topic=self.topic,
            group=self.prefix + "worker",
            database=self.database,
            handler=handler,
            new_id=new_id,
        )

    async def merged(self) -> list[str]:
        async with self.database.session() as session:
            return [row.body for row in await session.execute(text("SELECT body FROM merged ORDER BY number"))]

    async def has(self, number: int) -> bool:
        return len(await self.merged()) >= number


@pytest.fixture
async def bench(
    fresh_database: Callable[[str], str], kafka_bootstrap: str, topic_prefix: str
) -> AsyncIterator[Bench]:
    await ensure_topics(kafka_bootstrap, [READINGS], prefix=topic_prefix, partitions=1, replication=1)
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test")
    await publisher.start()
    async with common_database(fresh_database("fenced")) as database:
        async with database.engine.begin() as connection:
            await connection.execute(
                text("CREATE TABLE merged (number bigint GENERATED ALWAYS AS IDENTITY, body text)")
            )
        try:
            yield Bench(database, publisher, kafka_bootstrap, topic_prefix)
        finally:
            await publisher.stop()


@asynccontextmanager
async def running(consumer: FencedConsumer) -> AsyncIterator[None]:
    task = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_batch_is_read_again_when_its_transaction_fails(bench: Bench) -> None:
    handler = Sums(fail_once=[ConnectionResetError("gone for a moment")])
    await bench.send("a", "b")
    async with running(bench.consumer(handler)):
        await eventually(lambda: bench.has(2))
        await bench.send("c")
        await eventually(lambda: bench.has(3))
    assert await bench.merged() == ["a", "b", "c"]
    # After the rollback memory was forgotten and the partition taken anew from the stored offset.
    assert handler.assigned_at[:2] == [(0, 1), (0, 2)]
    async with bench.database.session() as session:
        assert await stored_offsets(session, bench.topic) == {0: 3}


async def test_next_worker_goes_on_at_the_stored_offset_when_the_first_is_gone(bench: Bench) -> None:
    await bench.send("a")
    async with running(bench.consumer(Sums())):
        await eventually(lambda: bench.has(1))
    await bench.send("b")
    second = Sums()
    async with running(bench.consumer(second)):
        await eventually(lambda: bench.has(2))
    assert await bench.merged() == ["a", "b"]
    assert second.assigned_at == [(1, 2)]


async def test_zombie_writes_nothing_when_its_epoch_is_over(bench: Bench) -> None:
    await bench.send("a")
    zombie = Sums()
    async with running(bench.consumer(zombie)):
        await eventually(lambda: bench.has(1))
        # Another worker has taken the partition, and this one has not heard of it.
        async with bench.database.transaction() as session:
            await session.execute(update(IngestOffsetRow).values(epoch=IngestOffsetRow.epoch + 1))
        await bench.send("b")
        await eventually(lambda: bench.has(2))
    # Its first attempt was refused whole; only after taking the partition again, at a new epoch, it went on.
    assert await bench.merged() == ["a", "b"]
    assert [epoch for _, epoch in zombie.assigned_at][:2] == [1, 3]


async def test_every_record_is_merged_once_when_the_group_changes_under_load(bench: Bench) -> None:
    bodies = [f"r{number}" for number in range(300)]
    first, second = Sums(), Sums()
    async with running(bench.consumer(first)):
        await bench.send(*bodies[:100])
        async with running(bench.consumer(second)):
            await bench.send(*bodies[100:200])
        await bench.send(*bodies[200:])
        await eventually(lambda: bench.has(300))
    assert await bench.merged() == bodies


@pytest.mark.parametrize(
    ("part", "method"), [(Fetcher, "_get_actions_per_node"), (GroupCoordinator, "_maybe_do_autocommit")]
)
async def test_worker_goes_on_when_a_part_of_the_library_dies(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, part: type, method: str
) -> None:
    async with running(bench.consumer(Sums())):
        await bench.send("a")
        await eventually(lambda: bench.has(1))
        failed = fail_once(monkeypatch, part, method)
        if part is GroupCoordinator:
            # It looks after itself at a change in the group, which a second worker brings.
            async with running(bench.consumer(Sums())):
                await eventually(lambda: is_true(failed))
        await bench.send("b")
        await eventually(lambda: bench.has(2))
    assert failed
    assert await bench.merged() == ["a", "b"]


async def is_true(thing: object) -> bool:
    return bool(thing)


def _noting(asked: asyncio.Event, revoke: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    async def noted(partitions: Any) -> None:
        if partitions:
            asked.set()
        await revoke(partitions)

    return noted


async def test_partition_is_forgotten_after_the_batch_when_it_is_lost_meanwhile(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Sums(gate=asyncio.Event())
    consumer = bench.consumer(first)
    await bench.send("a")
    async with running(consumer):
        await first.entered.wait()
        # A second worker comes: the first is asked to give the partition up while it works on a batch.
        second = bench.consumer(Sums())
        asked = asyncio.Event()
        monkeypatch.setattr(consumer, "on_partitions_revoked", _noting(asked, consumer.on_partitions_revoked))
        async with running(second):
            await asked.wait()
            await asyncio.sleep(0.5)
            assert first.revoked_times == 0
            assert first.gate is not None
            first.gate.set()
            await eventually(lambda: bench.has(1))
    assert await bench.merged() == ["a"]


async def test_partition_is_handed_over_at_the_stored_offset_when_its_worker_ends_in_order(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # How long an end waits for the batch in hand is not what this is about.
    monkeypatch.setattr(fenced, "_FINISH_SECONDS", 300.0)
    monkeypatch.setattr(fenced, "_HAND_OVER_SECONDS", 300.0)
    await bench.send("a", "b")
    first = Sums()
    async with running(bench.consumer(first)):
        await eventually(lambda: bench.has(2))
    assert first.handed_over_at == [2]
    second = Sums(gate=asyncio.Event())
    await bench.send("c")
    task = asyncio.create_task(bench.consumer(second).run())
    await second.entered.wait()
    # Told to end in the middle of a batch: it is finished first, since its end is near.
    task.cancel()
    await asyncio.sleep(0.2)
    assert not task.done()
    assert second.gate is not None
    second.gate.set()
    await asyncio.gather(task, return_exceptions=True)
    assert await bench.merged() == ["a", "b", "c"]
    assert second.handed_over_at == [3]


async def test_nothing_is_handed_over_when_memory_is_ahead_of_the_database(bench: Bench) -> None:
    handler = Sums(fail_once=[ValueError("this process must end")])
    await bench.send("a")
    with pytest.raises(ValueError, match="must end"):
        await bench.consumer(handler).run()
    assert handler.handed_over_at == []
    assert await bench.merged() == []


async def test_worker_holds_when_the_log_does_not_reach_the_stored_offset(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        session.add(IngestOffsetRow(topic=bench.topic, partition=0, next_offset=7, epoch=1, owner=new_id()))
    await bench.send("a")
    consumer = bench.consumer(Sums())

    async def is_holding() -> bool:
        return consumer.holding is not None

    async with running(consumer):
        await eventually(is_holding)
    assert consumer.holding is not None
    assert "7 is to be merged next" in consumer.holding
    assert await bench.merged() == []
