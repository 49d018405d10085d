"""``/v1/curtailment-plans``: editions of a region's plan for a year, and what becomes of them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.context import Context
from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.energy.curtailment import plan_repository
from services.energy.curtailment.errors import (
    ApproverSubmitted,
    PlanFaulty,
    PlanNotFound,
    PlanStateUnfit,
    PlanValidityUnfit,
    RotationUnfit,
)
from services.energy.curtailment.plan_schemas import (
    CurtailmentPlanChange,
    CurtailmentPlanItem,
    CurtailmentPlanRead,
    CurtailmentPlanWrite,
    CurtailmentStepList,
    PlanApproval,
    PlanRemark,
    PlanReturn,
    plan_item,
    step_read,
)
from services.energy.curtailment.routes.common import (
    DECIDERS,
    KEEPERS,
    new_router,
    plan_as_seen,
    plan_read,
    tagged,
)
from services.energy.curtailment.service import deciding, drafting, recording, rules
from services.energy.curtailment.tables import CurtailmentPlanRow
from services.energy.metering.errors import RegionCodeInvalid

router = new_router()

_ACT = (PlanNotFound, PlanStateUnfit, PreconditionFailed)


async def _answer(
    ctx: Context, request: Request, plan: CurtailmentPlanRow, response: Response
) -> CurtailmentPlanRead:
    tagged(response, plan.version)
    stated = await recording.facts(ctx, plan)
    shares = await rules.tier_shares(ctx, plan.region_code, recording.first_day(plan))
    return plan_read(request, plan, stated, shares)


@router.get("/curtailment-plans", response_model=PageOf[CurtailmentPlanItem])
async def list_plans(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(plan_repository.PLANS)]
) -> Any:
    """Editions of the caller's regions, the latest year first."""
    page = await plan_repository.list_plans(ctx.session, ctx.principal, query)
    return page_response(request, page, query, CurtailmentPlanItem, plan_item)


@router.post(
    "/curtailment-plans",
    status_code=201,
    response_model=CurtailmentPlanRead,
    responses=problems(RegionCodeInvalid, RotationUnfit, PlanNotFound),
    dependencies=KEEPERS,
)
async def post_plan(
    body: CurtailmentPlanWrite, request: Request, ctx: ContextDep, response: Response
) -> CurtailmentPlanRead:
    """Draft a new edition, empty or with the rows of another one."""
    return await _answer(ctx, request, await drafting.draft(ctx, **dict(body)), response)


@router.get("/curtailment-plans/{plan_id}", response_model=CurtailmentPlanRead, responses=problems(PlanNotFound))
async def get_plan(plan_id: UUID, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One edition with its tiers and what its last check found."""
    plan = await plan_repository.get_plan(ctx.session, ctx.principal, plan_id)
    return not_modified(request, etag_of(plan.version)) or await _answer(ctx, request, plan, response)


@router.patch(
    "/curtailment-plans/{plan_id}",
    response_model=CurtailmentPlanRead,
    responses=problems(*_ACT, RotationUnfit),
    dependencies=KEEPERS,
)
async def patch_plan(
    plan_id: UUID, body: CurtailmentPlanChange, request: Request, ctx: ContextDep, response: Response
) -> CurtailmentPlanRead:
    """Change a draft; one that was checked is to be checked again."""
    plan = await plan_repository.get_plan(ctx.session, ctx.principal, plan_id, lock=True)
    check_if_match(request, plan.version)
    return await _answer(ctx, request, await drafting.change(ctx, plan, body.changes()), response)


@router.get(
    "/curtailment-plans/{plan_id}/steps", response_model=CurtailmentStepList, responses=problems(PlanNotFound)
)
async def list_steps(plan_id: UUID, ctx: ContextDep) -> CurtailmentStepList:
    """Who did what with the plan, and when."""
    plan = await plan_repository.get_plan(ctx.session, ctx.principal, plan_id)
    return CurtailmentStepList(
        items=[step_read(row) for row in await plan_repository.steps_of(ctx.session, plan.id)]
    )


@router.post(
    "/curtailment-plans/{plan_id}/checks",
    response_model=CurtailmentPlanRead,
    responses=problems(*_ACT),
    dependencies=KEEPERS,
)
async def check_plan(plan_id: UUID, request: Request, ctx: ContextDep, response: Response) -> CurtailmentPlanRead:
    """Check a draft: protected users, security load, restricted users first, measures in order, shares, meters."""
    plan = await plan_as_seen(ctx, request, plan_id)
    await deciding.check(ctx, plan)
    return await _answer(ctx, request, plan, response)


@router.post(
    "/curtailment-plans/{plan_id}/submission",
    response_model=CurtailmentPlanRead,
    responses=problems(*_ACT, PlanFaulty),
    dependencies=KEEPERS,
)
async def submit_plan(
    plan_id: UUID, body: PlanRemark, request: Request, ctx: ContextDep, response: Response
) -> CurtailmentPlanRead:
    """Hand a checked plan in; it is judged once more."""
    plan = await plan_as_seen(ctx, request, plan_id)
    return await _answer(ctx, request, await deciding.submit(ctx, plan, body.note), response)


@router.post(
    "/curtailment-plans/{plan_id}/return",
    response_model=CurtailmentPlanRead,
    responses=problems(*_ACT),
    dependencies=DECIDERS,
)
async def return_plan(
    plan_id: UUID, body: PlanReturn, request: Request, ctx: ContextDep, response: Response
) -> CurtailmentPlanRead:
    """Send a submitted plan back to be worked over, with the reason."""
    plan = await plan_as_seen(ctx, request, plan_id)
    return await _answer(ctx, request, await deciding.send_back(ctx, plan, body.note), response)


@router.post(
    "/curtailment-plans/{plan_id}/approval",
    response_model=CurtailmentPlanRead,
    responses=problems(*_ACT, ApproverSubmitted, PlanValidityUnfit, PlanFaulty),
    dependencies=DECIDERS,
)
async def approve_plan(
    plan_id: UUID, body: PlanApproval, request: Request, ctx: ContextDep, response: Response
) -> CurtailmentPlanRead:
    """Approve a plan that somebody else submitted; it takes the place of the edition in force on its day."""
    plan = await plan_as_seen(ctx, request, plan_id)
    plan = await deciding.approve(ctx, plan, body.in_force_from, body.note)
    return await _answer(ctx, request, plan, response)


@router.post(
    "/curtailment-plans/{plan_id}/discard",
    response_model=CurtailmentPlanRead,
    responses=problems(*_ACT),
    dependencies=KEEPERS,
)
async def discard_plan(
    plan_id: UUID, body: PlanRemark, request: Request, ctx: ContextDep, response: Response
) -> CurtailmentPlanRead:
    """Give a draft up. It stays in the list."""
    plan = await plan_as_seen(ctx, request, plan_id)
    return await _answer(ctx, request, await drafting.discard(ctx, plan, body.note), response)
