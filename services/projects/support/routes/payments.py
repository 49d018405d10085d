"""``/v1/support-payments`` and ``/v1/support-clawbacks``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.web.conditional import etag_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.projects.lists.routes.answers import DECIDERS, WRITERS, new_router
from services.projects.registry.errors import EntryUnknown
from services.projects.support.errors import (
    ApplicationStepRefused,
    ClawbackClosed,
    ClawbackDay,
    ClawbackTooMuch,
    PaymentDay,
    PaymentFourEyes,
    PaymentTooMuch,
    PolicyHasNoBudget,
)
from services.projects.support.repository import applications as repository
from services.projects.support.routes.applications import Opened
from services.projects.support.schemas.applications import (
    ApplicationReason,
    ClawbackCreate,
    ClawbackRead,
    PaymentCreate,
    PaymentRead,
    Repayment,
)
from services.projects.support.service import paying as service
from services.projects.support.tables import ClawbackRow

PaymentsQuery = Annotated[ListQuery, Depends(repository.PAYMENTS.selecting(PaymentRead))]
ClawbacksQuery = Annotated[ListQuery, Depends(repository.CLAWBACKS.selecting(ClawbackRead))]

router = new_router("support")


def _shown(response: Response, row: ClawbackRow) -> Any:
    response.headers["ETag"] = etag_of(row.version)
    return row


@router.get("/support-payments", response_model=PageOf[PaymentRead])
async def list_payments(request: Request, ctx: ContextDep, query: PaymentsQuery) -> Response:
    """Instalments paid, the latest first; an application's by ``filter[application_id]``."""
    page = await repository.list_payments(ctx.session, ctx.principal, query)
    return page_response(request, page, query, PaymentRead)


@router.post(
    "/support-applications/{application_id}/payments",
    status_code=201,
    response_model=PaymentRead,
    responses=problems(
        *(ApplicationStepRefused, PolicyHasNoBudget, PaymentFourEyes, PaymentDay, PaymentTooMuch, EntryUnknown),
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def create_payment(application: Opened, body: PaymentCreate, ctx: ContextDep) -> Any:
    """Record an instalment of what was approved, by another person than who approved it."""
    return await service.pay_instalment(
        ctx, application, int(body.amount_yuan), body.paid_on, body.evidence, body.document_id
    )


@router.get("/support-clawbacks", response_model=PageOf[ClawbackRead])
async def list_clawbacks(request: Request, ctx: ContextDep, query: ClawbacksQuery) -> Response:
    """What is claimed back, the nearest day first."""
    page = await repository.list_clawbacks(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ClawbackRead)


@router.post(
    "/support-applications/{application_id}/clawbacks",
    status_code=201,
    response_model=ClawbackRead,
    responses=problems(ApplicationStepRefused, ClawbackTooMuch, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def create_clawback(application: Opened, body: ClawbackCreate, ctx: ContextDep, response: Response) -> Any:
    """Claim back what was paid, with the reason."""
    amount = int(body.amount_yuan)
    return _shown(response, await service.claim_back(ctx, application, amount, body.due_on, body.reason))


@router.post(
    "/support-applications/{application_id}/clawbacks/{clawback_id}/repayment",
    status_code=201,
    response_model=ClawbackRead,
    responses=problems(ClawbackClosed, ClawbackDay, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def create_repayment(
    application: Opened, clawback_id: UUID, body: Repayment, ctx: ContextDep, response: Response
) -> Any:
    """The money has come back; the budget has it again."""
    clawback = await service.open_clawback(ctx, application, clawback_id)
    return _shown(response, await service.repay(ctx, application, clawback, body.repaid_on, body.evidence))


@router.post(
    "/support-applications/{application_id}/clawbacks/{clawback_id}/dropping",
    status_code=201,
    response_model=ClawbackRead,
    responses=problems(ClawbackClosed, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def drop_clawback(
    application: Opened, clawback_id: UUID, body: ApplicationReason, ctx: ContextDep, response: Response
) -> Any:
    """Give the claim up, with the reason."""
    clawback = await service.open_clawback(ctx, application, clawback_id)
    return _shown(response, await service.drop(ctx, application, clawback, body.reason))
