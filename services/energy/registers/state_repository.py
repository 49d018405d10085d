"""SQL of register states, past the ORM: columns in, columns out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from services.energy.metering.domain.incoming import Int
from services.energy.registers.domain.devices import DeviceEvent, DeviceEventKind
from services.energy.registers.domain.folding import Folded, StateColumns
from services.energy.registers.domain.windows import Windows
from services.energy.registers.tables import RegisterReadingRow

_SHARD_METERS: Final = 1000
_SPACE: Final = 0x72 << 48

_LOCK: Final = "SELECT count(pg_advisory_xact_lock(key)) FROM unnest($1::bigint[]) AS key"

_LOAD: Final = """
SELECT r.meter_index, r.minute, r.value, r.quality, r.rank
FROM unnest($1::int[], $2::int[]) AS k (meter_index, minute) JOIN register_reading AS r USING (meter_index, minute)
ORDER BY 1, 2
"""

_SAVE: Final = """
INSERT INTO register_reading AS r (meter_index, minute, value, quality, rank, revision)
SELECT meter_index, minute, value, quality, rank, coalesce(v.revision, 0)
FROM unnest($1::int[], $2::int[], $3::float8[], $4::smallint[], $5::bigint[])
    AS t (meter_index, minute, value, quality, rank)
-- A state that was taken out and comes again goes on counting.
LEFT JOIN LATERAL (SELECT max(revision) AS revision FROM register_revision
    WHERE meter_index = t.meter_index AND minute = t.minute) AS v ON true
ON CONFLICT (meter_index, minute) DO UPDATE SET
    value = excluded.value, quality = excluded.quality, rank = excluded.rank
"""

_REVISE: Final = """
UPDATE register_reading SET revision = revision + 1 WHERE meter_index = $1 AND minute = $2 RETURNING revision
"""

_KEEP: Final = """
INSERT INTO register_revision (meter_index, minute, revision, receipt_id, recorded_at, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

_REMOVE: Final = """
WITH gone AS (DELETE FROM register_reading WHERE meter_index = $1 AND minute = $2 RETURNING value, revision)
INSERT INTO register_revision (meter_index, minute, revision, receipt_id, recorded_at, before, reason, changed_by)
SELECT $1, $2, revision + 1, $3, $4, value, $5, $6 FROM gone RETURNING revision
"""

# States stand in readings and at events: the neighbours of a window are looked for among both.
_BEFORE: Final = """
greatest((SELECT max(minute) FROM register_reading WHERE meter_index = w.meter_index AND minute {below} {edge}),
    (SELECT max(minute) FROM device_event WHERE meter_index = w.meter_index AND minute {below} {edge}
     AND voided_at IS NULL AND kind <> 'turned'))
"""
_AFTER: Final = _BEFORE.replace("greatest", "least").replace("max(", "min(")

_WINDOWS: Final = f"""
SELECT w.meter_index, near.first, near.last, coalesce(far.first, near.first), coalesce(far.last, near.last)
FROM unnest($1::int[], $2::int[], $3::int[], $4::int[]) WITH ORDINALITY
    AS w (meter_index, first, last, every, place)
CROSS JOIN LATERAL (SELECT
    coalesce({_BEFORE.format(below="<", edge="w.first")}, w.first) AS first,
    coalesce({_AFTER.format(below=">", edge="w.last")}, w.last) AS last) AS near
CROSS JOIN LATERAL (SELECT
    {_BEFORE.format(below="<=", edge="near.first / w.every * w.every")} AS first,
    {_AFTER.format(below=">=", edge="(near.last + w.every - 1) / w.every * w.every")} AS last) AS far
ORDER BY w.place
"""  # noqa: S608 - our own columns

_STATES: Final = """
SELECT r.meter_index, r.minute, r.value, r.quality, r.rank
FROM unnest($1::int[], $2::int[], $3::int[]) AS w (meter_index, first, last)
JOIN register_reading AS r ON r.meter_index = w.meter_index AND r.minute BETWEEN w.first AND w.last
ORDER BY 1, 2
"""

_EVENTS: Final = """
SELECT e.meter_index, e.kind, e.minute, e.final_state, e.initial_state
FROM unnest($1::int[], $2::int[], $3::int[]) AS w (meter_index, first, last)
JOIN device_event AS e ON e.meter_index = w.meter_index AND e.minute BETWEEN w.first AND w.last
WHERE e.voided_at IS NULL
ORDER BY 1, 3
"""


async def lock_registers(session: AsyncSession, meter_index: Int) -> None:
    """Hold the registers of these meters' shards to the end of the transaction; before any lock of their days."""
    keys = np.unique(_SPACE + meter_index // _SHARD_METERS)
    connection = await raw_connection(session)
    await connection.execute(_LOCK, keys.tolist())


async def load_states(session: AsyncSession, came: StateColumns) -> StateColumns:
    """The states that are stored at the minutes of those that came."""
    connection = await raw_connection(session)
    return _columns(await connection.fetch(_LOAD, came.meter_index.tolist(), came.minute.tolist()))


async def save_states(session: AsyncSession, folded: Folded, receipt_id: UUID, at: datetime) -> None:
    """Write what the fold changed, and what its corrections replaced."""
    connection = await raw_connection(session)
    rows = folded.states.take(folded.is_written)
    if len(rows):
        await connection.execute(
            _SAVE,
            rows.meter_index.tolist(),
            rows.minute.tolist(),
            rows.value.tolist(),
            rows.quality.tolist(),
            rows.rank.tolist(),
        )
    for row, before, after in folded.replaced:
        key = int(folded.states.meter_index[row]), int(folded.states.minute[row])
        revision = await connection.fetchval(_REVISE, *key)
        await connection.execute(_KEEP, *key, revision, receipt_id, at, before, after)


async def remove_state(
    session: AsyncSession, meter_index: int, minute: int, change: tuple[UUID, datetime, str, str]
) -> bool:
    """Take a state out, kept as a revision; ``change``: its id, time, reason and who. False when there is none."""
    connection = await raw_connection(session)
    return await connection.fetchval(_REMOVE, meter_index, minute, *change) is not None


async def widen(session: AsyncSession, meter_index: Int, first: Int, last: Int, interval: Int) -> Windows:
    """From the minutes that changed to the states next to them, and to those that complete their slots."""
    connection = await raw_connection(session)
    found = await connection.fetch(
        _WINDOWS, meter_index.tolist(), first.tolist(), last.tolist(), interval.tolist()
    )
    index, near, until, begin, end = np.array([tuple(row) for row in found], np.int64).reshape(-1, 5).T
    return Windows(index, near, until, begin, end, interval)


async def window_states(session: AsyncSession, windows: Windows) -> StateColumns:
    """All readings of the windows, in order of meter and time."""
    connection = await raw_connection(session)
    span = windows.meter_index.tolist(), windows.read_first.tolist(), windows.read_last.tolist()
    return _columns(await connection.fetch(_STATES, *span))


async def window_events(session: AsyncSession, windows: Windows) -> dict[int, list[DeviceEvent]]:
    """What happened to the devices in the windows, by meter."""
    connection = await raw_connection(session)
    span = windows.meter_index.tolist(), windows.read_first.tolist(), windows.read_last.tolist()
    events: dict[int, list[DeviceEvent]] = {}
    for index, kind, minute, final_state, initial_state in await connection.fetch(_EVENTS, *span):
        events.setdefault(index, []).append(
            DeviceEvent(DeviceEventKind(kind), minute, _known(final_state), _known(initial_state))
        )
    return events


async def list_states(
    session: AsyncSession, meter_index: int, first: int, last: int, limit: int
) -> Sequence[RegisterReadingRow]:
    """States from one minute to another, both included, by time."""
    statement = (
        select(RegisterReadingRow)
        .where(
            col(RegisterReadingRow.meter_index) == meter_index, col(RegisterReadingRow.minute).between(first, last)
        )
        .order_by(col(RegisterReadingRow.minute))
        .limit(limit)
    )
    return list(await session.scalars(statement))


def _known(state: float | None) -> float:
    return float("nan") if state is None else state


def _columns(rows: Sequence[asyncpg.Record]) -> StateColumns:
    return StateColumns(
        meter_index=np.fromiter((row[0] for row in rows), np.int64, len(rows)),
        minute=np.fromiter((row[1] for row in rows), np.int64, len(rows)),
        value=np.fromiter((row[2] for row in rows), np.float64, len(rows)),
        quality=np.fromiter((row[3] for row in rows), np.uint8, len(rows)),
        rank=np.fromiter((row[4] for row in rows), np.int64, len(rows)),
    )
