"""Rows for the verification and for exports: past the ORM, in one snapshot, grouped by alert as they stream in.

An alert's id is read as text: the order of the texts is that of the ids.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from asyncpg import Connection

_CHUNK = 5_000
_INSTANT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00'"""
# Alerts with an entry in the period or a leaf in a seal of the period, whole.
_CHOSEN = """
    (SELECT alert_id FROM alert_trail WHERE at >= $1 AND at < $2
     UNION SELECT alert_id FROM trail_seal_leaf JOIN trail_seal USING (sequence)
           WHERE sealed_at >= $1 AND sealed_at < $2
     UNION SELECT id FROM alert WHERE received_at >= $1 AND received_at < $2)
"""

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on and before `end`; None is open. Both None means everything."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_everything(self) -> bool:
        return self.start is None and self.end is None

    def holds(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def bounds(self) -> tuple[datetime, datetime]:
        # What PostgreSQL's infinities would say; a stack's clock is never near either.
        return (
            self.start or datetime.fromisoformat("0001-01-02T00:00:00+00:00"),
            self.end or datetime.fromisoformat("9999-12-30T00:00:00+00:00"),
        )


EVERYTHING = Period()


class Groups:
    """One query's rows by alert: `take(alert_id)` answers those of that alert, in ascending order of ids."""

    def __init__(self, groups: AsyncIterator[tuple[str, list[Row]]]) -> None:
        self._groups = groups
        self._next: tuple[str, list[Row]] | None = None
        self._begun = False

    async def peek(self) -> str | None:
        """The next alert's id; None at the end."""
        if not self._begun:
            self._begun = True
            await self._advance()
        return None if self._next is None else self._next[0]

    async def take(self, alert_id: str) -> list[Row]:
        if await self.peek() != alert_id:
            return []
        assert self._next is not None
        rows = self._next[1]
        await self._advance()
        return rows

    async def _advance(self) -> None:
        self._next = await anext(self._groups, None)


def alerts(connection: Connection, period: Period) -> Groups:
    """(id, number, trail_length, trail_head)."""
    return _grouped(
        connection, "SELECT id::text, number, trail_length, trail_head FROM alert{} ORDER BY id", "id", period
    )


def entries(connection: Connection, period: Period) -> Groups:
    """(alert_id, seq, kind, instant, actor, facts, previous, digest)."""
    statement = (
        f"SELECT alert_id::text, seq, kind, {_INSTANT.format('at')}, actor, facts, previous, digest "  # noqa: S608
        "FROM alert_trail{} ORDER BY alert_trail.alert_id, seq"
    )
    return _grouped(connection, statement, "alert_id", period)


def leaves(connection: Connection, period: Period) -> Groups:
    """(alert_id, length, head, sequence)."""
    statement = (
        "SELECT alert_id::text, length, head, sequence FROM trail_seal_leaf{} "
        "ORDER BY trail_seal_leaf.alert_id, length"
    )
    return _grouped(connection, statement, "alert_id", period)


def unsealed(connection: Connection, period: Period) -> Groups:
    """(alert_id, seq)."""
    statement = "SELECT alert_id::text, seq FROM trail_unsealed{} ORDER BY trail_unsealed.alert_id, seq"
    return _grouped(connection, statement, "alert_id", period)


async def rows_of(connection: Connection, statement: str, *arguments: object) -> AsyncIterator[list[Row]]:
    """The rows in chunks, by a cursor of the open transaction."""
    cursor = await connection.cursor(statement, *arguments)
    while chunk := await cursor.fetch(_CHUNK):
        yield chunk


def _grouped(connection: Connection, statement: str, column: str, period: Period) -> Groups:
    if period.is_everything:
        return Groups(_by_alert(rows_of(connection, statement.replace("{}", ""))))
    narrowed = statement.replace("{}", f" WHERE {column} IN {_CHOSEN}")
    return Groups(_by_alert(rows_of(connection, narrowed, *period.bounds())))


async def _by_alert(chunks: AsyncIterator[list[Row]]) -> AsyncIterator[tuple[str, list[Row]]]:
    held: tuple[str, list[Row]] | None = None
    async for chunk in chunks:
        for alert_id, found in groupby(chunk, itemgetter(0)):
            if held is not None and held[0] == alert_id:
                held[1].extend(found)
                continue
            if held is not None:
                yield held
            held = (alert_id, list(found))
    if held is not None:
        yield held
