"""Rows of the ledger past the session: by COPY, and by way of a temporary table where they may stand already."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from libs.common.database import raw_connection


async def insert_rows(session: AsyncSession, table: Any, rows: Sequence[Any]) -> None:
    """New rows of a table."""
    if rows:
        columns, records = _records(table, rows)
        connection = await raw_connection(session)
        await connection.copy_records_to_table(table.__tablename__, records=records, columns=columns)


async def upsert_rows(session: AsyncSession, table: Any, rows: Sequence[Any]) -> None:
    """Of several rows of one key the last counts."""
    if rows:
        key = [column.name for column in table.__table__.primary_key]
        latest = {tuple(getattr(row, name) for name in key): row for row in rows}
        columns, records = _records(table, list(latest.values()))
        await upsert(await raw_connection(session), table, columns, records)


def _records(table: Any, rows: Sequence[Any]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The columns of a table and the rows as the connection takes them: JSON as text."""
    columns = tuple(table.__table__.columns.keys())
    records = [
        tuple(
            orjson.dumps(value).decode() if isinstance(value := getattr(row, name), list) else value
            for name in columns
        )
        for row in rows
    ]
    return columns, records


async def copy_to_temporary(
    connection: asyncpg.Connection, table: str, columns: Sequence[str], records: Sequence[tuple[Any, ...]]
) -> None:
    """``fresh_<table>``, which the end of the transaction takes away, with these records."""
    await connection.execute(
        f'CREATE TEMPORARY TABLE IF NOT EXISTS "fresh_{table}" (LIKE "{table}" INCLUDING DEFAULTS) ON COMMIT DROP'
    )
    await connection.execute(f'TRUNCATE "fresh_{table}"')
    await connection.copy_records_to_table(f"fresh_{table}", records=records, columns=columns)


async def upsert(
    connection: asyncpg.Connection,
    model: type[SQLModel],
    columns: Sequence[str],
    records: Sequence[tuple[Any, ...]],
) -> None:
    """Insert the records, each in place of the row of its key where there is one."""
    if not records:
        return
    await copy_to_temporary(connection, str(model.__tablename__), columns, records)
    await merge(connection, model, columns)


async def merge(connection: asyncpg.Connection, model: type[SQLModel], columns: Sequence[str]) -> None:
    """What stands in the temporary table, into the table: inserted, or in place of the row of its key."""
    table = model.__table__  # type: ignore[attr-defined]
    key = [column.name for column in table.primary_key]
    names = ", ".join(f'"{name}"' for name in columns)
    facts = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name not in key)
    await connection.execute(
        f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM "fresh_{table.name}" '  # noqa: S608 - as above
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {facts}"
    )
