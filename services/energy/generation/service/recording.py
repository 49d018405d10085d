"""What every change of a plant goes through: scope, lock, a version, its event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy.plants import PlantChangedV1, PlantPayload
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, reaches_region
from libs.common.validity import holds_on
from libs.common.web.problems import FieldError
from services.energy import dated
from services.energy.generation import repository
from services.energy.generation.errors import PlantFactsOverlap, PlantPeriodInverted, PlantRegionInvalid
from services.energy.generation.tables import (
    PlantConnectionRow,
    PlantRow,
    PlantUnitRatingRow,
    PlantUnitRow,
)
from services.energy.metering.domain.slots import MINUTES_A_DAY, instant_of, local_minute

# Plants are told by Chinese standard time, as dispatch does.
OFFSET: Final = 480


def minute_of(instant: datetime) -> int:
    """Minutes of standard time since 1970."""
    return local_minute(instant, OFFSET)


def midnight_of(day: int) -> datetime:
    """When the day (since 1970) begins."""
    return instant_of(day * MINUTES_A_DAY, OFFSET)


def in_utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)


def check_place(ctx: Context, region_code: str, enterprise_id: UUID | None) -> None:
    """Raises PlantRegionInvalid, NotFound."""
    try:
        regions.validate(region_code)
    except regions.InvalidRegionCode as error:
        fault = FieldError("meter.region_invalid", "/region_code", {"region_code": region_code})
        raise PlantRegionInvalid(region_code=region_code, errors=[fault]) from error
    if not reaches_region(ctx.principal, region_code):
        raise PlantRegionInvalid(region_code=region_code)
    ensure_enterprise(ctx.principal, enterprise_id)


def check_span(valid_from: date, valid_to: date | None) -> None:
    """Raises PlantPeriodInverted."""
    if valid_to is not None and valid_to <= valid_from:
        raise PlantPeriodInverted(starts=valid_from, ends=valid_to)


def place_fact(known: Iterable[Any], valid_from: date, valid_to: date | None) -> tuple[Any, date | None]:
    """Make room for a fact among rows of one key: the same beginning's row, if any, and the new end.

    The row that holds until then is ended. Raises PlantPeriodInverted, PlantFactsOverlap.
    """
    check_span(valid_from, valid_to)
    rows = list(known)
    same = next((row for row in rows if row.valid_from == valid_from), None)
    try:
        before, end = dated.placed((row for row in rows if row is not same), valid_from, valid_to)
    except dated.Meets as met:
        raise PlantFactsOverlap(valid_from=met.fact.valid_from, valid_to=met.fact.valid_to) from met
    if before is not None:
        before.valid_to = valid_from
    return same, end


async def advance(ctx: Context, plant: PlantRow) -> None:
    """The next version of a locked plant."""
    plant.version += 1
    plant.changed_at, plant.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()


async def tell(ctx: Context, plant: PlantRow, event: type[PlantPayload], **facts: Any) -> None:
    """Record an event of the plant as it is now; its version has been raised."""
    today = today_of(ctx)
    connections = await repository.parts_of(ctx.session, PlantConnectionRow, [plant.id])
    connection = dated.of_day(connections, today)
    payload = event(
        plant_id=plant.id,
        code=plant.code,
        name=plant.name,
        kind=plant.kind,
        region_code=plant.region_code,
        enterprise_id=plant.enterprise_id,
        node_code=None if connection is None else connection.node_code,
        capacity_kw=await capacity_on(ctx, [plant.id], today),
        commissioned_on=plant.commissioned_on,
        retired_on=plant.retired_on,
        **facts,
    )
    await record_event(
        ctx,
        payload,
        subject=str(plant.id),
        aggregate_version=plant.version,
        region_code=plant.region_code,
        enterprise_id=plant.enterprise_id,
    )


async def changed(ctx: Context, plant: PlantRow, names: Sequence[str], **facts: Any) -> None:
    """Raise the version and tell of the change."""
    await advance(ctx, plant)
    await tell(ctx, plant, PlantChangedV1, changed=tuple(names), **facts)


async def capacity_on(ctx: Context, plant_ids: Sequence[UUID], day: date) -> float:
    """kW of the units in service on the day, of all the plants together."""
    units = await repository.parts_of(ctx.session, PlantUnitRow, plant_ids)
    ratings = await repository.facts_of_units(ctx.session, PlantUnitRatingRow, [unit.id for unit in units])
    return float(sum(rating.capacity_kw for rating in ratings if holds_on(rating, day)))
