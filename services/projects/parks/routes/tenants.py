"""``/v1/tenants`` and ``/v1/tenant-rankings``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.parks.domain.tenants import RankMeasure
from services.projects.parks.errors import (
    DateAhead,
    FigureCorrectionNeedsNote,
    OutsideTenancy,
    PeriodNotOrdered,
    SiteReserved,
    SiteTooSmall,
    SiteUnknown,
    TenantAlreadyHere,
    TenantLeft,
    TenantNeedsPlace,
    UnknownPark,
    UnknownTenant,
)
from services.projects.parks.repository import tenants as repository
from services.projects.parks.routes.answers import (
    OFFICES,
    REPORTERS,
    WRITERS,
    AsOf,
    FromMonth,
    ParkParam,
    RegionParam,
    ToMonth,
    month_of,
)
from services.projects.parks.schemas.reports import RankingRead
from services.projects.parks.schemas.tenants import (
    Departure,
    FiguresRead,
    FiguresWrite,
    MonthText,
    OccupancyCreate,
    TenantCreate,
    TenantRead,
)
from services.projects.parks.service import tenants
from services.projects.parks.service.figures import record_figures
from services.projects.parks.service.reports import rank_tenants
from services.projects.parks.tables import TenantRow

TenantsQuery = Annotated[ListQuery, Depends(repository.TENANTS.selecting(TenantRead))]
FiguresQuery = Annotated[ListQuery, Depends(repository.FIGURES.selecting(FiguresRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["parks"])


async def _shown(ctx: ContextDep, response: Response, row: TenantRow) -> TenantRead:
    response.headers["ETag"] = etag_of(row.version)
    park_code, name = await repository.name_of(ctx.session, row)
    occupied = (await repository.occupancies_of(ctx.session, [row.id]))[row.id]
    return TenantRead.of(row, park_code, name, occupied)


@router.get("/tenants", response_model=PageOf[TenantRead])
async def list_tenants(request: Request, ctx: ContextDep, query: TenantsQuery, as_of: AsOf = None) -> Response:
    """Tenants of the caller's subtree, past ones included; with ``as_of`` those who were there on the day."""
    page = await repository.list_tenants(ctx.session, ctx.principal, query, as_of)
    occupied = await repository.occupancies_of(ctx.session, [row.id for row, _, _ in page.items])

    def read(found: tuple[TenantRow, str | None, str]) -> TenantRead:
        row, park_code, name = found
        return TenantRead.of(row, park_code, name, occupied[row.id])

    return page_response(request, page, query, TenantRead, read)


@router.post(
    "/tenants",
    status_code=201,
    response_model=TenantRead,
    responses=problems(
        UnknownTenant,
        UnknownPark,
        TenantNeedsPlace,
        TenantAlreadyHere,
        OutsideTenancy,
        SiteUnknown,
        SiteTooSmall,
        SiteReserved,
    ),
    dependencies=[require(*WRITERS)],
)
async def create_tenant(body: TenantCreate, ctx: ContextDep, response: Response) -> Any:
    """A tenant moves in, with the sites it takes."""
    row = await tenants.move_in(ctx, body.draft())
    response.headers["Location"] = f"/v1/tenants/{row.id}"
    return await _shown(ctx, response, row)


@router.get("/tenants/{tenant_id}", response_model=TenantRead)
async def read_tenant(tenant_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One tenant with all it has occupied."""
    row = await tenants.get_tenant(ctx, tenant_id)
    return not_modified(request, etag_of(row.version)) or await _shown(ctx, response, row)


@router.post(
    "/tenants/{tenant_id}/occupancies",
    status_code=201,
    response_model=TenantRead,
    responses=problems(OutsideTenancy, SiteUnknown, SiteTooSmall, SiteReserved, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def take_site(
    tenant_id: UUID, body: OccupancyCreate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """The tenant takes one more site of its park, or more of one."""
    row = await tenants.get_tenant(ctx, tenant_id, lock=True)
    honour_if_match(request, row.version)
    row = await tenants.take_site(ctx, row, body.take(), body.from_on, body.to_on)
    return await _shown(ctx, response, row)


@router.post(
    "/tenants/{tenant_id}/departure",
    status_code=201,
    response_model=TenantRead,
    responses=problems(TenantLeft, OutsideTenancy, SiteTooSmall, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def leave(tenant_id: UUID, body: Departure, ctx: ContextDep, request: Request, response: Response) -> Any:
    """The tenant leaves all it occupies; its sites are idle from the day after."""
    row = await tenants.get_tenant(ctx, tenant_id, lock=True)
    honour_if_match(request, row.version)
    return await _shown(ctx, response, await tenants.leave(ctx, row, body.on, body.reason))


@router.get("/tenants/{tenant_id}/figures", response_model=PageOf[FiguresRead])
async def list_figures(
    tenant_id: UUID,
    request: Request,
    ctx: ContextDep,
    query: FiguresQuery,
    revisions: Annotated[bool, Query(description="Also what was corrected.")] = False,
) -> Response:
    """The tenant's months."""
    row = await tenants.get_tenant(ctx, tenant_id)
    page = await repository.list_figures(ctx.session, row.id, query, revisions=revisions)
    return page_response(request, page, query, FiguresRead)


@router.put(
    "/tenants/{tenant_id}/figures/{month}",
    response_model=FiguresRead,
    responses={
        201: {"model": FiguresRead},
        **problems(DateAhead, OutsideTenancy, FigureCorrectionNeedsNote, PreconditionFailed),
    },
    dependencies=[require(*REPORTERS)],
)
async def put_figures(
    tenant_id: UUID, month: MonthText, body: FiguresWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """State a month (YYYY-MM), or with a note correct it; what was said before stays as an older revision."""
    row = await tenants.get_tenant(ctx, tenant_id, lock=True)
    honour_if_match(request, row.version)
    figures, first = await record_figures(ctx, row, month_of(month, "month"), body.figures(), body.note)
    response.status_code = 201 if first else 200
    response.headers["ETag"] = etag_of(row.version)
    return figures


@router.get(
    "/tenant-rankings",
    response_model=RankingRead,
    responses=problems(PeriodNotOrdered, UnknownPark),
    dependencies=[require(*OFFICES)],
)
async def read_ranking(
    ctx: ContextDep,
    measure: RankMeasure,
    from_month: FromMonth,
    to_month: ToMonth,
    park_code: ParkParam = None,
    region_code: RegionParam = None,
) -> Any:
    """Tenants by output or tax per 亩; who lacks area or months is listed apart, with what is missing."""
    first, last = month_of(from_month, "from_month"), month_of(to_month, "to_month")
    ranking = await rank_tenants(ctx, measure, first, last, park_code=park_code, region_code=region_code)
    return RankingRead.of(ranking)
