"""Regions by their code."""

from libs.common.context import Context
from libs.common.contracts.projects import REGION, RegionRecordedV1
from libs.common.outbox.record import record_event, record_tombstone
from libs.common.security.scope import ensure_region
from services.projects.registry import repository
from services.projects.registry.domain.records import RegionDraft
from services.projects.registry.errors import EntryInUse
from services.projects.registry.service.recording import (
    Recorded,
    advance,
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


async def put_region(ctx: Context, code: str, draft: RegionDraft) -> Recorded[RegionRow]:
    """Record a region. Raises MalformedRequest for a code that is none, NotFound outside of the subtree."""
    demand_region_form(code, None, "code")
    ensure_region(ctx.principal, code)
    await repository.lock_key(ctx.session, "region", code)
    row = await repository.find_region(ctx.session, code)
    created = row is None or row.deleted_at is not None
    if row is None:
        row = RegionRow(code=code, version=1, updated_at=ctx.now, **facts_of(draft))
        ctx.session.add(row)
        changed = True
    else:
        changed = overwrite(ctx, row, draft)
    if changed:
        await _publish(ctx, row)
    return Recorded(row, created, changed)


async def delete_region(ctx: Context, code: str) -> None:
    """Raises NotFound, EntryInUse."""
    await repository.lock_key(ctx.session, "region", code)
    row = await get_region(ctx, code)
    if await repository.region_is_used(ctx.session, code):
        raise EntryInUse(key=code)
    row.deleted_at = ctx.now
    advance(ctx, row)
    await record_tombstone(ctx, REGION, subject=code, aggregate_version=row.version, region_code=code)


async def _publish(ctx: Context, row: RegionRow) -> None:
    payload = RegionRecordedV1(code=row.code, name=row.name, default_post=row.default_post)
    await record_event(ctx, payload, subject=row.code, aggregate_version=row.version, region_code=row.code)
