"""Units and meters of a plant."""

from uuid import UUID

from fastapi import Request, Response

from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import PreconditionFailed, PreconditionRequired, problems
from services.energy.generation import repository
from services.energy.generation.errors import (
    PlantCodeTaken,
    PlantFactsOverlap,
    PlantMeterTaken,
    PlantMeterUnfit,
    PlantModelInvalid,
    PlantNotFound,
    PlantPartNotFound,
    PlantPeriodInverted,
)
from services.energy.generation.routes.common import KEEPERS, PlantCode, UnitCode, locked, new_router, tag
from services.energy.generation.routes.plants import detail_of
from services.energy.generation.schemas import (
    MeterPlaceChange,
    MeterPlaceWrite,
    ModelWrite,
    PlantDetail,
    RatingWrite,
    Retirement,
    UnitWrite,
)
from services.energy.generation.service import registry
from services.energy.generation.tables import PlantMeterRow
from services.energy.metering.errors import MeterNotFound

router = new_router()


@router.post(
    "/plants/{code}/units",
    status_code=201,
    response_model=PlantDetail,
    responses=problems(PlantNotFound, PlantCodeTaken, PlantPeriodInverted, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_unit(
    code: PlantCode, body: UnitWrite, request: Request, ctx: ContextDep, response: Response
) -> PlantDetail:
    """A unit goes into service."""
    plant = await locked(ctx, request, code)
    await registry.add_unit(ctx, plant, body.facts())
    tag(response, plant)
    return await detail_of(ctx, plant)


@router.post(
    "/plants/{code}/units/{unit_code}/ratings",
    status_code=201,
    response_model=PlantDetail,
    responses=problems(
        PlantNotFound, PlantPartNotFound, PlantPeriodInverted, PlantFactsOverlap, PreconditionFailed
    ),
    dependencies=KEEPERS,
)
async def post_rating(
    code: PlantCode, unit_code: UnitCode, body: RatingWrite, request: Request, ctx: ContextDep, response: Response
) -> PlantDetail:
    """Another capacity of a unit from a day on; one of the same day is corrected."""
    plant = await locked(ctx, request, code)
    unit = await repository.get_unit(ctx.session, plant, unit_code)
    await registry.rate_unit(ctx, plant, unit, body.capacity_kw, body.valid_from, body.valid_to, body.reason)
    tag(response, plant)
    return await detail_of(ctx, plant)


@router.post(
    "/plants/{code}/units/{unit_code}/retirements",
    status_code=201,
    response_model=PlantDetail,
    responses=problems(PlantNotFound, PlantPartNotFound, PlantFactsOverlap, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_retirement(
    code: PlantCode, unit_code: UnitCode, body: Retirement, request: Request, ctx: ContextDep, response: Response
) -> PlantDetail:
    """A unit goes out of service for good."""
    plant = await locked(ctx, request, code)
    unit = await repository.get_unit(ctx.session, plant, unit_code)
    await registry.retire_unit(ctx, plant, unit, body.on, body.reason)
    tag(response, plant)
    return await detail_of(ctx, plant)


@router.post(
    "/plants/{code}/units/{unit_code}/models",
    status_code=201,
    response_model=PlantDetail,
    responses=problems(
        PlantNotFound,
        PlantPartNotFound,
        PlantModelInvalid,
        PlantPeriodInverted,
        PlantFactsOverlap,
        PreconditionFailed,
    ),
    dependencies=KEEPERS,
)
async def post_model(
    code: PlantCode, unit_code: UnitCode, body: ModelWrite, request: Request, ctx: ContextDep, response: Response
) -> PlantDetail:
    """What a unit makes of its resource from a day on: efficiency by flow, power by wind speed or irradiance."""
    plant = await locked(ctx, request, code)
    unit = await repository.get_unit(ctx.session, plant, unit_code)
    await registry.model_unit(
        ctx, plant, unit, body.kind, body.parameters, body.valid_from, body.valid_to, body.source
    )
    tag(response, plant)
    return await detail_of(ctx, plant)


@router.post(
    "/plants/{code}/meters",
    status_code=201,
    response_model=PlantDetail,
    responses=problems(
        PlantNotFound,
        PlantPartNotFound,
        MeterNotFound,
        PlantMeterUnfit,
        PlantMeterTaken,
        PlantPeriodInverted,
        PreconditionFailed,
    ),
    dependencies=KEEPERS,
)
async def post_meter(
    code: PlantCode, body: MeterPlaceWrite, request: Request, ctx: ContextDep, response: Response
) -> PlantDetail:
    """A meter counts for the plant from a day on."""
    plant = await locked(ctx, request, code)
    unit = None if body.unit_code is None else await repository.get_unit(ctx.session, plant, body.unit_code)
    await registry.place_meter(
        ctx, plant, body.meter_no, body.role, unit, body.valid_from, body.valid_to, body.counts_backwards
    )
    tag(response, plant)
    return await detail_of(ctx, plant)


@router.patch(
    "/plants/{code}/meters/{place_id}",
    response_model=PlantDetail,
    responses=problems(
        PlantNotFound,
        PlantPartNotFound,
        PlantPeriodInverted,
        PlantMeterTaken,
        PreconditionFailed,
        PreconditionRequired,
    ),
    dependencies=KEEPERS,
)
async def patch_meter(
    code: PlantCode, place_id: UUID, body: MeterPlaceChange, request: Request, ctx: ContextDep, response: Response
) -> PlantDetail:
    """Until when a meter counts for the plant; the ETag is the plant's."""
    plant = await locked(ctx, request, code, demanded=True)
    place = await repository.get_part(ctx.session, PlantMeterRow, plant, place_id)
    await registry.end_meter(ctx, plant, place, body.valid_to)
    tag(response, plant)
    return await detail_of(ctx, plant)
