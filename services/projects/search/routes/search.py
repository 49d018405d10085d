"""``/v1/search`` and ``/v1/search-rebuilds``."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import FieldError, MalformedRequest
from libs.common.web.routes import TransactionalRoute
from services.projects.registry.routes.answers import OFFICES
from services.projects.registry.service.recording import demand_region_form
from services.projects.search.schemas import RebuildCreate, RebuildRead, SearchHitRead
from services.projects.search.service.indexing import rebuild_index
from services.projects.search.service.searching import search
from services.projects.search_index.domain.entry import EntryType

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["search"])


@router.get("/search", response_model=PageOf[SearchHitRead])
async def search_everything(
    request: Request,
    ctx: ContextDep,
    q: Annotated[str, Query(min_length=1, max_length=200, description="Words apart by blanks must all be found.")],
    types: Annotated[str | None, Query(description="Kinds of things by comma; all if absent.")] = None,
    region_code: Annotated[str | None, Query(max_length=9, description="This region and its subtree.")] = None,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Find projects, enterprises, people and all else by any part of a Chinese text, or the beginning of a word.

    Quotation marks keep blanks. What the caller may not see is not found.
    """
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
    page = await search(
        ctx,
        q,
        types=_types(types),
        region_code=region_code,
        cursor=cursor,
        limit=limit,
        sees_offices=ctx.principal.role in OFFICES and not ctx.principal.is_enterprise_bound,
    )
    return page_response(request, page, ListQuery(limit, ()), SearchHitRead, SearchHitRead.of)


@router.post("/search-rebuilds", response_model=RebuildRead, dependencies=[require(Role.ADMIN)])
async def rebuild(body: RebuildCreate, ctx: ContextDep) -> Any:
    """Bring the search's index up to what is stored, as every night; entries of what is gone are taken away."""
    return await rebuild_index(ctx, body.types, anew=body.anew)


def _types(types: str | None) -> frozenset[EntryType]:
    names = [name for name in (types or "").split(",") if name]
    known = [one.value for one in EntryType]
    unknown = [name for name in names if name not in known]
    if unknown:
        params = {"name": unknown[0], "known": known}
        raise MalformedRequest(errors=[FieldError("search.type_unknown", parameter="types", params=params)])
    return frozenset(EntryType(name) for name in names)
