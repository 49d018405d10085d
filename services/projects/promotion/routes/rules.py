"""``/v1/reward-rules`` and ``/v1/lead-rules``: what is paid, and when a lead is let lie, as data."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.promotion.errors import LeadRuleNotOrdered, RewardRuleMalformed
from services.projects.promotion.repository import leads as lead_rows
from services.projects.promotion.repository import rewards as reward_rows
from services.projects.promotion.routes.answers import OFFICES, RULERS
from services.projects.promotion.schemas.leads import LeadRuleRead, LeadRuleWrite
from services.projects.promotion.schemas.rewards import RewardRuleRead, RewardRuleWrite
from services.projects.promotion.service.awards import put_reward_rule
from services.projects.promotion.service.watching import put_lead_rule
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

RewardRulesQuery = Annotated[ListQuery, Depends(reward_rows.REWARD_RULES.selecting(RewardRuleRead))]
LeadRulesQuery = Annotated[ListQuery, Depends(lead_rows.LEAD_RULES.selecting(LeadRuleRead))]

router = APIRouter(
    prefix="/v1", route_class=TransactionalRoute, tags=["promotion"], dependencies=[require(*OFFICES)]
)


@router.get("/reward-rules", response_model=PageOf[RewardRuleRead])
async def list_reward_rules(request: Request, ctx: ContextDep, query: RewardRulesQuery) -> Response:
    """What was, is and will be paid for verified funds."""
    page = await reward_rows.list_reward_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RewardRuleRead, RewardRuleRead.of)


@router.put(
    "/reward-rules",
    response_model=RewardRuleRead,
    responses=problems(
        RewardRuleMalformed, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion
    ),
    dependencies=[require(*RULERS)],
)
async def set_reward_rule(body: RewardRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force for projects signed from its first day on; the one before it ends there.

    Of the rules that fit, the narrowest region's counts, then the channel's, then the origin's.
    """
    return RewardRuleRead.of(await put_reward_rule(ctx, body.rule(today_of(ctx))))


@router.get("/lead-rules", response_model=PageOf[LeadRuleRead])
async def list_lead_rules(request: Request, ctx: ContextDep, query: LeadRulesQuery) -> Response:
    """From how many days on a lead is let lie."""
    page = await lead_rows.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, LeadRuleRead)


@router.put(
    "/lead-rules",
    response_model=LeadRuleRead,
    responses=problems(
        LeadRuleNotOrdered, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion
    ),
    dependencies=[require(*RULERS)],
)
async def set_lead_rule(body: LeadRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; the next scan goes by it."""
    return await put_lead_rule(ctx, body.rule(today_of(ctx)))
