"""Naming and revoking stand-ins."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from libs.common.context import Context
from libs.common.security.principal import Role
from libs.common.security.scope import ensure_region
from services.alerts.rosters import repository
from services.alerts.rosters.domain.stand_ins import StandIn, StandInScope, StandInWhen, cycle
from services.alerts.rosters.errors import (
    AbsenceWithoutEnd,
    SpanNotOrdered,
    SpanPast,
    StandInCycle,
    StandInForSelf,
    StandInNotFound,
    StandInNotYours,
    StandInRevoked,
    UnknownPerson,
)
from services.alerts.rosters.tables import StandInRow
from services.alerts.trail.service import actor_of

_LONGEST_ABSENCE = timedelta(days=366)
_LEADING = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.LEADER})


async def name_stand_in(
    ctx: Context,
    *,
    person: UUID,
    stand_in: UUID,
    when: StandInWhen,
    scope: StandInScope,
    starts_at: datetime | None,
    ends_at: datetime | None,
    reason: str,
) -> StandInRow:
    """Let somebody answer for a person from `starts_at` (default: now) on.

    Raises StandInForSelf, UnknownPerson, StandInNotYours, SpanNotOrdered, SpanPast, AbsenceWithoutEnd,
    StandInCycle, and NotFound for a person of another region.
    """
    begins = starts_at or ctx.now
    if person == stand_in:
        raise StandInForSelf
    known = await repository.people(ctx.session, {person, stand_in})
    for each in (person, stand_in):
        if each not in known:
            raise UnknownPerson(person_id=each)
    ensure_region(ctx.principal, known[person].region_code)
    if ctx.principal.role not in _LEADING and ctx.principal.person_id != person:
        raise StandInNotYours
    if ends_at is not None and ends_at <= begins:
        raise SpanNotOrdered(starts_at=begins, ends_at=ends_at)
    if ends_at is not None and ends_at <= ctx.now:
        raise SpanPast(ends_at=ends_at)
    if when is StandInWhen.AWAY and (ends_at is None or ends_at - begins > _LONGEST_ABSENCE):
        raise AbsenceWithoutEnd
    await repository.lock_stand_ins(ctx.session)
    new = StandIn(ctx.new_id(), person, stand_in, when, scope, begins, ends_at)
    await _demand_no_circle(ctx, new)
    row = StandInRow(
        id=new.id,
        person_id=person,
        stand_in_id=stand_in,
        region_code=known[person].region_code,
        when_asked=when.value,
        scope=scope.value,
        starts_at=begins,
        ends_at=ends_at,
        reason=reason,
        named_by=actor_of(ctx.principal),
        named_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def get_stand_in(ctx: Context, stand_in_id: UUID, *, lock: bool = False) -> StandInRow:
    """Raises StandInNotFound."""
    row = await repository.find_stand_in(ctx.session, ctx.principal, stand_in_id, lock=lock)
    if row is None:
        raise StandInNotFound
    return row


async def end_stand_in(ctx: Context, row: StandInRow, ends_at: datetime) -> None:
    """Let a locked stand-in end at another time, as when somebody comes back earlier.

    Raises StandInNotYours, StandInRevoked, SpanNotOrdered, SpanPast, AbsenceWithoutEnd, StandInCycle.
    """
    _demand_live(ctx, row)
    if ends_at <= row.starts_at:
        raise SpanNotOrdered(starts_at=row.starts_at, ends_at=ends_at)
    if ends_at < ctx.now:
        raise SpanPast(ends_at=ends_at)
    if row.when_asked == StandInWhen.AWAY.value and ends_at - row.starts_at > _LONGEST_ABSENCE:
        raise AbsenceWithoutEnd
    await repository.lock_stand_ins(ctx.session)
    longer = StandIn(
        row.id,
        row.person_id,
        row.stand_in_id,
        StandInWhen(row.when_asked),
        StandInScope(row.scope),
        row.starts_at,
        ends_at,
    )
    await _demand_no_circle(ctx, longer)
    row.ends_at, row.version = ends_at, row.version + 1
    await ctx.session.flush()


async def revoke_stand_in(ctx: Context, row: StandInRow, reason: str) -> None:
    """End a locked stand-in now. Raises StandInNotYours, StandInRevoked."""
    _demand_live(ctx, row)
    row.revoked_by, row.revoked_at, row.revoked_reason = actor_of(ctx.principal), ctx.now, reason
    row.version += 1
    await ctx.session.flush()


def _demand_live(ctx: Context, row: StandInRow) -> None:
    if ctx.principal.role not in _LEADING and ctx.principal.person_id != row.person_id:
        raise StandInNotYours
    if row.revoked_at is not None:
        raise StandInRevoked(revoked_at=row.revoked_at)


async def _demand_no_circle(ctx: Context, new: StandIn) -> None:
    circle = cycle(await repository.stand_ins_from(ctx.session, new.starts_at), new)
    if circle is not None:
        named = await repository.names(ctx.session, circle)
        raise StandInCycle(chain=" → ".join(named.get(each, str(each)) for each in circle))
