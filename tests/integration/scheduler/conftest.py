from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from libs.common.context import Context
from libs.common.database import Database
from libs.common.scheduler.tables import JobOccurrenceRow
from libs.common.workdays import SHANGHAI

Run = Callable[[Context, datetime], Awaitable[None]]


@dataclass
class Records:
    """What jobs did, and what the table of occurrences says, seen from outside of the runner."""

    dsn: str

    def writing(self, job: str, runner: str = "only") -> Run:
        """A job's `run` that leaves one row an occurrence; nothing but the runner keeps it from leaving two."""

        async def write(ctx: Context, due: datetime) -> None:
            await ctx.session.execute(
                text("INSERT INTO effect (job, due_at, runner, at) VALUES (:job, :due, :runner, :at)"),
                {"job": job, "due": due, "runner": runner, "at": ctx.now},
            )

        return write

    async def fetch(self, query: str, *args: object) -> list[Any]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return list(await connection.fetch(query, *args))
        finally:
            await connection.close()

    async def effects(self, job: str) -> list[datetime]:
        """Due times of the job's effects, in the order in which they were written."""
        rows = await self.fetch("SELECT due_at FROM effect WHERE job = $1 ORDER BY number", job)
        return [row["due_at"].astimezone(SHANGHAI) for row in rows]

    async def occurrences(self, job: str) -> list[Any]:
        return await self.fetch("SELECT * FROM job_occurrence WHERE job = $1 ORDER BY due_at", job)

    async def statuses(self, job: str) -> list[str]:
        return [row["status"] for row in await self.occurrences(job)]


async def _create_tables(dsn: str) -> None:
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.run_sync(JobOccurrenceRow.__table__.create)  # type: ignore[attr-defined]
        await connection.execute(
            text(
                "CREATE TABLE effect (number bigint GENERATED ALWAYS AS IDENTITY, job text NOT NULL,"
                " due_at timestamptz NOT NULL, runner text NOT NULL, at timestamptz)"
            )
        )
    await engine.dispose()


@pytest.fixture
def records(template_database: Callable[[str, Callable[[str], Awaitable[None]]], str]) -> Records:
    return Records(template_database("scheduler", _create_tables))


@pytest.fixture
async def database(records: Records) -> AsyncIterator[Database]:
    database = Database(records.dsn)
    yield database
    await database.close()


@pytest.fixture
async def other_database(records: Records) -> AsyncIterator[Database]:
    """A second pool on the same database: another instance."""
    database = Database(records.dsn)
    yield database
    await database.close()
