"""What the checks look at: the stack's files, its databases and its broker, each as far as it answers."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.doctor.limits import Limits, load_limits
from deploy.local.kafka_cluster import kafka_of
from deploy.local.layout import Layout, Settings, load_settings
from deploy.local.postgres import postgres_of
from deploy.local.processes import DATABASES
from deploy.local.secrets import Secrets, load_secrets
from deploy.local.status import Status, load_status, supervisor_of
from libs.common.clock import ClockFileError, read_clock
from libs.common.kafka_address import client_options

_SECONDS = 5.0


@dataclass(frozen=True)
class Broker:
    """What the broker told of itself: topics as described, and the next offset of every partition."""

    topics: list[dict[str, Any]]
    ends: dict[tuple[str, int], int]


@dataclass
class Site:
    """``failures`` says why PostgreSQL, a database or the broker does not answer."""

    place: Layout
    limits: Limits
    settings: Settings
    status: Status | None
    runs: bool
    real_now: datetime
    stack_now: datetime
    postgres: asyncpg.Connection | None = None
    databases: dict[str, asyncpg.Connection] = field(default_factory=dict)
    broker: Broker | None = None
    failures: dict[str, str] = field(default_factory=dict)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    @classmethod
    def of(cls, place: Layout) -> Self:
        settings = load_settings(place) or Settings()
        return cls(
            place=place,
            limits=load_limits(place.directory),
            settings=settings,
            status=load_status(place),
            runs=supervisor_of(place) is not None,
            real_now=datetime.now(UTC),
            stack_now=_stack_now(place),
        )

    async def __aenter__(self) -> Self:
        await self._connect()
        try:
            async with asyncio.timeout(15):
                self.broker = await _ask_broker(kafka_of(self.place, self.settings).address)
        except (KafkaError, OSError, TimeoutError) as error:
            self.failures["broker"] = _named(error)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def _connect(self) -> None:
        secrets = self._secrets()
        if secrets is None:
            for name in ("postgres", *DATABASES):
                self.failures[name] = "the stack was never started"
            return
        server = postgres_of(self.place, self.settings, secrets.superuser)
        try:
            self.postgres = await self._connection(server.dsn())
            present = {row["datname"] for row in await self.postgres.fetch("SELECT datname FROM pg_database")}
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            for name in ("postgres", *DATABASES):
                self.failures.setdefault(name, _named(error))
            return
        for name in DATABASES:
            if name not in present:
                self.failures[name] = "the database does not exist yet"
                continue
            try:
                # As the superuser: a service that took all of its connections must not hide what it does.
                self.databases[name] = await self._connection(server.dsn(name))
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                self.failures[name] = _named(error)

    def _secrets(self) -> Secrets | None:
        # Looking must not make what was never there.
        if not self.place.secrets_file.exists():
            return None
        return load_secrets(self.place.secrets_file, DATABASES)

    async def _connection(self, dsn: str) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            dsn, timeout=_SECONDS, command_timeout=_SECONDS, server_settings={"application_name": "duban doctor"}
        )
        self._open.push_async_callback(connection.close)
        return connection


async def _ask_broker(bootstrap: str) -> Broker:
    admin = AIOKafkaAdminClient(**client_options(bootstrap), request_timeout_ms=int(_SECONDS * 1000))
    try:
        await admin.start()
        names = [name for name in await admin.list_topics() if not name.startswith("__")]
        topics = await admin.describe_topics(names) if names else []
    finally:
        await admin.close()
    partitions = [
        TopicPartition(topic["topic"], each["partition"])
        for topic in topics
        for each in topic["partitions"]
        if each["leader"] >= 0
    ]
    if not partitions:
        return Broker(topics, {})
    consumer = AIOKafkaConsumer(**client_options(bootstrap), enable_auto_commit=False)
    try:
        await consumer.start()
        ends = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    return Broker(topics, {(item.topic, item.partition): end for item, end in ends.items()})


def _stack_now(place: Layout) -> datetime:
    try:
        return read_clock(place.clock_file).at(time.time())
    except ClockFileError:
        return datetime.now(UTC)


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
