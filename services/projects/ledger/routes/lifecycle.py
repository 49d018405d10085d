"""``/v1/projects/{id}/…``: stage changes, reversals, re-plannings, suspensions, resumptions, termination."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.web.conditional import honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger.errors import (
    AmountNeedsConfirmation,
    DateInFuture,
    DatesOutOfOrder,
    FactNotOfKind,
    FactNotOfStage,
    FormalitiesMissing,
    IllegalStageChange,
    MilestoneNotApplicable,
    MilestoneReached,
    MissingFacts,
    NothingToReverse,
    PlanOutOfOrder,
    ProjectTerminated,
    ReplanNeedsReason,
)
from services.projects.ledger.routes.answers import WRITERS, LedgerDep, shown
from services.projects.ledger.schemas import (
    Interruption,
    ProjectRead,
    Replan,
    Resumption,
    Reversal,
    StageChange,
)
from services.projects.ledger.service import lifecycle

router = APIRouter(
    prefix="/v1/projects/{project_id}",
    route_class=TransactionalRoute,
    tags=["ledger"],
    dependencies=[require(*WRITERS)],
)


@router.post(
    "/stage-changes",
    status_code=201,
    response_model=ProjectRead,
    responses=problems(
        IllegalStageChange,
        MissingFacts,
        FactNotOfStage,
        DateInFuture,
        DatesOutOfOrder,
        ReplanNeedsReason,
        MilestoneNotApplicable,
        PlanOutOfOrder,
        FormalitiesMissing,
        FactNotOfKind,
        AmountNeedsConfirmation,
        PreconditionFailed,
    ),
)
async def enter_stage(
    project_id: UUID,
    body: StageChange,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Enter the next stage with the facts it requires; what is missing is named all at once."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored = await lifecycle.enter_stage(
        ledger, ctx, opened, body.stage, body.on, body.stage_facts(), confirmed=body.confirm_amount
    )
    return shown(response, stored)


@router.post(
    "/reversals",
    status_code=201,
    response_model=ProjectRead,
    responses=problems(NothingToReverse, PreconditionFailed),
)
async def reverse_stage(
    project_id: UUID, body: Reversal, ctx: ContextDep, ledger: LedgerDep, request: Request, response: Response
) -> Any:
    """Take back the last step, which stays in the history with the reason."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    return shown(response, await lifecycle.reverse_stage(ledger, ctx, opened, body.reason))


@router.post(
    "/replans",
    status_code=201,
    response_model=ProjectRead,
    responses=problems(
        MilestoneNotApplicable, MilestoneReached, PlanOutOfOrder, ProjectTerminated, PreconditionFailed
    ),
)
async def replan_milestone(
    project_id: UUID, body: Replan, ctx: ContextDep, ledger: LedgerDep, request: Request, response: Response
) -> Any:
    """Move a planned date; the original date stays."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored = await lifecycle.replan_milestone(ledger, ctx, opened, body.milestone, body.planned_on, body.reason)
    return shown(response, stored)


@router.post(
    "/suspensions",
    status_code=201,
    response_model=ProjectRead,
    responses=problems(IllegalStageChange, DateInFuture, DatesOutOfOrder, PreconditionFailed),
)
async def suspend_project(
    project_id: UUID,
    body: Interruption,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Stop the project for the time being."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    return shown(response, await lifecycle.suspend_project(ledger, ctx, opened, body.on, body.reason))


@router.post(
    "/resumptions",
    status_code=201,
    response_model=ProjectRead,
    responses=problems(IllegalStageChange, DateInFuture, DatesOutOfOrder, PreconditionFailed),
)
async def resume_project(
    project_id: UUID, body: Resumption, ctx: ContextDep, ledger: LedgerDep, request: Request, response: Response
) -> Any:
    """Go on at the stage where the project was suspended."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    return shown(response, await lifecycle.resume_project(ledger, ctx, opened, body.on, body.note))


@router.post(
    "/termination",
    status_code=201,
    response_model=ProjectRead,
    responses=problems(IllegalStageChange, DateInFuture, DatesOutOfOrder, PreconditionFailed),
)
async def terminate_project(
    project_id: UUID,
    body: Interruption,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """End the project for good; only a reversal brings it back."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    return shown(response, await lifecycle.terminate_project(ledger, ctx, opened, body.on, body.reason))
