"""New rows of models: by the session, or together with others where a transaction gathers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from libs.common.database import raw_connection
from libs.common.remember import Write, later


def put(session: AsyncSession, row: SQLModel, owner_id: UUID) -> None:
    """Insert the row with the next flush; where rows are gathered (:mod:`libs.common.remember`), with the others.

    For rows of the owner that are not changed any more within the transaction.
    """
    if not later(session, _writer(type(row)), row, owner_id):
        session.add(row)


@cache
def _writer(model: type[SQLModel]) -> Write:
    async def write(session: AsyncSession, rows: Sequence[Any]) -> None:
        table = model.metadata.tables[str(model.__tablename__)]
        # A column that the database fills is left to it.
        columns = [
            column.name
            for column in table.columns
            if column.server_default is None or any(getattr(row, column.name) is not None for row in rows)
        ]
        records = [tuple(getattr(row, name) for name in columns) for row in rows]
        connection = await raw_connection(session)
        await connection.copy_records_to_table(table.name, records=records, columns=columns)

    return write
