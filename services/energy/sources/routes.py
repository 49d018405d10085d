"""``/v1/feeds``: the registry of feeds."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.context import Context
from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import check_if_match, etag_of
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.feeds.tables import FeedSourceRow
from services.energy.sources import repository, service
from services.energy.sources.errors import (
    FeedCodeTaken,
    FeedFolderUnset,
    FeedHostNotAllowed,
    FeedIncomplete,
    FeedNotFound,
    FeedRegionOutOfReach,
)
from services.energy.sources.repository import Tally
from services.energy.sources.schemas import FeedChange, FeedRead, FeedWrite, feed_read
from services.energy.sources.watching import end_silence

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["feeds"])

_KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]
_REFUSALS = (FeedCodeTaken, FeedIncomplete, FeedRegionOutOfReach, FeedHostNotAllowed, FeedFolderUnset)


async def get_site(request: Request) -> service.Site:
    """What ``bootstrap`` put on the application."""
    site: service.Site = request.app.state.feed_site
    return site


SiteDep = Annotated[service.Site, Depends(get_site)]


@router.get("/feeds", response_model=PageOf[FeedRead])
async def list_feeds(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.FEEDS)]
) -> Any:
    """Feeds of the caller's regions with how they do; a feed's own key sees its own."""
    page = await repository.list_feeds(ctx.session, ctx.principal, query)
    read = await _reader(ctx, page.items)
    return page_response(request, page, query, FeedRead, read)


@router.post(
    "/feeds",
    status_code=201,
    response_model=FeedRead,
    responses=problems(*_REFUSALS),
    dependencies=_KEEPERS,
)
async def post_feed(body: FeedWrite, ctx: ContextDep, site: SiteDep, response: Response) -> FeedRead:
    """Register a feed: one that delivers with a key or a certificate, or one that is fetched from now on."""
    row = await service.register(ctx, site, body.facts())
    return await _answer(ctx, row, response)


@router.get("/feeds/{code}", response_model=FeedRead, responses=problems(FeedNotFound))
async def get_feed(code: str, ctx: ContextDep, response: Response) -> FeedRead:
    """One feed. The ETag is that of what is recorded; how the feed does moves without it."""
    row = await repository.get_feed(ctx.session, ctx.principal, code)
    return await _answer(ctx, row, response)


@router.patch(
    "/feeds/{code}",
    response_model=FeedRead,
    responses=problems(FeedNotFound, *_REFUSALS),
    dependencies=_KEEPERS,
)
async def patch_feed(
    code: str, body: FeedChange, request: Request, ctx: ContextDep, site: SiteDep, response: Response
) -> FeedRead:
    """Change a feed, pause it or let it go on; what is fetched is fetched by the new facts within seconds."""
    row = await repository.get_feed(ctx.session, ctx.principal, code, lock=True)
    check_if_match(request, row.version)
    row = await service.change(ctx, site, row, body.facts())
    return await _answer(ctx, row, response)


@router.delete("/feeds/{code}", status_code=204, responses=problems(FeedNotFound), dependencies=_KEEPERS)
async def delete_feed(code: str, request: Request, ctx: ContextDep) -> None:
    """Forget a feed. What it delivered stays, with its receipts."""
    row = await repository.get_feed(ctx.session, ctx.principal, code, lock=True)
    check_if_match(request, row.version)
    await end_silence(ctx, row)
    await service.remove(ctx, row)


async def _answer(ctx: Context, row: FeedSourceRow, response: Response) -> FeedRead:
    response.headers["ETag"] = etag_of(row.version)
    return (await _reader(ctx, [row]))(row)


async def _reader(ctx: Context, rows: Sequence[FeedSourceRow]) -> Callable[[FeedSourceRow], FeedRead]:
    sources = [row.source for row in rows]
    day = await repository.tallies(ctx.session, sources, ctx.now - timedelta(days=1))
    week = await repository.tallies(ctx.session, sources, ctx.now - timedelta(days=7))

    def read(row: FeedSourceRow) -> FeedRead:
        return feed_read(row, ctx.now, day.get(row.source, Tally()), week.get(row.source, Tally()))

    return read
