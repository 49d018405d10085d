"""Regions by their code."""

from libs.common.context import Context
from libs.common.contracts.projects import REGION, RegionRecordedV1
from libs.common.outbox.record import EventRow, event_row, record_events, record_tombstone
from libs.common.security.scope import ensure_region
from services.projects.registry import repository
from services.projects.registry.domain.records import RegionDraft
from services.projects.registry.errors import EntryInUse
from services.projects.registry.service.recording import (
    Recorded,
    alive,
    demand_region_form,
    facts_of,
    overwrite,
)
from services.projects.registry.tables import RegionRow


async def get_region(ctx: Context, code: str) -> RegionRow:
    """Raises NotFound."""
    ensure_region(ctx.principal, code)
    return alive(await repository.find_region(ctx.session, code))


def record_region(ctx: Context, row: RegionRow | None, code: str, draft: RegionDraft) -> Recorded[RegionRow]:
    """What becomes of the row that has the key, locked, or of none; the caller adds and publishes what changed.

    The key's form and the draft's references are the caller's to check. Raises NotFound outside of the subtree.
    """
    if row is None:
        row = RegionRow(code=code, version=1, updated_at=ctx.now, **facts_of(draft))
        return Recorded(row, created=True, changed=True)
    return Recorded(row, created=row.deleted_at is not None, changed=overwrite(ctx, row, draft))


async def put_region(ctx: Context, code: str, draft: RegionDraft) -> Recorded[RegionRow]:
    """Record a region. Raises MalformedRequest for a code that is none, NotFound outside of the subtree."""
    demand_region_form(code, None, "code")
    ensure_region(ctx.principal, code)
    await repository.lock_key(ctx.session, "region", code)
    outcome = record_region(ctx, await repository.find_region(ctx.session, code), code, draft)
    if outcome.changed:
        ctx.session.add(outcome.row)
        await record_events(ctx, [event_of(ctx, outcome.row)])
    return outcome


async def delete_region(ctx: Context, code: str) -> None:
    """Raises NotFound, EntryInUse."""
    await repository.lock_key(ctx.session, "region", code)
    row = await get_region(ctx, code)
    if await repository.region_is_used(ctx.session, code):
        raise EntryInUse(key=code)
    row.deleted_at = ctx.now
    row.advance(ctx.now)
    await record_tombstone(ctx, REGION, subject=code, aggregate_version=row.version, region_code=code)


def event_of(ctx: Context, row: RegionRow) -> EventRow:
    """The event that tells the row as it stands."""
    payload = RegionRecordedV1(code=row.code, name=row.name, default_post=row.default_post)
    return event_row(ctx, payload, subject=row.code, aggregate_version=row.version, region_code=row.code)
