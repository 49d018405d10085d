"""Powers that no longer follow from their register are taken out of the curve: the slots are missing again."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.database import raw_connection
from services.energy.metering.curve_repository import load_rows, write_rows
from services.energy.metering.domain.incoming import Int, day_keys, split_keys
from services.energy.metering.domain.merge import Counts, Merged, Revision, StoredRows
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.rank import ESTIMATE_RANK
from services.energy.metering.touched import note_touched
from services.energy.registers.domain.windows import Derived

_DELETE: Final = """
DELETE FROM curve_day USING unnest($1::int[], $2::int[]) AS k (meter_index, day)
WHERE curve_day.meter_index = k.meter_index AND quantity = $3 AND curve_day.day = date '1970-01-01' + k.day
"""


async def clear_slots(session: AsyncSession, derived: Derived, receipt_id: UUID, at: datetime) -> None:
    """Clear the bare slots that hold a power from a register; what people edited or estimated stays."""
    is_told = derived.bare_rank > 0
    if not is_told.any():
        return
    meter_index, day = derived.bare_meter[is_told], derived.bare_day[is_told]
    slot, rank = derived.bare_slot[is_told], derived.bare_rank[is_told]
    keys = np.unique(day_keys(meter_index, day))
    loaded = await load_rows(session, derived.quantity, derived.slots, *split_keys(keys))
    rows = loaded.rows
    own = np.searchsorted(day_keys(rows.meter_index, rows.day), day_keys(meter_index, day))
    known = np.append(day_keys(rows.meter_index, rows.day), -1)
    is_there = known[np.minimum(own, len(known) - 1)] == day_keys(meter_index, day)
    own, slot, rank = own[is_there], slot[is_there], rank[is_there]
    quality, stored = rows.quality[own, slot], rows.rank[own, slot]
    cleared = (
        (quality != Quality.MISSING) & (quality != Quality.EDITED) & (stored <= rank) & (stored > ESTIMATE_RANK)
    )
    own, slot = own[cleared], slot[cleared]
    if not len(own):
        return
    merged = _without(rows, own, slot, derived.slots)
    empty = np.flatnonzero(~(merged.quality != 0).any(axis=1))
    await write_rows(session, merged, loaded, derived.quantity, [receipt_id], at)
    connection = await raw_connection(session)
    await connection.execute(
        _DELETE, merged.meter_index[empty].tolist(), merged.day[empty].tolist(), derived.quantity
    )
    touched = np.unique(own)
    await note_touched(session, derived.quantity, rows.meter_index[touched], rows.day[touched])


def _without(rows: StoredRows, own: Int, slot: Int, slots: int) -> Merged:
    """The rows as they are written; those left empty are not, they go."""
    count = len(rows.day)
    revisions = [
        Revision(0, 0, int(rows.meter_index[row]), int(rows.day[row]), int(at), float(before), float("nan"))
        for row, at, before in zip(own.tolist(), slot.tolist(), rows.values[own, slot].tolist(), strict=True)
    ]
    values, quality, rank = rows.values.copy(), rows.quality.copy(), rows.rank.copy()
    values[own, slot], quality[own, slot] = np.nan, 0
    is_set = quality != 0
    top = np.where(is_set, rank, 0).max(axis=1)
    changed = np.zeros(count, bool)
    changed[own] = True
    uneven = np.flatnonzero((is_set & (rank != top[:, None])).any(axis=1))
    return Merged(
        slots=slots,
        meter_index=rows.meter_index,
        day=rows.day,
        values=values,
        quality=quality,
        top_rank=top,
        is_new=np.zeros(count, bool),
        changed=changed & is_set.any(axis=1),
        counts=Counts(*(np.zeros(1, np.int64) for _ in range(4))),
        slot_ranks={row: np.where(is_set[row], rank[row], top[row]) for row in uneven.tolist()},
        revisions=revisions,
    )
