"""Units: offices and departments, by their code."""

from libs.common.context import Context
from libs.common.contracts.projects import UNIT, UnitRecordedV1
from libs.common.outbox.record import EventRow, event_row, record_events, record_tombstone
from libs.common.security.scope import ensure_region
from services.projects.registry import repository
from services.projects.registry.domain.records import UnitDraft
from services.projects.registry.errors import EntryInUse
from services.projects.registry.service.finding import index_units
from services.projects.registry.service.recording import (
    Recorded,
    alive,
    demand_new,
    demand_region,
    facts_of,
    overwrite,
)
from services.projects.registry.tables import UnitRow
from services.projects.search_index.domain.entry import EntryType
from services.projects.search_index.service import remove_entry


async def get_unit(ctx: Context, code: str) -> UnitRow:
    """Raises NotFound."""
    row = alive(await repository.find_unit(ctx.session, code))
    ensure_region(ctx.principal, row.region_code)
    return row


def record_unit(ctx: Context, row: UnitRow | None, code: str, draft: UnitDraft) -> Recorded[UnitRow]:
    """What becomes of the row that has the key, locked, or of none; the caller adds and publishes what changed.

    The key's form and the draft's references are the caller's to check. Raises NotFound outside of the subtree.
    """
    if row is None:
        row = UnitRow(unit_id=ctx.new_id(), code=code, version=1, updated_at=ctx.now, **facts_of(draft))
        return Recorded(row, created=True, changed=True)
    ensure_region(ctx.principal, row.region_code)
    return Recorded(row, created=row.deleted_at is not None, changed=overwrite(ctx, row, draft))


async def put_unit(ctx: Context, code: str, draft: UnitDraft) -> Recorded[UnitRow]:
    """Record a unit. Raises MalformedRequest, UnknownRegion, NotFound (outside of the caller's subtree)."""
    await demand_region(ctx, draft.region_code)
    await repository.lock_key(ctx.session, "unit", code)
    outcome = record_unit(ctx, await repository.find_unit(ctx.session, code), code, draft)
    if outcome.changed:
        ctx.session.add(outcome.row)
        await _publish(ctx, outcome.row)
    return outcome


async def create_unit(ctx: Context, code: str, draft: UnitDraft) -> UnitRow:
    """Record a unit under a code of its own. Raises EntryExists and as :func:`put_unit`."""
    await repository.lock_key(ctx.session, "unit", code)
    demand_new(await repository.find_unit(ctx.session, code), code, "/code")
    return (await put_unit(ctx, code, draft)).row


async def delete_unit(ctx: Context, code: str) -> None:
    """Raises NotFound, EntryInUse."""
    await repository.lock_key(ctx.session, "unit", code)
    row = await get_unit(ctx, code)
    if await repository.unit_is_used(ctx.session, row.unit_id):
        raise EntryInUse(key=code)
    row.deleted_at = ctx.now
    row.advance(ctx.now)
    await remove_entry(ctx, EntryType.UNIT, row.unit_id)
    await record_tombstone(
        ctx, UNIT, subject=str(row.unit_id), aggregate_version=row.version, region_code=row.region_code
    )


async def _publish(ctx: Context, row: UnitRow) -> None:
    await index_units(ctx, [row])
    await record_events(ctx, [event_of(ctx, row)])


def event_of(ctx: Context, row: UnitRow) -> EventRow:
    """The event that tells the row as it stands."""
    payload = UnitRecordedV1(unit_id=row.unit_id, code=row.code, name=row.name, region_code=row.region_code)
    return event_row(
        ctx,
        payload,
        subject=str(row.unit_id),
        aggregate_version=row.version,
        region_code=row.region_code,
    )
