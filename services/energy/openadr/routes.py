"""The reading half of an OpenADR 3.1 VTN: ``/programs``, ``/events``, ``/reports`` under ``/openadr3/3.1.1``."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query

from libs.common.registry.queries import region_names
from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.activations import verification_repository
from services.energy.openadr import repository
from services.energy.openadr.domain.mapping import region_of
from services.energy.openadr.errors import OpenAdrObjectNotFound
from services.energy.openadr.repository import Wanted
from services.energy.openadr.schemas import (
    Event,
    Program,
    Report,
    event_read,
    program_read,
    report_read,
)

BASE: Final = "/openadr3/3.1.1"
_MOST: Final = 50

router = APIRouter(prefix=BASE, route_class=TransactionalRoute, tags=["OpenADR"])

Skip = Annotated[int, Query(ge=0, le=1_000_000)]
Limit = Annotated[int, Query(ge=0, le=_MOST)]
ObjectId = Annotated[str, Path(pattern=r"^[a-zA-Z0-9_-]*$", min_length=1, max_length=128)]
ProgramId = Annotated[str | None, Query(alias="programID", pattern=r"^[a-zA-Z0-9_-]*$", max_length=128)]
Targets = Annotated[list[str], Query(max_length=200, description="Credit codes; any of them.")]


@router.get("/programs", response_model=list[Program], response_model_exclude_none=True)
async def search_all_programs(ctx: ContextDep, skip: Skip = 0, limit: Limit = _MOST) -> Any:
    """A program for each region whose orders the caller may see."""
    return await _programs(ctx, None, skip, limit)


@router.get(
    "/programs/{programID}",
    response_model=Program,
    response_model_exclude_none=True,
    responses=problems(OpenAdrObjectNotFound),
)
async def search_program_by_program_id(programID: ObjectId, ctx: ContextDep) -> Any:  # noqa: N803
    """One program."""
    region_code = region_of(programID)
    found = [] if region_code is None else await _programs(ctx, region_code, 0, 1)
    if not found:
        raise OpenAdrObjectNotFound(id=programID)
    return found[0]


async def _programs(ctx: ContextDep, region_code: str | None, skip: int, limit: int) -> list[Program]:
    rows = await repository.regions(ctx.session, ctx.principal, region_code, skip, limit)
    names = await region_names(ctx.session, [code for code, _, _ in rows])
    return [program_read(code, names.get(code), created, changed) for code, created, changed in rows]


@router.get("/events", response_model=list[Event], response_model_exclude_none=True)
async def search_all_events(
    ctx: ContextDep,
    program: ProgramId = None,
    targets: Targets = [],  # noqa: B006 - FastAPI copies it
    active: Annotated[bool, Query(description="Leave out events that have transpired.")] = False,
    skip: Skip = 0,
    limit: Limit = _MOST,
) -> Any:
    """Orders that went out, the latest first; one that was cancelled has a window of no length."""
    region_code = None
    if program is not None:
        region_code = region_of(program)
        if region_code is None:
            return []
    wanted = Wanted(region_code=region_code, targets=targets, active_at=ctx.now if active else None)
    found = await repository.orders(ctx.session, ctx.principal, wanted, skip, limit)
    return [event_read(one) for one in found]


@router.get(
    "/events/{eventID}",
    response_model=Event,
    response_model_exclude_none=True,
    responses=problems(OpenAdrObjectNotFound),
)
async def search_events_by_id(eventID: ObjectId, ctx: ContextDep) -> Any:  # noqa: N803
    """One order."""
    order_id = _uuid(eventID)
    wanted = Wanted(order_id=order_id)
    found = [] if order_id is None else await repository.orders(ctx.session, ctx.principal, wanted, 0, 1)
    if not found:
        raise OpenAdrObjectNotFound(id=eventID)
    return event_read(found[0])


@router.get("/reports", response_model=list[Report], response_model_exclude_none=True)
async def search_all_reports(
    ctx: ContextDep,
    program: ProgramId = None,
    event: Annotated[str | None, Query(alias="eventID", pattern=r"^[a-zA-Z0-9_-]*$", max_length=128)] = None,
    client: Annotated[str | None, Query(alias="clientName", min_length=1, max_length=128)] = None,
    skip: Skip = 0,
    limit: Limit = _MOST,
) -> Any:
    """What our own meters say of orders that have begun: baseline and demand, in quarters of an hour."""
    region_code = None if program is None else region_of(program)
    order_id = None if event is None else _uuid(event)
    if (program is not None and region_code is None) or (event is not None and order_id is None):
        return []
    wanted = Wanted(
        region_code=region_code,
        order_id=order_id,
        targets=() if client is None else (client,),
        with_values=True,
    )
    return await _reports(ctx, wanted, skip, limit)


@router.get(
    "/reports/{reportID}",
    response_model=Report,
    response_model_exclude_none=True,
    responses=problems(OpenAdrObjectNotFound),
)
async def search_reports_by_report_id(reportID: ObjectId, ctx: ContextDep) -> Any:  # noqa: N803
    """One report."""
    order_id = _uuid(reportID)
    found = [] if order_id is None else await _reports(ctx, Wanted(order_id=order_id, with_values=True), 0, 1)
    if not found:
        raise OpenAdrObjectNotFound(id=reportID)
    return found[0]


async def _reports(ctx: ContextDep, wanted: Wanted, skip: int, limit: int) -> list[Report]:
    found = await repository.orders(ctx.session, ctx.principal, wanted, skip, limit)
    ids = [order.id for order, _ in found]
    tracks = await verification_repository.tracks_of(ctx.session, ids)
    verified = await verification_repository.current_verifications(ctx.session, ids)
    reports = [report_read(one, tracks.get(one[0].id), verified.get(one[0].id)) for one in found]
    return [report for report in reports if report is not None]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
