"""Days that differ from the known working calendar; they hold for the whole country."""

from datetime import date

from libs.common.context import Context
from libs.common.contracts.projects import CALENDAR, CalendarDayRecordedV1
from libs.common.outbox.record import record_event, record_tombstone
from services.projects.registry import repository
from services.projects.registry.domain.records import CalendarDayDraft
from services.projects.registry.service.recording import Recorded, alive, facts_of, overwrite
from services.projects.registry.tables import CalendarDayRow


async def put_calendar_day(ctx: Context, on: date, draft: CalendarDayDraft) -> Recorded[CalendarDayRow]:
    """Say whether offices work on a day."""
    await repository.lock_key(ctx.session, "calendar_day", on.isoformat())
    row = await ctx.session.get(CalendarDayRow, on)
    created = row is None or row.deleted_at is not None
    if row is None:
        row = CalendarDayRow(on=on, version=1, updated_at=ctx.now, **facts_of(draft))
        ctx.session.add(row)
        changed = True
    else:
        changed = overwrite(ctx, row, draft)
    if changed:
        payload = CalendarDayRecordedV1(on=row.on, working=row.working, note=row.note)
        await record_event(ctx, payload, subject=on.isoformat(), aggregate_version=row.version, region_code=None)
    return Recorded(row, created, changed)


async def delete_calendar_day(ctx: Context, on: date) -> None:
    """Return to what the known calendar says of the day. Raises NotFound."""
    await repository.lock_key(ctx.session, "calendar_day", on.isoformat())
    row = alive(await ctx.session.get(CalendarDayRow, on))
    row.deleted_at = ctx.now
    row.advance(ctx.now)
    await record_tombstone(ctx, CALENDAR, subject=on.isoformat(), aggregate_version=row.version)
