"""Powers that no longer follow from their register are taken out of the curve: the slots are missing again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.curve_repository import load_rows
from services.energy.metering.domain.incoming import day_keys, split_keys
from services.energy.metering.domain.merge import StoredRows
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.rank import ESTIMATE_RANK
from services.energy.metering.replacing import replace_rows
from services.energy.registers.domain.windows import Derived


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
    values, kept = rows.values.copy(), rows.quality.copy()
    values[own, slot], kept[own, slot] = np.nan, Quality.MISSING
    wanted = StoredRows(rows.meter_index, rows.day, values, kept, rows.rank)
    await replace_rows(session, derived.quantity, wanted, loaded, receipt_id, at)
