"""People and their posts, by their code (a staff number)."""

from libs.common.context import Context
from libs.common.contracts.projects import PERSON, PersonRecordedV1
from libs.common.outbox.record import EventRow, event_row, record_events, record_tombstone
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.projects.registry import repository
from services.projects.registry.domain.records import PersonDraft
from services.projects.registry.errors import UnknownUnit
from services.projects.registry.service.finding import index_people
from services.projects.registry.service.recording import (
    Recorded,
    alive,
    demand_new,
    demand_region,
    facts_of,
    overwrite,
)
from services.projects.registry.tables import PersonRow
from services.projects.search_index.domain.entry import EntryType
from services.projects.search_index.service import remove_entry


async def get_person(ctx: Context, code: str) -> PersonRow:
    """Raises NotFound."""
    row = alive(await repository.find_person(ctx.session, code))
    ensure_region(ctx.principal, row.region_code)
    return row


def record_person(ctx: Context, row: PersonRow | None, code: str, draft: PersonDraft) -> Recorded[PersonRow]:
    """What becomes of the row that has the key, locked, or of none; the caller adds and publishes what changed.

    The key's form and the draft's references are the caller's to check. Raises NotFound outside of the subtree.
    """
    if row is None:
        row = PersonRow(person_id=ctx.new_id(), code=code, version=1, updated_at=ctx.now, **facts_of(draft))
        return Recorded(row, created=True, changed=True)
    ensure_region(ctx.principal, row.region_code)
    return Recorded(row, created=row.deleted_at is not None, changed=overwrite(ctx, row, draft))


async def put_person(ctx: Context, code: str, draft: PersonDraft) -> Recorded[PersonRow]:
    """Record a person. Raises MalformedRequest, UnknownRegion, UnknownUnit, NotFound."""
    await demand_region(ctx, draft.region_code)
    if not await repository.has_unit(ctx.session, draft.unit_id):
        raise UnknownUnit(unit_id=draft.unit_id, errors=[FieldError("reference.unknown", "/unit_id")])
    await repository.lock_key(ctx.session, "person", code)
    outcome = record_person(ctx, await repository.find_person(ctx.session, code), code, draft)
    if outcome.changed:
        ctx.session.add(outcome.row)
        await _publish(ctx, outcome.row)
    return outcome


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
    row.advance(ctx.now)
    await remove_entry(ctx, EntryType.PERSON, row.person_id)
    await record_tombstone(
        ctx, PERSON, subject=str(row.person_id), aggregate_version=row.version, region_code=row.region_code
    )


async def _publish(ctx: Context, row: PersonRow) -> None:
    await index_people(ctx, [row])
    await record_events(ctx, [event_of(ctx, row)])


def event_of(ctx: Context, row: PersonRow) -> EventRow:
    """The event that tells the row as it stands."""
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
    return event_row(
        ctx,
        payload,
        subject=str(row.person_id),
        aggregate_version=row.version,
        region_code=row.region_code,
    )
