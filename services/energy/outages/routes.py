"""``/v1/planned-outages``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.security.principal import Scope as Right
from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.metering.errors import MeterNotFound, RegionCodeInvalid
from services.energy.outages import repository, service
from services.energy.outages.errors import (
    OutageNotFound,
    OutagePeriodInverted,
    OutageRegionMissing,
    OutageWithdrawn,
)
from services.energy.outages.schemas import OutageChange, OutageRead, OutageWrite, outage_read

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["outages"])

_KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Right.ENERGY_WRITE),
]


@router.get("/planned-outages", response_model=PageOf[OutageRead])
async def list_planned_outages(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.OUTAGES)]
) -> Any:
    """Outages of the caller's regions, the latest beginning first."""
    page = await repository.list_outages(ctx.session, ctx.principal, query)
    return page_response(request, page, query, OutageRead, outage_read)


@router.post(
    "/planned-outages",
    status_code=201,
    response_model=OutageRead,
    responses={
        200: {"model": OutageRead, "description": "It was there by its external id, and is as announced now."},
        **problems(OutagePeriodInverted, OutageRegionMissing, RegionCodeInvalid, OutageWithdrawn, MeterNotFound),
    },
    dependencies=_KEEPERS,
)
async def post_planned_outage(body: OutageWrite, ctx: ContextDep, response: Response) -> OutageRead:
    """Announce an outage: meanwhile a meter that shows nothing is not taken for dead."""
    row, effect = await service.announce(ctx, body.announcement())
    response.status_code = 201 if effect is service.Effect.CREATED else 200
    response.headers["ETag"] = etag_of(row.version)
    return outage_read(row)


@router.get("/planned-outages/{outage_id}", response_model=OutageRead, responses=problems(OutageNotFound))
async def get_planned_outage(outage_id: UUID, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One outage."""
    row = await repository.get_outage(ctx.session, ctx.principal, outage_id)
    response.headers["ETag"] = etag_of(row.version)
    return not_modified(request, etag_of(row.version)) or outage_read(row)


@router.patch(
    "/planned-outages/{outage_id}",
    response_model=OutageRead,
    responses=problems(OutageNotFound, OutagePeriodInverted, OutageWithdrawn),
    dependencies=_KEEPERS,
)
async def patch_planned_outage(
    outage_id: UUID, body: OutageChange, request: Request, ctx: ContextDep, response: Response
) -> OutageRead:
    """Move an outage or word it anew."""
    row = await repository.get_outage(ctx.session, ctx.principal, outage_id, lock=True)
    check_if_match(request, row.version)
    row = await service.change(
        ctx,
        row,
        body.starts_at or row.starts_at,
        body.ends_at or row.ends_at,
        body.reason if body.reason is not None else row.reason,
    )
    response.headers["ETag"] = etag_of(row.version)
    return outage_read(row)


@router.delete(
    "/planned-outages/{outage_id}",
    response_model=OutageRead,
    responses=problems(OutageNotFound),
    dependencies=_KEEPERS,
)
async def withdraw_planned_outage(outage_id: UUID, ctx: ContextDep) -> OutageRead:
    """It does not take place. It stays in the list as withdrawn."""
    return outage_read(await service.withdraw(ctx, outage_id))
