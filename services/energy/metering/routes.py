"""``/v1/meters`` and their latest values; curves are answered by the curves slice."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.metering import repository, service
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.errors import (
    MeterNotFound,
)
from services.energy.metering.schemas import (
    LatestRead,
    MeterRead,
    latest_read,
    meter_read,
)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["metering"])

MeterNo = Annotated[str, Path(pattern=METER_NO_PATTERN)]


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


@router.get("/meters/{meter_no}/latest", response_model=LatestRead, responses=problems(MeterNotFound))
async def get_latest(meter_no: MeterNo, ctx: ContextDep) -> LatestRead:
    """The newest value of a meter."""
    meter, row = await service.get_latest(ctx, meter_no)
    return latest_read(meter.meter_no, meter.offset_minutes, row)
