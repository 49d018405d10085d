"""Real PostgreSQL and Kafka for integration tests; unit tests ask for none of it.

The factories are plain functions: they work from synchronous and asynchronous tests alike, because what
they do runs on an event loop of its own in another thread.
"""

import gc
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from hypothesis import HealthCheck, settings

from tests.support.databases import Beside, Databases, Migration
from tests.support.infra import Infra, ensure_infra
from tests.support.scheduling import SharedStackScheduling

# The same examples in every run: what a search by chance finds belongs into a test of its own. How long one takes
# says something of the machine and nothing of what is tested.
settings.register_profile("suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# What tests and modules leave is worth a look seldom: a tenth of their time went into looking.
gc.set_threshold(100_000, 50, 100)

T = TypeVar("T")
DatabaseFactory = Callable[[str], str]
TemplateFactory = Callable[[str, Migration], str]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedStackScheduling | None:
    """Of ``--dist loadfile``; other distributions are the caller's wish."""
    return SharedStackScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def infra() -> Infra:
    """The shared PostgreSQL and Kafka; started by the first test that needs them, left running."""
    return _elsewhere(ensure_infra)


@pytest.fixture(scope="session")
def kafka_bootstrap(infra: Infra) -> str:
    return infra.kafka_bootstrap


@pytest.fixture(scope="session")
def beside() -> Iterator[Beside]:
    """A thread for what no test waits for."""
    beside = Beside()
    yield beside
    beside.settle()


@pytest.fixture
def topic_prefix(infra: Infra, beside: Beside) -> Iterator[str]:
    """A prefix no other test uses; the topics named with it are deleted afterwards."""
    prefix = f"t{secrets.token_hex(5)}."
    yield prefix
    beside.leave(_delete_topics(infra.kafka_bootstrap, prefix))


@pytest.fixture(scope="session")
def databases(infra: Infra, beside: Beside) -> Iterator[Databases]:
    databases = Databases(infra.postgres_admin_dsn, beside)
    yield databases
    databases.close()


@pytest.fixture
def fresh_database(databases: Databases) -> Iterator[DatabaseFactory]:
    """`fresh_database("energy")`: the DSN of a new empty database, dropped after the test."""
    made: list[str] = []

    def create(name: str) -> str:
        made.append(databases.empty(name))
        return made[-1]

    yield create
    for dsn in made:
        databases.drop(dsn)


@pytest.fixture
def template_database(databases: Databases) -> Iterator[TemplateFactory]:
    """`template_database("energy", migrate)`: the DSN of a migrated database of the test's own.

    `migrate(dsn)` (synchronous or not) runs once a worker and key; each test gets a copy of the result.
    """
    made: list[str] = []

    def create(key: str, migrate: Migration) -> str:
        made.append(databases.copy(key, migrate))
        return made[-1]

    yield create
    for dsn in made:
        databases.drop(dsn)


async def _delete_topics(bootstrap: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=120_000)
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
        if topics:
            await admin.delete_topics(topics)
    finally:
        await admin.close()


def _elsewhere(work: Callable[[], T]) -> T:
    """Run it in a thread without an event loop, so that it may have one of its own."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(work).result()
