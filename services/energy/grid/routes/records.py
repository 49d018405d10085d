"""``/v1/grid-rules`` and ``/v1/grid-works``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from libs.common.security.principal import Role, Scope
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, problems
from services.energy.grid import repository, works_repository
from services.energy.grid.errors import (
    GridNodeNotFound,
    GridRegionInvalid,
    GridRegionOutOfReach,
    GridRowNotFound,
    GridWorksWithoutCapacity,
)
from services.energy.grid.record_schemas import GridRuleRead, GridRuleWrite, WorksNode, WorksRead
from services.energy.grid.routes.common import KEEPERS, new_router
from services.energy.grid.service.rules import put_rule
from services.energy.grid.service.works import assign_works
from services.energy.grid.tables import GridWorksRow

router = new_router()
_RULERS: list[Any] = [require(Role.ADMIN, Role.SUPERVISOR), require_scope(Scope.ENERGY_WRITE)]


@router.get("/grid-rules", response_model=PageOf[GridRuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES)]
) -> Any:
    """Power factor, short-time overload and completeness by region and time; the narrowest region wins."""
    page = await repository.list_rules(ctx.session, query)
    return page_response(request, page, query, GridRuleRead)


@router.put(
    "/grid-rules",
    response_model=GridRuleRead,
    responses=problems(Forbidden, GridRegionInvalid, GridRegionOutOfReach),
    dependencies=_RULERS,
)
async def put_grid_rule(body: GridRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; the one before it ends there."""
    return GridRuleRead.model_validate(await put_rule(ctx, body.facts()))


async def _works(ctx: ContextDep, rows: list[GridWorksRow]) -> list[WorksRead]:
    nodes = await repository.nodes_by_id(ctx.session, {row.node_id for row in rows if row.node_id is not None})
    return [
        WorksRead(
            node_code=None if row.node_id is None else nodes[row.node_id].code,
            is_counted=row.capacity_id is not None,
            **row.model_dump(exclude={"node_id", "capacity_id", "event_version"}),
        )
        for row in rows
    ]


@router.get("/grid-works", response_model=PageOf[WorksRead])
async def list_works(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(works_repository.WORKS)]
) -> Any:
    """Grid projects as their ledger told them, and whether their capacity counts."""
    page = await works_repository.list_works(ctx.session, ctx.principal, query)
    read = {row.project_id: row for row in await _works(ctx, list(page.items))}
    return page_response(request, page, query, WorksRead, lambda row: read[row.project_id])


@router.put(
    "/grid-works/{project_id}/node",
    response_model=WorksRead,
    responses=problems(GridRowNotFound, GridNodeNotFound, GridWorksWithoutCapacity),
    dependencies=KEEPERS,
)
async def put_works_node(project_id: UUID, body: WorksNode, ctx: ContextDep) -> WorksRead:
    """Say which node the project builds or extends; what it added moves there."""
    works = await assign_works(ctx, project_id, body.node_code)
    return (await _works(ctx, [works]))[0]
