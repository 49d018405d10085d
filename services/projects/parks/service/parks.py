"""Parks by their code, their infrastructure, and the check of the codes that projects name."""

from collections.abc import Collection

from libs.common.context import Context
from libs.common.contracts.projects import PARK, ParkRecordedV1
from libs.common.outbox.record import record_event, record_tombstone
from libs.common.security.scope import ensure_region, reaches_region
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.project import Project
from services.projects.parks.domain.parks import InfrastructureDraft, ParkDraft
from services.projects.parks.errors import CapacityNeedsUnit, ParkExists, ParkInUse, UnknownPark
from services.projects.parks.repository import parks as repository
from services.projects.parks.tables import InfrastructureRow, ParkRow
from services.projects.registry.errors import UnknownUnit
from services.projects.registry.repository import has_unit, lock_key
from services.projects.registry.service.recording import (
    Recorded,
    alive,
    demand_region,
    facts_of,
    overwrite,
)


async def get_park(ctx: Context, code: str) -> ParkRow:
    """Raises NotFound."""
    row = alive(await repository.find_park(ctx.session, code))
    ensure_region(ctx.principal, row.region_code)
    return row


async def demand_park(ctx: Context, code: str, pointer: str = "/park_code") -> ParkRow:
    """The park that a request names; it stays until the transaction ends. Raises UnknownPark."""
    held = await repository.holds_park(ctx.session, code)
    row = await repository.find_park(ctx.session, code) if held else None
    # A park elsewhere is no other answer than none: its code tells nobody that it exists.
    if row is None or not reaches_region(ctx.principal, row.region_code):
        raise UnknownPark(park_code=code, errors=[FieldError("reference.unknown", pointer)])
    return alive(row)


async def put_park(ctx: Context, code: str, draft: ParkDraft) -> Recorded[ParkRow]:
    """Record a park. Raises MalformedRequest, UnknownRegion, UnknownUnit, NotFound, CapacityNeedsUnit."""
    await demand_region(ctx, draft.region_code)
    if (draft.planned_capacity is None) != (draft.capacity_unit is None):
        missing = "planned_capacity" if draft.planned_capacity is None else "capacity_unit"
        raise CapacityNeedsUnit(errors=[FieldError("fact.required", f"/{missing}")])
    if draft.unit_id is not None and not await has_unit(ctx.session, draft.unit_id):
        raise UnknownUnit(unit_id=draft.unit_id, errors=[FieldError("reference.unknown", "/unit_id")])
    await lock_key(ctx.session, "park", code)
    row = await repository.find_park(ctx.session, code)
    created = row is None or row.deleted_at is not None
    if row is None:
        row = ParkRow(id=ctx.new_id(), code=code, version=1, updated_at=ctx.now, **facts_of(draft))
        ctx.session.add(row)
        changed = True
    else:
        ensure_region(ctx.principal, row.region_code)
        changed = overwrite(ctx, row, draft)
    if changed:
        await ctx.session.flush()
        await _publish(ctx, row)
    return Recorded(row, created, changed)


async def create_park(ctx: Context, code: str, draft: ParkDraft) -> ParkRow:
    """Record a park under a code of its own. Raises ParkExists and as :func:`put_park`."""
    await lock_key(ctx.session, "park", code)
    known = await repository.find_park(ctx.session, code)
    if known is not None and known.deleted_at is None:
        raise ParkExists(park_code=code, errors=[FieldError("entry.exists", "/code")])
    return (await put_park(ctx, code, draft)).row


async def delete_park(ctx: Context, code: str) -> None:
    """Delete a park that nothing refers to. Raises NotFound, ParkInUse."""
    await lock_key(ctx.session, "park", code)
    row = await get_park(ctx, code)
    # Whoever names the park now holds its row until that is stored; then it is in use.
    await ctx.session.refresh(row, with_for_update=True)
    if await repository.park_is_used(ctx.session, row):
        raise ParkInUse(park_code=code)
    row.deleted_at = ctx.now
    row.advance(ctx.now)
    await ctx.session.flush()
    await record_tombstone(
        ctx, PARK, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )


async def put_infrastructure(
    ctx: Context, code: str, item: str, draft: InfrastructureDraft
) -> tuple[InfrastructureRow, bool]:
    """Record an item of a park's infrastructure; whether it is new. Raises NotFound, UnknownPark."""
    await get_park(ctx, code)
    park = await demand_park(ctx, code)
    await lock_key(ctx.session, "park_infrastructure", f"{code}:{item}")
    row = await repository.find_infrastructure(ctx.session, park.id, item)
    facts = facts_of(draft)
    if row is None:
        row = InfrastructureRow(park_id=park.id, item=item, version=1, updated_at=ctx.now, **facts)
        ctx.session.add(row)
        await ctx.session.flush()
        return row, True
    if any(getattr(row, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(row, name, value)
        row.advance(ctx.now)
        await ctx.session.flush()
    return row, False


async def unknown_park(ctx: Context, project: Project, before: Project | None) -> Collection[str]:
    """For the ledger: ``park_code`` when the project names a park that is not there.

    A code that stays as it was is not judged again.
    """
    code = project.park_code
    if code is None or (before is not None and before.park_code == code):
        return ()
    return () if await repository.holds_park(ctx.session, code) else ("park_code",)


async def _publish(ctx: Context, row: ParkRow) -> None:
    payload = ParkRecordedV1(
        park_id=row.id,
        code=row.code,
        name=row.name,
        region_code=row.region_code,
        level=row.level,
        area_mu=None if row.area_mu is None else float(row.area_mu),
        industries=tuple(row.industries),
        unit_id=row.unit_id,
        closed_managed_since=row.closed_managed_since,
    )
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )
