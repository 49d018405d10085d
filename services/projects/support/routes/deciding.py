"""Deciding on applications, step by step."""

from typing import Any

from fastapi import Response

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.workdays import UnknownCalendarYear
from services.projects.lists.routes.answers import DECIDERS, WRITERS, new_router
from services.projects.support.errors import (
    AppealNotOpen,
    ApplicationDouble,
    ApplicationStepRefused,
    ApprovedTooMuch,
    BudgetExceeded,
    BudgetMissing,
    ChecksFailed,
    ChecksUnknown,
    InputsMismatch,
    ReviewerRefused,
    ReviewFourEyes,
)
from services.projects.support.routes.applications import Opened, shown
from services.projects.support.schemas.applications import (
    AppealDecision,
    ApplicationRead,
    ApplicationReason,
    StepApproval,
)
from services.projects.support.service import deciding as service

_TURN = (ApplicationStepRefused, ReviewerRefused, ReviewFourEyes, PreconditionFailed)
router = new_router("support")


@router.post(
    "/support-applications/{application_id}/step-approvals",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(
        *_TURN, ChecksFailed, ChecksUnknown, InputsMismatch, ApprovedTooMuch, BudgetMissing, BudgetExceeded
    ),
    dependencies=[require(*WRITERS)],
)
async def approve_step(application: Opened, body: StepApproval, ctx: ContextDep, response: Response) -> Any:
    """Approve the step it waits in; the last one binds the amount in the year's budget."""
    amount = None if body.approved_yuan is None else int(body.approved_yuan)
    return shown(response, await service.approve_step(ctx, application, amount, body.note))


@router.post(
    "/support-applications/{application_id}/return",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(*_TURN),
    dependencies=[require(*WRITERS)],
)
async def return_application(
    application: Opened, body: ApplicationReason, ctx: ContextDep, response: Response
) -> Any:
    """Back to the applicant, with the reason."""
    return shown(response, await service.return_application(ctx, application, body.reason))


@router.post(
    "/support-applications/{application_id}/refusal",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(*_TURN, UnknownCalendarYear),
    dependencies=[require(*WRITERS)],
)
async def refuse_application(
    application: Opened, body: ApplicationReason, ctx: ContextDep, response: Response
) -> Any:
    """Not supported, with the reason; the applicant may appeal."""
    return shown(response, await service.refuse_application(ctx, application, body.reason))


@router.post(
    "/support-applications/{application_id}/appeal-decision",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(
        *(ApplicationStepRefused, AppealNotOpen, ReviewFourEyes, ApplicationDouble, InputsMismatch),
        PreconditionFailed,
    ),
    dependencies=[require(*DECIDERS)],
)
async def decide_appeal(application: Opened, body: AppealDecision, ctx: ContextDep, response: Response) -> Any:
    """Another person hears the appeal: upheld, the review begins anew."""
    decided = await service.decide_appeal(ctx, application, upheld=body.upheld, reason=body.reason)
    return shown(response, decided)


@router.post(
    "/support-applications/{application_id}/closing",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(ApplicationStepRefused, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def close_application(
    application: Opened, body: ApplicationReason, ctx: ContextDep, response: Response
) -> Any:
    """Nothing more is paid; what is still bound is free again."""
    return shown(response, await service.close_application(ctx, application, body.reason))
