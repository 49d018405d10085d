"""``/v1/economy-standings``, ``/v1/economy-enrolments``, ``/v1/economy-closed-months``."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.workdays import UnknownCalendarYear
from services.projects.economy.errors import MonthAlreadyClosed, MonthNotOver, ReportsOutstanding, StandingMonth
from services.projects.economy.repository import catalogue as repository
from services.projects.economy.repository import closings
from services.projects.economy.routes.answers import KEEPERS, PUTTING, REVIEWERS, new_router
from services.projects.economy.schemas.catalogue import (
    ClosedMonthRead,
    ClosedMonthWrite,
    EnrolmentRead,
    EnrolmentWrite,
    StandingRead,
    StandingWrite,
)
from services.projects.economy.schemas.types import month_of
from services.projects.economy.service import register as service
from services.projects.registry.errors import EverywhereForbidden, UnknownRegion
from services.projects.registry.schemas import CreditCode

StandingsQuery = Annotated[ListQuery, Depends(repository.STANDINGS.selecting(StandingRead))]
ClosingsQuery = Annotated[ListQuery, Depends(closings.CLOSINGS.selecting(ClosedMonthRead))]

router = new_router()


@router.get("/economy-standings", response_model=PageOf[StandingRead])
async def list_standings(request: Request, ctx: ContextDep, query: StandingsQuery) -> Response:
    """Who reports from which month on and where it counts; ``filter[moved]=true``: the registry says otherwise."""
    page = await repository.list_standings(ctx.session, ctx.principal, query)
    return page_response(request, page, query, StandingRead, StandingRead.of)


@router.put(
    "/economy-standings/{credit_code}",
    response_model=StandingRead,
    responses=problems(StandingMonth, UnknownCalendarYear, *PUTTING),
    dependencies=[require(*REVIEWERS)],
)
async def put_standing(credit_code: CreditCode, body: StandingWrite, ctx: ContextDep) -> Any:
    """Let an enterprise report, move or leave from a month on. Every month counts it in one place only."""
    return StandingRead.of(await service.put_standing(ctx, credit_code, body.standing()))


@router.post(
    "/economy-enrolments",
    status_code=201,
    response_model=EnrolmentRead,
    responses=problems(StandingMonth, UnknownRegion),
    dependencies=[require(*KEEPERS)],
)
async def enrol(body: EnrolmentWrite, ctx: ContextDep) -> Any:
    """Take all enterprises of a region that were never in the register into it, where the registry has them."""
    return {"enrolled": await service.enrol_region(ctx, body.region_code, month_of(body.from_month), body.reason)}


@router.get("/economy-closed-months", response_model=PageOf[ClosedMonthRead])
async def list_closed_months(request: Request, ctx: ContextDep, query: ClosingsQuery) -> Response:
    """Months whose reports change by correction only."""
    page = await closings.list_closings(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ClosedMonthRead)


@router.post(
    "/economy-closed-months",
    status_code=201,
    response_model=ClosedMonthRead,
    responses=problems(MonthNotOver, MonthAlreadyClosed, ReportsOutstanding, EverywhereForbidden, UnknownRegion),
    dependencies=[require(*KEEPERS)],
)
async def close_month(body: ClosedMonthWrite, ctx: ContextDep) -> Any:
    """Close a month in a region or everywhere; what it adds up to goes out as an event."""
    return await service.close_month(
        ctx, body.first_day, body.region_code, body.note, over_outstanding=body.over_outstanding
    )
