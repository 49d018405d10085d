"""States of units and limits of dispatch: recorded, changed, ended, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from libs.common.context import Context
from libs.common.contracts.energy.plants import PlantLimitRecordedV1, PlantUnitStateRecordedV1
from libs.common.workdays import SHANGHAI
from services.energy import dated
from services.energy.generation import repository
from services.energy.generation.day_tables import PlantLimitRow, PlantUnitStateRow
from services.energy.generation.domain.plant import LimitCause, State, StateCause
from services.energy.generation.errors import (
    PlantFactsOverlap,
    PlantPartWithdrawn,
    PlantPeriodInverted,
    PlantStateInFuture,
    PlantStateInvalid,
)
from services.energy.generation.service.computing import due_since
from services.energy.generation.service.recording import advance, in_utc, tell
from services.energy.generation.service.watching import watch_plants
from services.energy.generation.tables import PlantRow, PlantUnitRatingRow, PlantUnitRow

# A longer one is the end of a unit, not an outage of it.
MAX_SPAN: Final = timedelta(days=1100)


@dataclass(frozen=True, slots=True)
class StateFacts:
    """A state as it is recorded; ``ends_at`` None while it lasts."""

    state: State
    cause: StateCause
    starts_at: datetime
    reason: str
    ends_at: datetime | None = None
    expected_end_at: datetime | None = None
    available_kw: float | None = None


async def record_state(ctx: Context, plant: PlantRow, unit: PlantUnitRow, facts: StateFacts) -> PlantUnitStateRow:
    """A unit of a locked plant enters a state; one that was open until then ends with it.

    Raises PlantStateInvalid, PlantStateInFuture, PlantPeriodInverted, PlantFactsOverlap.
    """
    row = PlantUnitStateRow(
        id=ctx.new_id(),
        plant_id=plant.id,
        unit_id=unit.id,
        state=facts.state.value,
        starts_at=in_utc(facts.starts_at) or ctx.now,
        ends_at=in_utc(facts.ends_at),
        expected_end_at=in_utc(facts.expected_end_at),
        available_kw=facts.available_kw,
        cause=facts.cause.value,
        reason=facts.reason,
        version=1,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        changed_at=ctx.now,
    )
    await _check_state(ctx, unit, row)
    others = [one for one in await _states(ctx, plant, unit) if one.withdrawn_at is None]
    before = next((one for one in others if one.ends_at is None and one.starts_at < row.starts_at), None)
    _refuse_meeting([one for one in others if one is not before], row)
    if before is not None:
        before.ends_at = row.starts_at
        before.version += 1
        before.changed_at = ctx.now
        await ctx.session.flush()
    ctx.session.add(row)
    await _told(ctx, plant, unit, row)
    return row


async def change_state(
    ctx: Context, plant: PlantRow, row: PlantUnitStateRow, facts: Mapping[str, Any]
) -> PlantUnitStateRow:
    """Change or end a state of a locked plant.

    Raises PlantPartWithdrawn, PlantStateInvalid, PlantStateInFuture, PlantPeriodInverted, PlantFactsOverlap.
    """
    if row.withdrawn_at is not None:
        raise PlantPartWithdrawn(plant=plant.code, part=str(row.id))
    before = row.starts_at
    other = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if not other:
        return row
    for name, value in other.items():
        setattr(row, name, in_utc(value) if name.endswith("_at") else value)
    unit = await repository.get_part(ctx.session, PlantUnitRow, plant, row.unit_id)
    await _check_state(ctx, unit, row)
    _refuse_meeting([one for one in await _states(ctx, plant, unit) if one.withdrawn_at is None], row)
    row.version += 1
    row.changed_at = ctx.now
    await _told(ctx, plant, unit, row, since=min(before, row.starts_at))
    return row


async def withdraw_state(ctx: Context, plant: PlantRow, row: PlantUnitStateRow, reason: str) -> PlantUnitStateRow:
    """A state of a locked plant was none. Withdrawn again, it stays so."""
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_reason, row.changed_at = ctx.now, reason, ctx.now
        row.version += 1
        unit = await repository.get_part(ctx.session, PlantUnitRow, plant, row.unit_id)
        await _told(ctx, plant, unit, row)
    return row


async def _states(ctx: Context, plant: PlantRow, unit: PlantUnitRow) -> list[PlantUnitStateRow]:
    rows = await repository.parts_of(ctx.session, PlantUnitStateRow, [plant.id])
    return [row for row in rows if row.unit_id == unit.id]


async def _check_state(ctx: Context, unit: PlantUnitRow, row: PlantUnitStateRow) -> None:
    _check_period(row.starts_at, row.ends_at)
    # What is planned may lie ahead; what broke has broken, and nobody knows when it will run again.
    ahead = [at for at in (row.starts_at, row.ends_at) if at is not None and at > ctx.now]
    if ahead and row.state in {State.OUTAGE_FORCED, State.AVAILABLE}:
        raise PlantStateInFuture(state=row.state, at=ahead[0])
    if (row.state == State.REDUCED) != (row.available_kw is not None):
        raise PlantStateInvalid(state=row.state, available_kw=row.available_kw)
    if row.available_kw is not None:
        ratings = await repository.facts_of_units(ctx.session, PlantUnitRatingRow, [unit.id])
        rating = dated.of_day(ratings, row.starts_at.astimezone(SHANGHAI).date())
        if rating is None or not 0 <= row.available_kw < rating.capacity_kw:
            raise PlantStateInvalid(state=row.state, available_kw=row.available_kw)


def _refuse_meeting(others: list[PlantUnitStateRow], row: PlantUnitStateRow) -> None:
    for one in others:
        begins_before = row.ends_at is None or one.starts_at < row.ends_at
        ends_after = one.ends_at is None or row.starts_at < one.ends_at
        if one.id != row.id and begins_before and ends_after:
            raise PlantFactsOverlap(valid_from=one.starts_at, valid_to=one.ends_at)


async def _told(
    ctx: Context, plant: PlantRow, unit: PlantUnitRow, row: PlantUnitStateRow, since: datetime | None = None
) -> None:
    await advance(ctx, plant)
    await tell(
        ctx,
        plant,
        PlantUnitStateRecordedV1,
        state_id=row.id,
        unit_code=unit.code,
        state=row.state,
        cause=row.cause,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        available_kw=row.available_kw,
        withdrawn=row.withdrawn_at is not None,
        reason=row.withdrawn_reason or row.reason,
    )
    await due_since(ctx, plant, (since or row.starts_at).astimezone(SHANGHAI).date())
    await watch_plants(ctx, [plant])


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """A limit as dispatch ordered it; ``order_no`` is its own number, by which it is recorded once."""

    starts_at: datetime
    limit_kw: float
    cause: LimitCause
    reason: str
    ends_at: datetime | None = None
    order_no: str | None = None


async def record_limit(ctx: Context, plant: PlantRow, facts: LimitFacts) -> PlantLimitRow:
    """Dispatch limits a locked plant; of limits that overlap the lowest counts. Raises PlantPeriodInverted.

    An order number that stands already is the database's to refuse.
    """
    _check_period(facts.starts_at, facts.ends_at)
    row = PlantLimitRow(
        id=ctx.new_id(),
        plant_id=plant.id,
        starts_at=in_utc(facts.starts_at) or ctx.now,
        ends_at=in_utc(facts.ends_at),
        limit_kw=facts.limit_kw,
        cause=facts.cause.value,
        order_no=facts.order_no,
        reason=facts.reason,
        version=1,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    await _limited(ctx, plant, row, row.starts_at)
    return row


async def change_limit(
    ctx: Context, plant: PlantRow, row: PlantLimitRow, facts: Mapping[str, Any]
) -> PlantLimitRow:
    """Change, lift or end a limit of a locked plant. Raises PlantPartWithdrawn, PlantPeriodInverted."""
    if row.withdrawn_at is not None:
        raise PlantPartWithdrawn(plant=plant.code, part=str(row.id))
    other = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if other:
        since = row.starts_at
        for name, value in other.items():
            setattr(row, name, in_utc(value) if name.endswith("_at") else value)
        _check_period(row.starts_at, row.ends_at)
        row.version += 1
        row.changed_at = ctx.now
        await _limited(ctx, plant, row, min(since, row.starts_at))
    return row


async def withdraw_limit(ctx: Context, plant: PlantRow, row: PlantLimitRow, reason: str) -> PlantLimitRow:
    """A limit of a locked plant never was ordered. Withdrawn again, it stays so."""
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_reason, row.changed_at = ctx.now, reason, ctx.now
        row.version += 1
        await _limited(ctx, plant, row, row.starts_at)
    return row


async def _limited(ctx: Context, plant: PlantRow, row: PlantLimitRow, since: datetime) -> None:
    await advance(ctx, plant)
    await tell(
        ctx,
        plant,
        PlantLimitRecordedV1,
        limit_id=row.id,
        limit_kw=row.limit_kw,
        cause=row.cause,
        order_no=row.order_no,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        withdrawn=row.withdrawn_at is not None,
        reason=row.withdrawn_reason or row.reason,
    )
    await due_since(ctx, plant, since.astimezone(SHANGHAI).date())


def _check_period(starts_at: datetime, ends_at: datetime | None) -> None:
    if ends_at is not None and not timedelta() < ends_at - starts_at <= MAX_SPAN:
        raise PlantPeriodInverted(starts=starts_at, ends=ends_at)
