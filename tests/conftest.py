"""Real PostgreSQL and Kafka for integration tests; unit tests ask for none of it.

The factories are plain functions: they work from synchronous and asynchronous tests alike, because what
they do runs on an event loop of its own in another thread.
"""

import asyncio
import gc
import inspect
import os
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from hypothesis import settings

from tests.support.infra import Infra, ensure_infra
from tests.support.scheduling import SharedStackScheduling

# The same examples in every run: what a search by chance finds belongs into a test of its own.
settings.register_profile("suite", derandomize=True)
settings.load_profile("suite")

# What tests and modules leave is worth a look seldom: a tenth of their time went into looking.
gc.set_threshold(100_000, 50, 100)

T = TypeVar("T")
Migration = Callable[[str], Awaitable[None] | None]
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


@pytest.fixture
def topic_prefix(infra: Infra) -> Iterator[str]:
    """A prefix no other test uses; the topics named with it are deleted afterwards."""
    prefix = f"t{secrets.token_hex(5)}."
    yield prefix
    _elsewhere(lambda: asyncio.run(_delete_topics(infra.kafka_bootstrap, prefix)))


@pytest.fixture
def fresh_database(infra: Infra) -> Iterator[DatabaseFactory]:
    """`fresh_database("energy")`: the DSN of a new empty database, dropped after the test."""
    with _Databases(infra) as databases:
        yield databases.create


@pytest.fixture(scope="session")
def _templates(infra: Infra) -> Iterator[dict[str, str]]:
    templates: dict[str, str] = {}
    yield templates
    for dsn in templates.values():
        _drop(infra, dsn)


@pytest.fixture
def template_database(infra: Infra, _templates: dict[str, str]) -> Iterator[TemplateFactory]:
    """`template_database("energy", migrate)`: the DSN of a migrated database of the test's own.

    `migrate(dsn)` (synchronous or not) runs once a worker and key; each test gets a copy of the result.
    """
    with _Databases(infra) as databases:

        def create(key: str, migrate: Migration) -> str:
            if key not in _templates:
                dsn = _create(infra, f"template_{key}")
                _elsewhere(lambda: _run_migration(migrate, dsn))
                _templates[key] = dsn
            return databases.create(key, template=_templates[key])

        yield create


class _Databases:
    def __init__(self, infra: Infra) -> None:
        self._infra = infra
        self._made: list[str] = []

    def __enter__(self) -> "_Databases":
        return self

    def __exit__(self, *_: object) -> None:
        for dsn in self._made:
            _drop(self._infra, dsn)

    def create(self, name: str, template: str | None = None) -> str:
        dsn = _create(self._infra, name, template)
        self._made.append(dsn)
        return dsn


def _create(infra: Infra, name: str, template: str | None = None) -> str:
    database = f"{name}_{os.getpid()}_{secrets.token_hex(4)}"
    clause = f' TEMPLATE "{_database_of(template)}" STRATEGY FILE_COPY' if template else ""
    if template:
        # A template that somebody is connected to cannot be copied.
        _execute(infra, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_is(template)}")
    _execute(infra, f'CREATE DATABASE "{database}"{clause}')
    return urlunsplit(urlsplit(infra.postgres_admin_dsn)._replace(path=f"/{database}"))


def _drop(infra: Infra, dsn: str) -> None:
    _execute(infra, f'DROP DATABASE IF EXISTS "{_database_of(dsn)}" WITH (FORCE)')


def _database_of(dsn: str) -> str:
    return urlsplit(dsn).path.removeprefix("/")


def _is(dsn: str) -> str:
    return f"datname = '{_database_of(dsn)}'"


def _execute(infra: Infra, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(infra.postgres_admin_dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _elsewhere(lambda: asyncio.run(run()))


def _run_migration(migrate: Migration, dsn: str) -> None:
    result = migrate(dsn)
    if inspect.iscoroutine(result):
        asyncio.run(_completed(result))


async def _completed(work: Coroutine[Any, Any, None]) -> None:
    await work


async def _delete_topics(bootstrap: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
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
