"""SQL of archiving: the partition's rows out and in, and what state each month is in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any, Final

import asyncpg
import numpy as np
import polars as pl
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from services.energy.archive.domain.manifest import Sums
from services.energy.archive.files import values_of
from services.energy.metering.curve_repository import copy_curves, own_ranks, partition_of
from services.energy.metering.domain.incoming import Values
from services.energy.metering.packing import COLUMNS, CurveRows, pack, read_values
from services.energy.metering.rank_packing import read_gaps
from services.energy.metering.tables import CurveArchiveRow

# Advisory locks of months: whoever writes an old month shares it, whoever archives it has it alone.
_SPACE: Final = 0x6E << 48
_ROWS_A_PART: Final = 200_000
_SCHEMA: Final[dict[str, Any]] = {
    "meter_index": pl.Int32,
    "quantity": pl.Int16,
    "day": pl.Date,
    "slots": pl.Int16,
    "present": pl.Int16,
    "energy_kwh": pl.Float64,
    "peak_kw": pl.Float32,
    "rank": pl.Int64,
    "revision": pl.Int32,
    "load_kw": pl.List(pl.Float32),
    "quality": pl.Binary,
    "slot_ranks": pl.Binary,
}


async def hold_month(session: AsyncSession, month: date, *, alone: bool) -> None:
    """Keep the month from being archived until the transaction ends, or everybody else from writing it."""
    connection = await raw_connection(session)
    kind = "" if alone else "_shared"
    await connection.execute(f"SELECT pg_advisory_xact_lock{kind}($1)", _SPACE + month.year * 12 + month.month)


async def find_month(session: AsyncSession, month: date) -> CurveArchiveRow | None:
    """The month's state, locked."""
    statement = select(CurveArchiveRow).where(col(CurveArchiveRow.month) == month).with_for_update()
    return (await session.scalars(statement)).first()


async def month_sums(session: AsyncSession, month: date) -> Sums | None:
    """Of the month's partition, which nobody changes until the transaction ends; None when there is none."""
    connection = await raw_connection(session)
    table = partition_of(month)
    if await connection.fetchval("SELECT to_regclass($1)", table) is None:
        return None
    await connection.execute(f"LOCK TABLE ONLY {table} IN SHARE MODE")
    return await _sums_of(connection, table)


async def _sums_of(connection: asyncpg.Connection, table: str) -> Sums:
    found = await connection.fetchrow(
        f"SELECT count(*), coalesce(sum(present), 0), coalesce(sum(energy_kwh), 0) FROM {table}"  # noqa: S608 - named by us
    )
    return Sums(int(found[0]), int(found[1]), float(found[2]))


async def read_month(session: AsyncSession, month: date) -> AsyncIterator[pl.DataFrame]:
    """The rows of the partition, ordered by interval, quantity, meter and day, in parts."""
    connection = await raw_connection(session)
    await connection.execute(
        f"DECLARE archive_rows CURSOR FOR SELECT {', '.join(COLUMNS)} FROM {partition_of(month)} "  # noqa: S608 - as above
        "ORDER BY slots, quantity, meter_index, day"
    )
    while rows := await connection.fetch(f"FETCH {_ROWS_A_PART} FROM archive_rows"):
        columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
        columns["slot_ranks"] = tuple(await own_ranks(connection, list(columns["slot_ranks"])))
        slots = np.array(columns["slots"])
        sent = columns["load_kw"]
        # Ordered by interval: one block each, one below the other.
        blocks = [
            read_values([sent[at] for at in np.flatnonzero(slots == size)], size)
            for size in np.unique(slots).tolist()
        ]
        loads = pl.concat([_lists(block) for block in blocks])
        yield pl.DataFrame(columns | {"load_kw": loads}, schema=_SCHEMA)
    # An open cursor would keep the partition in use.
    await connection.execute("CLOSE archive_rows")


def _lists(block: Values) -> pl.Series:
    return pl.Series(block, dtype=pl.Array(pl.Float32, block.shape[1])).arr.to_list()


async def drop_month(session: AsyncSession, month: date) -> None:
    """Take the partition out of the table, with everything in it."""
    connection = await raw_connection(session)
    await connection.execute(f"ALTER TABLE curve_day DETACH PARTITION {partition_of(month)}")
    await connection.execute(f"DROP TABLE {partition_of(month)}")


async def create_apart(session: AsyncSession, month: date, after: date) -> None:
    """An empty table like the partition that nobody sees yet: filling it locks nobody out."""
    connection = await raw_connection(session)
    table = partition_of(month)
    await connection.execute(f"CREATE TABLE {table} (LIKE curve_day INCLUDING DEFAULTS INCLUDING STORAGE)")
    # With this the server knows without looking that every row belongs where it is attached.
    await connection.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_span CHECK (day >= '{month}' AND day < '{after}')"
    )


async def fill_apart(session: AsyncSession, month: date, frame: pl.DataFrame) -> None:
    """Copy a part's rows in."""
    connection = await raw_connection(session)
    for (slots, quantity), group in frame.group_by(["slots", "quantity"], maintain_order=True):
        rows = _rows(group, int(str(slots)), int(str(quantity)))
        await copy_curves(connection, partition_of(month), pack(rows))


def _rows(frame: pl.DataFrame, slots: int, quantity: int) -> CurveRows:
    values = values_of(frame, slots)
    quality = (~np.isnan(values)).astype(np.uint8)
    for row, qualities in enumerate(frame["quality"].to_list()):
        if qualities is not None:
            quality[row] = np.frombuffer(qualities, np.uint8)
    return CurveRows(
        quantity=quantity,
        meter_index=frame["meter_index"].to_numpy().astype(np.int64),
        day=frame["day"].cast(pl.Int32).to_numpy().astype(np.int64),
        values=values,
        quality=quality,
        rank=frame["rank"].to_numpy().astype(np.int64),
        revision=frame["revision"].to_numpy().astype(np.int64),
        rank_gaps=read_gaps(frame["slot_ranks"].to_list(), slots),
    )


async def attach_month(session: AsyncSession, month: date, after: date) -> Sums:
    """Make the filled table the month's partition; returns what is in it."""
    connection = await raw_connection(session)
    table = partition_of(month)
    sums = await _sums_of(connection, table)
    await connection.execute(
        f"ALTER TABLE curve_day ATTACH PARTITION {table} FOR VALUES FROM ('{month}') TO ('{after}')"
    )
    await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_span")
    return sums


async def note_archived(
    session: AsyncSession, month: date, location: str, sums: Sums, sha: str, at: datetime
) -> None:
    row = await find_month(session, month)
    if row is None:
        row = CurveArchiveRow(
            month=month, state="", location="", rows=0, readings=0, energy_kwh=0.0, sha256="", archived_at=at
        )
        session.add(row)
    row.state, row.location, row.sha256, row.archived_at = "archived", location, sha, at
    row.rows, row.readings, row.energy_kwh = sums.rows, sums.readings, sums.energy_kwh
    row.restored_at, row.restored_because = None, None
    await session.flush()
