"""``/v1/grid-placements``: where meters hang; and meters that hang nowhere."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.web.conditional import check_if_match, etag_of
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.energy.grid import placement_repository, repository
from services.energy.grid.errors import (
    GridNodeNotFound,
    GridRowNotFound,
    GridSpanInverted,
    PlacementOverlaps,
    PlacementUnfit,
)
from services.energy.grid.record_schemas import PlacementRead, PlacementWrite, placement_read
from services.energy.grid.routes.common import KEEPERS, new_router
from services.energy.grid.schemas import SpanChange
from services.energy.grid.service import placements
from services.energy.metering.errors import MeterNotFound
from services.energy.metering.repository import METERS
from services.energy.metering.schemas import MeterRead, meter_read

router = new_router()


@router.get("/grid-placements", response_model=PageOf[PlacementRead])
async def list_placements(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(placement_repository.PLACEMENTS)]
) -> Any:
    """Where meters hang, as somebody said; a meter without a row here hangs where its register says."""
    page = await placement_repository.list_placements(ctx.session, ctx.principal, query)
    return page_response(request, page, query, PlacementRead, placement_read)


@router.post(
    "/grid-placements",
    status_code=201,
    response_model=PlacementRead,
    responses=problems(GridNodeNotFound, MeterNotFound, GridSpanInverted, PlacementUnfit, PlacementOverlaps),
    dependencies=KEEPERS,
)
async def post_placement(body: PlacementWrite, ctx: ContextDep, response: Response) -> PlacementRead:
    """Say where a meter hangs for a time."""
    row, node = await placements.place_meter(ctx, body.facts())
    response.headers["ETag"] = etag_of(row.version)
    return placement_read((row, node.code))


@router.patch(
    "/grid-placements/{placement_id}",
    response_model=PlacementRead,
    responses=problems(GridRowNotFound, GridSpanInverted, PlacementOverlaps),
    dependencies=KEEPERS,
)
async def patch_placement(
    placement_id: UUID, body: SpanChange, request: Request, ctx: ContextDep, response: Response
) -> PlacementRead:
    """Another end; another place is another row."""
    await repository.lock_grid(ctx.session)
    row, node = await placement_repository.get_placement(ctx.session, ctx.principal, placement_id)
    check_if_match(request, row.version)
    row = await placements.change_placement(ctx, row, node, body.valid_to)
    response.headers["ETag"] = etag_of(row.version)
    return placement_read((row, node.code))


@router.delete(
    "/grid-placements/{placement_id}",
    status_code=204,
    responses=problems(GridRowNotFound),
    dependencies=KEEPERS,
)
async def delete_placement(placement_id: UUID, ctx: ContextDep) -> None:
    """Take back a placement that never was."""
    await repository.lock_grid(ctx.session)
    row, _ = await placement_repository.get_placement(ctx.session, ctx.principal, placement_id)
    await placements.remove_placement(ctx, row)


@router.get("/grid-unplaced-meters", response_model=PageOf[MeterRead])
async def list_unplaced(request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(METERS)]) -> Any:
    """Meters of active power that hang nowhere today: neither said, nor by a code of their register."""
    page = await placement_repository.list_unplaced(ctx.session, ctx.principal, query, today_of(ctx))
    return page_response(request, page, query, MeterRead, meter_read)
