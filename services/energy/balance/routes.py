"""Balances: ``/v1/grid-balances``, of a node ``…/balances/{day}``, ``…/shortages``, ``…/import-limits``; rules."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.security.principal import Role, Scope
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, problems
from libs.common.web.routes import TransactionalRoute
from services.energy.balance import keeping, repository, service
from services.energy.balance.domain.periods import level_periods, shortages
from services.energy.balance.errors import (
    BalanceNotFound,
    BalanceRuleMissing,
    BalanceRuleUnordered,
    ForecastMissing,
    ImportLimitNotFound,
    ImportLimitOverlaps,
)
from services.energy.balance.forecasts import ForecastOf, GenerationOf, no_forecast, no_generation
from services.energy.balance.schemas import (
    BalanceRead,
    BalanceRuleRead,
    BalanceRuleWrite,
    BalanceSpan,
    BalanceSummary,
    ImportLimitRead,
    ImportLimits,
    ImportLimitWrite,
    RecomputationRead,
    ShortageItems,
    balance_read,
    limits_read,
    period_read,
    rule_read,
    summary,
)
from services.energy.balance.service import Basis
from services.energy.grid import repository as grid_repository
from services.energy.grid.domain.spans import Span
from services.energy.grid.errors import (
    GridNodeNotFound,
    GridRegionInvalid,
    GridRegionOutOfReach,
    GridSpanInverted,
)
from services.energy.grid.routes.common import KEEPERS, NodeCode, opened_as_seen
from services.energy.grid.schemas import Day, SpanChange
from services.energy.grid.service.recording import STANDARD_MINUTES
from services.energy.metering.errors import CurveRangeTooLong, PeriodInverted

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["grid balance"])
_RULERS: list[Any] = [require(Role.ADMIN, Role.SUPERVISOR), require_scope(Scope.ENERGY_WRITE)]
_From = Annotated[Day | None, Query(alias="from", description="Today if absent.")]
_To = Annotated[Day | None, Query(alias="to", description="Included; as from if absent.")]


def _forecast(request: Request) -> ForecastOf:
    """The forecast of this site, where it has one."""
    found: ForecastOf = getattr(request.app.state, "load_forecast", no_forecast)
    return found


def _generation(request: Request) -> GenerationOf:
    """What plants beside the grid's meters feed, where somebody knows."""
    found: GenerationOf = getattr(request.app.state, "grid_generation", no_generation)
    return found


@router.get("/grid-balances", response_model=PageOf[BalanceSummary])
async def list_balances(
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(repository.BALANCES)],
    on: Annotated[Day | None, Query(description="Today if absent.")] = None,
) -> Any:
    """A day of all nodes, the gravest first, as computed last (every minute, for what changed)."""
    page = await repository.list_days(ctx.session, ctx.principal, query, on or today_of(ctx))
    return page_response(request, page, query, BalanceSummary, summary)


@router.get(
    "/grid-nodes/{code}/balances/{day}",
    response_model=BalanceRead,
    responses=problems(GridNodeNotFound, BalanceNotFound, ForecastMissing, BalanceRuleMissing),
)
async def get_balance(
    code: NodeCode, day: Day, request: Request, ctx: ContextDep, basis: Basis = Basis.MEASURED
) -> Response:
    """Supply, demand, gap and level of a node's day by slot, computed now, with the rows behind each figure."""
    found = await service.balance_of(
        ctx, code, day, basis=basis, forecast=_forecast(request), generation=_generation(request)
    )
    # Said as it is: the framework would check hundreds of figures that were just made.
    return Response(balance_read(found, basis).model_dump_json(), media_type="application/json")


@router.get(
    "/grid-nodes/{code}/shortages",
    response_model=ShortageItems,
    responses=problems(GridNodeNotFound, PeriodInverted, CurveRangeTooLong),
)
async def list_shortages(code: NodeCode, ctx: ContextDep, first: _From = None, last: _To = None) -> ShortageItems:
    """The history of a node's levels: whole shortages, and each level by itself; up to 400 days."""
    start = first or last or today_of(ctx)
    found = level_periods(await service.levels_between(ctx, code, start, last or start))
    return ShortageItems(
        shortages=[period_read(one, STANDARD_MINUTES) for one in shortages(found)],
        levels=[period_read(one, STANDARD_MINUTES) for one in found],
    )


@router.post(
    "/grid-nodes/{code}/balance-recomputations",
    status_code=202,
    response_model=RecomputationRead,
    responses=problems(GridNodeNotFound, PeriodInverted, CurveRangeTooLong),
    dependencies=KEEPERS,
)
async def post_recomputation(code: NodeCode, body: BalanceSpan, ctx: ContextDep) -> RecomputationRead:
    """Have days of a node's past computed, say once its meters are placed; what changes later follows."""
    return RecomputationRead(days=await service.ask_again(ctx, code, body.first, body.last))


@router.get("/balance-rules", response_model=PageOf[BalanceRuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES)]
) -> Any:
    """Denominator, edges and hysteresis of the levels by region and time; the narrowest region wins."""
    page = await repository.list_rules(ctx.session, query)
    return page_response(request, page, query, BalanceRuleRead, rule_read)


@router.put(
    "/balance-rules",
    response_model=BalanceRuleRead,
    responses=problems(Forbidden, BalanceRuleUnordered, GridRegionInvalid, GridRegionOutOfReach),
    dependencies=_RULERS,
)
async def put_balance_rule(body: BalanceRuleWrite, ctx: ContextDep) -> BalanceRuleRead:
    """Put a rule in force from its first day on; the one before it ends there; days since are computed anew."""
    return rule_read(await keeping.put_rule(ctx, body.facts()))


@router.get("/grid-nodes/{code}/import-limits", response_model=ImportLimits, responses=problems(GridNodeNotFound))
async def list_import_limits(code: NodeCode, ctx: ContextDep) -> ImportLimits:
    """What the node could, can and will be able to import over its ties."""
    node = await grid_repository.get_node(ctx.session, ctx.principal, code)
    return limits_read(await repository.import_limits(ctx.session, [node.id], Span(date.min)))


@router.post(
    "/grid-nodes/{code}/import-limits",
    status_code=201,
    response_model=ImportLimitRead,
    responses=problems(GridNodeNotFound, GridSpanInverted, ImportLimitOverlaps),
    dependencies=KEEPERS,
)
async def post_import_limit(code: NodeCode, body: ImportLimitWrite, ctx: ContextDep) -> Any:
    """Say what the node may import for a time."""
    span = Span(body.valid_from, body.valid_to)
    row = await keeping.record_import_limit(ctx, code, body.limit_mw, span, body.reason)
    return ImportLimitRead.model_validate(row)


@router.patch(
    "/grid-nodes/{code}/import-limits/{limit_id}",
    response_model=ImportLimitRead,
    responses=problems(GridNodeNotFound, ImportLimitNotFound, GridSpanInverted, ImportLimitOverlaps),
    dependencies=KEEPERS,
)
async def patch_import_limit(
    code: NodeCode, limit_id: UUID, body: SpanChange, request: Request, ctx: ContextDep
) -> Any:
    """Another end of a limit; If-Match names the node's version."""
    await opened_as_seen(ctx, request, code)
    return ImportLimitRead.model_validate(await keeping.end_import_limit(ctx, code, limit_id, body.valid_to))


@router.delete(
    "/grid-nodes/{code}/import-limits/{limit_id}",
    status_code=204,
    responses=problems(GridNodeNotFound, ImportLimitNotFound),
    dependencies=KEEPERS,
)
async def delete_import_limit(code: NodeCode, limit_id: UUID, ctx: ContextDep) -> None:
    """Take back a limit that never was."""
    await keeping.remove_import_limit(ctx, code, limit_id)
