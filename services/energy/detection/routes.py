"""``/v1/conditions`` and ``/v1/detection-rules``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.energy.detection import repository
from services.energy.detection.errors import ConditionNotFound, RuleNotFound
from services.energy.detection.rules import rule_history
from services.energy.detection.schemas import (
    ConditionRead,
    RevisionList,
    RuleRead,
    condition_read,
    revision_read,
    rule_read,
)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["detection"])


@router.get("/conditions", response_model=PageOf[ConditionRead])
async def list_conditions(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.CONDITIONS)]
) -> Any:
    """What was detected on the caller's meters, newest first."""
    page = await repository.list_conditions(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ConditionRead, condition_read)


@router.get("/conditions/{condition_id}", response_model=ConditionRead, responses=problems(ConditionNotFound))
async def get_condition(condition_id: UUID, ctx: ContextDep) -> ConditionRead:
    """One condition with its evidence."""
    return condition_read(await repository.get_condition(ctx.session, ctx.principal, condition_id))


@router.get("/detection-rules", response_model=PageOf[RuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES)]
) -> Any:
    """The thresholds in force, past and to come; the most specific scope wins, then the newest beginning."""
    page = await repository.list_rules(ctx.session, query)
    return page_response(request, page, query, RuleRead, rule_read)


@router.get("/detection-rules/{rule_id}/revisions", response_model=RevisionList, responses=problems(RuleNotFound))
async def list_revisions(rule_id: UUID, ctx: ContextDep) -> RevisionList:
    """What the rule said and says, oldest first, each with the backtest it came with."""
    return RevisionList(items=[revision_read(row) for row in await rule_history(ctx, rule_id)])
