"""Who changes the curves of a shard and day holds its lock to the end of the transaction.

The worker's merge, edits, estimates and compaction each read rows, change them in memory and write them whole;
without the lock the later one would undo what the earlier one wrote.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.database import raw_connection
from services.energy.metering.domain.incoming import Int

_SHARD_METERS: Final = 1000
# Days apart share a lock, or a batch of many meters' whole past would fill the server's lock table.
_DAYS: Final = 8
_SPACE: Final = 0x6D << 48

_LOCK: Final = "SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key"
_TRY: Final = """
SELECT key, pg_try_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key
"""


async def lock_days(session: AsyncSession, meter_index: Int, day: Int) -> None:
    """Wait for the days' locks, all in one order so that no two wait for each other. Call once a transaction."""
    connection = await raw_connection(session)
    await connection.execute(_LOCK, np.unique(_keys(meter_index, day)).tolist())


async def try_lock_days(session: AsyncSession, meter_index: Int, day: Int) -> NDArray[np.bool_]:
    """Take those of the days' locks that are free, without waiting: which ones, one entry a day."""
    keys, place = np.unique(_keys(meter_index, day), return_inverse=True)
    connection = await raw_connection(session)
    found = await connection.fetch(_TRY, keys.tolist())
    held = {row[0] for row in found if row[1]}
    return np.isin(keys, list(held))[place]


def _keys(meter_index: Int, day: Int) -> Int:
    return _SPACE + (meter_index // _SHARD_METERS) * _DAYS + day % _DAYS
