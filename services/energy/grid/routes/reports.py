"""Answers about the grid: tree, loads, rates, N-1, meters of a node."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.energy.grid import repository
from services.energy.grid.errors import GridNodeNotFound, GridTreeTooLarge
from services.energy.grid.report_schemas import (
    LoadDays,
    MarginRead,
    PlacedMeterRead,
    PlacedMeters,
    RateItems,
    TreeItems,
    load_days,
    margin_read,
    rate_read,
    tree_read,
)
from services.energy.grid.routes.common import NodeCode, new_router
from services.energy.grid.schemas import Day
from services.energy.grid.service import reports
from services.energy.metering.errors import CurveRangeTooLong, PeriodInverted

router = new_router()

_From = Annotated[Day | None, Query(alias="from", description="Today if absent.")]
_To = Annotated[Day | None, Query(alias="to", description="Included; as from if absent.")]
_On = Annotated[Day | None, Query(description="Today if absent.")]


class RateInterval(StrEnum):
    DAY = "day"
    MONTH = "month"


def _days(ctx: ContextDep, first: date | None, last: date | None) -> tuple[date, date]:
    start = first or last or today_of(ctx)
    return start, last or start


@router.get("/grid-tree", response_model=TreeItems, responses=problems(GridNodeNotFound, GridTreeTooLarge))
async def get_tree(
    ctx: ContextDep, on: _On = None, root: Annotated[str | None, Query(description="A node's code.")] = None
) -> TreeItems:
    """What hangs under what on a day, each node after the one it hangs under, with its capacity."""
    day = on or today_of(ctx)
    return TreeItems(on=day, items=[tree_read(found) for found in await reports.tree(ctx, root, day)])


@router.get(
    "/grid-nodes/{code}/loads",
    response_model=LoadDays,
    responses=problems(GridNodeNotFound, PeriodInverted, CurveRangeTooLong),
)
async def get_loads(code: NodeCode, ctx: ContextDep, first: _From = None, last: _To = None) -> Response:
    """Load and load rate by quarter of an hour, import minus export of all meters below, with completeness."""
    found = await reports.node_loads(ctx, code, *_days(ctx, first, last))
    # Said as it is: the framework would check thousands of figures that were just made.
    body = LoadDays.model_construct(items=list(load_days(found)))
    return Response(body.model_dump_json(), media_type="application/json")


@router.get(
    "/grid-nodes/{code}/load-rates",
    response_model=RateItems,
    responses=problems(GridNodeNotFound, PeriodInverted, CurveRangeTooLong),
)
async def get_rates(
    code: NodeCode,
    ctx: ContextDep,
    first: _From = None,
    last: _To = None,
    interval: RateInterval = RateInterval.DAY,
) -> RateItems:
    """Peaks with their time, load rate, load factor and simultaneity by day or month."""
    monthly = interval is RateInterval.MONTH
    found = await reports.node_rates(ctx, code, *_days(ctx, first, last), monthly=monthly)
    return RateItems(items=[rate_read(one) for one in found])


@router.get("/grid-nodes/{code}/meters", response_model=PlacedMeters, responses=problems(GridNodeNotFound))
async def get_meters(code: NodeCode, ctx: ContextDep, on: _On = None) -> PlacedMeters:
    """The meters that hang on the node itself on a day."""
    found = await reports.placed_meters(ctx, code, on or today_of(ctx))
    return PlacedMeters(items=[PlacedMeterRead.model_validate(one) for one in found])


@router.get(
    "/grid-margins",
    response_model=PageOf[MarginRead],
    responses=problems(PeriodInverted, CurveRangeTooLong),
)
async def list_margins(
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(repository.NODES)],
    first: _From = None,
    last: _To = None,
) -> Any:
    """N-1 of substations: what the others carry when the largest transformer is out, against the peak."""
    page = await repository.list_substations(ctx.session, ctx.principal, query)
    found = await reports.margins(ctx.session, page.items, *_days(ctx, first, last))
    return page_response(request, page, query, MarginRead, lambda row: margin_read(found[row.id]))
