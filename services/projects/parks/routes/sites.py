"""``/v1/sites`` and ``/v1/idle-sites``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.parks.domain.sites import SiteKind, SiteState
from services.projects.parks.errors import (
    DateAhead,
    SiteExists,
    SiteMalformed,
    SiteOccupied,
    SiteReserved,
    SiteShrunk,
    SiteUnknown,
    UnknownPark,
)
from services.projects.parks.repository import sites as repository
from services.projects.parks.routes.answers import WRITERS, AsOf, ParkParam, RegionParam
from services.projects.parks.schemas.sites import IdleSites, Reservation, SiteCreate, SiteRead, SiteUpdate
from services.projects.parks.service import sites
from services.projects.parks.service.reports import list_idle
from services.projects.parks.service.sites import Shown
from services.projects.parks.tables import SiteRow
from services.projects.registry.errors import UnknownRegion

SitesQuery = Annotated[ListQuery, Depends(repository.SITES.selecting(SiteRead))]
StateParam = Annotated[SiteState | None, Query(description="How the sites stand on as_of; all if absent.")]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["parks"])


def _shown(ctx: ContextDep, response: Response, shown: Shown) -> SiteRead:
    response.headers["ETag"] = etag_of(shown.row.version)
    return SiteRead.of(shown, today_of(ctx))


@router.get("/sites", response_model=PageOf[SiteRead])
async def list_sites(
    request: Request, ctx: ContextDep, query: SitesQuery, state: StateParam = None, as_of: AsOf = None
) -> Response:
    """Parcels and plants of the caller's subtree, as they stand on a day."""
    day = as_of or today_of(ctx)
    page = await repository.list_sites(ctx.session, ctx.principal, query, state, day)
    occupancies = await repository.occupancies_on(ctx.session, [row.id for row, _ in page.items])

    def read(found: tuple[SiteRow, str | None]) -> SiteRead:
        row, park_code = found
        return SiteRead.of(Shown(row, park_code, sites.standing_of(row, occupancies[row.id], day)), day)

    return page_response(request, page, query, SiteRead, read)


@router.get("/idle-sites", response_model=IdleSites, responses=problems(UnknownPark))
async def read_idle_sites(
    ctx: ContextDep,
    kind: SiteKind | None = None,
    park_code: ParkParam = None,
    region_code: RegionParam = None,
    as_of: AsOf = None,
) -> Any:
    """Idle land and plants for whoever looks for a place (空壳嫁接), the longest idle first, at most 1000."""
    day = as_of or today_of(ctx)
    found = await list_idle(ctx, day, kind=kind, park_code=park_code, region_code=region_code)
    return IdleSites.of(found, day)


@router.post(
    "/sites",
    status_code=201,
    response_model=SiteRead,
    responses=problems(SiteMalformed, SiteExists, SiteUnknown, DateAhead, UnknownPark, UnknownRegion),
    dependencies=[require(*WRITERS)],
)
async def create_site(body: SiteCreate, ctx: ContextDep, response: Response) -> Any:
    """Register a parcel of a park, or a plant in or outside of one."""
    shown = await sites.create_site(ctx, body.draft())
    response.headers["Location"] = f"/v1/sites/{shown.row.id}"
    return _shown(ctx, response, shown)


@router.get("/sites/{site_id}", response_model=SiteRead)
async def read_site(site_id: UUID, ctx: ContextDep, response: Response) -> Any:
    """One site as it stands today.

    The ETag is of what is recorded of the site, for If-Match; who is on it changes without it, so there is no 304.
    """
    row = await sites.get_site(ctx, site_id)
    return _shown(ctx, response, await sites.show(ctx, row, await sites.park_code_of(ctx, row), today_of(ctx)))


@router.patch(
    "/sites/{site_id}",
    response_model=SiteRead,
    responses=problems(SiteMalformed, SiteShrunk, DateAhead),
    dependencies=[require(*WRITERS)],
)
async def patch_site(
    site_id: UUID, body: SiteUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change what is recorded of a site; it cannot become smaller than what is taken of it."""
    row = await sites.get_site(ctx, site_id, lock=True)
    check_if_match(request, row.version)
    return _shown(ctx, response, await sites.amend_site(ctx, row, body.facts()))


@router.put(
    "/sites/{site_id}/reservation",
    response_model=SiteRead,
    responses=problems(SiteOccupied, SiteReserved, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def reserve_site(
    site_id: UUID, body: Reservation, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Keep an idle site for somebody; who moves in under that name lifts the reservation."""
    row = await sites.get_site(ctx, site_id, lock=True)
    honour_if_match(request, row.version)
    return _shown(ctx, response, await sites.reserve_site(ctx, row, body.reserved_for, body.until))


@router.delete("/sites/{site_id}/reservation", status_code=204, dependencies=[require(*WRITERS)])
async def free_site(site_id: UUID, ctx: ContextDep) -> None:
    """Lift a site's reservation, if there is one."""
    await sites.free_site(ctx, await sites.get_site(ctx, site_id, lock=True))
