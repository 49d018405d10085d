"""States of units, limits of dispatch."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Duplicate, PreconditionFailed, PreconditionRequired, problems
from services.energy.generation import repository
from services.energy.generation.day_tables import PlantLimitRow, PlantUnitStateRow
from services.energy.generation.errors import (
    PlantFactsOverlap,
    PlantNotFound,
    PlantPartNotFound,
    PlantPartWithdrawn,
    PlantPeriodInverted,
    PlantStateInFuture,
    PlantStateInvalid,
)
from services.energy.generation.routes.common import KEEPERS, PlantCode, new_router
from services.energy.generation.service import states as service
from services.energy.generation.state_schemas import (
    LimitChange,
    LimitRead,
    LimitWrite,
    StateChange,
    StateRead,
    StateWrite,
    limit_read,
    state_read,
)

router = new_router()

Because = Annotated[str, Query(alias="reason", min_length=1, max_length=500)]
_STATE_ERRORS = (PlantStateInvalid, PlantStateInFuture, PlantPeriodInverted, PlantFactsOverlap)


@router.get("/plant-states", response_model=PageOf[StateRead])
async def list_states(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.STATES)]
) -> Any:
    """States of units of the caller's plants, the latest first, withdrawn ones among them."""
    page = await repository.page_of_parts(ctx.session, PlantUnitStateRow, ctx.principal, query)
    return page_response(request, page, query, StateRead, state_read)


@router.post(
    "/plants/{code}/states",
    status_code=201,
    response_model=StateRead,
    responses=problems(PlantNotFound, PlantPartNotFound, *_STATE_ERRORS),
    dependencies=KEEPERS,
)
async def post_state(code: PlantCode, body: StateWrite, ctx: ContextDep, response: Response) -> StateRead:
    """A unit enters a state; the one that lasted until then ends with it."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
    unit = await repository.get_unit(ctx.session, plant, body.unit_code)
    row = await service.record_state(ctx, plant, unit, body.facts())
    response.headers["ETag"] = etag_of(row.version)
    return state_read(row)


@router.patch(
    "/plants/{code}/states/{state_id}",
    response_model=StateRead,
    responses=problems(
        PlantNotFound,
        PlantPartNotFound,
        PlantPartWithdrawn,
        *_STATE_ERRORS,
        PreconditionFailed,
        PreconditionRequired,
    ),
    dependencies=KEEPERS,
)
async def patch_state(
    code: PlantCode, state_id: UUID, body: StateChange, request: Request, ctx: ContextDep, response: Response
) -> StateRead:
    """End a state, or correct it."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
    row = await repository.get_part(ctx.session, PlantUnitStateRow, plant, state_id)
    check_if_match(request, row.version)
    row = await service.change_state(ctx, plant, row, body.facts())
    response.headers["ETag"] = etag_of(row.version)
    return state_read(row)


@router.delete(
    "/plants/{code}/states/{state_id}",
    response_model=StateRead,
    responses=problems(PlantNotFound, PlantPartNotFound, PreconditionFailed),
    dependencies=KEEPERS,
)
async def withdraw_state(
    code: PlantCode, state_id: UUID, reason: Because, request: Request, ctx: ContextDep
) -> StateRead:
    """The state was none; it stays in the list as withdrawn."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
    row = await repository.get_part(ctx.session, PlantUnitStateRow, plant, state_id)
    honour_if_match(request, row.version)
    return state_read(await service.withdraw_state(ctx, plant, row, reason))


@router.get("/dispatch-limits", response_model=PageOf[LimitRead])
async def list_limits(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.LIMITS)]
) -> Any:
    """Limits of dispatch on the caller's plants, the latest first, withdrawn ones among them."""
    page = await repository.page_of_parts(ctx.session, PlantLimitRow, ctx.principal, query)
    return page_response(request, page, query, LimitRead, limit_read)


@router.post(
    "/plants/{code}/dispatch-limits",
    status_code=201,
    response_model=LimitRead,
    responses=problems(PlantNotFound, PlantPeriodInverted, Duplicate),
    dependencies=KEEPERS,
)
async def post_limit(code: PlantCode, body: LimitWrite, ctx: ContextDep, response: Response) -> LimitRead:
    """Dispatch limits a plant: what it cannot deliver meanwhile is curtailed, not lost by its own fault."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
    row = await service.record_limit(ctx, plant, body.facts())
    response.headers["ETag"] = etag_of(row.version)
    return limit_read(row)


@router.patch(
    "/plants/{code}/dispatch-limits/{limit_id}",
    response_model=LimitRead,
    responses=problems(
        PlantNotFound,
        PlantPartNotFound,
        PlantPartWithdrawn,
        PlantPeriodInverted,
        PreconditionFailed,
        PreconditionRequired,
    ),
    dependencies=KEEPERS,
)
async def patch_limit(
    code: PlantCode, limit_id: UUID, body: LimitChange, request: Request, ctx: ContextDep, response: Response
) -> LimitRead:
    """End a limit, or correct it."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
    row = await repository.get_part(ctx.session, PlantLimitRow, plant, limit_id)
    check_if_match(request, row.version)
    row = await service.change_limit(ctx, plant, row, body.facts())
    response.headers["ETag"] = etag_of(row.version)
    return limit_read(row)


@router.delete(
    "/plants/{code}/dispatch-limits/{limit_id}",
    response_model=LimitRead,
    responses=problems(PlantNotFound, PlantPartNotFound, PreconditionFailed),
    dependencies=KEEPERS,
)
async def withdraw_limit(
    code: PlantCode, limit_id: UUID, reason: Because, request: Request, ctx: ContextDep
) -> LimitRead:
    """The limit never was ordered; it stays in the list as withdrawn."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
    row = await repository.get_part(ctx.session, PlantLimitRow, plant, limit_id)
    honour_if_match(request, row.version)
    return limit_read(await service.withdraw_limit(ctx, plant, row, reason))
