"""From touched curves and changed facts to the computed days of plants; the same facts always give the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.validity import holds_on
from services.energy.generation import day_repository, repository
from services.energy.generation.day_tables import PlantDueRow
from services.energy.generation.domain.output import Output, sum_up
from services.energy.generation.domain.plant import SLOT_MINUTES, SLOTS
from services.energy.generation.service.recording import minute_of
from services.energy.generation.tables import PlantRow
from services.energy.generation.world import load_worlds
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number
from services.energy.metering.touched import TouchedDays, days_of_meters, touched_meters

# So many days are computed in the request that changed them; those before wait for the job.
_AT_ONCE: Final = 62
_DUE_ROWS: Final = 20


async def follow_touched(ctx: Context, touched: Sequence[TouchedDays]) -> None:
    """Compute the days of plants whose meters were touched."""
    places = await repository.plants_of_meters(ctx.session, touched_meters(touched))
    days = days_of_meters(touched, {place.meter_index for place in places})
    wanted: dict[UUID, set[int]] = {}
    for place in places:
        own = {day for day in days[place.meter_index] if holds_on(place, date_of(day))}
        if own:
            wanted.setdefault(place.plant_id, set()).update(own)
    await compute_days(ctx, wanted)


async def due_since(ctx: Context, plant: PlantRow, first: date, last: date | None = None) -> None:
    """A fact of the plant changed for days from ``first`` on: compute the newest at once, note the rest."""
    today = today_of(ctx)
    last = min(last or today, today)
    first = max(first, plant.commissioned_on)
    if first > last:
        return
    near = max(first, last - timedelta(days=_AT_ONCE - 1))
    if first < near:
        earlier = near - timedelta(days=1)
        row = PlantDueRow(id=ctx.new_id(), plant_id=plant.id, first_day=first, last_day=earlier)
        await day_repository.add_due(ctx.session, [row])
    await compute_days(ctx, {plant.id: range(day_number(near), day_number(last) + 1)})


async def compute_due(ctx: Context) -> int:
    """Compute some of what waits, the newest days of each row first; returns how many rows it took."""
    taken = await day_repository.take_due(ctx.session, _DUE_ROWS)
    rest = []
    for row in taken:
        near = max(row.first_day, row.last_day - timedelta(days=_AT_ONCE - 1))
        if row.first_day < near:
            left = PlantDueRow(
                id=ctx.new_id(),
                plant_id=row.plant_id,
                first_day=row.first_day,
                last_day=near - timedelta(days=1),
            )
            rest.append(left)
        await compute_days(ctx, {row.plant_id: range(day_number(near), day_number(row.last_day) + 1)})
    await day_repository.add_due(ctx.session, rest)
    return len(taken)


async def compute_today(ctx: Context) -> None:
    """Yesterday and today of every plant, so that a day without any curve is a day of missing values."""
    today = day_number(today_of(ctx))
    plants = await repository.all_plants(ctx.session)
    await compute_days(ctx, {plant.id: (today - 1, today) for plant in plants})


async def compute_days(ctx: Context, wanted: Mapping[UUID, Iterable[int]]) -> None:
    """Compute and write days (since 1970) of plants; days ahead and before a plant's life are left out."""
    chosen = {plant_id: sorted(set(days)) for plant_id, days in wanted.items()}
    chosen = {plant_id: days for plant_id, days in chosen.items() if days}
    if not chosen:
        return
    plants = await repository.plants_by_id(ctx.session, list(chosen))
    first = min(days[0] for days in chosen.values())
    last = max(days[-1] for days in chosen.values())
    now = minute_of(ctx.now)
    # Plants of a call mostly share their days; a stray old day does not make everybody's history be read.
    spans = [(plants, first, last)]
    if last - first >= 2 * _AT_ONCE:
        spans = [({key: plants[key]}, days[0], days[-1]) for key, days in chosen.items() if key in plants]
    found: list[tuple[UUID, date, Output]] = []
    for members, begin, end in spans:
        worlds = await load_worlds(ctx.session, list(members.values()), begin, end)
        for plant_id, world in worlds.items():
            for day in chosen[plant_id]:
                if day * MINUTES_A_DAY < now and date_of(day) >= world.plant.commissioned_on:
                    over = _over(day, now)
                    found.append((plant_id, date_of(day), sum_up(world.figures(day), over)))
    await day_repository.put_days(ctx.session, found, ctx.now)


def _over(day: int, now: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which slots of the day have ended by now."""
    ended = (now - day * MINUTES_A_DAY) // SLOT_MINUTES
    return np.arange(SLOTS) < ended
