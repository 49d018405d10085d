"""Databases of tests: copies of migrated templates; the next is made, and the last one dropped, beside a test.

One thread with an event loop of its own does all of it over two connections, so that it works from synchronous and
asynchronous tests alike, and none of them waits for what it does not need yet.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import secrets
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

T = TypeVar("T")
Migration = Callable[[str], Awaitable[None] | None]


class Beside:
    """An event loop in another thread. What was begun there and failed is told by ``settle``."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="beside the tests", daemon=True)
        self._thread.start()
        self._begun: list[Future[None]] = []

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.start(work).result()

    def leave(self, work: Coroutine[Any, Any, None]) -> None:
        """Let it be done meanwhile. Raises what earlier work left so has raised."""
        for done in [one for one in self._begun if one.done()]:
            self._begun.remove(done)
            done.result()
        self._begun.append(self.start(work))

    def settle(self) -> None:
        """Wait for what was left to be done, and end."""
        try:
            for one in self._begun:
                one.result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


class Databases:
    """Those of one process of tests on the server of ``admin_dsn``, a superuser's."""

    def __init__(self, admin_dsn: str, beside: Beside) -> None:
        self._admin_dsn, self._beside = admin_dsn, beside
        self._making, self._dropping = _Statements(admin_dsn), _Statements(admin_dsn)
        self._templates: dict[str, str] = {}
        self._ahead: dict[str, Future[str]] = {}

    def empty(self, name: str) -> str:
        """The DSN of a new empty database."""
        return self._beside.wait(self._create(name))

    def copy(self, key: str, migrate: Migration) -> str:
        """The DSN of a copy of what ``migrate(dsn)`` made, which runs once for a key."""
        if key not in self._templates:
            self._templates[key] = self._beside.wait(self._template(key, migrate))
        ready = self._ahead.pop(key, None)
        dsn = self._beside.wait(self._copy(key)) if ready is None else ready.result()
        self._ahead[key] = self._beside.start(self._copy(key))
        return dsn

    def drop(self, dsn: str) -> None:
        """It is gone in a while, whoever is still connected to it."""
        self._beside.leave(self._drop(dsn))

    def close(self) -> None:
        """Drop what is left and disconnect."""
        self._beside.wait(self._close())

    async def _template(self, key: str, migrate: Migration) -> str:
        dsn = await self._create(f"template_{key}")
        # A migration that is no coroutine function may have an event loop of its own.
        result = await asyncio.to_thread(migrate, dsn)
        if inspect.isawaitable(result):
            await result
        # What somebody is connected to, an autovacuum worker included, cannot be copied.
        await self._making.run(
            f'ALTER DATABASE "{_name_of(dsn)}" ALLOW_CONNECTIONS false',
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_name_of(dsn)}'",
        )
        return dsn

    async def _copy(self, key: str) -> str:
        return await self._create(key, f' TEMPLATE "{_name_of(self._templates[key])}" STRATEGY FILE_COPY')

    async def _create(self, name: str, clause: str = "") -> str:
        database = f"{name}_{os.getpid()}_{secrets.token_hex(4)}"
        await self._making.run(f'CREATE DATABASE "{database}"{clause}')
        return urlunsplit(urlsplit(self._admin_dsn)._replace(path=f"/{database}"))

    async def _drop(self, dsn: str) -> None:
        await self._dropping.run(f'DROP DATABASE IF EXISTS "{_name_of(dsn)}" WITH (FORCE)')

    async def _close(self) -> None:
        spare = [await asyncio.wrap_future(one) for one in self._ahead.values()]
        for dsn in (*spare, *self._templates.values()):
            await self._drop(dsn)
        await self._making.close()
        await self._dropping.close()


class _Statements:
    """One connection, opened when it is needed; one statement at a time."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._one_at_a_time = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None

    async def run(self, *statements: str) -> None:
        async with self._one_at_a_time:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._dsn)
            for statement in statements:
                await self._connection.execute(statement)

    async def close(self) -> None:
        async with self._one_at_a_time:
            if self._connection is not None:
                await self._connection.close()


def _name_of(dsn: str) -> str:
    return urlsplit(dsn).path.removeprefix("/")
