"""What the messaging tests share: a database with the common tables, and small waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from libs.common.context import Context
from libs.common.contracts.projects import PROJECT, ProjectProgressRecordedV1
from libs.common.database import COMMON_METADATA, Database
from libs.common.ids import new_id
from libs.common.inbox.fenced_tables import FENCED_METADATA
from libs.common.outbox.record import record_event
from libs.common.security.principal import SYSTEM

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)
TOPIC = PROJECT


@asynccontextmanager
async def common_database(dsn: str) -> AsyncIterator[Database]:
    """A database that has the common tables and nothing else."""
    database = Database(dsn)
    async with database.engine.begin() as connection:
        await connection.run_sync(COMMON_METADATA.create_all)
        await connection.run_sync(FENCED_METADATA.create_all)
    try:
        yield database
    finally:
        await database.close()


def progress(project: UUID, percent: float) -> ProjectProgressRecordedV1:
    return ProjectProgressRecordedV1(project_id=project, code="P-1", on=NOON.date(), percent=percent, note="demo")


async def record_progress(ctx: Context, project: UUID, version: int) -> UUID:
    return await record_event(
        ctx,
        progress(project, float(version)),
        subject=str(project),
        aggregate_version=version,
        region_code="421224",
    )


@asynccontextmanager
async def edge(database: Database) -> AsyncIterator[Context]:
    async with database.transaction() as session:
        yield Context(session=session, now=NOON, new_id=new_id, principal=SYSTEM)


async def eventually(check: Callable[[], Awaitable[bool]], *, seconds: float = 120.0) -> None:
    """Wait until ``check`` holds; fails when it does not within ``seconds`` of real time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await check():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError("it did not come to pass in time")
        await asyncio.sleep(0.05)


def fail_once(monkeypatch: pytest.MonkeyPatch, owner: type, method: str) -> list[str]:
    """The next call of a library's method fails as nobody planned for; what is returned then names it."""
    original = getattr(owner, method)
    failed: list[str] = []

    def failing(self: object, *args: Any, **options: Any) -> Any:
        if not failed:
            failed.append(method)
            raise RuntimeError("nobody planned for this")
        return original(self, *args, **options)

    monkeypatch.setattr(owner, method, failing)
    return failed
