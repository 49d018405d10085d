from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text

from libs.common.database import COMMON_METADATA, Database
from libs.common.outbox.tables import OutboxRow
from libs.common.security.tables import AuditLinkRow, AuditPendingRow, AuditRecordRow
from libs.common.web.tables import IdempotencyRow

TABLES = [
    row.__table__  # type: ignore[union-attr]
    for row in (AuditRecordRow, AuditLinkRow, AuditPendingRow, IdempotencyRow, OutboxRow)
]


async def _create(dsn: str) -> None:
    database = Database(dsn)
    async with database.engine.begin() as connection:
        await connection.run_sync(COMMON_METADATA.create_all, tables=TABLES)
        await connection.execute(
            text(
                "CREATE TABLE thing (id uuid PRIMARY KEY, name text NOT NULL UNIQUE, amount int NOT NULL,"
                " region_code text NOT NULL, due_on date, created_at timestamptz NOT NULL)"
            )
        )
    await database.close()


@pytest.fixture
async def database(template_database: Callable[..., str]) -> AsyncIterator[Database]:
    database = Database(template_database("web", _create))
    yield database
    await database.close()
