"""People and their posts, by their code (a staff number)."""

from libs.common.context import Context
from libs.common.contracts.projects import PERSON, PersonRecordedV1
from libs.common.outbox.record import record_event, record_tombstone
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.projects.registry import repository
from services.projects.registry.domain.records import PersonDraft
from services.projects.registry.errors import UnknownUnit
from services.projects.registry.service.finding import entry_of_person
from services.projects.registry.service.recording import (
    Recorded,
    advance,
    alive,
    demand_new,
    demand_region,
    facts_of,
    overwrite,
)
from services.projects.registry.tables import PersonRow, UnitRow
from services.projects.search_index.domain.entry import EntryType
from services.projects.search_index.service import index_entry, remove_entry


async def get_person(ctx: Context, code: str) -> PersonRow:
    """Raises NotFound."""
    row = alive(await repository.find_person(ctx.session, code))
    ensure_region(ctx.principal, row.region_code)
    return row


async def put_person(ctx: Context, code: str, draft: PersonDraft) -> Recorded[PersonRow]:
    """Record a person. Raises MalformedRequest, UnknownRegion, UnknownUnit, NotFound."""
    await demand_region(ctx, draft.region_code)
    if not await repository.has_unit(ctx.session, draft.unit_id):
        raise UnknownUnit(unit_id=draft.unit_id, errors=[FieldError("reference.unknown", "/unit_id")])
    await repository.lock_key(ctx.session, "person", code)
    row = await repository.find_person(ctx.session, code)
    created = row is None or row.deleted_at is not None
    if row is None:
        row = PersonRow(person_id=ctx.new_id(), code=code, version=1, updated_at=ctx.now, **facts_of(draft))
        ctx.session.add(row)
        changed = True
    else:
        ensure_region(ctx.principal, row.region_code)
        changed = overwrite(ctx, row, draft)
    if changed:
        await _publish(ctx, row)
    return Recorded(row, created, changed)


async def create_person(ctx: Context, code: str | None, draft: PersonDraft) -> PersonRow:
    """Record a person under a code of its own. Raises EntryExists and as :func:`put_person`."""
    code = code or f"P-{ctx.new_id()}"
    await repository.lock_key(ctx.session, "person", code)
    demand_new(await repository.find_person(ctx.session, code), code, "/code")
    return (await put_person(ctx, code, draft)).row


async def delete_person(ctx: Context, code: str) -> None:
    """Delete a person; name, mail and phone are erased here too. Raises NotFound."""
    await repository.lock_key(ctx.session, "person", code)
    row = await get_person(ctx, code)
    row.name, row.email, row.phone, row.active = "", None, None, False
    row.deleted_at = ctx.now
    advance(ctx, row)
    await remove_entry(ctx, EntryType.PERSON, row.person_id)
    await record_tombstone(
        ctx, PERSON, subject=str(row.person_id), aggregate_version=row.version, region_code=row.region_code
    )


async def _publish(ctx: Context, row: PersonRow) -> None:
    await index_entry(ctx, entry_of_person(row, alive(await ctx.session.get(UnitRow, row.unit_id))))
    payload = PersonRecordedV1(
        person_id=row.person_id,
        name=row.name,
        unit_id=row.unit_id,
        region_code=row.region_code,
        post=row.post,
        email=row.email,
        phone=row.phone,
        active=row.active,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.person_id),
        aggregate_version=row.version,
        region_code=row.region_code,
    )
