"""``/v1/projects/{id}/…``: stage changes, reversals, re-plannings, suspensions, resumptions, termination."""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Response

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import DomainError, PreconditionFailed, problems
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
from services.projects.ledger.routes.answers import WRITERS, LedgerDep, ToChange, shown
from services.projects.ledger.schemas import (
    Interruption,
    ProjectRead,
    Replan,
    Resumption,
    Reversal,
    StageChange,
)
from services.projects.ledger.service import lifecycle

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])

router = APIRouter(
    prefix="/v1/projects/{project_id}",
    route_class=TransactionalRoute,
    tags=["ledger"],
    dependencies=[require(*WRITERS)],
)


def step(path: str, *errors: type[DomainError]) -> Callable[[EndpointT], EndpointT]:
    """The route of a step in a project's life; it answers the project after the step."""
    responses = problems(*errors, PreconditionFailed)
    return router.post(path, status_code=201, response_model=ProjectRead, responses=responses)


@step(
    "/stage-changes",
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
)
async def enter_stage(
    body: StageChange,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Enter the next stage with the facts it requires; what is missing is named all at once."""
    stored = await lifecycle.enter_stage(
        ledger, ctx, opened, body.stage, body.on, body.stage_facts(), confirmed=body.confirm_amount
    )
    return shown(response, stored)


@step("/reversals", NothingToReverse)
async def reverse_stage(
    body: Reversal, ctx: ContextDep, ledger: LedgerDep, opened: ToChange, response: Response
) -> Any:
    """Take back the last step, which stays in the history with the reason."""
    return shown(response, await lifecycle.reverse_stage(ledger, ctx, opened, body.reason))


@step("/replans", MilestoneNotApplicable, MilestoneReached, PlanOutOfOrder, ProjectTerminated)
async def replan_milestone(
    body: Replan, ctx: ContextDep, ledger: LedgerDep, opened: ToChange, response: Response
) -> Any:
    """Move a planned date; the original date stays."""
    stored = await lifecycle.replan_milestone(ledger, ctx, opened, body.milestone, body.planned_on, body.reason)
    return shown(response, stored)


@step("/suspensions", IllegalStageChange, DateInFuture, DatesOutOfOrder)
async def suspend_project(
    body: Interruption,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Stop the project for the time being."""
    return shown(response, await lifecycle.suspend_project(ledger, ctx, opened, body.on, body.reason))


@step("/resumptions", IllegalStageChange, DateInFuture, DatesOutOfOrder)
async def resume_project(
    body: Resumption, ctx: ContextDep, ledger: LedgerDep, opened: ToChange, response: Response
) -> Any:
    """Go on at the stage where the project was suspended."""
    return shown(response, await lifecycle.resume_project(ledger, ctx, opened, body.on, body.note))


@step("/termination", IllegalStageChange, DateInFuture, DatesOutOfOrder)
async def terminate_project(
    body: Interruption,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """End the project for good; only a reversal brings it back."""
    return shown(response, await lifecycle.terminate_project(ledger, ctx, opened, body.on, body.reason))
