"""``/v1/grid-nodes``."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from libs.common.contracts.energy import GRID_NODE, GridNodeRemovedV1
from libs.common.web.change_feed import add_change_feed
from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.energy.grid import repository
from services.energy.grid.errors import (
    GridCircle,
    GridCodeTaken,
    GridNodeInUse,
    GridNodeNotFound,
    GridNodeReferred,
    GridParentOverlaps,
    GridParentUnfit,
    GridRegionInvalid,
    GridRegionOutOfReach,
    GridSpanInverted,
)
from services.energy.grid.routes.common import KEEPERS, NodeCode, new_router, opened, opened_as_seen, tag
from services.energy.grid.schemas import NodeCreate, NodeRead, NodeUpdate, node_read
from services.energy.grid.service import nodes

router = new_router()

add_change_feed(
    router,
    [GRID_NODE],
    of="grid nodes",
    path="/grid-nodes/changes",
    deleted_types=frozenset({GridNodeRemovedV1.event_type}),
)


@router.get("/grid-nodes", response_model=PageOf[NodeRead])
async def list_nodes(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.NODES.selecting(NodeRead))]
) -> Any:
    """Areas, substations, transformers and feeders of the caller's regions."""
    page = await repository.list_nodes(ctx.session, ctx.principal, query)
    return page_response(request, page, query, NodeRead, node_read)


@router.post(
    "/grid-nodes",
    status_code=201,
    response_model=NodeRead,
    responses=problems(
        GridNodeNotFound,
        GridRegionInvalid,
        GridRegionOutOfReach,
        GridSpanInverted,
        GridCodeTaken,
        GridParentUnfit,
        GridParentOverlaps,
        GridCircle,
    ),
    dependencies=KEEPERS,
)
async def post_node(body: NodeCreate, ctx: ContextDep, response: Response) -> NodeRead:
    """Register a node with its first parent and capacity."""
    row = await nodes.register_node(ctx, body.facts())
    tag(response, row)
    return node_read(row)


@router.get("/grid-nodes/{code}", response_model=NodeRead, responses=problems(GridNodeNotFound))
async def get_node(code: NodeCode, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One node."""
    row = await repository.get_node(ctx.session, ctx.principal, code)
    tag(response, row)
    return not_modified(request, etag_of(row.version)) or node_read(row)


@router.patch(
    "/grid-nodes/{code}",
    response_model=NodeRead,
    responses=problems(
        GridNodeNotFound,
        GridRegionInvalid,
        GridRegionOutOfReach,
        GridSpanInverted,
        GridCodeTaken,
        GridNodeInUse,
    ),
    dependencies=KEEPERS,
)
async def patch_node(
    code: NodeCode, body: NodeUpdate, request: Request, ctx: ContextDep, response: Response
) -> NodeRead:
    """Put facts of a node right, or end it; what it hangs under and carries have their own time."""
    row = await opened_as_seen(ctx, request, code)
    row = await nodes.change_node(ctx, row, body.changes())
    tag(response, row)
    return node_read(row)


@router.delete(
    "/grid-nodes/{code}",
    status_code=204,
    responses=problems(GridNodeNotFound, GridNodeReferred),
    dependencies=KEEPERS,
)
async def delete_node(code: NodeCode, request: Request, ctx: ContextDep) -> None:
    """Take away a node that was registered by mistake and nothing hangs on; one that stood is given its end."""
    plants_on: nodes.PlantsOn = getattr(request.app.state, "plants_on_node", nodes.no_plants)
    await nodes.remove_node(ctx, await opened(ctx, request, code), plants_on)
