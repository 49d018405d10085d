"""``/v1/economy-indicators``, ``/v1/economy-rules``, ``/v1/economy-size-bands``."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response

from libs.common.local_time import today_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.projects.economy.errors import EconomyRuleUnsound, IndicatorInUse, SizeBandUnsound, UnknownIndicator
from services.projects.economy.repository import catalogue as repository
from services.projects.economy.routes.answers import KEEPERS, PUTTING, new_router, tagged
from services.projects.economy.schemas.catalogue import (
    EconomyRuleRead,
    EconomyRuleWrite,
    EconomySizeRead,
    EconomySizeWrite,
    IndicatorRead,
    Indicators,
    IndicatorWrite,
)
from services.projects.economy.schemas.types import IndicatorCode
from services.projects.economy.service import catalogue as service

RulesQuery = Annotated[ListQuery, Depends(repository.RULES.selecting(EconomyRuleRead))]
SizesQuery = Annotated[ListQuery, Depends(repository.SIZES.selecting(EconomySizeRead))]

router = new_router()


@router.get("/economy-indicators", response_model=Indicators)
async def list_indicators(ctx: ContextDep) -> Any:
    """The catalogue in its order: what is reported, in which unit, and how it adds up."""
    return {"items": await repository.indicator_rows(ctx.session)}


@router.put(
    "/economy-indicators/{code}",
    response_model=IndicatorRead,
    responses=problems(IndicatorInUse),
    dependencies=[require(*KEEPERS)],
)
async def put_indicator(code: IndicatorCode, body: IndicatorWrite, ctx: ContextDep, response: Response) -> Any:
    """Record an indicator. Unit, kind and price basis stay once something was reported."""
    row, created = await service.put_indicator(ctx, body.indicator(code))
    response.status_code = 201 if created else 200
    tagged(response, row.version)
    return row


@router.get("/economy-rules", response_model=PageOf[EconomyRuleRead])
async def list_rules(request: Request, ctx: ContextDep, query: RulesQuery) -> Response:
    """Due days, limits of what is plausible and of dips, the edge of 规上; past and coming ones included."""
    page = await repository.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, EconomyRuleRead)


@router.put(
    "/economy-rules",
    response_model=EconomyRuleRead,
    responses=problems(EconomyRuleUnsound, UnknownIndicator, *PUTTING),
    dependencies=[require(*KEEPERS)],
)
async def put_rule(body: EconomyRuleWrite, ctx: ContextDep) -> Any:
    """Put a number in force from its first day on; the one before it ends there."""
    return await service.put_rule(ctx, body.rule(today_of(ctx)))


@router.get("/economy-size-bands", response_model=PageOf[EconomySizeRead])
async def list_sizes(request: Request, ctx: ContextDep, query: SizesQuery) -> Response:
    """Sizes by main revenue of twelve months and employees, past and coming ones included."""
    page = await repository.list_sizes(ctx.session, ctx.principal, query)
    return page_response(request, page, query, EconomySizeRead)


@router.put(
    "/economy-size-bands/{code}",
    response_model=EconomySizeRead,
    responses=problems(SizeBandUnsound, *PUTTING),
    dependencies=[require(*KEEPERS)],
)
async def put_size(
    code: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,29}$")], body: EconomySizeWrite, ctx: ContextDep
) -> Any:
    """Put a size in force from its first day on."""
    return await service.put_size(ctx, body.band(code, today_of(ctx)))
