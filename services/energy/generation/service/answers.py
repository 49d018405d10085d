"""Answers to questions about plants: output with its losses, availability, totals of a region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.validity import holds_on
from services.energy.generation import day_repository, repository
from services.energy.generation.domain.availability import Factors, factors_of
from services.energy.generation.domain.output import Output, SlotFigures
from services.energy.generation.domain.plant import SLOT_HOURS, PlantKind, Unit
from services.energy.generation.errors import SpanTooLong
from services.energy.generation.service.recording import minute_of
from services.energy.generation.tables import PlantRow, PlantUnitRatingRow, PlantUnitRow
from services.energy.generation.world import days_between, load_worlds
from services.energy.metering.domain.slots import date_of
from services.energy.metering.errors import PeriodInverted

MAX_SLOT_DAYS = 31
MAX_DAYS = 400


def check_span(first: date, last: date, most: int) -> None:
    """Raises PeriodInverted, SpanTooLong."""
    if last < first:
        raise PeriodInverted(first=first, last=last)
    if (last - first).days >= most:
        raise SpanTooLong(max_days=most)


async def slots_of(ctx: Context, plant: PlantRow, first: date, last: date) -> list[tuple[date, SlotFigures]]:
    """By slot, computed now. Raises PeriodInverted, SpanTooLong."""
    check_span(first, last, MAX_SLOT_DAYS)
    days = days_between(first, last)
    world = (await load_worlds(ctx.session, [plant], days[0], days[-1]))[plant.id]
    return [(date_of(day), world.figures(day)) for day in days]


async def days_of(ctx: Context, plant: PlantRow, first: date, last: date) -> list[tuple[date, Output]]:
    """Raises PeriodInverted, SpanTooLong."""
    check_span(first, last, MAX_DAYS)
    return await day_repository.days_of(ctx.session, plant.id, first, last)


async def months_of(ctx: Context, plant: PlantRow, first: date, last: date) -> list[tuple[date, Output]]:
    """Months by their first day; the first and last may be parts. Raises PeriodInverted, SpanTooLong."""
    check_span(first, last, 3700)
    found = await day_repository.months_of(ctx.session, [plant.id], first, last)
    return [(month, output) for (_, month), output in found.items()]


@dataclass(frozen=True, slots=True)
class UnitAvailability:
    """A unit's factors, and what its own meters say it made; None where it has none or nothing is there."""

    unit: Unit
    capacity_kw: float | None
    factors: Factors
    energy_kwh: float | None
    completeness: float | None
    utilisation_hours: float | None


async def availability_of(
    ctx: Context, plant: PlantRow, first: date, last: date
) -> tuple[Factors, list[UnitAvailability]]:
    """Of the plant and of its units, of what is over by now. Raises PeriodInverted, SpanTooLong."""
    check_span(first, last, MAX_DAYS)
    days = days_between(first, last)
    world = (await load_worlds(ctx.session, [plant], days[0], days[-1]))[plant.id]
    until = minute_of(ctx.now)
    found = []
    for unit in world.units:
        energy = slots = there = 0.0
        for day in days:
            if unit.capacity_on(date_of(day)) is None or date_of(day) > today_of(ctx):
                continue
            made, present = world.net(day, unit.unit_id)
            energy += float(np.nansum(made)) * SLOT_HOURS
            there += float(np.count_nonzero(~np.isnan(made)))
            slots += len(present)
        capacity = unit.capacity_on(last)
        known = energy if there else None
        found.append(
            UnitAvailability(
                unit,
                capacity,
                factors_of([unit], first, last, until),
                known,
                there / slots if slots and there else None,
                None if known is None or not capacity else known / capacity,
            )
        )
    return factors_of(world.units, first, last, until), found


@dataclass(frozen=True, slots=True)
class KindTotal:
    """A kind's plants in a region over a span; ``utilisation_hours`` (利用小时) by the capacity at its end."""

    kind: PlantKind
    plants: int
    capacity_kw: float
    output: Output

    @property
    def utilisation_hours(self) -> float | None:
        has_output = self.capacity_kw > 0 and self.output.whole > 0
        return self.output.actual_kwh / self.capacity_kw if has_output else None


async def summary_of(ctx: Context, region_code: str, first: date, last: date) -> list[KindTotal]:
    """Totals by kind of the caller's plants in the region. Raises PeriodInverted, SpanTooLong."""
    check_span(first, last, 3700)
    plants = await repository.plants_within(ctx.session, region_code, principal=ctx.principal)
    sums = await day_repository.sums_of(ctx.session, [plant.id for plant in plants], first, last)
    capacity = await _capacities(ctx, [plant.id for plant in plants], min(last, today_of(ctx)))
    found = []
    for kind in PlantKind:
        own = [plant.id for plant in plants if plant.kind == kind]
        if own:
            output = sum((sums[one] for one in own if one in sums), Output())
            found.append(KindTotal(kind, len(own), sum(capacity.get(one, 0.0) for one in own), output))
    return found


async def _capacities(ctx: Context, plant_ids: Sequence[UUID], day: date) -> dict[UUID, float]:
    units = {unit.id: unit.plant_id for unit in await repository.parts_of(ctx.session, PlantUnitRow, plant_ids)}
    found: dict[UUID, float] = {}
    for rating in await repository.facts_of_units(ctx.session, PlantUnitRatingRow, list(units)):
        if holds_on(rating, day):
            plant_id = units[rating.unit_id]
            found[plant_id] = found.get(plant_id, 0.0) + rating.capacity_kw
    return found


def utilisation_hours(output: Output) -> float | None:
    """Full-load hours (发电利用小时) of a plant: energy over the mean capacity of the slots."""
    if not output.slots or not output.slots_kwh or not output.whole:
        return None
    mean_kw = output.slots_kwh / (output.slots * SLOT_HOURS)
    return output.actual_kwh / mean_kw
