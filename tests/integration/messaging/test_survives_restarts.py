"""PostgreSQL and Kafka die by SIGKILL and come back: everything goes on by itself, and each effect is there once.

The servers are this module's own, so that no other test is hurt.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer, new_password
from libs.common.contracts.energy import READINGS
from libs.common.kafka.deadletter import dead_letter_topic
from libs.common.kafka.producer import BrokerUnavailable, KafkaPublisher
from libs.common.kafka.topics import ensure_topics
from tests.support.messaging import TOPIC, common_database, eventually
from tests.support.ports import reserve_ports
from tests.support.surviving import (
    CONSUMER,
    PARTITIONS,
    TABLES,
    Server,
    Work,
    effects_are_single,
    everything_arrives,
    running_work,
)

pytestmark = pytest.mark.timeout(1800)


@dataclass
class Place:
    """The two servers and the work against them."""

    postgres: Server
    kafka: Server
    work: Work


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    port = reserve_ports(3)
    # Durable: a commit that was answered must survive the server's death, as in every real installation.
    postgres_server = PostgresServer(tmp_path / "postgres", port, new_password())
    kafka_server = KafkaServer(tmp_path / "kafka", port + 1, port + 2, heap_mb=384)
    postgres = Server(postgres_server.program(), tmp_path)
    kafka = Server(kafka_server.program(), tmp_path)
    try:
        await asyncio.gather(postgres.up(), kafka.up())
        topics = [TOPIC, dead_letter_topic(TOPIC, CONSUMER), READINGS]
        await ensure_topics(kafka_server.bootstrap, topics, prefix="", partitions=PARTITIONS, replication=1)
        async with common_database(postgres_server.dsn()) as database:
            async with database.engine.begin() as connection:
                for statement in TABLES:
                    await connection.execute(text(statement))
            async with running_work(database, kafka_server.bootstrap) as work:
                yield Place(postgres, kafka, work)
    finally:
        for server in (postgres, kafka):
            if server.process is not None:
                server.kill()


async def test_effects_are_single_when_servers_die_and_come_back(place: Place) -> None:
    work = place.work
    await work.advances()

    place.kafka.kill()
    await publisher_gives_up(work.impatient)
    await place.kafka.up()
    await work.advances()

    place.postgres.kill()
    await asyncio.sleep(0.5)
    await place.postgres.up()
    await work.advances()

    # Both at once, PostgreSQL back first: relay, runner and fence wait for the broker with the database at hand.
    place.postgres.kill()
    place.kafka.kill()
    await place.postgres.up()
    await place.kafka.up()
    await work.advances()

    await eventually(work.is_enough)
    work.stopping.set()
    await asyncio.gather(work.roles["writer"], work.roles["feed"])
    await everything_arrives(work)
    await effects_are_single(work)


async def publisher_gives_up(publisher: KafkaPublisher) -> None:
    """A request is answered and a process ends in time though the broker does not come back."""
    async with asyncio.timeout(60):
        for _ in range(2):
            with pytest.raises(BrokerUnavailable):
                await publisher.publish(READINGS.name, None, b"never", [], partition=0)
        await publisher.stop()
