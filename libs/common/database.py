"""PostgreSQL through SQLModel and asyncpg: engine, session at the edge, table bases, migrations.

Only edges (a request, a consumed batch, a job) open a transaction; everything below takes the session and
never commits. ``expire_on_commit`` is off and relations are not lazy, so hidden I/O fails loudly.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import TIMESTAMP, Connection, MetaData, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Arbitrary but fixed: two migrations of one database never run at the same time.
_MIGRATION_LOCK = 7_310_500_001

# The server notices within half a minute that our machine is gone (its default: two hours) and lets go of what we
# held: rows, and the lock of the active relay.
_SERVER_SETTINGS = {
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}

_CONNECT: dict[str, Any] = {"timeout": 10, "command_timeout": 60, "server_settings": _SERVER_SETTINGS}

COMMON_METADATA = MetaData(naming_convention=NAMING)
_common_registry = registry(metadata=COMMON_METADATA)


class CommonTable(SQLModel, registry=_common_registry):
    """Base of the tables that every service's database has (outbox, inbox, audit, …)."""

    __abstract__ = True


def service_registry() -> registry:
    """A registry of its own for a service's tables, so that services can share one process in tests."""
    return registry(metadata=MetaData(naming_convention=NAMING))


class UtcDateTime(TypeDecorator[datetime]):
    """``timestamptz`` that refuses naive datetimes instead of guessing their zone."""

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a stored instant needs a time zone")
        return value


def _async_dsn(dsn: str) -> str:
    scheme, rest = dsn.split("://", 1)
    if scheme not in {"postgresql", "postgres", "postgresql+asyncpg"}:
        raise ValueError(f"expected a postgresql:// address, got {scheme}://")
    return f"postgresql+asyncpg://{rest.partition('?')[0]}"


def _tls(dsn: str) -> dict[str, Any]:
    """How SQLAlchemy's driver connects for what the address asks for: it hands libpq's words on as they are."""
    asked = dict(parse_qsl(dsn.partition("?")[2]))
    mode, ca_file = asked.pop("sslmode", None), asked.pop("sslrootcert", None)
    if asked:
        raise ValueError(f"a database's address says sslmode and sslrootcert, and not {', '.join(sorted(asked))}")
    if mode is None:
        return {}
    if mode not in {"verify-ca", "verify-full"}:
        return {"ssl": mode}
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = mode == "verify-full"
    return {"ssl": context}


class Database:
    """One pool of connections to one service's database."""

    def __init__(self, dsn: str, *, pool_size: int = 8) -> None:
        self.dsn = dsn
        self.engine: AsyncEngine = create_async_engine(
            _async_dsn(dsn),
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args=_CONNECT | _tls(dsn),
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._pool_size = pool_size
        self._direct: asyncpg.Pool | None = None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; what it changes is rolled back."""
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends and rolls back when it raises. For edges only."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def direct(self) -> AsyncIterator[asyncpg.Connection]:
        """The driver's own connection, every statement a transaction: for paths where three of them are too many.

        Whoever uses it leaves nothing behind on the connection (``SET LOCAL`` within the statement only).
        """
        if self._direct is None:
            # Not before a loop runs, and connected by those who need it: making the pool waits for nothing.
            self._direct = asyncpg.create_pool(
                self.dsn.replace("+asyncpg", "", 1), min_size=0, max_size=self._pool_size, reset=_keep, **_CONNECT
            )
        pool = await self._direct
        async with pool.acquire() as connection:
            yield connection

    async def ping(self) -> None:
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()
        if self._direct is not None:
            await self._direct.close()


async def _keep(_connection: asyncpg.Connection) -> None:
    """Nothing is left behind on a direct connection, so there is nothing to take away."""


def _refuse_closed(driver: Any, _record: Any, _proxy: Any) -> None:
    """A restarted server leaves dead connections in the pool; their sockets know, and no ping need be sent."""
    if driver.driver_connection.is_closed():
        raise DisconnectionError


async def raw_connection(session: AsyncSession) -> asyncpg.Connection:
    """The asyncpg connection below the session, inside the session's transaction (for COPY)."""
    driver = await bare_connection(session)
    if not driver.is_in_transaction():
        # SQLAlchemy begins the transaction with the first statement; without one COPY would run outside of it.
        await session.execute(text("SELECT 1"))
    return driver


async def bare_connection(session: AsyncSession) -> asyncpg.Connection:
    """The asyncpg connection below the session for one that only reads: no transaction is begun for it."""
    driver: asyncpg.Connection = (await (await session.connection()).get_raw_connection()).driver_connection
    return driver


def _alembic_config(script_location: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(script_location))
    config.set_main_option("path_separator", "os")
    return config


def run_alembic_env(target_metadata: Sequence[MetaData]) -> None:
    """What a service's ``migrations/env.py`` calls: run on the connection that :func:`migrate` opened."""
    from alembic import context  # noqa: PLC0415 - the proxy exists only while alembic runs

    connection = cast(Connection, context.config.attributes["connection"])
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        transaction_per_migration=False,
        compare_type=True,
        compare_server_default=False,
        include_object=_include_object,
    )
    with context.begin_transaction():
        context.run_migrations()


def _include_object(object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    # Partitions belong to their parent table and are made by jobs, not by models.
    return not (type_ == "table" and reflected and name is not None and "_p_" in name)


async def migrate(dsn: str, script_location: Path, revision: str = "head") -> None:
    """Bring the database to ``revision``; waits for another migration of the same database to end."""
    config = _alembic_config(script_location)
    engine = create_async_engine(_async_dsn(dsn), poolclass=NullPool, connect_args=_tls(dsn))

    def upgrade(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


async def pending_differences(dsn: str, metadata: Sequence[MetaData]) -> list[Any]:
    """What models and the migrated database disagree in; empty when they agree."""
    engine = create_async_engine(_async_dsn(dsn), poolclass=NullPool, connect_args=_tls(dsn))

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": _include_object}
        )
        merged = MetaData(naming_convention=NAMING)
        for part in metadata:
            for table in part.tables.values():
                table.to_metadata(merged)
        return list(compare_metadata(context, merged))

    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


@cache
def _newest_revisions(script_location: Path) -> frozenset[str]:
    """Of this code, which does not change while it runs; reading them takes as long as forty requests."""
    return frozenset(ScriptDirectory.from_config(_alembic_config(script_location)).get_heads())


async def is_migrated(database: Database, script_location: Path) -> bool:
    """True when the database stands at the newest revision this code knows (readiness)."""
    heads = await asyncio.to_thread(_newest_revisions, script_location)

    def current(connection: Connection) -> set[str]:
        return set(MigrationContext.configure(connection).get_current_heads())

    async with database.engine.connect() as connection:
        return await connection.run_sync(current) == heads
