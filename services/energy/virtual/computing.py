"""Computing virtual meters: the days that their members' changes touched, or a span that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.database import raw_connection
from services.energy.metering.curve_reader import read_days
from services.energy.metering.curve_repository import Loaded, ensure_months, load_rows, write_rows
from services.energy.metering.day_locks import lock_days
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.merge import Counts, Merged, Revision, StoredRows
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.rank import COMPUTED_RANK
from services.energy.metering.domain.slots import date_of
from services.energy.metering.touched import TouchedDays, note_touched
from services.energy.virtual.domain.combining import Curves, aligned, combine
from services.energy.virtual.domain.formula import Member, ordered
from services.energy.virtual.repository import Network, load_network

_DELETE: Final = """
DELETE FROM curve_day WHERE meter_index = $1 AND quantity = $2
  AND day = ANY (SELECT date '1970-01-01' + number FROM unnest($3::int[]) AS number)
"""


async def follow_touched(ctx: Context, touched: Sequence[TouchedDays]) -> None:
    """Compute the virtual meters of the touched days anew, and those days only; follows the touched days' job."""
    network = await load_network(ctx.session)
    await compute(ctx, network, targets_of(network, touched))


def targets_of(network: Network, touched: Sequence[TouchedDays]) -> dict[int, set[int]]:
    """Days by virtual meter that hang on the touched ones, over however many virtual meters between."""
    parents = network.parents()
    by_meter: dict[int, set[int]] = {}
    for item in touched:
        known = np.isin(item.meter_index, list(parents))
        for index, day in zip(item.meter_index[known].tolist(), item.day[known].tolist(), strict=True):
            by_meter.setdefault(index, set()).add(day)
    targets: dict[int, set[int]] = {}
    waiting = list(by_meter.items())
    while waiting:
        index, days = waiting.pop()
        for parent in sorted(parents.get(index, ())):
            fresh = days - targets.get(parent, set())
            if fresh:
                targets.setdefault(parent, set()).update(fresh)
                waiting.append((parent, fresh))
    return targets


async def compute(ctx: Context, network: Network, targets: Mapping[int, set[int]]) -> int:
    """Compute days of virtual meters, members before what is made of them; returns how many days changed."""
    wanted = {index: np.array(sorted(days), np.int64) for index, days in targets.items() if days}
    if not wanted:
        return 0
    indexes = np.concatenate([np.full(len(days), index) for index, days in wanted.items()])
    days = np.concatenate(list(wanted.values()))
    await ensure_months(ctx.session, [date_of(day) for day in np.unique(days).tolist()])
    await lock_days(ctx.session, indexes, days)
    run_id, changed = ctx.new_id(), 0
    for index in ordered(network.formulas, wanted):
        changed += await _compute_meter(ctx.session, network, index, wanted[index], run_id, ctx.now)
    return changed


async def _compute_meter(
    session: AsyncSession, network: Network, index: int, day: Int, run_id: UUID, at: datetime
) -> int:
    meter, formula = network.meters[index], network.formulas[index]
    day = day[(day >= meter.first_day) & (day <= meter.last_day)]
    if not len(day):
        return 0
    found = await _member_curves(session, network, formula.members, day, meter.slots)
    curves = combine(
        formula, day, [(member, found[member.meter_index]) for member in formula.members], meter.slots
    )
    quantity = meter.quantity.number
    loaded = await load_rows(session, quantity, meter.slots, np.full(len(day), index), day)
    merged, revision = _merged(meter, day, curves, loaded)
    await write_rows(session, merged, Loaded(loaded.rows, revision), quantity, [run_id], at)
    is_empty = ~(merged.quality != Quality.MISSING).any(axis=1)
    gone = np.flatnonzero(is_empty & ~merged.is_new)
    if len(gone):
        connection = await raw_connection(session)
        await connection.execute(_DELETE, index, quantity, merged.day[gone].tolist())
    touched = np.unique(np.concatenate((np.flatnonzero(merged.changed), gone)))
    await note_touched(session, quantity, merged.meter_index[touched], merged.day[touched])
    return len(touched)


async def _member_curves(
    session: AsyncSession, network: Network, members: Sequence[Member], day: Int, slots: int
) -> dict[int, Curves]:
    """Curves of the members on these days, (days, slots) each, missing where there is no row."""
    groups: dict[tuple[int, int], set[int]] = {}
    for member in members:
        meter = network.meters[member.meter_index]
        groups.setdefault((meter.quantity.number, meter.slots), set()).add(member.meter_index)
    curves: dict[int, Curves] = {}
    for (quantity, own_slots), indexes in sorted(groups.items()):
        rows = await read_days(session, quantity, sorted(indexes), int(day[0]), int(day[-1]), own_slots)
        for index in sorted(indexes):
            own = np.flatnonzero(rows.meter_index == index)
            place = np.searchsorted(day, rows.day[own])
            hit = day[np.minimum(place, len(day) - 1)] == rows.day[own]
            values = np.full((len(day), own_slots), np.nan, np.float32)
            quality = np.zeros((len(day), own_slots), np.uint8)
            values[place[hit]], quality[place[hit]] = rows.values[own[hit]], rows.quality[own[hit]]
            curves[index] = aligned(Curves(values, quality), slots)
    return curves


def _merged(meter: Meter, day: Int, curves: Curves, loaded: Loaded) -> tuple[Merged, Int]:
    """The rows to write, and the revisions of those that exist; what a person edited stands."""
    rows = loaded.rows
    place = np.searchsorted(day, rows.day)
    values, quality = curves.values.copy(), curves.quality.copy()
    rank = np.full(values.shape, COMPUTED_RANK, np.int64)
    before = _before(rows, place, values.shape)
    # So does an estimate of ours where nothing can be computed: the next computation would fill it again.
    is_filled = (quality == Quality.MISSING) & (before.quality != Quality.MISSING) & (before.rank < COMPUTED_RANK)
    stands = (before.rank > COMPUTED_RANK) | is_filled
    values[stands], quality[stands] = before.values[stands], before.quality[stands]
    rank[stands] = before.rank[stands]
    is_new = np.ones(len(day), bool)
    is_new[place] = False
    is_set = quality != Quality.MISSING
    differs = (quality != before.quality) | ((values != before.values) & is_set)
    replaced = differs & (before.quality != Quality.MISSING)
    revisions = [
        Revision(
            0,
            0,
            meter.meter_index,
            int(day[row]),
            int(slot),
            float(before.values[row, slot]),
            float(values[row, slot]),
        )
        for row, slot in zip(*np.nonzero(replaced), strict=True)
    ]
    top = np.where(is_set, rank, 0).max(axis=1)
    uneven = np.flatnonzero((is_set & (rank != top[:, None])).any(axis=1)).tolist()
    merged = Merged(
        slots=meter.slots,
        meter_index=np.full(len(day), meter.meter_index),
        day=day,
        values=values,
        quality=quality,
        top_rank=top,
        is_new=is_new,
        changed=differs.any(axis=1) & is_set.any(axis=1),
        counts=Counts(*(np.zeros(1, np.int64) for _ in range(4))),
        slot_ranks={row: np.where(is_set[row], rank[row], top[row]) for row in uneven},
        revisions=revisions,
    )
    return merged, loaded.revision


def _before(rows: StoredRows, place: NDArray[np.intp], shape: tuple[int, ...]) -> StoredRows:
    """The stored rows among the days, missing where there is none; ranks of missing slots are 0."""
    values, quality = np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint8)
    rank = np.zeros(shape, np.int64)
    values[place], quality[place] = rows.values, rows.quality
    rank[place] = np.where(rows.quality != Quality.MISSING, rows.rank, 0)
    return StoredRows(rows.meter_index, rows.day, values, quality, rank)
