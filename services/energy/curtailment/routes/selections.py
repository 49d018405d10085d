"""Who would be chosen, by which rules, and what each enterprise has borne."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.energy.curtailment import borne_repository, plan_repository, repository
from services.energy.curtailment.errors import (
    CurtailmentRuleNotFound,
    CurtailmentRuleTooWide,
    CurtailmentRuleValidityInverted,
    GapUnfit,
    PlanNotFound,
)
from services.energy.curtailment.routes.common import KEEPERS, new_router, tagged
from services.energy.curtailment.schemas import (
    CurtailmentBurdenRead,
    CurtailmentRuleRead,
    CurtailmentRuleWrite,
    burden_read,
    rule_read,
)
from services.energy.curtailment.selection_schemas import SelectionQuestion, SelectionRead, selection_read
from services.energy.curtailment.service import recording, rules, select_users
from services.energy.metering.errors import RegionCodeInvalid

router = new_router()


@router.post(
    "/curtailment-plans/{plan_id}/selections",
    response_model=SelectionRead,
    responses=problems(PlanNotFound, GapUnfit),
    dependencies=KEEPERS,
)
async def select(plan_id: UUID, body: SelectionQuestion, ctx: ContextDep) -> SelectionRead:
    """Who would be called for a gap, by this plan in whatever state it is, and why. Nothing is ordered."""
    plan = await plan_repository.get_plan(ctx.session, ctx.principal, plan_id)
    stated = await recording.facts(ctx, plan)
    found = await select_users(ctx, stated, body.gap(), body.day, level=body.level, among=body.enterprise_ids)
    return selection_read(plan.id, body.day, found)


@router.get("/curtailment-rules", response_model=PageOf[CurtailmentRuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES)]
) -> Any:
    """Shares of the tiers and objectives, past and to come; the narrowest region counts."""
    page = await repository.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, CurtailmentRuleRead, rule_read)


@router.get(
    "/curtailment-rules/{rule_id}", response_model=CurtailmentRuleRead, responses=problems(CurtailmentRuleNotFound)
)
async def get_rule(rule_id: UUID, ctx: ContextDep, response: Response) -> CurtailmentRuleRead:
    """One rule."""
    row = await repository.get_rule(ctx.session, ctx.principal, rule_id)
    tagged(response, row.version)
    return rule_read(row)


@router.put(
    "/curtailment-rules",
    response_model=CurtailmentRuleRead,
    responses={
        201: {"model": CurtailmentRuleRead, "description": "It is a new rule."},
        **problems(CurtailmentRuleValidityInverted, CurtailmentRuleTooWide, RegionCodeInvalid),
    },
    dependencies=KEEPERS,
)
async def put_rule(body: CurtailmentRuleWrite, ctx: ContextDep, response: Response) -> CurtailmentRuleRead:
    """Record a rule under its kind, region and first day, or say it anew."""
    row, is_new = await rules.put_rule(
        ctx, body.kind, body.region_code, body.valid_from, body.valid_to, body.typed(), body.note
    )
    response.status_code = 201 if is_new else 200
    tagged(response, row.version)
    return rule_read(row)


@router.get("/curtailment-burdens", response_model=PageOf[CurtailmentBurdenRead])
async def list_burdens(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(borne_repository.BURDENS)]
) -> Any:
    """What enterprises gave in activations, as verified last; the year's fairness is made of it."""
    page = await borne_repository.list_burdens(ctx.session, ctx.principal, query)
    return page_response(request, page, query, CurtailmentBurdenRead, burden_read)
