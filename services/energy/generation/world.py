"""What is known of plants for a span of days, read once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.validity import holds_on
from services.energy import dated
from services.energy.generation import repository, world_repository
from services.energy.generation.domain.availability import UnitDay, unit_day
from services.energy.generation.domain.output import SlotFigures, slot_figures
from services.energy.generation.domain.plant import (
    SLOTS,
    Floats,
    Limit,
    MeterRole,
    PlantKind,
    Rating,
    State,
    Stretch,
    Unit,
    to_slots,
)
from services.energy.generation.domain.potential import Model
from services.energy.generation.models import model_of
from services.energy.generation.tables import PlantRow
from services.energy.metering.curve_reader import read_days
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import (
    MINUTES_A_DAY,
    date_of,
    day_number,
    instant_of,
    local_minute,
    slots_a_day,
)

OFFSET = 480
Curves = dict[tuple[int, int], Floats]


@dataclass(slots=True)
class PlantWorld:
    """One plant: its units with states, models and meters by the time they hold, limits and given series."""

    plant: PlantRow
    units: list[Unit] = field(default_factory=list)
    models: dict[UUID, list[Row[Any]]] = field(default_factory=dict)
    meters: list[Row[Any]] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    series: dict[date, dict[Any, Floats]] = field(default_factory=dict)
    curves: Curves = field(default_factory=dict)
    _parsed: dict[UUID, Model] = field(default_factory=dict)

    def figures(self, day: int) -> SlotFigures:
        """The day by slot."""
        on = date_of(day)
        is_alive = self.plant.commissioned_on <= on and (
            self.plant.retired_on is None or on < self.plant.retired_on
        )
        units: list[tuple[UnitDay, Model | None]] = []
        for unit in self.units if is_alive else ():
            own = unit_day(unit, day)
            if own is not None:
                units.append((own, self._model(unit.unit_id, on)))
        actual, present = self.net(day)
        kind = PlantKind(self.plant.kind)
        return slot_figures(kind, units, self.series.get(on, {}), self.limits, day, actual, present)

    def net_meters(self, day: int) -> list[int]:
        """The meters behind the plant's net output on the day."""
        on = date_of(day)
        unit = MeterRole.UNIT.value
        return [one.meter_index for one in self.meters if one.role != unit and holds_on(one, on)]

    def net(self, day: int, unit_id: UUID | None = None) -> tuple[Floats, Floats]:
        """Net output by slot in kW, NaN where a meter is missing, and the share of meters that are there.

        Of one unit: what its own meters say.
        """
        on = date_of(day)
        meters = [
            meter
            for meter in self.meters
            if holds_on(meter, on)
            and (meter.unit_id == unit_id if unit_id is not None else meter.role != MeterRole.UNIT.value)
        ]
        if not meters:
            return np.full(SLOTS, np.nan), np.zeros(SLOTS)
        missing = np.full(SLOTS, np.nan)
        values = np.array([self.curves.get((meter.meter_index, day), missing) for meter in meters])
        signs = np.array([meter.sign * (MeterRole(meter.role).sign or 1) for meter in meters], np.float64)
        # No slot is a sum of some of its meters.
        return signs @ values, (~np.isnan(values)).mean(axis=0)

    def _model(self, unit_id: UUID, on: date) -> Model | None:
        row = dated.of_day(self.models.get(unit_id, ()), on)
        if row is None:
            return None
        if row.id not in self._parsed:
            self._parsed[row.id] = model_of(row.kind, row.parameters)
        return self._parsed[row.id]


async def load_worlds(
    session: AsyncSession, plants: Sequence[PlantRow], first: int, last: int
) -> dict[UUID, PlantWorld]:
    """The plants with all that is known of the days ``first`` to ``last`` (since 1970), both included."""
    worlds = {plant.id: PlantWorld(plant) for plant in plants}
    if not worlds:
        return worlds
    await _load_units(session, worlds, first, last)
    ids = list(worlds)
    begins, ends = _instants(first, last)
    for row in await repository.limits_touching(session, ids, begins, ends):
        worlds[row.plant_id].limits.append(Limit(*_minutes(row), row.limit_kw))
    series = await world_repository.series_of(session, ids, date_of(first), date_of(last))
    for (plant_id, day), values in series.items():
        worlds[plant_id].series[day] = values
    await _load_curves(session, worlds, first, last)
    return worlds


async def _load_units(session: AsyncSession, worlds: Mapping[UUID, PlantWorld], first: int, last: int) -> None:
    rows = await world_repository.units_of(session, list(worlds))
    ids = [row.id for row in rows]
    ratings: dict[UUID, list[Rating]] = {}
    for rating in await world_repository.ratings_of(session, ids):
        own = Rating(rating.valid_from, rating.valid_to, rating.capacity_kw)
        ratings.setdefault(rating.unit_id, []).append(own)
    models: dict[UUID, list[Row[Any]]] = {}
    for model in await world_repository.models_of(session, ids):
        models.setdefault(model.unit_id, []).append(model)
    begins, ends = _instants(first, last)
    states: dict[UUID, list[Stretch]] = {}
    for state in await repository.states_touching(session, list(worlds), begins, ends):
        stretch = Stretch(State(state.state), *_minutes(state), state.available_kw)
        states.setdefault(state.unit_id, []).append(stretch)
    for row in rows:
        world = worlds[row.plant_id]
        world.units.append(Unit(row.id, row.code, tuple(ratings.get(row.id, ())), tuple(states.get(row.id, ()))))
        world.models[row.id] = models.get(row.id, [])


async def _load_curves(session: AsyncSession, worlds: Mapping[UUID, PlantWorld], first: int, last: int) -> None:
    places = await world_repository.meters_of(session, list(worlds))
    for place in places:
        worlds[place.plant_id].meters.append(place)
    groups: dict[tuple[int, int], list[int]] = {}
    for meter in await world_repository.layouts_of(session, {place.meter_index for place in places}):
        key = (Quantity(meter.quantity).number, slots_a_day(meter.interval_minutes))
        groups.setdefault(key, []).append(meter.meter_index)
    curves: Curves = {}
    for (quantity, slots), indexes in groups.items():
        days = await read_days(session, quantity, sorted(indexes), first, last, slots)
        values = to_slots(days.values)
        for row, (index, day) in enumerate(zip(days.meter_index.tolist(), days.day.tolist(), strict=True)):
            curves[index, day] = values[row]
    for world in worlds.values():
        world.curves = curves


def _instants(first: int, last: int) -> tuple[Any, Any]:
    return instant_of(first * MINUTES_A_DAY, OFFSET), instant_of((last + 1) * MINUTES_A_DAY, OFFSET)


def _minutes(row: Any) -> tuple[int, int | None]:
    end = None if row.ends_at is None else local_minute(row.ends_at, OFFSET)
    return local_minute(row.starts_at, OFFSET), end


def days_between(first: date, last: date) -> range:
    return range(day_number(first), day_number(last) + 1)
