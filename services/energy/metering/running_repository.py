"""SQL of running days: which meters' values are in snapshots, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.database import raw_connection
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.running import BLOCK_METERS, BlockDay, RunningDay

_DAY: Final = "date '1970-01-01'"

# One order for all: workers and the closing job never wait for each other in a circle.
_LOCK: Final = f"""
SELECT d.block, d.day - {_DAY}, d.in_curves, d.revisions, d.is_closed, d.written_at
FROM unnest($1::int[], $2::int[]) AS k (block, day)
JOIN running_day AS d ON d.block = k.block AND d.day = {_DAY} + k.day AND d.quantity = $3 AND d.slots = $4
ORDER BY d.block, d.day FOR UPDATE OF d
"""  # noqa: S608 - a constant of ours

_IN_CURVES: Final = f"""
SELECT c.meter_index FROM curve_day AS c
WHERE c.meter_index BETWEEN $1 AND $2 AND c.quantity = $3 AND c.day = {_DAY} + $4::int
"""  # noqa: S608

_KEEP: Final = f"""
INSERT INTO running_day (block, day, quantity, slots, in_curves, revisions, is_closed, written_at)
SELECT block, {_DAY} + day, $3, $4, in_curves, revisions, is_closed, $5
FROM unnest($1::int[], $2::int[], $6::bytea[], $7::bytea[], $8::bool[])
    AS t (block, day, in_curves, revisions, is_closed)
ON CONFLICT (block, day, quantity, slots) DO UPDATE SET in_curves = excluded.in_curves,
    revisions = excluded.revisions, is_closed = excluded.is_closed, written_at = excluded.written_at
"""  # noqa: S608

# Over for all meters of the block, half an hour past, and nothing came for a quarter of an hour.
_DUE: Final = f"""
SELECT d.block, d.day - {_DAY}, d.quantity, d.slots, d.in_curves, d.revisions, d.is_closed, d.written_at
FROM running_day AS d
WHERE NOT d.is_closed AND d.written_at < $1::timestamptz - interval '15 minutes' AND d.day < $1::timestamptz
    AND (d.day + 1)::timestamp AT TIME ZONE 'UTC' + interval '30 minutes' - (
        SELECT coalesce(min(m.offset_minutes), 0) FROM meter AS m
        WHERE m.meter_index BETWEEN d.block * {BLOCK_METERS} AND d.block * {BLOCK_METERS} + {BLOCK_METERS - 1}
    ) * interval '1 minute' <= $1
ORDER BY d.day, d.block, d.quantity, d.slots LIMIT $2 FOR UPDATE OF d SKIP LOCKED
"""  # noqa: S608


def _running_day(row: Sequence[object]) -> RunningDay:
    block, day, in_curves, revisions, is_closed, written_at = row
    assert isinstance(block, int)
    assert isinstance(day, int)
    assert isinstance(written_at, datetime)
    return RunningDay(block, day, read_bits(in_curves), read_revisions(revisions), bool(is_closed), written_at)


def read_bits(sent: object) -> NDArray[np.bool_]:
    assert isinstance(sent, bytes)
    return np.unpackbits(np.frombuffer(sent, np.uint8), count=BLOCK_METERS).astype(bool)


def read_revisions(sent: object) -> NDArray[np.int32]:
    if sent is None:
        return np.zeros(BLOCK_METERS, np.int32)
    assert isinstance(sent, bytes)
    return np.frombuffer(sent, "<i4").astype(np.int32)


async def lock_days(
    session: AsyncSession, quantity: int, slots: int, block: Int, day: Int
) -> dict[BlockDay, RunningDay]:
    """Those of the blocks and days that have snapshots or had them, locked until the transaction ends."""
    connection = await raw_connection(session)
    found = await connection.fetch(_LOCK, block.tolist(), day.tolist(), quantity, slots)
    days = [_running_day(tuple(row)) for row in found]
    return {item.key: item for item in days}


async def open_day(session: AsyncSession, quantity: int, block: int, day: int, now: datetime) -> RunningDay:
    """A day that has no snapshots yet; meters that have a day row go on with it."""
    connection = await raw_connection(session)
    first = block * BLOCK_METERS
    found = await connection.fetch(_IN_CURVES, first, first + BLOCK_METERS - 1, quantity, day)
    in_curves = np.zeros(BLOCK_METERS, bool)
    in_curves[[row[0] - first for row in found]] = True
    revisions = np.zeros(BLOCK_METERS, np.int32)
    return RunningDay(block, day, in_curves, revisions, is_closed=False, written_at=now, is_changed=True)


async def keep_days(
    session: AsyncSession, quantity: int, slots: int, days: Iterable[RunningDay], now: datetime
) -> None:
    """Write the days that changed."""
    changed = list(days)
    if not changed:
        return
    connection = await raw_connection(session)
    await connection.execute(
        _KEEP,
        [item.block for item in changed],
        [item.day for item in changed],
        quantity,
        slots,
        now,
        [np.packbits(item.in_curves).tobytes() for item in changed],
        [item.revisions.astype("<i4").tobytes() if item.revisions.any() else None for item in changed],
        [item.is_closed for item in changed],
    )


@dataclass(frozen=True, slots=True)
class DueDay:
    """A day to be closed, locked."""

    quantity: int
    slots: int
    running: RunningDay


async def lock_due(session: AsyncSession, now: datetime, limit: int) -> list[DueDay]:
    """Days that can be closed, the oldest first; those a worker writes to at the moment are passed over."""
    connection = await raw_connection(session)
    found = await connection.fetch(_DUE, now, limit)
    return [DueDay(row[2], row[3], _running_day((row[0], row[1], *tuple(row)[4:]))) for row in found]
