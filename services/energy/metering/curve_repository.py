"""SQL of the curves, past the ORM where millions of values pass: keys in, binary COPY out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import asyncpg
import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.merge import Merged, Revision, StoredRows
from services.energy.metering.domain.slots import date_of
from services.energy.metering.packing import COLUMNS, pack, read_arrays, read_quality, read_ranks, rows_of
from services.energy.metering.tables import CurveDayRow, CurveRevisionRow

# One look-up in the primary key for each row, in the one partition that can hold it.
_LOAD: Final = """
SELECT k.place, c.revision, c.rank, array_send(c.load_kw), c.quality, c.slot_ranks
FROM unnest($1::int[], $2::int[]) WITH ORDINALITY AS k (meter_index, day, place)
CROSS JOIN LATERAL (
    SELECT revision, rank, load_kw, quality, slot_ranks FROM curve_day
    WHERE meter_index = k.meter_index AND quantity = $3 AND day = date '1970-01-01' + k.day
      AND day BETWEEN date '1970-01-01' + $4::int AND date '1970-01-01' + $5::int
    OFFSET 0
) AS c
ORDER BY k.place
"""

_STAGE: Final = """
CREATE TEMP TABLE IF NOT EXISTS curve_day_staged (LIKE curve_day INCLUDING DEFAULTS) ON COMMIT DELETE ROWS
"""

_IS_ARCHIVED: Final = "SELECT true FROM curve_archive WHERE month = $1 AND state = 'archived'"

_KEY: Final = ("meter_index", "quantity", "day")
_REPLACE: Final = f"""
INSERT INTO curve_day ({", ".join(COLUMNS)}) SELECT {", ".join(COLUMNS)} FROM curve_day_staged
ON CONFLICT (meter_index, quantity, day) DO UPDATE SET
{", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in _KEY)}
"""  # noqa: S608 - names of our own columns


class Loaded:
    """Existing rows of a batch and the number of their last revision."""

    def __init__(self, rows: StoredRows, revision: Int) -> None:
        self.rows = rows
        self.revision = revision


async def load_rows(session: AsyncSession, quantity: int, slots: int, meter_index: Int, day: Int) -> Loaded:
    """The rows that exist among the given keys."""
    connection = await raw_connection(session)
    found: list[asyncpg.Record] = []
    if len(day):
        found = await connection.fetch(
            _LOAD, meter_index.tolist(), day.tolist(), quantity, int(day.min()), int(day.max())
        )
    place = np.fromiter((row[0] - 1 for row in found), np.int64, len(found))
    revision = np.fromiter((row[1] for row in found), np.int64, len(found))
    top = np.fromiter((row[2] for row in found), np.int64, len(found))
    values = read_arrays([row[3] for row in found], slots)
    return Loaded(
        StoredRows(
            meter_index=meter_index[place],
            day=day[place],
            values=values,
            quality=read_quality([row[4] for row in found], values),
            rank=read_ranks(top, [row[5] for row in found], slots),
        ),
        revision,
    )


async def write_rows(
    session: AsyncSession,
    merged: Merged,
    loaded: Loaded,
    quantity: int,
    receipts: list[UUID],
    recorded_at: datetime,
) -> None:
    """Write what the merge changed: new rows by COPY, others by COPY and upsert, and what revisions replaced.

    ``receipts`` holds the receipt of each part of the batch.
    """
    connection = await raw_connection(session)
    revision = np.zeros(len(merged.day), np.int64)
    revision[np.flatnonzero(~merged.is_new)] = loaded.revision
    corrections = list(_corrections(merged, revision, quantity, receipts, recorded_at))

    fresh = np.flatnonzero(merged.changed & merged.is_new)
    if len(fresh):
        rows = rows_of(merged, fresh, quantity, revision[fresh])
        await copy_curves(connection, "curve_day", pack(rows))
    altered = np.flatnonzero(merged.changed & ~merged.is_new)
    if len(altered):
        rows = rows_of(merged, altered, quantity, revision[altered])
        await connection.execute(_STAGE)
        await copy_curves(connection, "curve_day_staged", pack(rows))
        await connection.execute(_REPLACE)
        # Another group of the same batch may stage rows of its own.
        await connection.execute("TRUNCATE curve_day_staged")
    if corrections:
        await connection.copy_records_to_table(
            "curve_revision",
            records=corrections,
            columns=(*_KEY, "revision", "receipt_id", "recorded_at", "slots", "before_kw"),
        )


def _corrections(
    merged: Merged, revision: Int, quantity: int, receipts: list[UUID], recorded_at: datetime
) -> Iterator[tuple[Any, ...]]:
    """Rows of curve_revision, one for each message that corrected a day; raises ``revision`` on the way."""
    row_of = {
        key: row for row, key in enumerate(zip(merged.meter_index.tolist(), merged.day.tolist(), strict=True))
    }
    for (part, meter_index, day), group in groupby(sorted(merged.revisions, key=_by_message), _by_day):
        row = row_of[meter_index, day]
        revision[row] += 1
        replaced = list(group)
        yield (
            meter_index,
            quantity,
            date_of(day),
            int(revision[row]),
            receipts[part],
            recorded_at,
            [item.slot for item in replaced],
            [item.before for item in replaced],
        )


def _by_day(item: Revision) -> tuple[int, int, int]:
    return item.part, item.meter_index, item.day


def _by_message(item: Revision) -> tuple[int, int, int, int, int]:
    return item.part, item.meter_index, item.day, item.order, item.slot


async def copy_curves(connection: asyncpg.Connection, table: str, stream: Iterable[bytes]) -> None:
    """Copy packed rows into curve_day or a table like it."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in stream:
            yield piece

    await connection.copy_to_table(table, source=pieces(), format="binary", columns=COLUMNS)


async def ensure_months(session: AsyncSession, days: Iterable[date]) -> None:
    """Create the partitions that hold these days; in a transaction of its own, since it locks the table.

    A month that rests in the archive gets none: it comes back with its rows (archive.service.bring_back).
    """
    connection = await raw_connection(session)
    for year, month in sorted({(day.year, day.month) for day in days}):
        first, after = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
        if await connection.fetchval(_IS_ARCHIVED, first):
            continue
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS curve_day_p_{year:04d}{month:02d} PARTITION OF curve_day "
            f"FOR VALUES FROM ('{first.isoformat()}') TO ('{after.isoformat()}')"
        )


async def list_revisions(
    session: AsyncSession, meter_index: int, quantity: int, first: date, last: date
) -> list[CurveRevisionRow]:
    """What corrections replaced in these days, oldest first."""
    statement = (
        select(CurveRevisionRow)
        .where(
            col(CurveRevisionRow.meter_index) == meter_index,
            col(CurveRevisionRow.quantity) == quantity,
            col(CurveRevisionRow.day).between(first, last),
        )
        .order_by(col(CurveRevisionRow.day), col(CurveRevisionRow.revision))
    )
    return list(await session.scalars(statement))


async def find_last_day(session: AsyncSession, meter_index: int, quantity: int) -> CurveDayRow | None:
    """The newest curve of a meter; a row always has at least one value."""
    statement = (
        select(CurveDayRow)
        .where(col(CurveDayRow.meter_index) == meter_index, col(CurveDayRow.quantity) == quantity)
        .order_by(col(CurveDayRow.day).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()
