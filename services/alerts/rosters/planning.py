"""Keeping rosters: their facts, rotations, holiday lists and single shifts. The roster's row is locked first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region
from services.alerts.rosters import repository
from services.alerts.rosters.domain.rotation import DaysCovered, Member, Period, people_of
from services.alerts.rosters.domain.schedule import DutyRole
from services.alerts.rosters.errors import (
    AssignmentNotFound,
    AssignmentOverlap,
    BothRoles,
    RosterKnown,
    RosterNotFound,
    RotationNotFound,
    SpanNotOrdered,
    SpanPast,
    UnknownPerson,
)
from services.alerts.rosters.tables import AssignmentRow, RosterRow, RotationRow
from services.alerts.trail.service import actor_of


@dataclass(frozen=True, slots=True)
class Place:
    """A shift as it is entered: from when to when, who, and who if the first cannot."""

    starts_at: datetime
    ends_at: datetime
    primary: UUID
    backup: UUID | None


async def get_roster(ctx: Context, code: str, *, lock: bool = False) -> RosterRow:
    """Raises RosterNotFound."""
    row = await repository.find_roster(ctx.session, ctx.principal, code, lock=lock)
    if row is None:
        raise RosterNotFound(roster_code=code)
    return row


async def create_roster(ctx: Context, code: str, facts: dict[str, Any]) -> RosterRow:
    """Raises RosterKnown, SpanNotOrdered, and NotFound for a region that is not the caller's."""
    ensure_region(ctx.principal, facts["region_code"])
    if await repository.roster_by_code(ctx.session, code) is not None:
        raise RosterKnown(roster_code=code)
    _demand_order(facts["valid_from"], facts.get("valid_to"))
    row = RosterRow(id=ctx.new_id(), code=code, changed_by=actor_of(ctx.principal), changed_at=ctx.now, **facts)
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def change_roster(ctx: Context, row: RosterRow, changes: dict[str, Any]) -> None:
    """Change a locked roster's names, warning time or end. Raises SpanNotOrdered."""
    _demand_order(row.valid_from, changes.get("valid_to", row.valid_to))
    for name, value in changes.items():
        setattr(row, name, value)
    await touch(ctx, row)


async def add_rotation(
    ctx: Context,
    roster: RosterRow,
    *,
    valid_from: date,
    valid_to: date | None,
    period: Period,
    days: DaysCovered,
    handovers: Sequence[time],
    handover_weekday: int,
    members: Sequence[Member],
    reason: str,
) -> RotationRow:
    """Let members take turns from a day on; the rotation of the same days that runs then ends the day before.

    Raises SpanPast, SpanNotOrdered, UnknownPerson, BothRoles.
    """
    if valid_from < today_of(ctx):
        raise SpanPast(ends_at=valid_from)
    _demand_order(valid_from, valid_to)
    for each in members:
        _demand_two(each.primary, each.backup)
    await _demand_known(ctx, people_of(members))
    for earlier in await repository.rotations(ctx.session, roster.id):
        runs_on = earlier.valid_to is None or earlier.valid_to > valid_from
        if earlier.days == days.value and runs_on:
            # What was to begin later never does; what runs ends here.
            earlier.valid_to = max(earlier.valid_from, valid_from)
    row = RotationRow(
        id=ctx.new_id(),
        roster_id=roster.id,
        valid_from=valid_from,
        valid_to=valid_to,
        period=period.value,
        days=days.value,
        handovers=[each.isoformat("minutes") for each in handovers],
        handover_weekday=handover_weekday,
        members=[
            {"primary": str(each.primary), "backup": None if each.backup is None else str(each.backup)}
            for each in members
        ],
        reason=reason,
        made_by=actor_of(ctx.principal),
        made_at=ctx.now,
    )
    ctx.session.add(row)
    await touch(ctx, roster)
    return row


async def end_rotation(ctx: Context, roster: RosterRow, rotation_id: UUID, ends_on: date) -> RotationRow:
    """Let a rotation cover no day from `ends_on` on. Raises RotationNotFound, SpanPast."""
    rows = await repository.rotations(ctx.session, roster.id)
    row = next((row for row in rows if row.id == rotation_id), None)
    if row is None:
        raise RotationNotFound
    if ends_on < today_of(ctx):
        raise SpanPast(ends_at=ends_on)
    row.valid_to = max(row.valid_from, ends_on)
    await touch(ctx, roster)
    return row


async def enter_shift(ctx: Context, roster: RosterRow, place: Place, reason: str) -> list[AssignmentRow]:
    """Put people on duty for a time, above rotation and holiday lists.

    Raises SpanNotOrdered, SpanPast, BothRoles, UnknownPerson, AssignmentOverlap.
    """
    await demand_sensible(ctx, [place])
    for role, person in _roles(place):
        overlaps = await repository.overlapping(
            ctx.session, roster.id, "entered", role, place.starts_at, place.ends_at
        )
        if person is not None and overlaps:
            raise AssignmentOverlap(role=role.value, starts_at=place.starts_at, ends_at=place.ends_at)
    rows = assign(ctx, roster, place, layer="entered", reason=reason)
    await touch(ctx, roster)
    return rows


async def take_back(ctx: Context, roster: RosterRow, assignment_id: UUID, reason: str) -> AssignmentRow:
    """Take an entered shift or one of a swap back; what lies below counts again.

    Raises AssignmentNotFound, SpanPast.
    """
    row = await repository.find_assignment(ctx.session, roster.id, assignment_id)
    if row is None:
        raise AssignmentNotFound
    if row.ends_at <= ctx.now:
        raise SpanPast(ends_at=row.ends_at)
    withdraw(ctx, row, reason)
    await touch(ctx, roster)
    return row


def assign(
    ctx: Context, roster: RosterRow, place: Place, *, layer: str, reason: str, holiday_id: UUID | None = None
) -> list[AssignmentRow]:
    rows = [
        AssignmentRow(
            id=ctx.new_id(),
            roster_id=roster.id,
            layer=layer,
            role=role.value,
            person_id=person,
            starts_at=place.starts_at,
            ends_at=place.ends_at,
            holiday_id=holiday_id,
            reason=reason,
            made_by=actor_of(ctx.principal),
            made_at=ctx.now,
        )
        for role, person in _roles(place)
        if person is not None
    ]
    ctx.session.add_all(rows)
    return rows


def withdraw(ctx: Context, row: AssignmentRow, reason: str) -> None:
    row.taken_back_by, row.taken_back_at = actor_of(ctx.principal), ctx.now
    row.taken_back_reason = reason


async def demand_sensible(ctx: Context, places: Sequence[Place], *, also_past: bool = False) -> None:
    for place in places:
        if place.ends_at <= place.starts_at:
            raise SpanNotOrdered(starts_at=place.starts_at, ends_at=place.ends_at)
        if place.ends_at <= ctx.now and not also_past:
            raise SpanPast(ends_at=place.ends_at)
        _demand_two(place.primary, place.backup)
    await _demand_known(ctx, {person for place in places for _, person in _roles(place) if person is not None})


async def _demand_known(ctx: Context, person_ids: Collection[UUID]) -> None:
    known = await repository.people(ctx.session, person_ids)
    for person in sorted(set(person_ids) - set(known)):
        raise UnknownPerson(person_id=person)


async def touch(ctx: Context, roster: RosterRow) -> None:
    roster.version += 1
    roster.changed_by, roster.changed_at = actor_of(ctx.principal), ctx.now
    await ctx.session.flush()


def _roles(place: Place) -> tuple[tuple[DutyRole, UUID | None], ...]:
    return ((DutyRole.PRIMARY, place.primary), (DutyRole.BACKUP, place.backup))


def _demand_two(primary: UUID, backup: UUID | None) -> None:
    if primary == backup:
        raise BothRoles(person_id=primary)


def _demand_order(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise SpanNotOrdered(starts_at=valid_from, ends_at=valid_to - timedelta(days=1))
