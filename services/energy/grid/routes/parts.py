"""What holds of a node for a time: ``/v1/grid-nodes/{code}/parents``, ``…/capacities``, ``…/unmetered-shares``."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import problems
from services.energy.grid import repository
from services.energy.grid.domain.spans import Span
from services.energy.grid.errors import (
    GridCapacityOfProject,
    GridCircle,
    GridNodeNotFound,
    GridParentOverlaps,
    GridParentUnfit,
    GridRowNotFound,
    GridShareOverlaps,
    GridSpanInverted,
)
from services.energy.grid.routes.common import KEEPERS, NodeCode, new_router, opened, opened_as_seen, tag
from services.energy.grid.schemas import (
    Capacities,
    CapacityChange,
    CapacityRead,
    CapacityWrite,
    LinkRead,
    Links,
    LinkWrite,
    ShareChange,
    ShareRead,
    Shares,
    ShareWrite,
    SpanChange,
)
from services.energy.grid.service import parts
from services.energy.grid.tables import GridCapacityRow, GridLinkRow, GridUnmeteredRow

router = new_router()
_LINK_ERRORS = (GridNodeNotFound, GridSpanInverted, GridParentUnfit, GridParentOverlaps, GridCircle)


async def _links(ctx: ContextDep, rows: list[GridLinkRow]) -> list[LinkRead]:
    nodes = await repository.nodes_by_id(ctx.session, {row.parent_id for row in rows})
    return [
        LinkRead(
            parent_code=nodes[row.parent_id].code,
            parent_name=nodes[row.parent_id].name,
            **row.model_dump(exclude={"child_id", "parent_id"}),
        )
        for row in rows
    ]


@router.get("/grid-nodes/{code}/parents", response_model=Links, responses=problems(GridNodeNotFound))
async def list_parents(code: NodeCode, ctx: ContextDep) -> Links:
    """What the node hung, hangs and will hang under."""
    row = await repository.get_node(ctx.session, ctx.principal, code)
    return Links(items=await _links(ctx, await repository.links_of(ctx.session, row.id)))


@router.post(
    "/grid-nodes/{code}/parents",
    status_code=201,
    response_model=LinkRead,
    responses=problems(*_LINK_ERRORS),
    dependencies=KEEPERS,
)
async def post_parent(
    code: NodeCode, body: LinkWrite, request: Request, ctx: ContextDep, response: Response
) -> Any:
    """Hang the node under another one for a time; two at once are refused, naming the other and its days."""
    row = await opened(ctx, request, code)
    link = await parts.hang(ctx, row, body.parent_code, body.span, body.reason, move=body.move)
    tag(response, row)
    return (await _links(ctx, [link]))[0]


@router.patch(
    "/grid-nodes/{code}/parents/{link_id}",
    response_model=LinkRead,
    responses=problems(*_LINK_ERRORS, GridRowNotFound),
    dependencies=KEEPERS,
)
async def patch_parent(
    code: NodeCode, link_id: UUID, body: SpanChange, request: Request, ctx: ContextDep, response: Response
) -> Any:
    """Another end of a link; If-Match names the node's version."""
    row = await opened_as_seen(ctx, request, code)
    link = await parts.change_link(ctx, row, link_id, {"valid_to": body.valid_to})
    tag(response, row)
    return (await _links(ctx, [link]))[0]


@router.delete(
    "/grid-nodes/{code}/parents/{link_id}",
    status_code=204,
    responses=problems(GridNodeNotFound, GridRowNotFound),
    dependencies=KEEPERS,
)
async def delete_parent(code: NodeCode, link_id: UUID, request: Request, ctx: ContextDep) -> None:
    """Take back a link that never was; one that ended is given its end."""
    await parts.remove_link(ctx, await opened(ctx, request, code), link_id)


@router.get("/grid-nodes/{code}/capacities", response_model=Capacities, responses=problems(GridNodeNotFound))
async def list_capacities(code: NodeCode, ctx: ContextDep) -> Capacities:
    """The parts of the node's own capacity, past, coming and taken back ones included."""
    row = await repository.get_node(ctx.session, ctx.principal, code)
    found = await repository.parts_of(ctx.session, GridCapacityRow, row.id)
    return Capacities(items=[CapacityRead.model_validate(part) for part in found])


@router.post(
    "/grid-nodes/{code}/capacities",
    status_code=201,
    response_model=CapacityRead,
    responses=problems(GridNodeNotFound, GridSpanInverted),
    dependencies=KEEPERS,
)
async def post_capacity(
    code: NodeCode, body: CapacityWrite, request: Request, ctx: ContextDep, response: Response
) -> Any:
    """Add to the node's capacity for a time, or take from it."""
    row = await opened(ctx, request, code)
    part = await parts.record_capacity(ctx, row, body.facts())
    tag(response, row)
    return CapacityRead.model_validate(part)


@router.patch(
    "/grid-nodes/{code}/capacities/{part_id}",
    response_model=CapacityRead,
    responses=problems(GridNodeNotFound, GridRowNotFound, GridSpanInverted, GridCapacityOfProject),
    dependencies=KEEPERS,
)
async def patch_capacity(
    code: NodeCode, part_id: UUID, body: CapacityChange, request: Request, ctx: ContextDep, response: Response
) -> Any:
    """Another end or factor of a part; If-Match names the node's version."""
    row = await opened_as_seen(ctx, request, code)
    part = await parts.change_capacity(ctx, row, part_id, body.changes())
    tag(response, row)
    return CapacityRead.model_validate(part)


@router.delete(
    "/grid-nodes/{code}/capacities/{part_id}",
    status_code=204,
    responses=problems(GridNodeNotFound, GridRowNotFound, GridCapacityOfProject),
    dependencies=KEEPERS,
)
async def delete_capacity(code: NodeCode, part_id: UUID, request: Request, ctx: ContextDep) -> None:
    """Take back a part that never was: it stays in the list and counts nowhere."""
    row = await opened(ctx, request, code)
    await parts.withdraw_capacity(ctx, row, part_id, "withdrawn")


@router.get("/grid-nodes/{code}/unmetered-shares", response_model=Shares, responses=problems(GridNodeNotFound))
async def list_shares(code: NodeCode, ctx: ContextDep) -> Shares:
    """What share of the node's load is not metered, and when."""
    row = await repository.get_node(ctx.session, ctx.principal, code)
    found = await repository.parts_of(ctx.session, GridUnmeteredRow, row.id)
    return Shares(items=[ShareRead.model_validate(part) for part in found])


@router.post(
    "/grid-nodes/{code}/unmetered-shares",
    status_code=201,
    response_model=ShareRead,
    responses=problems(GridNodeNotFound, GridSpanInverted, GridShareOverlaps),
    dependencies=KEEPERS,
)
async def post_share(
    code: NodeCode, body: ShareWrite, request: Request, ctx: ContextDep, response: Response
) -> Any:
    """Say which share of the node's load nobody measures; its own meter, if it has one, wins over that."""
    row = await opened(ctx, request, code)
    span = Span(body.valid_from, body.valid_to)
    part = await parts.record_share(ctx, row, body.share, span, body.reason)
    tag(response, row)
    return ShareRead.model_validate(part)


@router.patch(
    "/grid-nodes/{code}/unmetered-shares/{part_id}",
    response_model=ShareRead,
    responses=problems(GridNodeNotFound, GridRowNotFound, GridSpanInverted, GridShareOverlaps),
    dependencies=KEEPERS,
)
async def patch_share(
    code: NodeCode, part_id: UUID, body: ShareChange, request: Request, ctx: ContextDep, response: Response
) -> Any:
    """Another share or end; If-Match names the node's version."""
    row = await opened_as_seen(ctx, request, code)
    part = await parts.change_share(ctx, row, part_id, body.changes())
    tag(response, row)
    return ShareRead.model_validate(part)


@router.delete(
    "/grid-nodes/{code}/unmetered-shares/{part_id}",
    status_code=204,
    responses=problems(GridNodeNotFound, GridRowNotFound),
    dependencies=KEEPERS,
)
async def delete_share(code: NodeCode, part_id: UUID, request: Request, ctx: ContextDep) -> None:
    """Take back a share that never was."""
    await parts.remove_share(ctx, await opened(ctx, request, code), part_id)
