"""SQL of snapshots: arrays in, bytes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import asyncpg
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.database import bare_connection, raw_connection
from services.energy.metering.domain.incoming import Int, Qualities, Values
from services.energy.metering.domain.merge import Merged
from services.energy.metering.domain.running import BLOCK_METERS, BlockDay, Snapshots
from services.energy.metering.domain.slots import date_of
from services.energy.metering.rank_packing import PackedGaps, read_ranks
from services.energy.metering.running_repository import DueDay, read_bits, read_revisions

_DAY: Final = "date '1970-01-01'"

_LOAD: Final = f"""
SELECT k.place, s.rank, s.load_kw, s.quality, s.rank_gaps
FROM unnest($1::int[], $2::int[], $3::int[]) WITH ORDINALITY AS k (block, day, slot, place)
JOIN snapshot AS s ON s.block = k.block AND s.day = {_DAY} + k.day AND s.quantity = $4 AND s.slots = $5
    AND s.slot = k.slot
ORDER BY k.place
"""  # noqa: S608

_LOAD_DAYS: Final = f"""
SELECT s.block, s.day - {_DAY}, s.slot, s.rank, s.load_kw, s.quality, s.rank_gaps
FROM unnest($1::int[], $2::int[]) AS k (block, day)
JOIN snapshot AS s ON s.block = k.block AND s.day = {_DAY} + k.day AND s.quantity = $3 AND s.slots = $4
ORDER BY s.block, s.day, s.slot
"""  # noqa: S608

_WRITE: Final = f"""
INSERT INTO snapshot (block, day, quantity, slots, slot, rank, load_kw, quality, rank_gaps)
SELECT block, {_DAY} + day, $4, $5, slot, rank, load_kw, quality, rank_gaps
FROM unnest($1::int[], $2::int[], $3::int[], $6::bigint[], $7::bytea[], $8::bytea[], $9::bytea[])
    AS t (block, day, slot, rank, load_kw, quality, rank_gaps)
ON CONFLICT (block, day, quantity, slots, slot) DO UPDATE
SET rank = excluded.rank, load_kw = excluded.load_kw, quality = excluded.quality, rank_gaps = excluded.rank_gaps
"""  # noqa: S608

# States and snapshots in one statement: a day that is closed meanwhile is seen before or after, never half.
_RUNNING: Final = f"""
SELECT d.block, d.day - {_DAY}, d.slots, d.in_curves, d.revisions, s.slot, s.rank,
    substring(s.load_kw FROM k.low * 4 + 1 FOR (k.high - k.low + 1) * 4),
    substring(s.quality FROM k.low + 1 FOR k.high - k.low + 1), s.rank_gaps, k.low
FROM unnest($1::int[], $2::int[], $3::int[]) AS k (block, low, high)
JOIN running_day AS d ON d.block = k.block AND d.quantity = $4 AND d.day BETWEEN $5 AND $6 AND NOT d.is_closed
JOIN snapshot AS s ON s.block = d.block AND s.day = d.day AND s.quantity = d.quantity AND s.slots = d.slots
ORDER BY d.block, d.day, d.slots, s.slot
"""  # noqa: S608


async def load_snapshots(session: AsyncSession, quantity: int, slots: int, block: Int, time: Int) -> Snapshots:
    """The rows that exist among the given keys."""
    connection = await raw_connection(session)
    found = await connection.fetch(
        _LOAD, block.tolist(), (time // slots).tolist(), (time % slots).tolist(), quantity, slots
    )
    place = np.fromiter((row[0] - 1 for row in found), np.int64, len(found))
    return _snapshots(block[place], time[place], [tuple(row)[1:] for row in found])


async def load_whole_days(session: AsyncSession, quantity: int, slots: int, days: Iterable[BlockDay]) -> Snapshots:
    """All snapshots of these blocks and days, by block and time."""
    connection = await raw_connection(session)
    keys = sorted(days)
    found = await connection.fetch(_LOAD_DAYS, [key[0] for key in keys], [key[1] for key in keys], quantity, slots)
    block = np.fromiter((row[0] for row in found), np.int64, len(found))
    time = np.fromiter((row[1] * slots + row[2] for row in found), np.int64, len(found))
    return _snapshots(block, time, [tuple(row)[3:] for row in found])


def _snapshots(block: Int, time: Int, rows: Sequence[tuple[int, bytes, bytes | None, bytes | None]]) -> Snapshots:
    values = np.full((len(rows), BLOCK_METERS), np.nan, np.float32)
    for place, row in enumerate(rows):
        stored = np.frombuffer(row[1], "<f4")
        values[place, : len(stored)] = stored
    quality: Qualities = (~np.isnan(values)).astype(np.uint8)
    for place, row in enumerate(rows):
        if row[2] is not None:
            quality[place, : len(row[2])] = np.frombuffer(row[2], np.uint8)
    top = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    rank = read_ranks(top, [row[3] for row in rows], BLOCK_METERS)
    return Snapshots(block, time, values, quality, rank)


async def write_snapshots(session: AsyncSession, quantity: int, slots: int, merged: Merged) -> None:
    """Write the rows that the merge changed; ``merged`` has blocks for meters and times for days."""
    changed = np.flatnonzero(merged.changed)
    if not len(changed):
        return
    connection = await raw_connection(session)
    values, quality = merged.values[changed], merged.quality[changed]
    size = BLOCK_METERS - np.argmax(quality[:, ::-1] != 0, axis=1)
    says_quality = np.any(quality > 1, axis=1).tolist()
    time = merged.day[changed]
    await connection.execute(
        _WRITE,
        merged.meter_index[changed].tolist(),
        (time // slots).tolist(),
        (time % slots).tolist(),
        quantity,
        slots,
        merged.top_rank[changed].tolist(),
        [values[row, :end].astype("<f4").tobytes() for row, end in enumerate(size.tolist())],
        [quality[row, :end].tobytes() if says_quality[row] else None for row, end in enumerate(size.tolist())],
        _gaps(merged, changed),
    )


def _gaps(merged: Merged, changed: NDArray[np.intp]) -> list[bytes | None]:
    uneven = merged.uneven
    packed = PackedGaps(merged.top_rank[uneven.rows, None] - uneven.ranks).each()
    of_row = dict(zip(uneven.rows.tolist(), packed, strict=True))
    return [of_row.get(row) for row in changed.tolist()]


@dataclass(frozen=True, slots=True, eq=False)
class RunningCurves:
    """Days of meters as they stand in snapshots: (rows, slots) with at least one value a row."""

    slots: int
    meter_index: Int
    day: Int
    values: Values
    quality: Qualities
    revision: Int


async def read_running(
    session: AsyncSession, quantity: int, meter_index: Int, first: date, last: date
) -> list[RunningCurves]:
    """The running days of these meters from ``first`` to ``last``, by number of slots.

    Whoever reads day rows as well reads them after this: a day that is closed in between is then in both, and the
    day row counts; the other way round it could be in neither.
    """
    meters = np.unique(meter_index)
    if not len(meters):
        return []
    connection = await bare_connection(session)
    blocks, starts = np.unique(meters // BLOCK_METERS, return_index=True)
    low = meters[starts] % BLOCK_METERS
    high = meters[np.append(starts[1:], len(meters)) - 1] % BLOCK_METERS
    found = await connection.fetch(_RUNNING, blocks.tolist(), low.tolist(), high.tolist(), quantity, first, last)
    groups: dict[tuple[int, int, int], list[asyncpg.Record]] = {}
    for row in found:
        groups.setdefault((row[2], row[0], row[1]), []).append(row)
    curves: dict[int, list[RunningCurves]] = {}
    for (slots, block, day), rows in groups.items():
        own = meters[meters // BLOCK_METERS == block] - block * BLOCK_METERS
        own = own[~read_bits(rows[0][3])[own]]
        curves.setdefault(slots, []).append(_curves_of(rows, slots, block, day, own))
    return [_joined(slots, pieces) for slots, pieces in sorted(curves.items())]


def _curves_of(rows: list[asyncpg.Record], slots: int, block: int, day: int, own: Int) -> RunningCurves:
    low = int(rows[0][10])
    width = int(own.max()) - low + 1 if len(own) else 0
    values = np.full((slots, width), np.nan, np.float32)
    quality = np.zeros((slots, width), np.uint8)
    for row in rows:
        stored = np.frombuffer(row[7], "<f4")[:width]
        values[row[5], : len(stored)] = stored
        quality[row[5], : len(stored)] = ~np.isnan(stored)
        if row[8] is not None:
            quality[row[5], : len(stored)] = np.frombuffer(row[8], np.uint8)[:width]
    columns = own - low
    there = (quality[:, columns] != 0).any(axis=0)
    columns, meters = columns[there], own[there]
    return RunningCurves(
        slots=slots,
        meter_index=meters + block * BLOCK_METERS,
        day=np.full(len(meters), day, np.int64),
        values=np.ascontiguousarray(values[:, columns].T),
        quality=np.ascontiguousarray(quality[:, columns].T),
        revision=read_revisions(rows[0][4])[meters].astype(np.int64),
    )


def _joined(slots: int, pieces: list[RunningCurves]) -> RunningCurves:
    if len(pieces) == 1:
        return pieces[0]
    return RunningCurves(
        slots,
        np.concatenate([piece.meter_index for piece in pieces]),
        np.concatenate([piece.day for piece in pieces]),
        np.concatenate([piece.values for piece in pieces]),
        np.concatenate([piece.quality for piece in pieces]),
        np.concatenate([piece.revision for piece in pieces]),
    )


async def delete_snapshots(session: AsyncSession, due: DueDay) -> None:
    connection = await raw_connection(session)
    await connection.execute(
        "DELETE FROM snapshot WHERE block = $1 AND day = $2 AND quantity = $3 AND slots = $4",
        due.running.block,
        date_of(due.running.day),
        due.quantity,
        due.slots,
    )


async def add_rank_profile(session: AsyncSession, gaps: bytes) -> int:
    """Its number, for the day rows that share it."""
    connection = await raw_connection(session)
    number: int = await connection.fetchval("INSERT INTO rank_profile (gaps) VALUES ($1) RETURNING id", gaps)
    return number
