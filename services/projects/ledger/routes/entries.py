"""``/v1/projects/{id}/progress-entries`` and ``/investment-entries``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.conditional import etag_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.errors import (
    AmountNeedsConfirmation,
    CorrectionNeedsNote,
    DateInFuture,
    OutsideConstruction,
    ProgressFallNeedsNote,
)
from services.projects.ledger.routes.answers import REPORTERS, LedgerDep, ToChange
from services.projects.ledger.schemas import InvestmentCreate, InvestmentRead, ProgressCreate, ProgressRead
from services.projects.ledger.service.entries import record_investment, record_progress

ProgressQuery = Annotated[ListQuery, Depends(repository.PROGRESS.selecting(ProgressRead))]
InvestmentsQuery = Annotated[ListQuery, Depends(repository.INVESTMENTS.selecting(InvestmentRead))]

router = APIRouter(prefix="/v1/projects/{project_id}", route_class=TransactionalRoute, tags=["ledger"])


@router.get("/progress-entries", response_model=PageOf[ProgressRead])
async def list_progress(
    project_id: UUID,
    request: Request,
    ctx: ContextDep,
    ledger: LedgerDep,
    query: ProgressQuery,
) -> Response:
    """Progress entries, oldest day first."""
    await ledger.read(ctx, project_id)
    page = await repository.list_progress(ctx.session, project_id, query)
    return page_response(request, page, query, ProgressRead)


@router.post(
    "/progress-entries",
    status_code=201,
    response_model=ProgressRead,
    responses=problems(DateInFuture, OutsideConstruction, ProgressFallNeedsNote, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def create_progress(
    body: ProgressCreate,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Record the completed share of the works at the end of a day. The ETag is the project's."""
    stored, row = await record_progress(ledger, ctx, opened, body.on, body.percent, body.note)
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.get("/investment-entries", response_model=PageOf[InvestmentRead])
async def list_investments(
    project_id: UUID,
    request: Request,
    ctx: ContextDep,
    ledger: LedgerDep,
    query: InvestmentsQuery,
) -> Response:
    """Investment by month."""
    await ledger.read(ctx, project_id)
    page = await repository.list_investments(ctx.session, project_id, query)
    return page_response(request, page, query, InvestmentRead)


@router.post(
    "/investment-entries",
    status_code=201,
    response_model=InvestmentRead,
    responses=problems(
        DateInFuture, OutsideConstruction, CorrectionNeedsNote, AmountNeedsConfirmation, PreconditionFailed
    ),
    dependencies=[require(*REPORTERS)],
)
async def create_investment(
    body: InvestmentCreate,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Record or, with a note, correct what was invested in a month. The ETag is the project's."""
    stored, row = await record_investment(
        ledger, ctx, opened, body.month, int(body.amount_yuan), body.note, confirmed=body.confirm_amount
    )
    response.headers["ETag"] = etag_of(stored.version)
    return row
