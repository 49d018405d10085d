"""Counting what is asked of the database: a contract that holds on any machine, as a timing does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

import asyncpg
from sqlalchemy import event

from libs.common.database import Database
from libs.common.security.cache import TtlCache

# The driver's own calls; what SQLAlchemy sends it prepares, and tells of by its event.
_CALLS = ("execute", "executemany", "fetch", "fetchrow", "fetchval", "copy_records_to_table")

# What is believed for a second, a credential's state above all, is asked again or not by the machine's pace.
_believed: ContextVar[bool] = ContextVar("believed", default=False)


@contextmanager
def asked(database: Database) -> Iterator[list[str]]:
    """Everything that is sent to the database within the block, BEGIN and COMMIT included; many rows are one.

    Left out is what goes into a cache with an age limit.
    """
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not _believed.get():
            found.append(" ".join(statement.split()))

    with ExitStack() as stack:
        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        stack.callback(event.remove, database.engine.sync_engine, "before_cursor_execute", note)
        for name in _CALLS:
            stack.enter_context(patch.object(asyncpg.Connection, name, _noting(name, found)))
        stack.enter_context(patch.object(TtlCache, "_load", _believing(TtlCache._load)))
        yield found


def _noting(name: str, found: list[str]) -> Any:
    call = getattr(asyncpg.Connection, name)

    async def noted(self: asyncpg.Connection, what: str, *args: Any, **options: Any) -> Any:
        if not _believed.get():
            found.append(" ".join(what.split()) if name != "copy_records_to_table" else f"COPY {what}")
        return await call(self, what, *args, **options)

    return noted


def _believing(load: Any) -> Any:
    async def believed(self: TtlCache[Any, Any], *args: Any) -> Any:
        token = _believed.set(True)
        try:
            return await load(self, *args)
        finally:
            _believed.reset(token)

    return believed
