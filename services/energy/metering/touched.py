"""Which days a merge touched: one row a batch and quantity, read and deleted by the job that recomputes them.

The row is written in the data's transaction and deleted in the recomputation's, so a kill in between loses no
day, and what is touched again meanwhile stands in a row of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.database import raw_connection
from services.energy.metering.domain.incoming import Int, day_keys, split_keys

_NOTE: Final = "INSERT INTO touched_batch (quantity, meter_index, day) VALUES ($1, $2, $3)"

_TAKE: Final = """
DELETE FROM touched_batch WHERE sequence IN (
    SELECT sequence FROM touched_batch ORDER BY sequence LIMIT $1 FOR UPDATE SKIP LOCKED
) RETURNING quantity, meter_index, day
"""


@dataclass(frozen=True, slots=True, eq=False)
class TouchedDays:
    """Distinct days of meters of one quantity, ordered by meter and day (since 1970)."""

    quantity: int
    meter_index: Int
    day: Int

    def __len__(self) -> int:
        return len(self.day)


def days_of_meters(touched: Sequence[TouchedDays], meters: Collection[int]) -> dict[int, set[int]]:
    """The touched days of some meters, whatever the quantity; meters without one are left out.

    Who follows hangs on few of the meters, and a night's corrections touch a hundred thousand days: the others are
    passed over as arrays.
    """
    wanted = np.array(sorted(meters), np.int64)
    days: dict[int, set[int]] = {}
    for item in touched:
        own = np.isin(item.meter_index, wanted)
        for index, day in zip(item.meter_index[own].tolist(), item.day[own].tolist(), strict=True):
            days.setdefault(index, set()).add(day)
    return days


def touched_meters(touched: Sequence[TouchedDays]) -> list[int]:
    """Whose days they are, each once, in order."""
    return np.unique(np.concatenate([item.meter_index for item in touched])).tolist() if touched else []


async def note_touched(session: AsyncSession, quantity: int, meter_index: Int, day: Int) -> None:
    """Note days whose curves were changed in this transaction; arrays of equal length."""
    if not len(day):
        return
    connection = await raw_connection(session)
    await connection.execute(_NOTE, quantity, meter_index.astype("<i4").tobytes(), day.astype("<i4").tobytes())


async def take_touched(session: AsyncSession, batches: int = 500) -> list[TouchedDays]:
    """Take away what the oldest ``batches`` rows noted; they are back should this transaction not commit."""
    connection = await raw_connection(session)
    keys: dict[int, list[Int]] = {}
    for quantity, meters, days in await connection.fetch(_TAKE, batches):
        keys.setdefault(quantity, []).append(
            day_keys(np.frombuffer(meters, "<i4").astype(np.int64), np.frombuffer(days, "<i4").astype(np.int64))
        )
    return [
        TouchedDays(quantity, *split_keys(np.unique(np.concatenate(own))))
        for quantity, own in sorted(keys.items())
    ]
