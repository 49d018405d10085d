"""Three brokers: one of them dies under load and nothing is lost or doubled; it comes back and catches up.

The brokers are this module's own. What runs against them stays the same objects throughout, and the count is taken
from the tables that the effects were written to.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import text

from deploy.local.kafka_cluster import KafkaCluster
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

ALL = {1, 2, 3}


@dataclass
class Brokers:
    """Of node n the process is `servers[n - 1]`."""

    cluster: KafkaCluster
    servers: list[Server]

    def kill(self, node: int) -> None:
        self.servers[node - 1].kill()

    async def up(self, *nodes: int) -> None:
        await asyncio.gather(*(self.servers[node - 1].up() for node in nodes))

    async def have_copies(self, nodes: set[int]) -> bool:
        """Whether exactly these brokers have all that the topics hold, of every partition of every topic."""
        return all(copies == nodes for _, copies in (await self._partitions()).values())

    async def leader(self, topic: str) -> int:
        return (await self._partitions())[topic, 0][0]

    async def _partitions(self) -> dict[tuple[str, int], tuple[int, set[int]]]:
        """Leader and brokers in step, of each partition."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.cluster.bootstrap)
        await admin.start()
        try:
            topics = await admin.describe_topics()
        finally:
            await admin.close()
        return {
            (topic["topic"], partition["partition"]): (partition["leader"], set(partition["isr"]))
            for topic in topics
            for partition in topic["partitions"]
        }


@asynccontextmanager
async def running_brokers(directory: Path) -> AsyncIterator[Brokers]:
    port = reserve_ports(6)
    cluster = KafkaCluster(directory, tuple((port + 2 * node, port + 2 * node + 1) for node in range(3)))
    cluster.check_data()
    brokers = Brokers(cluster, [Server(program, directory) for program in cluster.programs()])
    try:
        await brokers.up(*ALL)
        yield brokers
    finally:
        for server in brokers.servers:
            if server.process is not None:
                server.kill()


@pytest.fixture
async def place(tmp_path: Path, fresh_database: Callable[[str], str]) -> AsyncIterator[tuple[Brokers, Work]]:
    async with AsyncExitStack() as stack:
        brokers = await stack.enter_async_context(running_brokers(tmp_path))
        bootstrap = brokers.cluster.bootstrap
        topics = [TOPIC, dead_letter_topic(TOPIC, CONSUMER), READINGS]
        await ensure_topics(bootstrap, topics, prefix="", partitions=PARTITIONS, replication=3)
        database = await stack.enter_async_context(common_database(fresh_database("brokers")))
        async with database.engine.begin() as connection:
            for statement in TABLES:
                await connection.execute(text(statement))
        yield brokers, await stack.enter_async_context(running_work(database, bootstrap))


async def test_nothing_is_lost_or_doubled_when_one_of_three_brokers_dies_under_load(
    place: tuple[Brokers, Work],
) -> None:
    brokers, work = place
    await work.advances()

    first = await brokers.leader(READINGS.name)
    brokers.kill(first)
    await work.advances()
    await eventually(lambda: brokers.have_copies(ALL - {first}), seconds=240)
    await brokers.up(first)
    await eventually(lambda: brokers.have_copies(ALL), seconds=240)

    # Whoever leads now has what the first broker missed; with it gone, the first must have caught up.
    second = await brokers.leader(READINGS.name)
    brokers.kill(second)
    await work.advances()

    # What only one broker has is not acknowledged: it would be gone with it.
    third = next(iter(ALL - {second, await brokers.leader(READINGS.name)}))
    brokers.kill(third)
    await nothing_is_acknowledged(work.bootstrap)
    await brokers.up(second, third)
    await work.advances()

    await eventually(work.is_enough)
    work.stopping.set()
    await asyncio.gather(work.roles["writer"], work.roles["feed"])
    await everything_arrives(work)
    await effects_are_single(work)


async def nothing_is_acknowledged(bootstrap: str) -> None:
    publisher = KafkaPublisher(bootstrap, client_id="lonely", delivery_timeout_seconds=10)
    await publisher.start()
    try:
        with pytest.raises(BrokerUnavailable):
            await publisher.publish(READINGS.name, None, b"only one has it", [], partition=0)
    finally:
        await publisher.stop()
