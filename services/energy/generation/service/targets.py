"""Targets of generation, and how the year stands against them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy.plants import GenerationTargetRecordedV1
from libs.common.outbox.record import record_event
from libs.common.registry.queries import region_name
from libs.common.web.problems import FieldError, NotFound
from services.energy.generation import day_repository, repository, target_repository, wording
from services.energy.generation.day_tables import GenerationTargetRow
from services.energy.generation.domain.pace import (
    MonthOutput,
    Pace,
    Profile,
    ProfileSource,
    given,
    learned,
    linear,
    pace_of,
)
from services.energy.generation.domain.plant import SLOTS, PlantKind
from services.energy.generation.errors import TargetInvalid, TargetNotFound
from services.energy.generation.service.recording import check_place
from services.energy.generation.tables import PlantRow

# Months may be rounded figures; more than this share beside the year is another year.
_TOLERANCE: Final = 0.001
_YEARS_BACK: Final = 6


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A year's target; ``basis``: where the seasons come from, with months if they are given."""

    region_code: str
    year: int
    energy_kwh: float
    basis: ProfileSource
    reason: str
    plant: PlantRow | None = None
    kind: PlantKind | None = None
    monthly_kwh: tuple[float, ...] | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


async def put_target(ctx: Context, facts: TargetFacts) -> tuple[GenerationTargetRow, bool]:
    """Set a target, or change the one that stands; returns it and whether it is the first.

    Raises TargetInvalid, PlantRegionInvalid, NotFound.
    """
    _check(ctx, facts)
    plant_id = None if facts.plant is None else facts.plant.id
    kind = None if facts.kind is None else facts.kind.value
    standing = await target_repository.target_of(ctx.session, facts.region_code, plant_id, kind, facts.year)
    row = GenerationTargetRow(
        id=ctx.new_id(),
        line_id=ctx.new_id() if standing is None else standing.line_id,
        version=1 if standing is None else standing.version + 1,
        region_code=facts.region_code,
        plant_id=plant_id,
        kind=kind,
        year=facts.year,
        energy_kwh=facts.energy_kwh,
        monthly_kwh=None if facts.monthly_kwh is None else list(facts.monthly_kwh),
        basis=facts.basis.value,
        reason=facts.reason,
        responsible_person_id=facts.responsible_person_id,
        responsible_unit_id=facts.responsible_unit_id,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    if standing is not None:
        standing.replaced_at = ctx.now
        await ctx.session.flush()
    ctx.session.add(row)
    await ctx.session.flush()
    await _tell(ctx, row, facts.plant, row.version)
    return row, standing is None


async def withdraw_target(ctx: Context, row: GenerationTargetRow, reason: str) -> GenerationTargetRow:
    """A target that stands counts no more. Raises TargetNotFound for one that was replaced."""
    standing = await target_repository.target_of(ctx.session, row.region_code, row.plant_id, row.kind, row.year)
    if standing is None or standing.id != row.id:
        raise TargetNotFound(target_id=row.id)
    standing.replaced_at = ctx.now
    await ctx.session.flush()
    plants = await repository.plants_by_id(ctx.session, [] if row.plant_id is None else [row.plant_id])
    plant = next(iter(plants.values()), None)
    await _tell(ctx, standing, plant, standing.version + 1, withdrawn=True, reason=reason)
    return standing


def _check(ctx: Context, facts: TargetFacts) -> None:
    check_place(ctx, facts.region_code, None if facts.plant is None else facts.plant.enterprise_id)
    if ctx.principal.is_enterprise_bound and facts.plant is None:
        # A region's target is not one enterprise's to set.
        raise NotFound
    errors = []
    if facts.plant is not None and (facts.kind is not None or facts.plant.region_code != facts.region_code):
        errors.append(FieldError("generation.target_of_another", "/plant_code"))
    if (facts.monthly_kwh is not None) != (facts.basis is ProfileSource.GIVEN):
        errors.append(FieldError("generation.months_missing", "/monthly_kwh"))
    elif facts.monthly_kwh is not None:
        together = sum(facts.monthly_kwh)
        if abs(together - facts.energy_kwh) > _TOLERANCE * facts.energy_kwh:
            params = {"months": together, "year": facts.energy_kwh}
            errors.append(FieldError("generation.months_differ", "/monthly_kwh", params))
    if errors:
        raise TargetInvalid(errors=errors)


async def _tell(
    ctx: Context,
    row: GenerationTargetRow,
    plant: PlantRow | None,
    version: int,
    *,
    withdrawn: bool = False,
    reason: str | None = None,
) -> None:
    payload = GenerationTargetRecordedV1(
        target_id=row.line_id,
        region_code=row.region_code,
        plant_id=row.plant_id,
        plant_code=None if plant is None else plant.code,
        kind=row.kind,
        year=row.year,
        energy_kwh=row.energy_kwh,
        monthly_kwh=None if row.monthly_kwh is None else tuple(row.monthly_kwh),
        basis=row.basis,
        reason=reason or row.reason,
        withdrawn=withdrawn,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.line_id),
        aggregate_version=version,
        region_code=row.region_code,
        enterprise_id=None if plant is None else plant.enterprise_id,
    )


async def plants_behind(ctx: Context, target: GenerationTargetRow) -> list[PlantRow]:
    """The plants whose energy counts for the target."""
    if target.plant_id is not None:
        return list((await repository.plants_by_id(ctx.session, [target.plant_id])).values())
    return await repository.plants_within(ctx.session, target.region_code, target.kind)


async def name_of(ctx: Context, target: GenerationTargetRow) -> tuple[str, str]:
    """How the target is called, in both languages."""
    if target.plant_id is not None:
        plants = await repository.plants_by_id(ctx.session, [target.plant_id])
        name = plants[target.plant_id].name
        return name, name
    place = await region_name(ctx.session, target.region_code) or target.region_code
    return wording.target_name(place, target.kind)


async def pace_of_target(ctx: Context, target: GenerationTargetRow, day: date, least_completeness: float) -> Pace:
    """The target by the end of ``day``, a day of its year."""
    plants = await plants_behind(ctx, target)
    begin = date(target.year, 1, 1)
    history = await _history(ctx, plants, date(target.year - _YEARS_BACK, 1, 1), begin - timedelta(days=1))
    so_far = await _history(ctx, plants, begin, day)
    months = so_far.get(target.year, {}).values()
    energy = sum(month.actual_kwh for month in months)
    return pace_of(
        target.energy_kwh,
        profile_of(target, history),
        day,
        energy,
        await _completeness(ctx, plants, begin, day),
        history,
        least_completeness,
    )


def profile_of(target: GenerationTargetRow, history: dict[int, dict[int, MonthOutput]]) -> Profile:
    """The target's seasons; without a complete year of history its days count alike, and the answer says so."""
    if target.monthly_kwh is not None:
        return given(target.monthly_kwh)
    if target.basis == ProfileSource.HISTORY:
        found = learned(history, target.year)
        if found is not None:
            return found
    return linear(target.year)


async def _history(
    ctx: Context, plants: list[PlantRow], first: date, last: date
) -> dict[int, dict[int, MonthOutput]]:
    expected: dict[date, int] = {}
    for plant in plants:
        month = first.replace(day=1)
        while month <= last:
            end = month.replace(day=calendar.monthrange(month.year, month.month)[1])
            due = _days_due(plant, max(month, first), min(end, last))
            expected[month] = expected.get(month, 0) + due * SLOTS
            month = end + timedelta(days=1)
    return await day_repository.history_of(ctx.session, [plant.id for plant in plants], first, last, expected)


async def _completeness(ctx: Context, plants: list[PlantRow], first: date, last: date) -> float | None:
    """Share of the slots of all the plants that are there, days that nobody computed missing among them."""
    due = sum(_days_due(plant, first, last) for plant in plants) * SLOTS
    if not due:
        return None
    months = await day_repository.months_of(ctx.session, [plant.id for plant in plants], first, last)
    return min(1.0, sum(output.whole for output in months.values()) / due)


def _days_due(plant: PlantRow, first: date, last: date) -> int:
    begins = max(first, plant.commissioned_on)
    ends = last if plant.retired_on is None else min(last, plant.retired_on - timedelta(days=1))
    return max(0, (ends - begins).days + 1)
