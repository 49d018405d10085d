"""Values that do not come by the log: edits and estimates, through the same merge and under the days' locks."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.curve_repository import Batch
from services.energy.metering.day_locks import lock_days
from services.energy.metering.domain.incoming import (
    CurvePatches,
    Incoming,
    Int,
    PointPatches,
    Qualities,
    Values,
    day_keys,
    distinct_days,
    split_keys,
)
from services.energy.metering.merging import Stored, load_held, store
from services.energy.metering.touched import note_touched

# Instead of a rank: the slot's own, so that whatever would have replaced its value replaces this one too.
SLOTS_OWN: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Single values to be written, no NaN among them; a slot stands once.

    ``before``: the value that must stand in the slot where ``rank`` is ``SLOTS_OWN``, else the cell is left alone.
    """

    meter_index: Int
    day: Int
    slot: Int
    values: Values
    quality: Qualities
    rank: Int
    before: Values

    def __len__(self) -> int:
        return len(self.day)


async def lock_cells(session: AsyncSession, cells: Cells) -> None:
    """Take the locks of the cells' days: what is read after this stands until the transaction ends."""
    await lock_days(session, cells.meter_index, cells.day)


async def write_cells(
    session: AsyncSession, quantity: int, slots: int, cells: Cells, change_id: UUID, recorded_at: datetime
) -> Stored:
    """Merge the cells, write and note what changed; the caller holds the days' locks.

    What the change replaces is kept among the revisions under ``change_id``.
    """
    points = _points(await _with_ranks(session, quantity, slots, cells, recorded_at))
    incoming = Incoming(quantity, slots, 1, _no_curves(slots), points)
    stored = await store(session, incoming, Batch([change_id], recorded_at))
    await note_touched(session, quantity, *distinct_days(incoming))
    return stored


async def _with_ranks(session: AsyncSession, quantity: int, slots: int, cells: Cells, now: datetime) -> Cells:
    """Cells that take a slot's own rank get it; where one cannot, all of its meter are left for another time."""
    own = np.flatnonzero(cells.rank == SLOTS_OWN)
    if not len(own):
        return cells
    meter_index, day = split_keys(np.unique(day_keys(cells.meter_index[own], cells.day[own])))
    rows = (await load_held(session, quantity, slots, meter_index, day, now)).rows
    row_of = {key: row for row, key in enumerate(day_keys(rows.meter_index, rows.day).tolist())}
    keys = day_keys(cells.meter_index, cells.day).tolist()
    rank = cells.rank.copy()
    unfit: set[int] = set()
    for at in own.tolist():
        row, slot = row_of.get(keys[at]), cells.slot[at]
        if row is None or rows.values[row, slot] != cells.before[at]:
            unfit.add(int(cells.meter_index[at]))
        else:
            rank[at] = rows.rank[row, slot]
    ranked = replace(cells, rank=rank)
    holds = ~np.isin(cells.meter_index, sorted(unfit))
    return Cells(*(getattr(ranked, item.name)[holds] for item in fields(ranked)))


def _no_curves(slots: int) -> CurvePatches:
    none, empty = np.zeros(0, np.int64), np.zeros((0, slots), np.float32)
    return CurvePatches(none, none, empty, empty.astype(np.uint8), none, none, none)


def _points(cells: Cells) -> PointPatches:
    count = len(cells)
    return PointPatches(
        cells.meter_index,
        cells.day,
        cells.slot,
        cells.values,
        cells.quality,
        cells.rank,
        np.zeros(count, np.int64),
        np.arange(count, dtype=np.int64),
    )
