"""``/v1/projects/{id}/funds-arrivals`` and ``/v1/funds-arrivals``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.errors import (
    AmountNeedsConfirmation,
    DateInFuture,
    DatesOutOfOrder,
    FourEyes,
    FundsDecided,
    FundsDuplicate,
    OutsideContract,
)
from services.projects.ledger.routes.answers import REPORTERS, WRITERS, LedgerDep, ToChange
from services.projects.ledger.schemas import (
    FundsArrivalCreate,
    FundsArrivalListed,
    FundsArrivalRead,
    FundsRejection,
    FundsVerification,
    FundsWithdrawal,
)
from services.projects.ledger.service import funds

FundsQuery = Annotated[ListQuery, Depends(repository.FUNDS.selecting(FundsArrivalRead))]
AllFundsQuery = Annotated[ListQuery, Depends(repository.ALL_FUNDS.selecting(FundsArrivalListed))]

router = APIRouter(prefix="/v1/projects/{project_id}", route_class=TransactionalRoute, tags=["ledger"])
all_router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["ledger"])


@all_router.get("/funds-arrivals", response_model=PageOf[FundsArrivalListed])
async def list_all_arrivals(request: Request, ctx: ContextDep, query: AllFundsQuery) -> Response:
    """Arrivals of all projects, latest first; ``filter[state][eq]=recorded`` is what waits for verification."""
    page = await repository.list_all_arrivals(ctx.session, ctx.principal, query)
    return page_response(request, page, query, FundsArrivalListed, FundsArrivalListed.of)


@router.get("/funds-arrivals", response_model=PageOf[FundsArrivalRead])
async def list_arrivals(
    project_id: UUID, request: Request, ctx: ContextDep, ledger: LedgerDep, query: FundsQuery
) -> Response:
    """Arrivals of one project, oldest first, rejected and withdrawn ones included."""
    await ledger.read(ctx, project_id)
    page = await repository.list_arrivals(ctx.session, project_id, query)
    return page_response(request, page, query, FundsArrivalRead)


@router.post(
    "/funds-arrivals",
    status_code=201,
    response_model=FundsArrivalRead,
    responses=problems(DateInFuture, OutsideContract, FundsDuplicate, AmountNeedsConfirmation, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def create_arrival(
    body: FundsArrivalCreate,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Record money that arrived. The ETag is the project's."""
    draft = funds.FundsDraft(body.on, int(body.amount_yuan), body.source, body.payer, body.evidence, body.note)
    stored, row = await funds.record_funds(ledger, ctx, opened, draft, confirmed=body.confirm_amount)
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.post(
    "/funds-arrivals/{arrival_id}/verification",
    status_code=201,
    response_model=FundsArrivalRead,
    responses=problems(FundsDecided, FourEyes, DateInFuture, DatesOutOfOrder, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def verify_arrival(
    project_id: UUID,
    arrival_id: UUID,
    body: FundsVerification,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Confirm that the money is there; whoever recorded it cannot. The ETag is the project's."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored, row = await funds.verify_funds(ledger, ctx, opened, arrival_id, body.verified_on, body.note)
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.post(
    "/funds-arrivals/{arrival_id}/rejection",
    status_code=201,
    response_model=FundsArrivalRead,
    responses=problems(FundsDecided, FourEyes, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def reject_arrival(
    project_id: UUID,
    arrival_id: UUID,
    body: FundsRejection,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Say that the money is not there, and why. The ETag is the project's."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored, row = await funds.reject_funds(ledger, ctx, opened, arrival_id, body.note)
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.post(
    "/funds-arrivals/{arrival_id}/withdrawal",
    status_code=201,
    response_model=FundsArrivalRead,
    responses=problems(FundsDecided, FourEyes, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def withdraw_arrival(
    project_id: UUID,
    arrival_id: UUID,
    body: FundsWithdrawal,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Take an arrival back with a reason; it stays on the list. The ETag is the project's."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored, row = await funds.withdraw_funds(ledger, ctx, opened, arrival_id, body.reason)
    response.headers["ETag"] = etag_of(stored.version)
    return row
