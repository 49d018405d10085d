"""SQL of the faults of registers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from services.energy.metering.indexes import is_among
from services.energy.metering.tables import MeterRow
from services.energy.registers.domain.differencing import Fault, Steps
from services.energy.registers.domain.windows import Windows
from services.energy.registers.tables import RegisterFaultRow

_CLEAR: Final = """
UPDATE register_fault AS f SET cleared_at = $7
FROM unnest($1::int[], $2::int[], $3::int[]) AS w (meter_index, first, last)
WHERE f.meter_index = w.meter_index AND f.cleared_at IS NULL
  AND f.end_minute > w.first AND f.start_minute < w.last
  AND NOT EXISTS (
    SELECT FROM unnest($4::int[], $5::int[], $6::int[]) AS s (meter_index, start_minute, end_minute)
    WHERE (s.meter_index, s.start_minute, s.end_minute) = (f.meter_index, f.start_minute, f.end_minute))
"""

_OPEN: Final = """
INSERT INTO register_fault AS f (meter_index, start_minute, end_minute, kind, before, after, found_at)
SELECT meter_index, start_minute, end_minute, kind, before, after, $7
FROM unnest($1::int[], $2::int[], $3::int[], $4::text[], $5::float8[], $6::float8[])
    AS s (meter_index, start_minute, end_minute, kind, before, after)
ON CONFLICT (meter_index, start_minute, end_minute) DO UPDATE SET
    kind = excluded.kind, before = excluded.before, after = excluded.after, cleared_at = NULL,
    found_at = CASE WHEN f.cleared_at IS NULL AND f.kind = excluded.kind THEN f.found_at ELSE excluded.found_at END
"""


async def note_faults(session: AsyncSession, windows: Windows, faults: Steps, at: datetime) -> None:
    """The faults of these windows are these now: others that stood open there are cleared."""
    connection = await raw_connection(session)
    place = faults.meter_index.tolist(), faults.start.tolist(), faults.end.tolist()
    span = windows.meter_index.tolist(), windows.first.tolist(), windows.last.tolist()
    await connection.execute(_CLEAR, *span, *place, at)
    if len(faults.fault):
        kinds = [Fault(code).label for code in faults.fault.tolist()]
        states = [
            [None if np.isnan(value) else value for value in column.tolist()]
            for column in (faults.before, faults.after)
        ]
        await connection.execute(_OPEN, *place, kinds, *states, at)


async def open_faults(
    session: AsyncSession, meters: Sequence[int], first_minute: int, end_minute: int
) -> Sequence[tuple[RegisterFaultRow, int]]:
    """Faults of these meters that stand and overlap the span, each with its meter's interval in minutes."""
    statement = (
        select(RegisterFaultRow, col(MeterRow.interval_minutes))
        .join(MeterRow, col(MeterRow.meter_index) == col(RegisterFaultRow.meter_index))
        .where(
            is_among(RegisterFaultRow.meter_index, meters),
            col(RegisterFaultRow.cleared_at).is_(None),
            col(RegisterFaultRow.end_minute) > first_minute,
            col(RegisterFaultRow.start_minute) < end_minute,
        )
        .order_by(col(RegisterFaultRow.meter_index), col(RegisterFaultRow.start_minute))
    )
    return [(fault, interval) for fault, interval in await session.execute(statement)]


async def list_faults(
    session: AsyncSession, meter_index: int, first_minute: int, end_minute: int, *, only_open: bool = False
) -> Sequence[RegisterFaultRow]:
    """Faults that overlap the span, by time."""
    statement = (
        select(RegisterFaultRow)
        .where(
            col(RegisterFaultRow.meter_index) == meter_index,
            col(RegisterFaultRow.end_minute) > first_minute,
            col(RegisterFaultRow.start_minute) < end_minute,
        )
        .order_by(col(RegisterFaultRow.start_minute), col(RegisterFaultRow.end_minute))
    )
    if only_open:
        statement = statement.where(col(RegisterFaultRow.cleared_at).is_(None))
    return list(await session.scalars(statement))
