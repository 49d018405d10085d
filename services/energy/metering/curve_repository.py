"""SQL of the curves, past the ORM where millions of values pass: keys in, binary COPY out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from services.energy.metering.domain.incoming import Int, day_keys, turns
from services.energy.metering.domain.merge import Merged, Revisions, StoredRows
from services.energy.metering.packing import (
    COLUMNS,
    CurveRows,
    pack,
    read_quality,
    read_values,
    rows_of,
)
from services.energy.metering.rank_packing import is_shared, profile_number, read_ranks
from services.energy.metering.revision_packing import REVISION_COLUMNS, RevisionRows, pack_revisions
from services.energy.metering.tables import CurveDayRow, CurveRevisionRow

# One look-up in the primary key for each row, in the one partition that can hold it.
_LOAD: Final = """
SELECT k.place, c.revision, c.rank, c.load_kw, c.quality, c.slot_ranks
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

_IS_THERE: Final = "SELECT to_regclass($1) IS NOT NULL"
_IS_ARCHIVED: Final = "SELECT true FROM curve_archive WHERE month = $1 AND state = 'archived'"

_KEY: Final = ("meter_index", "quantity", "day")
_REPLACE: Final = f"""
INSERT INTO curve_day ({", ".join(COLUMNS)}) SELECT {", ".join(COLUMNS)} FROM curve_day_staged
ON CONFLICT (meter_index, quantity, day) DO UPDATE SET
{", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in _KEY)}
"""  # noqa: S608 - names of our own columns


@dataclass(frozen=True, slots=True)
class Batch:
    """What the store notes of where values came from: the receipt of each part, and when that is."""

    receipts: Sequence[UUID]
    now: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What a batch meets, with the number of each row's last revision.

    ``is_row``: the day row exists; the others come from elsewhere (snapshots) and are to become rows.
    """

    rows: StoredRows
    revision: Int
    is_row: NDArray[np.bool_]

    def joined(self, other: Loaded) -> Loaded:
        mine, theirs = self.rows, other.rows
        return Loaded(
            StoredRows(
                np.concatenate((mine.meter_index, theirs.meter_index)),
                np.concatenate((mine.day, theirs.day)),
                np.concatenate((mine.values, theirs.values)),
                np.concatenate((mine.quality, theirs.quality)),
                np.concatenate((mine.rank, theirs.rank)),
            ),
            np.concatenate((self.revision, other.revision)),
            np.concatenate((self.is_row, other.is_row)),
        )


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
    values = read_values([row[3] for row in found], slots)
    ranks = await own_ranks(connection, [row[5] for row in found])
    return Loaded(
        StoredRows(
            meter_index=meter_index[place],
            day=day[place],
            values=values,
            quality=read_quality([row[4] for row in found], values),
            rank=read_ranks(top, ranks, slots),
        ),
        revision,
        np.ones(len(found), bool),
    )


async def own_ranks(connection: asyncpg.Connection, sent: list[bytes | None]) -> list[bytes | None]:
    """Ranks by slot, those that rows share looked up."""
    shared = {profile_number(ranks) for ranks in sent if is_shared(ranks)}
    if not shared:
        return sent
    rows = await connection.fetch("SELECT id, gaps FROM rank_profile WHERE id = ANY($1)", list(shared))
    gaps = {row[0]: row[1] for row in rows}
    return [gaps[profile_number(ranks)] if is_shared(ranks) else ranks for ranks in sent]


async def write_rows(
    session: AsyncSession, merged: Merged, revision: Int, is_row: NDArray[np.bool_], quantity: int
) -> None:
    """Write what the merge changed: new rows by COPY, others by COPY and upsert.

    ``revision`` and ``is_row``: how often a row was corrected and whether it exists, one entry a row of the merge.
    """
    fresh = np.flatnonzero(merged.changed & ~is_row)
    altered = np.flatnonzero(merged.changed & is_row)
    if len(fresh):
        await copy_rows(session, rows_of(merged, fresh, quantity, revision[fresh]))
    if len(altered):
        connection = await raw_connection(session)
        rows = rows_of(merged, altered, quantity, revision[altered])
        await connection.execute(_STAGE)
        await copy_curves(connection, "curve_day_staged", pack(rows))
        await connection.execute(_REPLACE)
        # Another group of the same batch may stage rows of its own.
        await connection.execute("TRUNCATE curve_day_staged")


async def copy_rows(session: AsyncSession, rows: CurveRows) -> None:
    """Add day rows that do not exist."""
    await copy_curves(await raw_connection(session), "curve_day", pack(rows))


async def write_revisions(
    session: AsyncSession,
    revisions: Revisions,
    quantity: int,
    batch: Batch,
    times_corrected: Callable[[Int, Int], Int],
) -> tuple[Int, Int, Int]:
    """One row for each message that corrected a day; returns their meters, days and numbers.

    ``times_corrected`` tells of meters and days how often they were corrected before.
    """
    # Stable: what one message replaced in a day stays in the order of the log.
    by_message = np.lexsort((day_keys(revisions.meter_index, revisions.day), revisions.part))
    part, meter, day = (column[by_message] for column in (revisions.part, revisions.meter_index, revisions.day))
    begins = (np.diff(part) != 0) | (np.diff(meter) != 0) | (np.diff(day) != 0)
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, len(part)), bool), begins)))
    part, meter, day = part[starts], meter[starts], day[starts]
    number = times_corrected(meter, day) + 1 + turns(day_keys(meter, day))
    if len(starts):
        rows = RevisionRows(
            quantity=quantity,
            meter_index=meter,
            day=day,
            revision=number,
            part=part,
            start=starts,
            end=np.append(starts[1:], len(by_message)),
            slot=revisions.slot[by_message],
            before=revisions.before[by_message],
            receipts=batch.receipts,
            recorded_at=batch.now,
        )
        connection = await raw_connection(session)
        await copy_curves(connection, "curve_revision", pack_revisions(rows), REVISION_COLUMNS)
    return meter, day, number


async def copy_curves(
    connection: asyncpg.Connection, table: str, stream: Iterable[bytes], columns: Sequence[str] = COLUMNS
) -> None:
    """Copy packed rows into curve_day or a table like it, or into another one by its own columns."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in stream:
            yield piece

    await connection.copy_to_table(table, source=pieces(), format="binary", columns=columns)


def partition_of(month: date) -> str:
    return f"curve_day_p_{month:%Y%m}"


async def ensure_months(session: AsyncSession, days: Iterable[date]) -> None:
    """Create the partitions that hold these days; in a transaction of its own, since it locks their making.

    A month that rests in the archive gets none: it comes back with its rows (archive.service.bring_back). A table
    is made apart and attached: to create it as a partition is to wait for whoever reads any month.
    """
    connection = await raw_connection(session)
    for year, month in sorted({(day.year, day.month) for day in days}):
        first, after = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
        table = partition_of(first)
        if await connection.fetchval(_IS_ARCHIVED, first) or await connection.fetchval(_IS_THERE, table):
            continue
        # In conflict with itself alone: of two who make a month at once, the second finds it there.
        await connection.execute("LOCK TABLE curve_day IN SHARE UPDATE EXCLUSIVE MODE")
        if await connection.fetchval(_IS_THERE, table):
            continue
        await connection.execute(f"CREATE TABLE {table} (LIKE curve_day INCLUDING ALL)")
        await connection.execute(
            f"ALTER TABLE curve_day ATTACH PARTITION {table} "
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
    """The newest curve of a meter with at least one value."""
    statement = (
        select(CurveDayRow)
        .where(
            col(CurveDayRow.meter_index) == meter_index,
            col(CurveDayRow.quantity) == quantity,
            col(CurveDayRow.present) > 0,
        )
        .order_by(col(CurveDayRow.day).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()
