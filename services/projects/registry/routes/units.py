"""``/v1/units``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.registry import repository
from services.projects.registry.errors import EntryExists, EntryInUse, UnknownRegion
from services.projects.registry.routes.answers import KEEPERS, recorded, tagged
from services.projects.registry.schemas import Code, UnitCreate, UnitRead, UnitUpdate, UnitWrite, unit_draft
from services.projects.registry.service import units

UnitsQuery = Annotated[ListQuery, Depends(repository.UNITS.selecting(UnitRead))]

router = APIRouter(prefix="/v1/units", route_class=TransactionalRoute, tags=["registry"])


@router.get("", response_model=PageOf[UnitRead])
async def list_units(request: Request, ctx: ContextDep, query: UnitsQuery) -> Response:
    """Units of the caller's subtree."""
    page = await repository.list_units(ctx.session, ctx.principal, query)
    return page_response(request, page, query, UnitRead)


@router.post(
    "",
    status_code=201,
    response_model=UnitRead,
    responses=problems(EntryExists, UnknownRegion),
    dependencies=[require(*KEEPERS)],
)
async def create_unit(body: UnitCreate, ctx: ContextDep, response: Response) -> Any:
    """Record a unit under a code that is not in use."""
    return tagged(response, await units.create_unit(ctx, body.code, body.draft()))


@router.get("/{code}", response_model=UnitRead)
async def read_unit(code: str, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One unit."""
    row = await units.get_unit(ctx, code)
    return not_modified(request, etag_of(row.version)) or tagged(response, row)


@router.put(
    "/{code}",
    response_model=UnitRead,
    responses={201: {"model": UnitRead}, **problems(UnknownRegion)},
    dependencies=[require(*KEEPERS)],
)
async def put_unit(code: Code, body: UnitWrite, ctx: ContextDep, response: Response) -> Any:
    """Record an office or department by its code."""
    return recorded(response, await units.put_unit(ctx, code, body.draft()))


@router.patch(
    "/{code}",
    response_model=UnitRead,
    responses=problems(UnknownRegion),
    dependencies=[require(*KEEPERS)],
)
async def patch_unit(code: str, body: UnitUpdate, ctx: ContextDep, request: Request, response: Response) -> Any:
    """Change some fields of the unit that ``If-Match`` names."""
    await repository.lock_key(ctx.session, "unit", code)
    row = await units.get_unit(ctx, code)
    check_if_match(request, row.version)
    return tagged(response, (await units.put_unit(ctx, code, unit_draft(row, body))).row)


@router.delete(
    "/{code}",
    status_code=204,
    responses=problems(EntryInUse),
    dependencies=[require(*KEEPERS)],
)
async def delete_unit(code: str, ctx: ContextDep) -> None:
    """Delete a unit that nobody belongs to."""
    await units.delete_unit(ctx, code)
