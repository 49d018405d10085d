"""Registering plants and what they are made of, each fact from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from libs.common.context import Context
from libs.common.contracts.energy.plants import PlantRegisteredV1
from libs.common.validity import holds_on
from libs.common.web.problems import FieldError
from services.energy import dated
from services.energy.generation import repository
from services.energy.generation.domain.plant import MeterRole, PlantKind
from services.energy.generation.errors import (
    PlantCodeTaken,
    PlantFactsOverlap,
    PlantMeterTaken,
    PlantMeterUnfit,
    PlantModelInvalid,
    PlantPartNotFound,
    PlantPeriodInverted,
)
from services.energy.generation.models import FITTING, ModelKind, parse_model
from services.energy.generation.service.computing import due_since
from services.energy.generation.service.recording import (
    changed,
    check_place,
    check_span,
    place_fact,
    tell,
)
from services.energy.generation.tables import (
    PlantConnectionRow,
    PlantMeterRow,
    PlantRow,
    PlantUnitModelRow,
    PlantUnitRatingRow,
    PlantUnitRow,
)
from services.energy.grid.loads import find_node
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.repository import get_visible

# Signed by direction: what a meter counts as imported of the grid is not output of a plant.
_SIGNS: Final = {
    Quantity.ACTIVE_IMPORT_KW: 1,
    Quantity.ACTIVE_EXPORT_KW: 1,
    Quantity.ACTIVE_POWER_KW: 1,
}


@dataclass(frozen=True, slots=True)
class PlantFacts:
    """What is recorded of a plant beside its code."""

    name: str
    kind: PlantKind
    region_code: str
    commissioned_on: date
    enterprise_id: UUID | None = None
    river_or_site: str | None = None
    grid_voltage_kv: float | None = None
    retired_on: date | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    note: str = ""


async def register_plant(ctx: Context, code: str, facts: PlantFacts) -> PlantRow:
    """Raises PlantCodeTaken, PlantRegionInvalid, PlantPeriodInverted, NotFound."""
    check_place(ctx, facts.region_code, facts.enterprise_id)
    check_span(facts.commissioned_on, facts.retired_on)
    if await repository.find_code(ctx.session, code) is not None:
        raise PlantCodeTaken(code=code)
    row = PlantRow(
        id=ctx.new_id(),
        code=code,
        **asdict(facts) | {"kind": facts.kind.value},
        version=1,
        created_at=ctx.now,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await tell(ctx, row, PlantRegisteredV1)
    return row


async def change_plant(ctx: Context, plant: PlantRow, facts: Mapping[str, Any]) -> PlantRow:
    """Change facts of a locked plant. Raises PlantRegionInvalid, PlantPeriodInverted, NotFound."""
    other = {name: value for name, value in facts.items() if getattr(plant, name) != value}
    if not other:
        return plant
    for name, value in other.items():
        setattr(plant, name, value)
    check_place(ctx, plant.region_code, plant.enterprise_id)
    check_span(plant.commissioned_on, plant.retired_on)
    await changed(ctx, plant, sorted(other))
    if {"commissioned_on", "retired_on"} & set(other):
        await due_since(ctx, plant, plant.commissioned_on)
    return plant


async def connect(ctx: Context, plant: PlantRow, node_code: str, valid_from: date, valid_to: date | None) -> None:
    """Which node of the grid a locked plant feeds from a day on.

    Raises the grid's error for an unknown node, PlantPeriodInverted, PlantFactsOverlap.
    """
    node = await find_node(ctx.session, ctx.principal, node_code)
    known = await repository.parts_of(ctx.session, PlantConnectionRow, [plant.id])
    same, end = place_fact(known, valid_from, valid_to)
    await ctx.session.flush()
    facts = {"node_id": node.id, "node_code": node.code, "valid_to": end}
    _write(ctx, same, PlantConnectionRow, {"plant_id": plant.id, "valid_from": valid_from}, facts)
    await ctx.session.flush()
    await changed(ctx, plant, ["connection"], effective_on=valid_from)


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A new unit with its capacity from a day on."""

    code: str
    name: str
    capacity_kw: float
    valid_from: date
    valid_to: date | None = None
    maker: str | None = None
    model: str | None = None


async def add_unit(ctx: Context, plant: PlantRow, facts: UnitFacts) -> PlantUnitRow:
    """A unit goes into service at a locked plant. Raises PlantCodeTaken, PlantPeriodInverted."""
    check_span(facts.valid_from, facts.valid_to)
    if facts.valid_from < plant.commissioned_on:
        raise PlantPeriodInverted(starts=facts.valid_from, ends=plant.commissioned_on)
    units = await repository.parts_of(ctx.session, PlantUnitRow, [plant.id])
    if any(unit.code == facts.code for unit in units):
        raise PlantCodeTaken(code=f"{plant.code}/{facts.code}")
    unit = PlantUnitRow(
        id=ctx.new_id(),
        plant_id=plant.id,
        code=facts.code,
        name=facts.name,
        maker=facts.maker,
        model=facts.model,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(unit)
    await ctx.session.flush()
    rating = {"capacity_kw": facts.capacity_kw, "valid_to": facts.valid_to, "reason": "commissioned"}
    _write(ctx, None, PlantUnitRatingRow, {"unit_id": unit.id, "valid_from": facts.valid_from}, rating)
    await ctx.session.flush()
    await changed(ctx, plant, ["units"], unit_code=unit.code, effective_on=facts.valid_from)
    await due_since(ctx, plant, facts.valid_from)
    return unit


async def rate_unit(
    ctx: Context,
    plant: PlantRow,
    unit: PlantUnitRow,
    capacity_kw: float,
    valid_from: date,
    valid_to: date | None,
    reason: str,
) -> None:
    """Another capacity of a unit of a locked plant. Raises PlantPeriodInverted, PlantFactsOverlap."""
    known = await repository.facts_of_units(ctx.session, PlantUnitRatingRow, [unit.id])
    same, end = place_fact(known, valid_from, valid_to)
    facts = {"capacity_kw": capacity_kw, "valid_to": end, "reason": reason}
    _write(ctx, same, PlantUnitRatingRow, {"unit_id": unit.id, "valid_from": valid_from}, facts)
    await ctx.session.flush()
    await changed(ctx, plant, ["units"], unit_code=unit.code, effective_on=valid_from, reason=reason)
    await due_since(ctx, plant, valid_from)


async def retire_unit(ctx: Context, plant: PlantRow, unit: PlantUnitRow, on: date, reason: str) -> None:
    """Take a unit of a locked plant out of service from a day on. Raises PlantPartNotFound, PlantFactsOverlap."""
    known = await repository.facts_of_units(ctx.session, PlantUnitRatingRow, [unit.id])
    rating = next((one for one in known if holds_on(one, on) and one.valid_from < on), None)
    if rating is None:
        raise PlantPartNotFound(plant=plant.code, part=f"{unit.code} {on}")
    later = next((one for one in known if one.valid_from >= on), None)
    if later is not None:
        raise PlantFactsOverlap(valid_from=later.valid_from, valid_to=later.valid_to)
    rating.valid_to = on
    await ctx.session.flush()
    await changed(ctx, plant, ["units"], unit_code=unit.code, effective_on=on, reason=reason)
    await due_since(ctx, plant, on)


async def model_unit(
    ctx: Context,
    plant: PlantRow,
    unit: PlantUnitRow,
    kind: ModelKind,
    parameters: Mapping[str, Any],
    valid_from: date,
    valid_to: date | None,
    source: str,
) -> None:
    """What a unit of a locked plant makes of its resource from a day on.

    Raises PlantModelInvalid, PlantPeriodInverted, PlantFactsOverlap.
    """
    if kind is not FITTING.get(PlantKind(plant.kind)):
        raise PlantModelInvalid(kind=plant.kind, model=kind.value)
    try:
        parsed = parse_model(kind, parameters)
    except ValidationError as error:
        errors = [
            FieldError(fault["type"], "/parameters/" + "/".join(map(str, fault["loc"])), {"message": fault["msg"]})
            for fault in error.errors(include_url=False)
        ]
        raise PlantModelInvalid(kind=plant.kind, model=kind.value, errors=errors) from error
    known = await repository.facts_of_units(ctx.session, PlantUnitModelRow, [unit.id])
    same, end = place_fact(known, valid_from, valid_to)
    facts = {"kind": kind.value, "parameters": parsed.model_dump(), "valid_to": end, "source": source}
    _write(ctx, same, PlantUnitModelRow, {"unit_id": unit.id, "valid_from": valid_from}, facts)
    await ctx.session.flush()
    await changed(ctx, plant, ["models"], unit_code=unit.code, effective_on=valid_from)
    await due_since(ctx, plant, valid_from)


async def place_meter(
    ctx: Context,
    plant: PlantRow,
    meter_no: str,
    role: MeterRole,
    unit: PlantUnitRow | None,
    valid_from: date,
    valid_to: date | None,
    counts_backwards: bool = False,
) -> PlantMeterRow:
    """A meter counts for a locked plant from a day on.

    Raises MeterNotFound, PlantMeterUnfit, PlantMeterTaken, PlantPeriodInverted.
    """
    check_span(valid_from, valid_to)
    meter = await get_visible(ctx.session, ctx.principal, meter_no)
    sign = _SIGNS.get(meter.quantity)
    if sign is None or (unit is None) == (role is MeterRole.UNIT):
        raise PlantMeterUnfit(meter_no=meter_no, quantity=meter.quantity.value, role=role.value)
    await repository.lock_meter(ctx.session, meter.meter_index)
    met = dated.meeting(await repository.places_of_meter(ctx.session, meter.meter_index), valid_from, valid_to)
    if met is not None:
        raise PlantMeterTaken(meter_no=meter_no, valid_from=met.valid_from)
    row = PlantMeterRow(
        id=ctx.new_id(),
        plant_id=plant.id,
        unit_id=None if unit is None else unit.id,
        meter_no=meter.meter_no,
        meter_index=meter.meter_index,
        role=role.value,
        sign=-sign if counts_backwards else sign,
        valid_from=valid_from,
        valid_to=valid_to,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await changed(ctx, plant, ["meters"], effective_on=valid_from)
    await due_since(ctx, plant, valid_from)
    return row


async def end_meter(ctx: Context, plant: PlantRow, place: PlantMeterRow, valid_to: date | None) -> None:
    """Another end of a meter's place at a locked plant. Raises PlantPeriodInverted, PlantMeterTaken."""
    check_span(place.valid_from, valid_to)
    await repository.lock_meter(ctx.session, place.meter_index)
    others = await repository.places_of_meter(ctx.session, place.meter_index)
    met = dated.meeting([one for one in others if one.id != place.id], place.valid_from, valid_to)
    if met is not None:
        raise PlantMeterTaken(meter_no=place.meter_no, valid_from=met.valid_from)
    ends = [day for day in (place.valid_to, valid_to) if day is not None]
    if place.valid_to == valid_to:
        return
    place.valid_to = valid_to
    await changed(ctx, plant, ["meters"], effective_on=min(ends))
    await due_since(ctx, plant, min(ends))


def _write(ctx: Context, row: Any, table: Any, key: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    stamps = {"recorded_at": ctx.now, "recorded_by": ctx.principal.subject}
    if row is None:
        ctx.session.add(table(id=ctx.new_id(), **key, **facts, **stamps))
        return
    for name, value in {**facts, **stamps}.items():
        setattr(row, name, value)
