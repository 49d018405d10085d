"""``/v1/plants``: registering, reading, changing, connecting."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from libs.common.context import Context
from libs.common.contracts.energy.plants import PLANT
from libs.common.local_time import today_of
from libs.common.web.change_feed import add_change_feed
from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.energy.generation import repository
from services.energy.generation.errors import (
    PlantCodeTaken,
    PlantFactsOverlap,
    PlantNotFound,
    PlantPeriodInverted,
    PlantRegionInvalid,
)
from services.energy.generation.routes.common import KEEPERS, PlantCode, locked, new_router, tag
from services.energy.generation.schemas import (
    ConnectionWrite,
    PlantChange,
    PlantDetail,
    PlantRead,
    PlantWrite,
    connection_read,
    meter_read,
    plant_read,
    unit_read,
)
from services.energy.generation.service import registry
from services.energy.generation.service.recording import capacity_on
from services.energy.generation.tables import (
    PlantConnectionRow,
    PlantMeterRow,
    PlantRow,
    PlantUnitModelRow,
    PlantUnitRatingRow,
    PlantUnitRow,
)
from services.energy.grid.errors import GridNodeNotFound

router = new_router()


@router.get("/plants", response_model=PageOf[PlantRead])
async def list_plants(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.PLANTS)]
) -> Any:
    """Plants within the caller's reach."""
    page = await repository.list_plants(ctx.session, ctx.principal, query)
    return page_response(request, page, query, PlantRead, plant_read)


add_change_feed(router, [PLANT], of="plants", path="/plants/changes")


@router.post(
    "/plants",
    status_code=201,
    response_model=PlantDetail,
    responses=problems(PlantCodeTaken, PlantRegionInvalid, PlantPeriodInverted),
    dependencies=KEEPERS,
)
async def post_plant(body: PlantWrite, ctx: ContextDep, response: Response) -> PlantDetail:
    """Register a plant; units, meters and connections follow."""
    plant = await registry.register_plant(ctx, body.code, body.facts())
    tag(response, plant)
    response.headers["Location"] = f"/v1/plants/{plant.code}"
    return await detail_of(ctx, plant)


@router.get("/plants/{code}", response_model=PlantDetail, responses=problems(PlantNotFound))
async def get_plant(code: PlantCode, request: Request, ctx: ContextDep, response: Response) -> Any:
    """A plant with its units, meters and connections."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code)
    tag(response, plant)
    return not_modified(request, etag_of(plant.version)) or await detail_of(ctx, plant)


@router.patch(
    "/plants/{code}",
    response_model=PlantDetail,
    responses=problems(PlantNotFound, PlantRegionInvalid, PlantPeriodInverted),
    dependencies=KEEPERS,
)
async def patch_plant(
    code: PlantCode, body: PlantChange, request: Request, ctx: ContextDep, response: Response
) -> PlantDetail:
    """Change facts of a plant; ``retired_on`` takes it out of service."""
    plant = await locked(ctx, request, code, demanded=True)
    plant = await registry.change_plant(ctx, plant, body.facts())
    tag(response, plant)
    return await detail_of(ctx, plant)


@router.post(
    "/plants/{code}/connections",
    status_code=201,
    response_model=PlantDetail,
    responses=problems(
        PlantNotFound, GridNodeNotFound, PlantPeriodInverted, PlantFactsOverlap, PreconditionFailed
    ),
    dependencies=KEEPERS,
)
async def post_connection(
    code: PlantCode, body: ConnectionWrite, request: Request, ctx: ContextDep, response: Response
) -> PlantDetail:
    """Which node of the grid the plant feeds from a day on; the connection before ends with it."""
    plant = await locked(ctx, request, code)
    await registry.connect(ctx, plant, body.node_code, body.valid_from, body.valid_to)
    tag(response, plant)
    return await detail_of(ctx, plant)


async def detail_of(ctx: Context, plant: PlantRow) -> PlantDetail:
    units = await repository.parts_of(ctx.session, PlantUnitRow, [plant.id])
    ids = [unit.id for unit in units]
    ratings = await repository.facts_of_units(ctx.session, PlantUnitRatingRow, ids)
    models = await repository.facts_of_units(ctx.session, PlantUnitModelRow, ids)
    by_id = {unit.id: unit for unit in units}
    meters = await repository.parts_of(ctx.session, PlantMeterRow, [plant.id])
    connections = await repository.parts_of(ctx.session, PlantConnectionRow, [plant.id])
    return PlantDetail(
        **plant_read(plant).model_dump(),
        capacity_kw=await capacity_on(ctx, [plant.id], today_of(ctx)),
        connections=[connection_read(one) for one in connections],
        units=[unit_read(one, ratings, models) for one in units],
        meters=[meter_read(one, by_id) for one in meters],
    )
