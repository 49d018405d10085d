"""The outbox relay against real PostgreSQL and Kafka: nothing skipped, nothing reordered, one leader."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import col

from libs.common.context import Context
from libs.common.contracts.projects import RegionRecordedV1
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.kafka.producer import BrokerUnavailable, KafkaPublisher
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.envelope import Headers
from libs.common.outbox.record import record_event
from libs.common.outbox.relay import Relay
from libs.common.outbox.tables import OutboxRow
from tests.support.messaging import TOPIC, common_database, edge, eventually, record_progress


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    async with common_database(fresh_database("relay")) as database:
        yield database


class RememberingPublisher:
    """A broker that can be told to fail; keeps what it acknowledged, in order."""

    def __init__(self) -> None:
        self.acknowledged: list[tuple[str, str]] = []
        self.failing = False
        # Names of topics, or versions of an aggregate, that are refused.
        self.refused: set[str] = set()

    async def publish(self, topic: str, key: bytes, value: bytes | None, headers: Headers) -> None:
        await asyncio.sleep(0)
        if self.failing or self.refused & {topic, dict(headers)["ce_aggregateversion"].decode()}:
            raise BrokerUnavailable("told to fail")
        self.acknowledged.append((key.decode(), dict(headers)["ce_id"].decode()))


async def positions(database: Database) -> dict[UUID, int | None]:
    async with database.session() as session:
        rows = await session.execute(select(col(OutboxRow.event_id), col(OutboxRow.position)))
        return dict(rows.all())


async def test_late_commit_is_relayed_when_a_later_row_went_first(database: Database) -> None:
    publisher = RememberingPublisher()
    relay = Relay(database, publisher)
    first, second = new_id(), new_id()
    async with database.engine.connect() as connection:
        async with edge(database) as slow:
            early = await record_progress(slow, first, 1)
            async with edge(database) as quick:
                late = await record_progress(quick, second, 1)
            # The row with the lower sequence is not committed yet; the other one is.
            await relay.relay_once(connection)
            assert [event for _, event in publisher.acknowledged] == [str(late)]
            assert (await positions(database))[late] == 1
        await relay.relay_once(connection)
    assert [event for _, event in publisher.acknowledged] == [str(late), str(early)]
    # A reader that stood at position 1 meets the late one behind it, not before.
    assert (await positions(database))[early] == 2


async def test_positions_go_on_above_all_that_were_seen_when_the_database_was_restored(database: Database) -> None:
    relay = Relay(database, RememberingPublisher())
    async with edge(database) as ctx:
        kept = await record_progress(ctx, new_id(), 1)
    async with database.engine.connect() as connection:
        await relay.relay_once(connection)
        assert (await positions(database))[kept] == 1
        # What a restore leaves: events behind the backup had positions that somebody may have seen.
        await connection.execute(text("SET duban.position_floor = '1000'"))
        await connection.commit()
        async with edge(database) as ctx:
            first = await record_progress(ctx, new_id(), 1)
        await relay.relay_once(connection)
        async with edge(database) as ctx:
            second = await record_progress(ctx, new_id(), 1)
        await relay.relay_once(connection)
    found = await positions(database)
    assert (found[kept], found[first], found[second]) == (1, 1001, 1002)


async def test_rows_are_sent_again_under_their_id_when_the_broker_fails(database: Database) -> None:
    publisher = RememberingPublisher()
    relay = Relay(database, publisher, idle_seconds=0.01)
    publisher.failing = True
    async with edge(database) as ctx:
        event = await record_progress(ctx, new_id(), 1)
    task = asyncio.create_task(relay.run())
    try:
        await eventually(lambda: _is_leading(relay))
        await asyncio.sleep(0.2)
        assert publisher.acknowledged == []
        publisher.failing = False
        await eventually(lambda: _has(publisher, 1))
        await asyncio.sleep(0.2)
        assert [sent for _, sent in publisher.acknowledged] == [str(event)]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_later_event_waits_when_an_earlier_one_of_its_aggregate_fails(database: Database) -> None:
    publisher = RememberingPublisher()
    relay = Relay(database, publisher)
    projects = [new_id(), new_id()]
    async with edge(database) as ctx:
        sent = {
            (project, version): await record_progress(ctx, project, version)
            for version in (1, 2, 3)
            for project in projects
        }
    publisher.refused = {"2"}
    async with database.engine.connect() as connection:
        # What was acknowledged is marked: only the rest is sent again.
        assert await relay.relay_once(connection) == 2
        publisher.refused.clear()
        relay._resting.clear()
        assert await relay.relay_once(connection) == 4
    for project in projects:
        events = [event for key, event in publisher.acknowledged if key == str(project)]
        assert events == [str(sent[project, version]) for version in (1, 2, 3)]


async def test_other_topics_go_on_when_one_topic_fails(database: Database) -> None:
    publisher = RememberingPublisher()
    publisher.refused = {TOPIC.name}
    relay = Relay(database, publisher, batch=4)
    async with edge(database) as ctx:
        for version in range(1, 5):
            await record_progress(ctx, new_id(), version)
        regions = [await record_region(ctx, f"42122{number}") for number in range(1, 7)]
    task = asyncio.create_task(relay.run())
    try:
        await eventually(lambda: _has(publisher, 6))
        await asyncio.sleep(0.5)
        # Each once, though the other topic's events would fill a batch by themselves.
        assert [event for _, event in publisher.acknowledged] == [str(region) for region in regions]
        publisher.refused.clear()
        await eventually(lambda: _has(publisher, 10))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_payload_is_refused_at_once_when_no_topic_would_take_it(database: Database) -> None:
    payload = RegionRecordedV1(code="421224", name="demo " * 200_000)
    async with edge(database) as ctx:
        with pytest.raises(ValueError, match="more than a topic takes"):
            await record_event(ctx, payload, subject="421224", aggregate_version=1, region_code="421224")


async def test_server_lets_go_in_half_a_minute_when_a_leaders_machine_is_gone(database: Database) -> None:
    async with database.session() as session:
        names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
        found = [await session.scalar(text(f"SHOW {name}")) for name in names]
    idle, interval, count, unanswered_ms = (int(str(value).removesuffix("s")) for value in found)
    assert idle + interval * count <= 30
    assert unanswered_ms <= 30_000


async def test_relay_lives_on_when_the_pool_has_no_connection_for_it(database: Database) -> None:
    publisher = RememberingPublisher()
    await database.engine.dispose()
    database.engine = create_async_engine(database.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.2)
    relay = Relay(database, publisher)
    async with database.engine.connect():
        task = asyncio.create_task(relay.run())
        await asyncio.sleep(1)
        assert not task.done()
    try:
        await eventually(lambda: _is_leading(relay))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_one_relay_leads_when_two_run(database: Database) -> None:
    publishers = [RememberingPublisher(), RememberingPublisher()]
    relays = [Relay(database, publisher, idle_seconds=0.01) for publisher in publishers]
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    project = new_id()
    try:
        await eventually(lambda: _is_leading(*relays))
        assert [relay.leading for relay in relays].count(True) == 1
        leader = 0 if relays[0].leading else 1
        for version in range(1, 21):
            async with edge(database) as ctx:
                await record_progress(ctx, project, version)
        await eventually(lambda: _has(publishers[leader], 20))
        assert publishers[1 - leader].acknowledged == []
        tasks[leader].cancel()
        await asyncio.gather(tasks[leader], return_exceptions=True)
        async with edge(database) as ctx:
            await record_progress(ctx, project, 21)
        await eventually(lambda: _has(publishers[1 - leader], 1))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_order_of_an_aggregate_holds_when_it_reaches_kafka(
    database: Database, kafka_bootstrap: str, topic_prefix: str
) -> None:
    await ensure_topics(kafka_bootstrap, [TOPIC], prefix=topic_prefix, partitions=3, replication=1)
    projects = [new_id() for _ in range(5)]
    async with edge(database) as ctx:
        for version in range(1, 41):
            for project in projects:
                await record_progress(ctx, project, version)
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test-relay")
    await publisher.start()
    relay = Relay(database, publisher, topic_prefix=topic_prefix, batch=64)
    consumer = AIOKafkaConsumer(
        topic_prefix + TOPIC.name, bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest"
    )
    try:
        async with database.engine.connect() as connection:
            while await relay.relay_once(connection):
                pass
        await consumer.start()
        seen: dict[str, list[int]] = {str(project): [] for project in projects}
        while sum(map(len, seen.values())) < 200:
            for records in (await consumer.getmany(timeout_ms=5_000)).values():
                for record in records:
                    headers = dict(record.headers)
                    assert headers["ce_subject"].decode() == record.key.decode()
                    seen[record.key.decode()].append(int(headers["ce_aggregateversion"]))
        assert all(versions == list(range(1, 41)) for versions in seen.values())
    finally:
        await consumer.stop()
        await publisher.stop()


async def record_region(ctx: Context, code: str) -> UUID:
    payload = RegionRecordedV1(code=code, name="demo")
    return await record_event(ctx, payload, subject=code, aggregate_version=1, region_code=code)


async def _is_leading(*relays: Relay) -> bool:
    return any(relay.leading for relay in relays)


async def _has(publisher: RememberingPublisher, number: int) -> bool:
    return len(publisher.acknowledged) >= number
