"""Office hours over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_match, etag_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Duplicate, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.alerts.worktime import repository, service
from services.alerts.worktime.errors import OfficeHoursKnown, OfficeHoursNotFound, PeriodNotOrdered
from services.alerts.worktime.schemas import (
    OfficeHoursCreate,
    OfficeHoursRead,
    OfficeHoursUpdate,
    Region,
    WorkingTimeRead,
)

router = APIRouter(route_class=TransactionalRoute, tags=["office hours"])

_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
_WRITERS = (Role.ADMIN, Role.SUPERVISOR)


@router.get("/v1/office-hours", response_model=PageOf[OfficeHoursRead], dependencies=[require(*_READERS)])
async def list_hours(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.OFFICE_HOURS)]
) -> Response:
    """Office hours of the caller's region and of everywhere."""
    page = await repository.page(ctx.session, ctx.principal, query)
    return page_response(request, page, query, OfficeHoursRead)


@router.post(
    "/v1/office-hours",
    status_code=201,
    dependencies=[require(*_WRITERS)],
    responses=problems(OfficeHoursKnown, PeriodNotOrdered, Duplicate),
)
async def record_hours(ctx: ContextDep, response: Response, body: OfficeHoursCreate) -> OfficeHoursRead:
    """Give a region other hours from a day on; timers that run keep their time."""
    row = await service.record_hours(
        ctx,
        region_code=body.region_code,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        segments=body.segments,
        reason=body.reason,
    )
    response.headers["ETag"] = etag_of(row.version)
    return OfficeHoursRead.model_validate(row)


@router.get(
    "/v1/office-hours/working-time", dependencies=[require(*_READERS)], responses=problems(UnknownCalendarYear)
)
async def working_time(
    ctx: ContextDep,
    region_code: Region,
    minutes: Annotated[float, Query(ge=0, le=525_600)],
    starts_at: AwareDatetime | None = None,
) -> WorkingTimeRead:
    """When so many working minutes have passed in a region, from `starts_at` (default: now)."""
    calendar = await service.calendar_of(ctx, region_code)
    start = starts_at or ctx.now
    return WorkingTimeRead(
        region_code=region_code,
        starts_at=start,
        minutes=minutes,
        due_at=calendar.add_working_minutes(start, minutes),
        is_working_time=calendar.is_working_time(start),
    )


@router.get(
    "/v1/office-hours/{hours_id}", dependencies=[require(*_READERS)], responses=problems(OfficeHoursNotFound)
)
async def get_hours(ctx: ContextDep, response: Response, hours_id: UUID) -> OfficeHoursRead:
    row = await service.get(ctx, hours_id)
    response.headers["ETag"] = etag_of(row.version)
    return OfficeHoursRead.model_validate(row)


@router.patch(
    "/v1/office-hours/{hours_id}",
    dependencies=[require(*_WRITERS)],
    responses=problems(OfficeHoursNotFound, PeriodNotOrdered),
)
async def change_hours(
    request: Request, ctx: ContextDep, response: Response, hours_id: UUID, body: OfficeHoursUpdate
) -> OfficeHoursRead:
    """Correct the end, the segments or the reason."""
    row = await service.get(ctx, hours_id, lock=True)
    check_if_match(request, row.version)
    await service.change_hours(ctx, row, {name: getattr(body, name) for name in body.model_fields_set})
    response.headers["ETag"] = etag_of(row.version)
    return OfficeHoursRead.model_validate(row)
