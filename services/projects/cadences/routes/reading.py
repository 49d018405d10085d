"""``/v1/check-statistics`` and ``/v1/cadence-summaries``."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.cadences.domain.periods import parse_period
from services.projects.cadences.domain.statistics import Grouping
from services.projects.cadences.errors import CheckPeriodNotOrdered, UnknownPeriod
from services.projects.cadences.repository.checks import CHECKS
from services.projects.cadences.schemas.reading import (
    CheckStatistics,
    CheckStatisticsLine,
    SummaryRead,
    SummaryTotals,
    TotalsRead,
)
from services.projects.cadences.service.reading import statistics_of, summarise, total_up
from services.projects.ledger.repository import PROJECTS

FilterQuery = Annotated[ListQuery, Depends(CHECKS)]
SummariesQuery = Annotated[ListQuery, Depends(PROJECTS.selecting(SummaryRead))]
TotalsQuery = Annotated[ListQuery, Depends(PROJECTS)]
PeriodCode = Annotated[
    str, Query(description="2026-W38, 2026-09-X2 (中旬), 2026-09, 2026-Q3, 2026-H2 or 2026.", max_length=16)
]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["cadences"])


@router.get("/check-statistics", response_model=CheckStatistics, responses=problems(CheckPeriodNotOrdered))
async def read_statistics(
    ctx: ContextDep,
    query: FilterQuery,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
    by: Grouping = Grouping.UNIT,
) -> Any:
    """Who reported in time: checks first due from ``from`` to ``to``, with the ids behind every number.

    Takes the filters of the list of checks.
    """
    return {"items": [CheckStatisticsLine.of(one) for one in await statistics_of(ctx, first, last, by, query)]}


@router.get("/cadence-summaries", response_model=PageOf[SummaryRead], responses=problems(UnknownPeriod))
async def list_summaries(request: Request, ctx: ContextDep, query: SummariesQuery, period: PeriodCode) -> Response:
    """What a bulletin (通报) of a period needs of each project signed by its end: progress against the plan,
    investment, problems, reports missed.

    Takes the filters and orders of the list of projects.
    """
    asked = parse_period(period)
    page = await summarise(ctx, asked, query)
    return page_response(request, page, query, SummaryRead, lambda pair: SummaryRead.of(pair[0], pair[1], asked))


@router.get("/cadence-summaries/totals", response_model=SummaryTotals, responses=problems(UnknownPeriod))
async def read_totals(ctx: ContextDep, query: TotalsQuery, period: PeriodCode) -> Any:
    """The same added up: all together, then region by region. Takes the filters of the list of projects."""
    asked = parse_period(period)
    items = [TotalsRead.of(one) for one in await total_up(ctx, asked, query)]
    return SummaryTotals(period=asked.code, first_on=asked.first, last_on=asked.last, items=items)
