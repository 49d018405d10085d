"""Day rows computed anew outside of the worker's merge: written where they differ, with what they replace."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.curve_repository import Batch, Loaded, write_revisions, write_rows
from services.energy.metering.domain.incoming import Int, day_keys
from services.energy.metering.domain.merge import Counts, Merged, Revisions, StoredRows, uneven_ranks
from services.energy.metering.domain.quality import Quality
from services.energy.metering.touched import note_touched


def laid_over(rows: StoredRows, wanted: StoredRows) -> StoredRows:
    """The stored rows in the places of the wanted ones; missing, of rank 0, where there is none."""
    place = np.searchsorted(day_keys(wanted.meter_index, wanted.day), day_keys(rows.meter_index, rows.day))
    values = np.full(wanted.values.shape, np.nan, np.float32)
    quality, rank = np.zeros(values.shape, np.uint8), np.zeros(values.shape, np.int64)
    values[place], quality[place] = rows.values, rows.quality
    rank[place] = np.where(rows.quality != Quality.MISSING, rows.rank, 0)
    return StoredRows(wanted.meter_index, wanted.day, values, quality, rank)


async def replace_rows(
    session: AsyncSession, quantity: int, wanted: StoredRows, loaded: Loaded, change_id: UUID, at: datetime
) -> int:
    """Write rows as they are to be; returns how many changed. The caller holds the locks of their days.

    ``wanted``: rows in order of meter and day, among them all of ``loaded``, which is what is stored of them. A
    row that has no value any more stays, empty: the numbers of its revisions go on. ``change_id`` stands beside
    what was replaced, as a receipt's id does.
    """
    before = laid_over(loaded.rows, wanted)
    is_set = wanted.quality != Quality.MISSING
    differs = (wanted.quality != before.quality) | ((wanted.values != before.values) & is_set)
    replaced = differs & (before.quality != Quality.MISSING)
    row, slot = np.nonzero(replaced)
    order = np.arange(len(row))
    revisions = Revisions(
        order=order,
        part=order * 0,
        meter_index=wanted.meter_index[row],
        day=wanted.day[row],
        slot=slot,
        before=before.values[row, slot],
        after=wanted.values[row, slot],
    )
    is_new = ~(before.quality != Quality.MISSING).any(axis=1)
    top = np.where(is_set, wanted.rank, 0).max(axis=1, initial=0)
    merged = Merged(
        slots=wanted.values.shape[1],
        meter_index=wanted.meter_index,
        day=wanted.day,
        values=wanted.values,
        quality=wanted.quality,
        top_rank=top,
        is_new=is_new,
        changed=differs.any(axis=1),
        counts=Counts(*(np.zeros(1, np.int64) for _ in range(4))),
        uneven=uneven_ranks(np.arange(len(top)), wanted.rank, is_set, top),
        revisions=revisions,
    )
    keys = day_keys(wanted.meter_index, wanted.day)
    known = np.searchsorted(keys, day_keys(loaded.rows.meter_index, loaded.rows.day))
    revision, is_row = np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
    revision[known], is_row[known] = loaded.revision, True

    def rows_of(meter: Int, of_day: Int) -> Int:
        return np.searchsorted(keys, day_keys(meter, of_day))

    meter, of_day, number = await write_revisions(
        session, revisions, quantity, Batch([change_id], at), lambda meter, day: revision[rows_of(meter, day)]
    )
    np.maximum.at(revision, rows_of(meter, of_day), number)
    await write_rows(session, merged, revision, is_row, quantity)
    touched = np.flatnonzero(differs.any(axis=1))
    await note_touched(session, quantity, wanted.meter_index[touched], wanted.day[touched])
    return len(touched)
