from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from libs.common.context import Context
from libs.common.contracts.base import Event, EventPayload, Tombstone, Topic
from libs.common.database import COMMON_METADATA, Database
from libs.common.ids import new_id
from libs.common.registry import tables
from libs.common.registry.handlers import SUBSCRIPTIONS
from libs.common.security.principal import SYSTEM

NOW = datetime(2026, 9, 15, 0, 30, tzinfo=UTC)
_HANDLERS = {payload: handler for listed in SUBSCRIPTIONS for payload, handler in listed.handlers.items()}
_TOMBSTONES = {listed.topic.name: listed.on_tombstone for listed in SUBSCRIPTIONS}

Record = Callable[..., Awaitable[None]]


async def _create(dsn: str) -> None:
    database = Database(dsn)
    replica = [table for name, table in COMMON_METADATA.tables.items() if name.endswith("_replica")]
    assert len(replica) == len([row for row in vars(tables).values() if hasattr(row, "__table__")])
    async with database.engine.begin() as connection:
        await connection.run_sync(COMMON_METADATA.create_all, tables=replica)
    await database.close()


@pytest.fixture
async def database(template_database: Callable[..., str]) -> AsyncIterator[Database]:
    database = Database(template_database("registry", _create))
    yield database
    await database.close()


@pytest.fixture
def record(database: Database) -> Record:
    """`await record(payload, version=2)`: one event, handled in a transaction of its own."""

    async def handle(payload: EventPayload, version: int = 1, subject: str | None = None) -> None:
        event: Event[Any] = Event(
            id=new_id(),
            type=payload.event_type,
            source="/projects",
            subject=subject or str(next(iter(payload.model_dump().values()))),
            time=NOW,
            aggregate_version=version,
            region_code=None,
            payload=payload,
        )
        async with database.transaction() as session:
            await _HANDLERS[type(payload)](Context(session, NOW, new_id, SYSTEM), event)

    return handle


@pytest.fixture
def bury(database: Database) -> Record:
    """`await bury(topic, subject, version)`: a tombstone, handled in a transaction of its own."""

    async def handle(topic: Topic, subject: UUID | str, version: int | None = None) -> None:
        on_tombstone = _TOMBSTONES[topic.name]
        assert on_tombstone is not None
        async with database.transaction() as session:
            await on_tombstone(Context(session, NOW, new_id, SYSTEM), Tombstone(topic.name, str(subject), version))

    return handle
