"""``/v1/promotion-awards`` and ``/v1/promotion-award-computations``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.promotion.domain.rewards import AwardState
from services.projects.promotion.errors import AsOfAhead, AwardFourEyes, AwardNotOpen, AwardPaidAhead
from services.projects.promotion.repository import rewards as repository
from services.projects.promotion.routes.answers import DECIDERS, OFFICES, WRITERS
from services.projects.promotion.schemas.rewards import (
    AwardComputation,
    AwardDecision,
    AwardList,
    AwardPayment,
    AwardRead,
    AwardRejection,
)
from services.projects.promotion.service import awards
from services.projects.promotion.tables import AwardRow

AwardsQuery = Annotated[ListQuery, Depends(repository.AWARDS.selecting(AwardRead))]

router = APIRouter(
    prefix="/v1", route_class=TransactionalRoute, tags=["promotion"], dependencies=[require(*OFFICES)]
)


def _shown(response: Response, row: AwardRow) -> AwardRead:
    response.headers["ETag"] = etag_of(row.version)
    return AwardRead.of(row)


@router.get("/promotion-awards", response_model=PageOf[AwardRead])
async def list_awards(request: Request, ctx: ContextDep, query: AwardsQuery) -> Response:
    """Awards proposed, approved, rejected and paid; none is ever overwritten."""
    page = await repository.list_awards(ctx.session, ctx.principal, query)
    return page_response(request, page, query, AwardRead, AwardRead.of)


@router.post(
    "/promotion-award-computations",
    status_code=201,
    response_model=AwardList,
    responses=problems(AsOfAhead),
    dependencies=[require(*WRITERS)],
)
async def compute_awards(body: AwardComputation, ctx: ContextDep) -> Any:
    """Propose what is due beyond what was awarded; nothing due, nothing proposed. A negative one is paid back."""
    rows = await awards.compute_awards(ctx, body.as_of, project_id=body.project_id, region_code=body.region_code)
    return AwardList(items=[AwardRead.of(row) for row in rows])


@router.get("/promotion-awards/{award_id}", response_model=AwardRead)
async def read_award(award_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One award with the figures it was computed from."""
    row = await awards.get_award(ctx, award_id)
    return not_modified(request, etag_of(row.version)) or _shown(response, row)


@router.post(
    "/promotion-awards/{award_id}/approval",
    status_code=201,
    response_model=AwardRead,
    responses=problems(AwardNotOpen, AwardFourEyes, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def approve(
    award_id: UUID, body: AwardDecision, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Another person than the proposer approves."""
    row = await awards.get_award(ctx, award_id, lock=True)
    honour_if_match(request, row.version)
    return _shown(response, await awards.decide_award(ctx, row, AwardState.APPROVED, body.note))


@router.post(
    "/promotion-awards/{award_id}/rejection",
    status_code=201,
    response_model=AwardRead,
    responses=problems(AwardNotOpen, AwardFourEyes, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def reject(
    award_id: UUID, body: AwardRejection, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Another person than the proposer rejects; the next computation proposes what is due then."""
    row = await awards.get_award(ctx, award_id, lock=True)
    honour_if_match(request, row.version)
    return _shown(response, await awards.decide_award(ctx, row, AwardState.REJECTED, body.reason))


@router.post(
    "/promotion-awards/{award_id}/payment",
    status_code=201,
    response_model=AwardRead,
    responses=problems(AwardNotOpen, AwardPaidAhead, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def pay(award_id: UUID, body: AwardPayment, ctx: ContextDep, request: Request, response: Response) -> Any:
    """Record that an approved award was paid, or what was too much paid back."""
    row = await awards.get_award(ctx, award_id, lock=True)
    honour_if_match(request, row.version)
    return _shown(response, await awards.pay_award(ctx, row, body.paid_on, body.reference))
