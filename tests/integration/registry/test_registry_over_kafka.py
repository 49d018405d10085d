"""The whole way of the registry: recorded at its owner, relayed, consumed into the replica, ready."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from libs.common.clock import ManualClock
from libs.common.context import Context
from libs.common.contracts import projects
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.inbox.repository import load_positions
from libs.common.kafka.deadletter import DeadLetters
from libs.common.kafka.offsets import end_offsets
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.record import record_event, record_tombstone
from libs.common.outbox.relay import Relay
from libs.common.registry import queries
from libs.common.registry.handlers import SUBSCRIPTIONS
from libs.common.registry.readiness import Positions, ReplicaReadiness
from libs.common.security.principal import SYSTEM
from tests.support.messaging import NOON, common_database, eventually

CONSUMER = "energy.registry"
TOPICS = [listed.topic for listed in SUBSCRIPTIONS]


@asynccontextmanager
async def _running(*works: object) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(work.run()) for work in works]  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_replica_follows_its_owner_when_facts_are_recorded_and_deleted(
    fresh_database: Callable[[str], str], kafka_bootstrap: str, topic_prefix: str
) -> None:
    async with common_database(fresh_database("owner")) as owner, common_database(fresh_database("copy")) as copy:
        await ensure_topics(kafka_bootstrap, TOPICS, prefix=topic_prefix, partitions=2, replication=1)
        publisher = KafkaPublisher(kafka_bootstrap, client_id="registry-test")
        await publisher.start()
        relay = Relay(owner, publisher, topic_prefix=topic_prefix)
        runner = ConsumerRunner(
            bootstrap=kafka_bootstrap,
            consumer=CONSUMER,
            subscriptions=SUBSCRIPTIONS,
            database=copy,
            clock=ManualClock(NOON),
            new_id=new_id,
            dead_letters=DeadLetters(publisher, consumer=CONSUMER),
            topic_prefix=topic_prefix,
        )
        try:
            assert await end_offsets(kafka_bootstrap, [topic_prefix + "absent"]) == {}
            async with _running(relay):
                await _record(owner)
                await eventually(lambda: _published(kafka_bootstrap, topic_prefix, 3))
                ready = ReplicaReadiness(lambda: _ends(kafka_bootstrap, topic_prefix), lambda: _positions(copy))
                assert not await ready()
                async with _running(runner):
                    await eventually(ready)
                    async with copy.session() as session:
                        assert await queries.region_name(session, "421200") == "咸宁市"
                        assert await queries.region_name(session, "421224") is None
        finally:
            await publisher.stop()


async def _record(owner: Database) -> None:
    async with owner.transaction() as session:
        ctx = Context(session, NOON, new_id, SYSTEM)
        for code, name in (("421200", "咸宁市"), ("421224", "通山县")):
            payload = projects.RegionRecordedV1(code=code, name=name)
            await record_event(ctx, payload, subject=code, aggregate_version=1, region_code=code)
        await record_tombstone(ctx, projects.REGION, subject="421224", aggregate_version=2)


async def _ends(bootstrap: str, prefix: str) -> Positions:
    ends = await end_offsets(bootstrap, [prefix + topic.name for topic in TOPICS])
    return {(topic.removeprefix(prefix), partition): end for (topic, partition), end in ends.items()}


async def _published(bootstrap: str, prefix: str, records: int) -> bool:
    return sum((await _ends(bootstrap, prefix)).values()) >= records


async def _positions(copy: Database) -> Positions:
    async with copy.session() as session:
        return await load_positions(session, CONSUMER)
