"""``/v1/parks``: the register, infrastructure, totals."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.parks.errors import CapacityNeedsUnit, ParkExists, ParkInUse, PeriodNotOrdered, UnknownPark
from services.projects.parks.repository import parks as repository
from services.projects.parks.routes.answers import DECIDERS, OFFICES, WRITERS, FromMonth, ToMonth, month_of
from services.projects.parks.schemas.parks import (
    InfrastructureRead,
    InfrastructureWrite,
    ParkCreate,
    ParkRead,
    ParkUpdate,
    ParkWrite,
)
from services.projects.parks.schemas.reports import ParkTotalsRead
from services.projects.parks.service import parks
from services.projects.parks.service.reports import total_park
from services.projects.parks.tables import ParkRow
from services.projects.registry.errors import UnknownRegion, UnknownUnit
from services.projects.registry.repository import lock_key
from services.projects.registry.schemas import Code

ParksQuery = Annotated[ListQuery, Depends(repository.PARKS.selecting(ParkRead))]
InfrastructureQuery = Annotated[ListQuery, Depends(repository.INFRASTRUCTURE.selecting(InfrastructureRead))]

router = APIRouter(prefix="/v1/parks", route_class=TransactionalRoute, tags=["parks"])


def _shown(ctx: ContextDep, response: Response, row: ParkRow) -> ParkRead:
    response.headers["ETag"] = etag_of(row.version)
    return ParkRead.of(row, today_of(ctx))


@router.get("", response_model=PageOf[ParkRead])
async def list_parks(request: Request, ctx: ContextDep, query: ParksQuery) -> Response:
    """Parks of the caller's subtree."""
    page = await repository.list_parks(ctx.session, ctx.principal, query)
    today = today_of(ctx)
    return page_response(request, page, query, ParkRead, lambda row: ParkRead.of(row, today))


@router.post(
    "",
    status_code=201,
    response_model=ParkRead,
    responses=problems(ParkExists, CapacityNeedsUnit, UnknownRegion, UnknownUnit),
    dependencies=[require(*DECIDERS)],
)
async def create_park(body: ParkCreate, ctx: ContextDep, response: Response) -> Any:
    """Register a park under a code that is not in use; projects name it by that code."""
    row = await parks.create_park(ctx, body.code, body.draft())
    response.headers["Location"] = f"/v1/parks/{row.code}"
    return _shown(ctx, response, row)


@router.get("/{code}", response_model=ParkRead)
async def read_park(code: str, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One park."""
    row = await parks.get_park(ctx, code)
    return not_modified(request, etag_of(row.version)) or _shown(ctx, response, row)


@router.put(
    "/{code}",
    response_model=ParkRead,
    responses={201: {"model": ParkRead}, **problems(CapacityNeedsUnit, UnknownRegion, UnknownUnit)},
    dependencies=[require(*DECIDERS)],
)
async def put_park(code: Code, body: ParkWrite, ctx: ContextDep, response: Response) -> Any:
    """Register a park by its code, or state it anew."""
    outcome = await parks.put_park(ctx, code, body.draft())
    response.status_code = 201 if outcome.created else 200
    return _shown(ctx, response, outcome.row)


@router.patch(
    "/{code}",
    response_model=ParkRead,
    responses=problems(CapacityNeedsUnit, UnknownRegion, UnknownUnit),
    dependencies=[require(*DECIDERS)],
)
async def patch_park(code: str, body: ParkUpdate, ctx: ContextDep, request: Request, response: Response) -> Any:
    """Change some fields of the park that ``If-Match`` names."""
    await lock_key(ctx.session, "park", code)
    row = await parks.get_park(ctx, code)
    check_if_match(request, row.version)
    return _shown(ctx, response, (await parks.put_park(ctx, code, body.draft(row))).row)


@router.delete("/{code}", status_code=204, responses=problems(ParkInUse), dependencies=[require(*DECIDERS)])
async def delete_park(code: str, ctx: ContextDep) -> None:
    """Delete a park that nothing refers to: it was entered by mistake."""
    await parks.delete_park(ctx, code)


@router.get("/{code}/infrastructure", response_model=PageOf[InfrastructureRead])
async def list_infrastructure(
    code: str, request: Request, ctx: ContextDep, query: InfrastructureQuery
) -> Response:
    """What the park offers, item by item."""
    park = await parks.get_park(ctx, code)
    page = await repository.list_infrastructure(ctx.session, park.id, query)
    return page_response(request, page, query, InfrastructureRead)


@router.put(
    "/{code}/infrastructure/{item}",
    response_model=InfrastructureRead,
    responses={201: {"model": InfrastructureRead}, **problems(UnknownPark)},
    dependencies=[require(*WRITERS)],
)
async def put_infrastructure(
    code: str, item: Code, body: InfrastructureWrite, ctx: ContextDep, response: Response
) -> Any:
    """Record an item under a key of the park's own, such as ``power-110``, or its new state."""
    row, created = await parks.put_infrastructure(ctx, code, item, body.draft())
    response.status_code = 201 if created else 200
    response.headers["ETag"] = etag_of(row.version)
    return row


@router.get(
    "/{code}/totals",
    response_model=ParkTotalsRead,
    responses=problems(PeriodNotOrdered),
    dependencies=[require(*OFFICES)],
)
async def read_totals(code: str, from_month: FromMonth, to_month: ToMonth, ctx: ContextDep) -> Any:
    """Sites, tenants, output, value added, tax, jobs and projects of the park, each with the ids behind it."""
    first, last = month_of(from_month, "from_month"), month_of(to_month, "to_month")
    return ParkTotalsRead.of(await total_park(ctx, code, first, last))
