"""The working calendar of a region, and keeping its office hours."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.registry.queries import calendar_overrides, declared_years
from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import ensure_region
from libs.common.workdays import WorkCalendar
from services.alerts.worktime import repository
from services.alerts.worktime.domain.hours import Segments, Timetable, hours_by_day
from services.alerts.worktime.errors import OfficeHoursKnown, OfficeHoursNotFound, PeriodNotOrdered
from services.alerts.worktime.tables import OfficeHoursRow


async def calendar_of(ctx: Context, region_code: str) -> WorkCalendar:
    """Working days with the recorded ones, and the region's hours."""
    overrides, timetables = await _recorded_days(ctx.session), await _timetables(ctx.session)
    return WorkCalendar(
        overrides, declared_years=declared_years(overrides), hours=hours_by_day(timetables, region_code)
    )


@remembered
async def _recorded_days(session: AsyncSession) -> dict[date, bool]:
    return await calendar_overrides(session)


@remembered
async def _timetables(session: AsyncSession) -> list[Timetable]:
    return await repository.list_timetables(session)


async def get(ctx: Context, hours_id: UUID, *, lock: bool = False) -> OfficeHoursRow:
    """Raises OfficeHoursNotFound."""
    row = await repository.find(ctx.session, ctx.principal, hours_id, lock=lock)
    if row is None:
        raise OfficeHoursNotFound
    return row


async def record_hours(
    ctx: Context,
    *,
    region_code: str | None,
    valid_from: date,
    valid_to: date | None,
    segments: Segments,
    reason: str,
) -> OfficeHoursRow:
    """Give a region its hours from a day on; running timers keep their time.

    Hours without a region are everybody's and set by callers without one. Raises NotFound for a region that is
    not the caller's, OfficeHoursKnown, PeriodNotOrdered.
    """
    ensure_region(ctx.principal, region_code)
    _demand_order(valid_from, valid_to)
    if await repository.find_beginning(ctx.session, region_code, valid_from) is not None:
        raise OfficeHoursKnown(region_code=region_code or "-", valid_from=valid_from)
    row = OfficeHoursRow(
        id=ctx.new_id(),
        region_code=region_code,
        valid_from=valid_from,
        valid_to=valid_to,
        segments=_plain(segments),
        reason=reason,
        changed_by=_name(ctx.principal),
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def change_hours(ctx: Context, row: OfficeHoursRow, changes: dict[str, Any]) -> None:
    """Correct the end, the segments or the reason of a locked row. Raises NotFound, PeriodNotOrdered."""
    ensure_region(ctx.principal, row.region_code)
    _demand_order(row.valid_from, changes.get("valid_to", row.valid_to))
    for name, value in changes.items():
        setattr(row, name, _plain(value) if name == "segments" else value)
    row.version += 1
    row.changed_by, row.changed_at = _name(ctx.principal), ctx.now
    await ctx.session.flush()


def _demand_order(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise PeriodNotOrdered(valid_from=valid_from, valid_to=valid_to)


def _plain(segments: Segments) -> list[list[str]]:
    return [[opens.isoformat("minutes"), closes.isoformat("minutes")] for opens, closes in segments]


def _name(principal: Principal) -> str:
    return f"person:{principal.person_id}" if principal.person_id else principal.subject
