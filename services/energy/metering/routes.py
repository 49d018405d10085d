"""``/v1/meters``, their curves and latest values, ``/v1/completeness``."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, next_link, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.metering import repository, service
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.errors import (
    CurveRangeTooLong,
    MeterNotFound,
    PeriodInverted,
)
from services.energy.metering.schemas import (
    CompletenessPage,
    CurvePage,
    LatestRead,
    MeterRead,
    completeness_page,
    curve_page,
    latest_read,
    meter_read,
)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["metering"])

MeterNo = Annotated[str, Path(pattern=METER_NO_PATTERN)]
First = Annotated[date, Query(alias="from")]
Last = Annotated[date, Query(alias="to", description="Included.")]


@router.get("/meters", response_model=PageOf[MeterRead])
async def list_meters(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.METERS)]
) -> Any:
    """The caller's meters: region subtree, own enterprise, or those its key names."""
    page = await repository.list_meters(ctx.session, ctx.principal, query)
    return page_response(request, page, query, MeterRead, meter_read)


@router.get("/meters/{meter_no}", response_model=MeterRead, responses=problems(MeterNotFound))
async def get_meter(meter_no: MeterNo, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One meter."""
    row = await repository.get_visible_row(ctx.session, ctx.principal, meter_no)
    response.headers["ETag"] = etag_of(row.version)
    return not_modified(request, etag_of(row.version)) or meter_read(row)


@router.get(
    "/meters/{meter_no}/curves",
    response_model=CurvePage,
    responses=problems(MeterNotFound, PeriodInverted, CurveRangeTooLong),
)
async def get_curves(meter_no: MeterNo, first: First, last: Last, ctx: ContextDep) -> Response:
    """Day curves with quality, completeness and what corrections replaced; at most 400 days."""
    page = curve_page(await service.get_curves(ctx, meter_no, first, last))
    return Response(page.model_dump_json(), media_type="application/json")


@router.get("/meters/{meter_no}/latest", response_model=LatestRead, responses=problems(MeterNotFound))
async def get_latest(meter_no: MeterNo, ctx: ContextDep) -> LatestRead:
    """The newest value of a meter."""
    meter, row = await service.get_latest(ctx, meter_no)
    return latest_read(meter.meter_no, meter.offset_minutes, row)


@router.get(
    "/completeness", response_model=CompletenessPage, responses=problems(PeriodInverted, CurveRangeTooLong)
)
async def get_completeness(
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(repository.METERS)],
    first: First,
    last: Last,
    response: Response,
) -> CompletenessPage:
    """Values present and expected of the caller's meters, with the filters of ``/v1/meters``."""
    page = await repository.list_meters(ctx.session, ctx.principal, query)
    meters = await repository.visible_meters(ctx.session, ctx.principal, page.items)
    rows = await service.get_completeness(ctx, meters, first, last)
    if page.next_cursor is not None:
        response.headers["Link"] = next_link(request, page.next_cursor)
    return completeness_page(rows, page.next_cursor)
