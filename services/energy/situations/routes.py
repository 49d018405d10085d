"""``/v1/situations``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.common.contracts.energy import SITUATION
from libs.common.web.change_feed import add_change_feed
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.situations import repository
from services.energy.situations.errors import SituationNotFound
from services.energy.situations.schemas import SituationRead, situation_read

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["situations"])

# A cleared situation is history, not a deletion: it stays in the list.
add_change_feed(router, [SITUATION], of="situations", path="/situations/changes")


@router.get("/situations", response_model=PageOf[SituationRead])
async def list_situations(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.SITUATIONS)]
) -> Any:
    """Shortages, missed plans, phase-out and targets, newest first; ``filter[open][eq]=true`` for what holds."""
    page = await repository.list_situations(ctx.session, ctx.principal, query)
    return page_response(request, page, query, SituationRead, situation_read)


@router.get("/situations/{situation_id}", response_model=SituationRead, responses=problems(SituationNotFound))
async def get_situation(situation_id: UUID, ctx: ContextDep) -> SituationRead:
    """One of them."""
    return situation_read(await repository.get_situation(ctx.session, ctx.principal, situation_id))
