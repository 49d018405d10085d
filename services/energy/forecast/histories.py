"""The load of nodes over years: summed once from their curves, kept, and summed anew where anything changed.

Adding up the curves of 20,000 meters for 400 days takes minutes, and a forecast is issued every hour. So the
sums of days are kept (``forecast_load``). The last days are summed anew each time; an older one is once its
curves changed (``follow_touched``), or the structure of the grid that holds on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np

from libs.common.context import Context
from services.energy.forecast import load_repository as repository
from services.energy.forecast.domain.due import STANDARD_MINUTES
from services.energy.forecast.domain.series import SLOTS, Floats, Ints, Load, Mask
from services.energy.grid.loads import read_many
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, local_minute
from services.energy.metering.touched import TouchedDays

# Days before this one that are summed anew whenever they are asked for.
FRESH_DAYS: Final = 2


async def read_histories(
    ctx: Context, nodes: Sequence[UUID], first_day: int, last_day: int, least: Mapping[UUID, float]
) -> dict[UUID, Load]:
    """The loads of nodes on these days; a slot with less than the node's ``least`` share of its meters is NaN."""
    await repository.share_loads(ctx.session)
    kept = await repository.kept_loads(ctx.session, nodes, first_day, last_day)
    days = last_day - first_day + 1
    place = {node: number for number, node in enumerate(nodes)}
    load = np.full((len(nodes), days, SLOTS), np.nan)
    there = np.zeros((len(nodes), days, SLOTS))
    rows = np.array([place[node] for node in kept.node], np.int64)
    columns = kept.day - first_day
    load[rows, columns], there[rows, columns] = kept.load_kw, kept.completeness
    read_at = np.full((len(nodes), days), np.nan)
    read_at[rows, columns] = kept.read_at
    is_wanted = await _wanted(ctx, read_at, first_day)
    for group, first, last in _runs(is_wanted):
        found = await read_many(ctx.session, [nodes[one] for one in group], first_day + first, first_day + last)
        written: list[dict[str, Any]] = []
        for one in group:
            told = found[nodes[one]]
            load[one, first : last + 1], there[one, first : last + 1] = told.load_kw, told.completeness
            settled = told.day < _today(ctx.now) - FRESH_DAYS
            facts = (told.day[settled], told.load_kw[settled], told.completeness[settled])
            written += _rows(nodes[one], *facts, ctx.now)
        await repository.keep_loads(ctx.session, written)
    return {
        node: Load(first_day, _complete(load[number], there[number], least[node]))
        for number, node in enumerate(nodes)
    }


async def _wanted(ctx: Context, read_at: Floats, first_day: int) -> Mask:
    """(nodes, days): what is not kept, is too fresh to be kept, or was summed before the structure changed."""
    days = np.arange(read_at.shape[1])
    # The last days are never kept, so they are among those that are not.
    wanted = ~np.isfinite(read_at)
    with np.errstate(invalid="ignore"):
        known = read_at[np.isfinite(read_at)]
        if len(known):
            for at, begins in await repository.structure_changes(ctx.session, float(known.min())):
                wanted |= (read_at <= at) & (days >= begins - first_day)
    return wanted


def _runs(is_wanted: Mask) -> Iterable[tuple[list[int], int, int]]:
    """Stretches of days with the nodes that want all of them, so that few statements read them."""
    groups: dict[tuple[int, int], list[int]] = {}
    for node, wanted in enumerate(is_wanted):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], wanted.astype(np.int8), [0]])))
        for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            groups.setdefault((first, after - 1), []).append(node)
    return [(members, first, last) for (first, last), members in sorted(groups.items())]


def _rows(node: UUID, days: Ints, load_kw: Floats, completeness: Floats, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "node_id": node,
            "day": date_of(day),
            "load_kw": load_kw[row].tolist(),
            "completeness": completeness[row].tolist(),
            "read_at": at,
        }
        for row, day in enumerate(days.tolist())
    ]


def _today(now: datetime) -> int:
    return local_minute(now, STANDARD_MINUTES) // MINUTES_A_DAY


def _complete(load_kw: Floats, completeness: Floats, least: float) -> Floats:
    return np.where(completeness >= least, load_kw, np.nan)


async def follow_touched(ctx: Context, touched: Sequence[TouchedDays]) -> None:
    """Forget the kept sums of days whose curves changed; those that are summed anew anyway are left alone."""
    today = _today(ctx.now)
    days = {day for item in touched for day in np.unique(item.day).tolist() if day < today - FRESH_DAYS}
    if days:
        # Whoever has read the old curves keeps their sums first: what is forgotten stays so.
        await repository.own_loads(ctx.session)
        await repository.forget_days(ctx.session, days)
