"""``/v1/energy-rewards``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.energy.efficiency.errors import (
    EfficiencyNotFound,
    EnterpriseUnknown,
    EntryUnknown,
    RewardExists,
    RewardNotDecided,
    RewardOverpaid,
    RewardVetoed,
    TargetUnfit,
)
from services.energy.efficiency.repository import targets as repository
from services.energy.efficiency.routes.answers import DECIDERS, KEEPERS, new_router
from services.energy.efficiency.schemas.targets import (
    PaymentWrite,
    RewardDecision,
    RewardRead,
    RewardRevocation,
    RewardWithPayments,
    RewardWrite,
    reward_with,
)
from services.energy.efficiency.service import rewards as service
from services.energy.efficiency.tables import RewardRow

router = new_router()


@router.get("/energy-rewards", response_model=PageOf[RewardRead])
async def list_energy_rewards(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.REWARDS)]
) -> Any:
    """Rewards for saving energy, with what was granted and paid."""
    page = await repository.list_visible(ctx.session, ctx.principal, query, RewardRow)
    return page_response(request, page, query, RewardRead)


@router.post(
    "/energy-rewards",
    status_code=201,
    response_model=RewardWithPayments,
    responses=problems(
        EnterpriseUnknown, EfficiencyNotFound, EntryUnknown, TargetUnfit, RewardExists, RewardVetoed
    ),
    dependencies=KEEPERS,
)
async def post_energy_reward(body: RewardWrite, ctx: ContextDep, response: Response) -> RewardWithPayments:
    """Propose a reward; refused while a veto stands against who would get it."""
    return await _shown(ctx, response, await service.propose(ctx, body.proposal()))


@router.get(
    "/energy-rewards/{reward_id}", response_model=RewardWithPayments, responses=problems(EfficiencyNotFound)
)
async def get_energy_reward(reward_id: UUID, ctx: ContextDep, response: Response) -> RewardWithPayments:
    """One reward with its payments."""
    row = await repository.get_visible(ctx.session, ctx.principal, RewardRow, reward_id, lock=False)
    return await _shown(ctx, response, row)


@router.post(
    "/energy-rewards/{reward_id}/decision",
    response_model=RewardWithPayments,
    responses=problems(EfficiencyNotFound, RewardNotDecided, RewardVetoed),
    dependencies=DECIDERS,
)
async def post_reward_decision(
    reward_id: UUID, body: RewardDecision, request: Request, ctx: ContextDep, response: Response
) -> RewardWithPayments:
    """Grant or refuse a proposal."""
    row = await _locked(ctx, request, reward_id)
    decided = await service.decide(
        ctx,
        row,
        is_granted=body.granted,
        decision_no=body.decision_no,
        on=body.decided_on or today_of(ctx),
        amount_yuan=body.amount_yuan or row.amount_yuan,
        note=body.note,
    )
    return await _shown(ctx, response, decided)


@router.post(
    "/energy-rewards/{reward_id}/payments",
    status_code=201,
    response_model=RewardWithPayments,
    responses=problems(EfficiencyNotFound, RewardNotDecided, RewardOverpaid, RewardVetoed),
    dependencies=KEEPERS,
)
async def post_reward_payment(
    reward_id: UUID, body: PaymentWrite, request: Request, ctx: ContextDep, response: Response
) -> RewardWithPayments:
    """Record a payment; never more than was granted."""
    row = await _locked(ctx, request, reward_id)
    paid = await service.pay(ctx, row, body.amount_yuan, body.paid_on or today_of(ctx), body.reference)
    return await _shown(ctx, response, paid)


@router.post(
    "/energy-rewards/{reward_id}/revocation",
    response_model=RewardWithPayments,
    responses=problems(EfficiencyNotFound, RewardNotDecided),
    dependencies=DECIDERS,
)
async def post_reward_revocation(
    reward_id: UUID, body: RewardRevocation, request: Request, ctx: ContextDep, response: Response
) -> RewardWithPayments:
    """Take a reward back; what was paid stays on record."""
    row = await _locked(ctx, request, reward_id)
    return await _shown(ctx, response, await service.revoke(ctx, row, body.note))


async def _locked(ctx: ContextDep, request: Request, reward_id: UUID) -> RewardRow:
    row: RewardRow = await repository.get_visible(ctx.session, ctx.principal, RewardRow, reward_id, lock=True)
    honour_if_match(request, row.version)
    return row


async def _shown(ctx: ContextDep, response: Response, row: RewardRow) -> RewardWithPayments:
    response.headers["ETag"] = etag_of(row.version)
    return reward_with(row, await repository.payments_of(ctx.session, row.id))
