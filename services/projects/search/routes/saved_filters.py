"""``/v1/saved-filters``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.registry.errors import UnknownRegion
from services.projects.search import repository
from services.projects.search.errors import SavedFilterExists, SavedFilterNotOwn, SharingNeedsRegion
from services.projects.search.schemas import SavedFilterCreate, SavedFilterRead, SavedFilterUpdate
from services.projects.search.service import saved_filters as service
from services.projects.search.tables import SavedFilterRow

SavedFiltersQuery = Annotated[ListQuery, Depends(repository.SAVED_FILTERS.selecting(SavedFilterRead))]

router = APIRouter(prefix="/v1/saved-filters", route_class=TransactionalRoute, tags=["search"])


@router.get("", response_model=PageOf[SavedFilterRead])
async def list_saved_filters(request: Request, ctx: ContextDep, query: SavedFiltersQuery) -> Response:
    """The caller's own filters and those shared with the caller's region."""
    page = await repository.list_saved_filters(ctx.session, ctx.principal, query)
    return page_response(request, page, query, SavedFilterRead, SavedFilterRead.of)


@router.post(
    "",
    status_code=201,
    response_model=SavedFilterRead,
    responses=problems(SavedFilterExists, SharingNeedsRegion, UnknownRegion),
)
async def create_saved_filter(body: SavedFilterCreate, ctx: ContextDep, response: Response) -> Any:
    """Keep a list's query under a name; what the list would not understand is refused."""
    row = await service.create_saved_filter(ctx, body.draft())
    response.headers["Location"] = f"/v1/saved-filters/{row.id}"
    return _shown(response, row)


@router.get("/{filter_id}", response_model=SavedFilterRead)
async def read_saved_filter(filter_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One saved filter."""
    row = await service.get_saved_filter(ctx, filter_id)
    return not_modified(request, etag_of(row.version)) or _shown(response, row)


@router.patch(
    "/{filter_id}",
    response_model=SavedFilterRead,
    responses=problems(SavedFilterExists, SavedFilterNotOwn, SharingNeedsRegion, UnknownRegion),
)
async def patch_saved_filter(
    filter_id: UUID, body: SavedFilterUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change a filter of one's own."""
    row = await service.open_saved_filter(ctx, filter_id)
    check_if_match(request, row.version)
    return _shown(response, await service.change_saved_filter(ctx, row, body.draft(row)))


@router.delete("/{filter_id}", status_code=204, responses=problems(SavedFilterNotOwn))
async def delete_saved_filter(filter_id: UUID, ctx: ContextDep) -> None:
    """Delete a filter of one's own."""
    await ctx.session.delete(await service.open_saved_filter(ctx, filter_id))


def _shown(response: Response, row: SavedFilterRow) -> SavedFilterRead:
    response.headers["ETag"] = etag_of(row.version)
    return SavedFilterRead.of(row)
