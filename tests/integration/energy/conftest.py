"""The energy site of a test: a migrated database, topics and keys of its own."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from libs.common.contracts.catalogue import topics_of
from libs.common.contracts.energy import OWNER, READINGS
from libs.common.database import migrate
from libs.common.kafka.deadletter import dead_letter_topic
from libs.common.kafka.topics import ensure_topics
from services.energy.bootstrap import MIGRATIONS
from services.energy.subscriptions import WORKER
from tests.support.energy import Site, running_site
from tests.support.ports import reserve_ports

PARTITIONS = 2
BROKER = """listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 100000
"""


async def _migrate(dsn: str) -> None:
    await migrate(dsn, MIGRATIONS)


@pytest.fixture
def energy_dsn(template_database: Callable[[str, Callable[[str], Awaitable[None]]], str]) -> str:
    return template_database("energy", _migrate)


@pytest.fixture
async def site(energy_dsn: str, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[Site]:
    await ensure_topics(
        kafka_bootstrap,
        [*topics_of(OWNER), dead_letter_topic(READINGS, WORKER)],
        prefix=topic_prefix,
        partitions=PARTITIONS,
        replication=1,
    )
    async with running_site(energy_dsn, kafka_bootstrap, topic_prefix, topic_partitions=PARTITIONS) as running:
        yield running


@pytest.fixture
async def gate(energy_dsn: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A site that may fetch: folders below ``tmp_path``, brokers on this machine."""
    await ensure_topics(
        kafka_bootstrap,
        [*topics_of(OWNER), dead_letter_topic(READINGS, WORKER)],
        prefix=topic_prefix,
        partitions=PARTITIONS,
        replication=1,
    )
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


@asynccontextmanager
async def running_broker(folder: Path) -> AsyncIterator[int]:
    """A real mosquitto on a port of its own; without it on the machine the tests of MQTT cannot run."""
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    if not _exists(program):
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    port = reserve_ports(1)
    config = _write(folder / "mosquitto.conf", BROKER.format(port=port))
    process = await asyncio.create_subprocess_exec(program, "-c", config, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(10):
            while not await _answers(port):
                await asyncio.sleep(0.02)
        yield port
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[int]:
    async with running_broker(tmp_path / "broker") as port:
        yield port


def _exists(path: str) -> bool:
    return Path(path).exists()


def _write(path: Path, content: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return str(path)


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
