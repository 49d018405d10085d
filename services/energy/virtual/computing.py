"""Computing virtual meters: the days that their members' changes touched, or a span that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.energy.archive.service import bring_back
from services.energy.metering.curve_reader import read_days
from services.energy.metering.curve_repository import ensure_months
from services.energy.metering.day_locks import lock_days
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.merge import StoredRows
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.rank import COMPUTED_RANK
from services.energy.metering.domain.slots import date_of
from services.energy.metering.merging import load_held
from services.energy.metering.replacing import laid_over, replace_rows
from services.energy.metering.touched import TouchedDays, days_of_meters
from services.energy.virtual.domain.combining import Curves, aligned, combine
from services.energy.virtual.domain.formula import Member, ordered
from services.energy.virtual.repository import Network, load_network


async def follow_touched(ctx: Context, touched: Sequence[TouchedDays]) -> None:
    """Compute the virtual meters of the touched days anew, and those days only; follows the touched days' job."""
    network = await load_network(ctx.session)
    await compute(ctx, network, targets_of(network, touched))


def targets_of(network: Network, touched: Sequence[TouchedDays]) -> dict[int, set[int]]:
    """Days by virtual meter that hang on the touched ones, over however many virtual meters between."""
    parents = network.parents()
    targets: dict[int, set[int]] = {}
    waiting = list(days_of_meters(touched, parents).items())
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
    await bring_back(ctx, days.tolist())
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
    loaded = await load_held(session, quantity, meter.slots, np.full(len(day), index), day, at)
    wanted = _wanted(index, day, curves, loaded.rows)
    return await replace_rows(session, quantity, wanted, loaded, run_id, at)


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


def _wanted(index: int, day: Int, curves: Curves, rows: StoredRows) -> StoredRows:
    """The rows as they are to be: what a person edited stands.

    So does an estimate of ours where nothing can be computed: it would be filled again.
    """
    rank = np.full(curves.values.shape, COMPUTED_RANK, np.int64)
    computed = StoredRows(np.full(len(day), index), day, curves.values, curves.quality, rank)
    before = laid_over(rows, computed)
    is_there = before.quality != Quality.MISSING
    is_filled = (curves.quality == Quality.MISSING) & is_there & (before.rank < COMPUTED_RANK)
    stands = (before.rank > COMPUTED_RANK) | is_filled
    return StoredRows(
        computed.meter_index,
        day,
        np.where(stands, before.values, curves.values),
        np.where(stands, before.quality, curves.quality),
        np.where(stands, before.rank, rank),
    )
