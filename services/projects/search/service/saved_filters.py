"""Use cases of saved filters."""

from collections.abc import Mapping
from urllib.parse import parse_qsl
from uuid import UUID

from libs.common.context import Context
from libs.common.security.principal import Role
from libs.common.web.listing import Listing
from libs.common.web.problems import FieldError, MalformedRequest, NotFound
from services.projects.conditions.repository import CONDITIONS
from services.projects.conditions.schemas import ConditionRead
from services.projects.ledger.repository import PROJECTS
from services.projects.ledger.schemas import ProjectRead
from services.projects.registry.repository import ENTERPRISES, PERSONS, UNITS, lock_key
from services.projects.registry.schemas import EnterpriseRead, PersonRead, UnitRead
from services.projects.registry.service.recording import demand_region
from services.projects.search import repository
from services.projects.search.domain.saved_filters import SavedFilterDraft, Visibility
from services.projects.search.errors import SavedFilterExists, SavedFilterNotOwn, SharingNeedsRegion
from services.projects.search.tables import SavedFilterRow

# Lists whose queries can be saved, by their address under /v1.
LISTS: Mapping[str, Listing] = {
    "projects": PROJECTS.selecting(ProjectRead),
    "enterprises": ENTERPRISES.selecting(EnterpriseRead),
    "units": UNITS.selecting(UnitRead),
    "persons": PERSONS.selecting(PersonRead),
    "conditions": CONDITIONS.selecting(ConditionRead),
}
_OTHER_PARAMETERS = ("sort", "fields")


async def create_saved_filter(ctx: Context, draft: SavedFilterDraft) -> SavedFilterRow:
    """Raises MalformedRequest, SharingNeedsRegion, UnknownRegion, NotFound (another region), SavedFilterExists."""
    await _demand(ctx, draft)
    owner = ctx.principal.subject
    await _demand_free(ctx, owner, draft)
    row = SavedFilterRow(
        id=ctx.new_id(),
        owner=owner,
        name=draft.name,
        entity=draft.entity,
        query=draft.query,
        visibility=draft.visibility.value,
        region_code=draft.region_code,
        created_at=ctx.now,
        updated_at=ctx.now,
        version=1,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def get_saved_filter(ctx: Context, filter_id: UUID) -> SavedFilterRow:
    """Raises NotFound."""
    row = await repository.find_saved_filter(ctx.session, ctx.principal, filter_id)
    if row is None:
        raise NotFound
    return row


async def open_saved_filter(ctx: Context, filter_id: UUID) -> SavedFilterRow:
    """The filter, locked, to be changed by its owner or an administrator. Raises NotFound, SavedFilterNotOwn."""
    row = await repository.find_saved_filter(ctx.session, ctx.principal, filter_id, lock=True)
    if row is None:
        raise NotFound
    if row.owner != ctx.principal.subject and ctx.principal.role is not Role.ADMIN:
        raise SavedFilterNotOwn
    return row


async def change_saved_filter(ctx: Context, row: SavedFilterRow, draft: SavedFilterDraft) -> SavedFilterRow:
    """Raises as :func:`create_saved_filter`."""
    await _demand(ctx, draft)
    await _demand_free(ctx, row.owner, draft, but=row.id)
    facts = (draft.name, draft.query, draft.visibility.value, draft.region_code)
    if facts != (row.name, row.query, row.visibility, row.region_code):
        row.name, row.query, row.visibility, row.region_code = facts
        row.advance(ctx.now)
        await ctx.session.flush()
    return row


def check_query(entity: str, query: str) -> None:
    """Raises MalformedRequest naming every fault a list would find in the query."""
    listing = LISTS[entity]
    try:
        parts = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=50)
    except ValueError as error:
        raise MalformedRequest(errors=[FieldError("saved_filter.query_unreadable", "/query")]) from error
    others = {name: value for name, value in parts if not name.startswith("filter")}
    faults = [
        FieldError("saved_filter.parameter_unknown", "/query", {"name": name})
        for name in others
        if name not in _OTHER_PARAMETERS
    ]
    try:
        listing.read(parts, sort=others.get("sort"), fields=others.get("fields"))
    except MalformedRequest as error:
        faults += [FieldError(fault.code, "/query", fault.params, fault.parameter) for fault in error.errors]
    if faults:
        raise MalformedRequest(errors=faults)


async def _demand(ctx: Context, draft: SavedFilterDraft) -> None:
    check_query(draft.entity, draft.query)
    is_shared = draft.visibility is Visibility.REGION
    if is_shared != (draft.region_code is not None) or (is_shared and ctx.principal.is_enterprise_bound):
        raise SharingNeedsRegion(errors=[FieldError("saved_filter.region", "/region_code")])
    if draft.region_code is not None:
        await demand_region(ctx, draft.region_code)


async def _demand_free(ctx: Context, owner: str, draft: SavedFilterDraft, but: UUID | None = None) -> None:
    await lock_key(ctx.session, "saved_filter", f"{owner}:{draft.entity}:{draft.name}")
    if await repository.name_is_taken(ctx.session, owner, draft.entity, draft.name, but):
        raise SavedFilterExists(name=draft.name, errors=[FieldError("saved_filter.name_taken", "/name")])
