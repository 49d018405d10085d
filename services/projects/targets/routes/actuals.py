"""Monthly figures: ``/v1/targets/{id}/actuals``, ``/v1/target-actuals`` and pulls."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import AwareDatetime

from libs.common.security.principal import Role
from libs.common.web.conditional import honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, NotFound, PreconditionFailed, problems
from services.projects.targets.errors import (
    ChangeNeedsReason,
    EvidenceMissing,
    FigureFromSource,
    MonthOutside,
    RuleMissing,
    TargetWithdrawn,
)
from services.projects.targets.repository import actuals as repository
from services.projects.targets.routes.answers import READERS, WRITERS, SourcesDep, new_router
from services.projects.targets.schemas.actuals import (
    ActualRead,
    ActualsRead,
    FactRead,
    FactsRead,
    FigureWrite,
    PulledRead,
)
from services.projects.targets.service import pulling as service
from services.projects.targets.service.goals import get_target

ActualsQuery = Annotated[ListQuery, Depends(repository.ACTUALS.selecting(ActualRead))]

router = new_router()


@router.get("/targets/{target_id}/actuals", response_model=ActualsRead, dependencies=READERS)
async def read_actuals(
    target_id: UUID,
    ctx: ContextDep,
    known_at: Annotated[AwareDatetime | None, Query(description="As was known then; now if absent.")] = None,
) -> Any:
    """The months of a target, each as it stands, or stood at an instant."""
    await get_target(ctx, target_id)
    found = await repository.latest_actuals(ctx.session, [target_id], known_at)
    rows = [row for _, row in sorted(found.get(target_id, {}).items())]
    return ActualsRead.of(known_at or ctx.now, rows)


@router.get("/targets/{target_id}/actual-editions", response_model=PageOf[ActualRead], dependencies=READERS)
async def list_editions(target_id: UUID, request: Request, ctx: ContextDep, query: ActualsQuery) -> Response:
    """Every edition of every month; none is ever changed."""
    await get_target(ctx, target_id)
    page = await repository.list_actuals(ctx.session, target_id, query)
    return page_response(request, page, query, ActualRead)


@router.post(
    "/targets/{target_id}/actuals",
    status_code=201,
    response_model=ActualRead,
    responses=problems(
        TargetWithdrawn,
        FigureFromSource,
        MonthOutside,
        EvidenceMissing,
        ChangeNeedsReason,
        RuleMissing,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def post_figure(target_id: UUID, body: FigureWrite, ctx: ContextDep, request: Request) -> Any:
    """Type a month's figure of an indicator without a source; a correction says why and is the next edition."""
    row = await get_target(ctx, target_id, lock=True)
    honour_if_match(request, row.version)
    return await service.type_figure(ctx, row, body.figure())


@router.post(
    "/targets/{target_id}/pulls",
    response_model=PulledRead,
    responses=problems(RuleMissing),
    dependencies=[require(*WRITERS)],
)
async def pull_target(target_id: UUID, ctx: ContextDep, sources: SourcesDep) -> Any:
    """Pull the target's months now and judge it, as is done every morning."""
    await get_target(ctx, target_id)
    return PulledRead.of(await service.pull_one(ctx, sources, target_id))


@router.post(
    "/target-scans",
    response_model=PulledRead,
    responses=problems(Forbidden, RuleMissing),
    dependencies=[require(Role.ADMIN)],
)
async def scan_now(ctx: ContextDep, sources: SourcesDep) -> Any:
    """Pull all figures and judge all targets now, as is done every morning."""
    return PulledRead.of(await service.pull_all(ctx, sources))


@router.get("/target-actuals/{actual_id}/rows", response_model=FactsRead, dependencies=READERS)
async def read_rows(actual_id: UUID, ctx: ContextDep) -> Any:
    """A figure and the facts that made it, as they were when it was pulled."""
    actual = await repository.find_actual(ctx.session, actual_id)
    if actual is None:
        raise NotFound
    await get_target(ctx, actual.target_id)
    rows = await repository.rows_of(ctx.session, actual_id)
    return FactsRead(
        actual=ActualRead.model_validate(actual, from_attributes=True),
        items=[FactRead.model_validate(row) for row in rows],
    )
