"""Baselines of an activation's orders from stored curves: which days made each, which did not and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from libs.common.context import Context
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.energy.activations.domain.baseline import (
    Baselines,
    Candidates,
    Definition,
    Skipped,
    baselines,
    candidates,
)
from services.energy.activations.domain.quarters import QUARTERS_A_DAY, Floats, Int, Mask
from services.energy.activations.domain.verification import Unknown
from services.energy.activations.loads import read_loads
from services.energy.activations.normal_days import Unusual, unusual_days
from services.energy.activations.tables import ActivationOrderRow
from services.energy.metering.domain.slots import date_of

# So many like days more than are wanted are read at a time; who has not enough in them is read further back.
_MORE: Final = 2

Members = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """``kw`` (n, 96) by quarter of the day; ``days`` and ``skipped`` of each order; NaN and why where none."""

    kw: Floats
    days: list[list[date]]
    skipped: list[list[tuple[date, Skipped]]]
    unknown: list[Unknown | None]


async def make_baselines(
    ctx: Context,
    definition: Definition,
    orders: Sequence[ActivationOrderRow],
    members: Members,
    event: tuple[date, Int],
    calendar: WorkCalendar,
) -> Made:
    """The baselines for ``event``, its day and the quarters of the day it covers. Raises ArchiveUnreadable.

    ``members``: indexes of each order's meters.
    """
    count = len(orders)
    try:
        found = candidates(definition, event[0], calendar)
    except UnknownCalendarYear:
        nothing = np.full((count, QUARTERS_A_DAY), np.nan)
        unknown: list[Unknown | None] = [Unknown.CALENDAR_UNKNOWN] * count
        return Made(nothing, [[] for _ in orders], [[] for _ in orders], unknown)
    like = np.array(found.like, np.int64)
    unusual: list[Unusual] = [{} for _ in orders]
    if len(like):
        unusual = await unusual_days(ctx.session, orders, members, (int(like[0]), int(like[-1])))
    is_normal = np.array([[day not in own for day in found.like] for own in unusual], bool).reshape(
        count, len(like)
    )
    load = await _loads(ctx, definition, members, like, is_normal)
    made = baselines(definition, load, is_normal, event[1])
    return Made(
        kw=made.kw,
        days=[[date_of(int(day)) for day in like[row]] for row in made.chosen],
        skipped=[_skipped(found, like, made, unusual[place], place) for place in range(count)],
        unknown=[None if number else Unknown.BASELINE_DAYS_SHORT for number in made.count.tolist()],
    )


async def _loads(ctx: Context, definition: Definition, members: Members, like: Int, is_normal: Mask) -> Floats:
    """Loads of like days (n, days, 96), read from the newest back until every order has its days."""
    load = np.full((len(members), len(like), QUARTERS_A_DAY), np.nan)
    waiting = np.arange(len(members))
    end, step = len(like), definition.days + _MORE
    while end > 0 and len(waiting):
        first = max(0, end - step)
        days = like[first:end]
        begun, over = int(days[0]), int(days[-1]) + 1
        read = await read_loads(
            ctx.session,
            [members[place] for place in waiting.tolist()],
            begun * QUARTERS_A_DAY,
            over * QUARTERS_A_DAY,
        )
        load[waiting, first:end] = read.reshape(len(waiting), over - begun, QUARTERS_A_DAY)[:, days - begun]
        share = np.isfinite(load[waiting]).mean(axis=2)
        usable = is_normal[waiting] & (share >= definition.min_completeness)
        waiting = waiting[usable.sum(axis=1) < definition.days]
        end = first
    return load


def _skipped(
    found: Candidates, like: Int, made: Baselines, unusual: Unusual, place: int
) -> list[tuple[date, Skipped]]:
    """Days from the oldest that counted on, or of the whole time where too few did, that did not count."""
    chosen = like[made.chosen[place]]
    trimmed = set(like[made.trimmed[place]].tolist())
    oldest = int(chosen.min()) if len(chosen) else 0
    why: dict[int, Skipped] = {day: reason for day, reason in found.skipped.items() if day >= oldest}
    for day in like.tolist():
        if day >= oldest and day not in chosen:
            why[day] = unusual.get(day) or (Skipped.TRIMMED if day in trimmed else Skipped.INCOMPLETE)
    return [(date_of(day), why[day]) for day in sorted(why)]
