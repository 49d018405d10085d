"""``/v1/quarantine``: what came for meters nobody has registered."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from libs.common.security.principal import Role, Scope
from libs.common.web.dependencies import ContextDep, RuntimeDep, require, require_scope
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.feeds import delivery, repository, waiting
from services.energy.feeds.errors import DiscardUnfounded, FeedsOverloaded, NotAcknowledged
from services.energy.feeds.routes.answers import DoorDep
from services.energy.feeds.schemas import (
    DiscardRequest,
    DiscardResult,
    QuarantineRead,
    ReplayRequest,
    ReplayResult,
    WaitingMeter,
)

_KEEPERS: list[Any] = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["feeds"])


@router.get("/quarantine", response_model=PageOf[QuarantineRead])
async def list_quarantine(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.QUARANTINE)]
) -> Any:
    """What came for meters nobody has registered, newest first."""
    page = await repository.list_quarantine(ctx.session, ctx.principal, query)
    return page_response(request, page, query, QuarantineRead)


@router.get("/quarantine/meters", response_model=PageOf[WaitingMeter])
async def list_waiting_meters(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(waiting.WAITING)]
) -> Any:
    """Unknown meters with what waits for each, the longest waiting first."""
    page = await waiting.list_waiting(ctx.session, ctx.principal, query)
    return page_response(request, page, query, WaitingMeter, partial(waiting.waiting_read, now=ctx.now))


@router.post(
    "/quarantine/replays",
    response_model=ReplayResult,
    responses=problems(NotAcknowledged, FeedsOverloaded),
    dependencies=_KEEPERS,
)
async def replay_quarantine(
    body: ReplayRequest, ctx: ContextDep, runtime: RuntimeDep, door: DoorDep
) -> ReplayResult:
    """Take the rows whose meters are registered by now. It also happens by itself within a minute."""
    means = delivery.Means(runtime.database, runtime.clock, runtime.new_id, door)
    found = await delivery.replay_waiting(ctx, means, body.meter_no)
    receipt = found.taken.receipt
    return ReplayResult(
        receipt_id=receipt.id if found.taken.parts else None,
        replayed=found.replayed,
        rejected=receipt.rejected,
        waiting=found.waiting,
    )


@router.post(
    "/quarantine/discards",
    response_model=DiscardResult,
    responses=problems(DiscardUnfounded),
    dependencies=_KEEPERS,
)
async def discard_quarantine(body: DiscardRequest, ctx: ContextDep) -> DiscardResult:
    """Give up what waits for a meter that will never be registered; the rows stay visible for a while."""
    rows, readings = await waiting.discard(ctx, body.meter_no, body.reason)
    return DiscardResult(rows=rows, readings=readings)
