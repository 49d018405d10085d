"""``/v1/activation-rules``: baselines, standards and deadlines of orderly use as data."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, problems
from libs.common.web.routes import TransactionalRoute
from services.energy.activations import rule_repository
from services.energy.activations.errors import ActivationRuleOverlaps, ActivationRuleUnfit
from services.energy.activations.routes.common import KEEPERS
from services.energy.activations.rule_schemas import RuleRead, RuleWrite, rule_read
from services.energy.activations.service import rules

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["orderly use"])


@router.get("/activation-rules", response_model=PageOf[RuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(rule_repository.RULES)]
) -> Any:
    """Rules of the caller's regions and those for everywhere; the narrowest region counts."""
    page = await rule_repository.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RuleRead, rule_read)


@router.post(
    "/activation-rules",
    status_code=201,
    response_model=RuleRead,
    responses=problems(ActivationRuleUnfit, ActivationRuleOverlaps, NotFound),
    dependencies=KEEPERS,
)
async def post_rule(body: RuleWrite, ctx: ContextDep) -> RuleRead:
    """A rule from a day on; the one before it ends then. Activations keep the rule of the day they began."""
    return rule_read(await rules.add_rule(ctx, body.rule(), body.note))
