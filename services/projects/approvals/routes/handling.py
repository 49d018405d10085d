"""``/v1/approval-cases/{id}/…``: the steps of a case."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.web.conditional import honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.approvals.domain.case import CaseOutcome
from services.projects.approvals.errors import (
    AlreadyReceived,
    CaseDateInFuture,
    CaseDatesOutOfOrder,
    DocumentsMissing,
    IllegalCaseChange,
    NoGreenChannel,
    NothingToReverseInCase,
    OwnerRequired,
    ProjectRequired,
    ReasonRequired,
    UnitRequired,
    UnknownApprovalReference,
    UnknownDocument,
    UnknownMatter,
    UnknownPauseGround,
)
from services.projects.approvals.routes.answers import (
    APPLICANTS,
    WRITERS,
    ApprovalsDep,
    ToChange,
    shown,
)
from services.projects.approvals.schemas.cases import (
    Acceptance,
    CaseRead,
    Decision,
    DocumentPut,
    GreenChannel,
    Handover,
    PauseCreate,
    Reception,
    Resume,
    Withdrawal,
)
from services.projects.approvals.service import handling
from services.projects.ledger.schemas import Reversal
from services.projects.registry.schemas import Code

STEP = (IllegalCaseChange, CaseDateInFuture, CaseDatesOutOfOrder, PreconditionFailed)

router = APIRouter(prefix="/v1/approval-cases/{case_id}", route_class=TransactionalRoute, tags=["approvals"])


@router.post(
    "/reception",
    status_code=201,
    response_model=CaseRead,
    responses=problems(AlreadyReceived, UnknownApprovalReference, IllegalCaseChange, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def receive_case(
    body: Reception, ctx: ContextDep, approvals: ApprovalsDep, opened: ToChange, response: Response
) -> Any:
    """Bind the person who receives the case first (首问负责制); later it changes hands by a handover."""
    return shown(response, ctx, await handling.receive_case(approvals, ctx, opened, body.person_id))


@router.post(
    "/handovers",
    status_code=201,
    response_model=CaseRead,
    responses=problems(OwnerRequired, UnknownApprovalReference, IllegalCaseChange, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def hand_over_case(
    body: Handover, ctx: ContextDep, approvals: ApprovalsDep, opened: ToChange, response: Response
) -> Any:
    """Give the case to somebody else, on the record; the first contact stays named."""
    stored = await handling.hand_over_case(approvals, ctx, opened, body.to_person_id, body.reason)
    return shown(response, ctx, stored)


@router.put(
    "/documents/{code}",
    response_model=CaseRead,
    responses=problems(UnknownDocument, IllegalCaseChange, CaseDateInFuture, PreconditionFailed),
    dependencies=[require(*APPLICANTS)],
)
async def put_document(
    case_id: UUID,
    code: Code,
    body: DocumentPut,
    ctx: ContextDep,
    approvals: ApprovalsDep,
    request: Request,
    response: Response,
) -> Any:
    """Tick off a paper of the checklist."""
    opened = await approvals.open(ctx, case_id)
    honour_if_match(request, opened.version)
    stored = await handling.put_document(approvals, ctx, opened, code, body.received_on, body.reference)
    return shown(response, ctx, stored)


@router.post(
    "/acceptance",
    status_code=201,
    response_model=CaseRead,
    responses=problems(
        *STEP,
        OwnerRequired,
        UnitRequired,
        ProjectRequired,
        DocumentsMissing,
        NoGreenChannel,
        UnknownMatter,
        UnknownCalendarYear,
    ),
    dependencies=[require(*WRITERS)],
)
async def accept_case(
    body: Acceptance, ctx: ContextDep, approvals: ApprovalsDep, opened: ToChange, response: Response
) -> Any:
    """Start the clock by the matter in force on the day of acceptance, which itself is not counted."""
    stored = await handling.accept_case(approvals, ctx, opened, body.on, body.lacking_reason)
    return shown(response, ctx, stored)


@router.post(
    "/green-channel",
    status_code=201,
    response_model=CaseRead,
    responses=problems(IllegalCaseChange, NoGreenChannel, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def take_green_channel(
    body: GreenChannel,
    ctx: ContextDep,
    approvals: ApprovalsDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Shorten the promise as the matter says (绿色通道)."""
    return shown(response, ctx, await handling.take_green_channel(approvals, ctx, opened, body.reason))


@router.post(
    "/pauses",
    status_code=201,
    response_model=CaseRead,
    responses=problems(*STEP, UnknownPauseGround),
    dependencies=[require(*WRITERS)],
)
async def pause_case(
    body: PauseCreate,
    ctx: ContextDep,
    approvals: ApprovalsDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Stop the clock for a lawful reason that the applicant was told of."""
    stored = await handling.pause_case(
        approvals,
        ctx,
        opened,
        ground_code=body.ground,
        from_on=body.from_on,
        notice=body.notice,
        expected_to_on=body.expected_to_on,
        reason=body.reason,
    )
    return shown(response, ctx, stored)


@router.post(
    "/resumption",
    status_code=201,
    response_model=CaseRead,
    responses=problems(*STEP, UnknownCalendarYear),
    dependencies=[require(*WRITERS)],
)
async def resume_case(
    body: Resume, ctx: ContextDep, approvals: ApprovalsDep, opened: ToChange, response: Response
) -> Any:
    """Let the clock run again; the due day moves by the working days of the pause."""
    return shown(response, ctx, await handling.resume_case(approvals, ctx, opened, body.on, body.note))


@router.post(
    "/decision",
    status_code=201,
    response_model=CaseRead,
    responses=problems(*STEP, ReasonRequired, DocumentsMissing),
    dependencies=[require(*WRITERS)],
)
async def decide_case(
    body: Decision, ctx: ContextDep, approvals: ApprovalsDep, opened: ToChange, response: Response
) -> Any:
    """End the case: granted, or refused, withdrawn or not accepted with the reason."""
    stored = await handling.decide_case(
        approvals, ctx, opened, body.outcome, body.on, reason=body.reason, document=body.document
    )
    return shown(response, ctx, stored)


@router.post(
    "/withdrawal",
    status_code=201,
    response_model=CaseRead,
    responses=problems(*STEP),
    dependencies=[require(*APPLICANTS)],
)
async def withdraw_case(
    body: Withdrawal, ctx: ContextDep, approvals: ApprovalsDep, opened: ToChange, response: Response
) -> Any:
    """The applicant takes the application back."""
    stored = await handling.decide_case(
        approvals, ctx, opened, CaseOutcome.WITHDRAWN, body.on, reason=body.reason, document=None
    )
    return shown(response, ctx, stored)


@router.post(
    "/reversals",
    status_code=201,
    response_model=CaseRead,
    responses=problems(NothingToReverseInCase, PreconditionFailed, UnknownCalendarYear),
    dependencies=[require(*WRITERS)],
)
async def reverse_step(
    body: Reversal, ctx: ContextDep, approvals: ApprovalsDep, opened: ToChange, response: Response
) -> Any:
    """Take back the last step (decision, resumption, pause, acceptance); it stays in the trail with the reason."""
    return shown(response, ctx, await handling.reverse_step(approvals, ctx, opened, body.reason))
