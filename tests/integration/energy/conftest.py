"""The energy site of a test: a migrated database, topics and keys of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from libs.common.contracts.energy import READINGS
from libs.common.database import migrate
from libs.common.kafka.deadletter import dead_letter_topic
from libs.common.kafka.topics import ensure_topics
from services.energy.bootstrap import MIGRATIONS
from services.energy.subscriptions import WORKER
from tests.support.energy import Site, running_site
from tests.support.mqtt import running_broker

PARTITIONS = 2


async def _migrate(dsn: str) -> None:
    await migrate(dsn, MIGRATIONS)


async def _topics(bootstrap: str, prefix: str) -> None:
    """Those that the door and the worker write and read.

    No relay runs beside a site, so nobody misses the service's others; the broker took longer for them than most
    tests take.
    """
    topics = [READINGS, dead_letter_topic(READINGS, WORKER)]
    await ensure_topics(bootstrap, topics, prefix=prefix, partitions=PARTITIONS, replication=1)


@pytest.fixture
def energy_dsn(template_database: Callable[[str, Callable[[str], Awaitable[None]]], str]) -> str:
    return template_database("energy", _migrate)


@pytest.fixture
async def site_topics(kafka_bootstrap: str, topic_prefix: str) -> None:
    await _topics(kafka_bootstrap, topic_prefix)


@pytest.fixture
async def site(energy_dsn: str, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[Site]:
    await _topics(kafka_bootstrap, topic_prefix)
    async with running_site(energy_dsn, kafka_bootstrap, topic_prefix, topic_partitions=PARTITIONS) as running:
        yield running


@pytest.fixture
async def gate(energy_dsn: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A site that may fetch: folders below ``tmp_path``, brokers on this machine."""
    await _topics(kafka_bootstrap, topic_prefix)
    async with running_site(
        energy_dsn,
        kafka_bootstrap,
        topic_prefix,
        topic_partitions=PARTITIONS,
        feed_folder_root=tmp_path,
        feed_allowed_hosts=("127.0.0.1",),
        gateway_poll_seconds=0.1,
        trusted_proxies=("127.0.0.1",),
    ) as running:
        yield running


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[int]:
    async with running_broker(tmp_path / "broker") as port:
        yield port
