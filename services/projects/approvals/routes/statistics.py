"""``/v1/approval-statistics`` and ``/v1/approval-scans``."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery
from libs.common.web.problems import Forbidden, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.approvals import repository
from services.projects.approvals.domain.statistics import Grouping
from services.projects.approvals.errors import PeriodNotOrdered
from services.projects.approvals.schemas.clocks import CaseScanRead, OnTimeRates, OnTimeRead
from services.projects.approvals.service.reading import on_time_rates
from services.projects.approvals.service.scanning import scan_cases

FilterQuery = Annotated[ListQuery, Depends(repository.CASES)]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["approvals"])


@router.get("/approval-statistics", response_model=OnTimeRates, responses=problems(PeriodNotOrdered))
async def read_statistics(
    ctx: ContextDep,
    query: FilterQuery,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
    by: Grouping = Grouping.UNIT,
) -> Any:
    """Who kept the promise, with the cases behind both numbers of each rate.

    Counted are cases granted or refused from ``from`` to ``to`` and cases whose promise ran out before ``to`` with
    nothing decided by then. Takes the filters of the list of cases.
    """
    figures = await on_time_rates(ctx, first, last, by, query)
    return {"items": [OnTimeRead.of(figure) for figure in figures]}


@router.post(
    "/approval-scans",
    response_model=CaseScanRead,
    responses=problems(Forbidden),
    dependencies=[require(Role.ADMIN)],
)
async def scan_now(ctx: ContextDep) -> Any:
    """Compare all running cases with their clocks now, as the job does every half hour."""
    return await scan_cases(ctx)
