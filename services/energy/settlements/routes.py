"""``/v1/orderly-use-settlements`` and ``/v1/orderly-use-rates``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from libs.common.security.audit import audit
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, problems
from libs.common.web.routes import TransactionalRoute
from services.energy.activations.routes.common import KEEPERS, READERS
from services.energy.settlements import rates, repository, service
from services.energy.settlements.errors import (
    RateOverlaps,
    RateUnfit,
    SettlementFrozen,
    SettlementNotFound,
    SettlementSuperseded,
    SettlementUnchanged,
    SettlementUnverified,
    SettlementYearRuns,
)
from services.energy.settlements.schemas import (
    ItemRead,
    LineRead,
    RateRead,
    RateWrite,
    SettlementCorrection,
    SettlementPreview,
    SettlementRead,
    SettlementWrite,
    item_read,
    line_read,
    preview_read,
    rate_read,
    settlement_read,
)
from services.energy.settlements.sheet import render_settlement

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["orderly use"])

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RegionCode = Annotated[str, Query(pattern=r"^[1-9][0-9]{5}(?:[0-9]{3})?$", description="With its subtree.")]
SettlementsQuery = Annotated[ListQuery, Depends(repository.SETTLEMENTS.selecting(SettlementRead))]


@router.get("/orderly-use-settlements", response_model=PageOf[SettlementRead])
async def list_settlements(request: Request, ctx: ContextDep, query: SettlementsQuery) -> Any:
    """Editions of settled years, the newest first; an enterprise sees its lines instead."""
    page = await repository.list_settlements(ctx.session, ctx.principal, query)
    return page_response(request, page, query, SettlementRead, settlement_read)


@router.post(
    "/orderly-use-settlements",
    status_code=201,
    response_model=SettlementRead,
    responses=problems(SettlementYearRuns, SettlementUnverified, SettlementFrozen, NotFound),
    dependencies=KEEPERS,
)
async def post_settlement(body: SettlementWrite, ctx: ContextDep) -> SettlementRead:
    """Freeze a year that is over, once; what changes later is a correction."""
    return settlement_read(await service.freeze(ctx, body.region_code, body.year))


@router.get(
    "/orderly-use-settlements/preview",
    response_model=SettlementPreview,
    responses=problems(NotFound),
    dependencies=READERS,
)
async def preview_settlement(
    region_code: RegionCode, year: Annotated[int, Query(ge=2000, le=2100)], ctx: ContextDep
) -> SettlementPreview:
    """The year as it would be settled now, and which activations are not verified yet."""
    return preview_read(await service.look_at(ctx, region_code, year))


@router.get(
    "/orderly-use-settlements/{settlement_id}",
    response_model=SettlementRead,
    responses=problems(SettlementNotFound),
)
async def get_settlement(settlement_id: UUID, ctx: ContextDep) -> SettlementRead:
    """One edition."""
    return settlement_read(await repository.get_settlement(ctx.session, ctx.principal, settlement_id))


@router.get(
    "/orderly-use-settlements/{settlement_id}/table",
    response_class=Response,
    responses={
        200: {"content": {WORKBOOK: {"schema": {"type": "string", "format": "binary"}}}},
        **problems(SettlementNotFound),
    },
)
async def get_settlement_table(settlement_id: UUID, ctx: ContextDep) -> Response:
    """The edition as a workbook: a row an enterprise, and the orders behind it."""
    row = await repository.get_settlement(ctx.session, ctx.principal, settlement_id)
    lines = await repository.lines_of(ctx.session, row.id)
    items = await repository.items_of(ctx.session, row.id)
    body = await run_in_threadpool(render_settlement, row, lines, items)
    name = f"settlement-{row.region_code}-{row.year}-{row.edition}"
    await audit(ctx, "export", "orderly_use_settlements", str(row.id), {"format": "xlsx", "rows": len(lines)})
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(body, media_type=WORKBOOK, headers=headers)


@router.post(
    "/orderly-use-settlements/{settlement_id}/corrections",
    status_code=201,
    response_model=SettlementRead,
    responses=problems(SettlementNotFound, SettlementSuperseded, SettlementUnchanged, SettlementUnverified),
    dependencies=KEEPERS,
)
async def post_correction(settlement_id: UUID, body: SettlementCorrection, ctx: ContextDep) -> SettlementRead:
    """The next edition, by verifications and rates as they are now."""
    row = await repository.get_settlement(ctx.session, ctx.principal, settlement_id)
    return settlement_read(await service.correct(ctx, row, body.reason))


@router.get("/orderly-use-settlement-lines", response_model=PageOf[LineRead])
async def list_lines(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.LINES)]
) -> Any:
    """What each enterprise gave, missed, gets and owes; an enterprise sees its own."""
    page = await repository.list_lines(ctx.session, ctx.principal, query)
    return page_response(request, page, query, LineRead, line_read)


@router.get("/orderly-use-settlement-items", response_model=PageOf[ItemRead])
async def list_items(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.ITEMS)]
) -> Any:
    """The orders a line is the sum of, each by the edition of its verification."""
    page = await repository.list_items(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ItemRead, item_read)


@router.get("/orderly-use-rates", response_model=PageOf[RateRead])
async def list_rates(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RATES)]
) -> Any:
    """Rates of the caller's regions and those for everywhere; the narrowest region counts."""
    page = await repository.list_rates(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RateRead, rate_read)


@router.post(
    "/orderly-use-rates",
    status_code=201,
    response_model=RateRead,
    responses=problems(RateUnfit, RateOverlaps, NotFound),
    dependencies=KEEPERS,
)
async def post_rate(body: RateWrite, ctx: ContextDep) -> RateRead:
    """A rate from a day on; the one before it ends then. Frozen settlements keep the rates they used."""
    return rate_read(await rates.add_rate(ctx, body.wanted()))
