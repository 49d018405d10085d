"""``/v1/regions``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.registry import repository
from services.projects.registry.errors import EntryInUse
from services.projects.registry.routes.answers import recorded, tagged
from services.projects.registry.schemas import RegionRead, RegionWrite
from services.projects.registry.service import regions

RegionsQuery = Annotated[ListQuery, Depends(repository.REGIONS.selecting(RegionRead))]

router = APIRouter(prefix="/v1/regions", route_class=TransactionalRoute, tags=["registry"])


@router.get("", response_model=PageOf[RegionRead])
async def list_regions(
    request: Request,
    ctx: ContextDep,
    query: RegionsQuery,
) -> Response:
    """Regions of the caller's subtree."""
    page = await repository.list_regions(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RegionRead)


@router.get("/{code}", response_model=RegionRead)
async def read_region(code: str, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One region."""
    row = await regions.get_region(ctx, code)
    return not_modified(request, etag_of(row.version)) or tagged(response, row)


@router.put(
    "/{code}",
    response_model=RegionRead,
    responses={201: {"model": RegionRead}},
    dependencies=[require(Role.ADMIN)],
)
async def put_region(code: str, body: RegionWrite, ctx: ContextDep, response: Response) -> Any:
    """Record a region by its code of GB/T 2260."""
    return recorded(response, await regions.put_region(ctx, code, body.draft()))


@router.delete("/{code}", status_code=204, responses=problems(EntryInUse), dependencies=[require(Role.ADMIN)])
async def delete_region(code: str, ctx: ContextDep) -> None:
    """Delete a region that nothing refers to."""
    await regions.delete_region(ctx, code)
