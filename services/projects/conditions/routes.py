"""``/v1/conditions``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import CONDITION
from libs.common.local_time import today_of
from libs.common.web.change_feed import add_change_feed
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.routes import TransactionalRoute
from services.projects.conditions import repository
from services.projects.conditions.schemas import ConditionRead
from services.projects.conditions.tables import ConditionRow

ConditionsQuery = Annotated[ListQuery, Depends(repository.CONDITIONS.selecting(ConditionRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["conditions"])


@router.get("/conditions", response_model=PageOf[ConditionRead])
async def list_conditions(request: Request, ctx: ContextDep, query: ConditionsQuery) -> Response:
    """What is overdue, stalled or missing, newest first; ``filter[open][eq]=true`` leaves out what was cleared."""
    page = await repository.list_conditions(ctx.session, ctx.principal, query)
    today = today_of(ctx)

    def read(row: ConditionRow) -> ConditionRead:
        return ConditionRead.of(row, today)

    return page_response(request, page, query, ConditionRead, read)


# A cleared condition is history, not a deletion: it stays in the list.
add_change_feed(router, [CONDITION], of="conditions", path="/conditions/changes")
