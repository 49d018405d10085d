"""Holiday lists of a roster (节假日值班表). The roster's row is locked first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from libs.common.context import Context
from services.alerts.rosters import repository
from services.alerts.rosters.errors import (
    AssignmentOverlap,
    HolidayNotFound,
    HolidayOverlap,
    OutsideHoliday,
    SpanNotOrdered,
    SpanPast,
)
from services.alerts.rosters.planning import Place, assign, demand_sensible, touch, withdraw
from services.alerts.rosters.tables import HolidayRow, RosterRow
from services.alerts.trail.service import actor_of


async def list_holiday(
    ctx: Context,
    roster: RosterRow,
    *,
    name_zh: str,
    name_en: str,
    starts_at: datetime,
    ends_at: datetime,
    places: Sequence[Place],
) -> HolidayRow:
    """Enter a holiday list: for its whole period the rotation rests.

    Raises SpanNotOrdered, SpanPast, HolidayOverlap, OutsideHoliday, AssignmentOverlap, BothRoles, UnknownPerson.
    """
    if ends_at <= starts_at:
        raise SpanNotOrdered(starts_at=starts_at, ends_at=ends_at)
    if ends_at <= ctx.now:
        raise SpanPast(ends_at=ends_at)
    if others := await repository.holidays(ctx.session, roster.id, starts_at, ends_at):
        raise HolidayOverlap(name_zh=others[0].name_zh, name_en=others[0].name_en)
    row = HolidayRow(
        id=ctx.new_id(),
        roster_id=roster.id,
        name_zh=name_zh,
        name_en=name_en,
        starts_at=starts_at,
        ends_at=ends_at,
        made_by=actor_of(ctx.principal),
        made_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await _fill(ctx, roster, row, places)
    return row


async def refill_holiday(
    ctx: Context, roster: RosterRow, holiday: HolidayRow, places: Sequence[Place], reason: str
) -> None:
    """Replace the shifts of a holiday list; the earlier ones stay readable. Raises what `list_holiday` does."""
    for earlier in await repository.of_holiday(ctx.session, holiday.id):
        withdraw(ctx, earlier, reason)
    holiday.version += 1
    await ctx.session.flush()
    await _fill(ctx, roster, holiday, places)


async def withdraw_holiday(ctx: Context, roster: RosterRow, holiday: HolidayRow, reason: str) -> None:
    """Take a holiday list back: the rotation counts again. Raises SpanPast."""
    if holiday.ends_at <= ctx.now:
        raise SpanPast(ends_at=holiday.ends_at)
    for each in await repository.of_holiday(ctx.session, holiday.id):
        withdraw(ctx, each, reason)
    holiday.withdrawn_at, holiday.version = ctx.now, holiday.version + 1
    await touch(ctx, roster)


async def get_holiday(ctx: Context, roster: RosterRow, holiday_id: UUID) -> HolidayRow:
    """Raises HolidayNotFound."""
    row = await repository.find_holiday(ctx.session, roster.id, holiday_id)
    if row is None:
        raise HolidayNotFound
    return row


async def _fill(ctx: Context, roster: RosterRow, holiday: HolidayRow, places: Sequence[Place]) -> None:
    await demand_sensible(ctx, places, also_past=True)
    for place in places:
        if place.starts_at < holiday.starts_at or place.ends_at > holiday.ends_at:
            raise OutsideHoliday(starts_at=place.starts_at, ends_at=place.ends_at)
    for earlier, later in pairwise(sorted(places, key=lambda place: place.starts_at)):
        if later.starts_at < earlier.ends_at:
            raise AssignmentOverlap(role="primary", starts_at=later.starts_at, ends_at=earlier.ends_at)
    for place in places:
        assign(ctx, roster, place, layer="holiday", reason=holiday.name_zh, holiday_id=holiday.id)
    await touch(ctx, roster)
