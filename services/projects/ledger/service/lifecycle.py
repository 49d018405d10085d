"""Registering a project and taking it through its stages."""

from collections.abc import Mapping
from datetime import date

from libs.common.context import Context
from libs.common.contracts.projects import (
    GridWorksV1,
    ProjectRegisteredV1,
    ProjectReplannedV1,
    ProjectStageEnteredV1,
    Stage,
)
from libs.common.local_time import today_of
from services.projects.ledger.domain import amending, lifecycle, planning
from services.projects.ledger.domain.facts import StageFacts, demand_fitting
from services.projects.ledger.domain.history import changes_between, to_json
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.ledger.service.amounts import amounts_of, demand_plausible
from services.projects.ledger.service.ledger import Ledger, Opened, amended
from services.projects.ledger.service.milestones import demand_formalities, with_permit
from services.projects.ledger.service.phases import demand_parent
from services.projects.registry.service.recording import demand_region


async def register_project(
    ledger: Ledger, ctx: Context, draft: Project, planned: Mapping[Milestone, date], *, confirmed: bool = False
) -> Opened:
    """Put a new project into the ledger at stage planned; ``confirmed`` means doubtful amounts as they are.

    Raises UnknownRegion, UnknownReference, DuplicateProjectCode, MilestoneNotApplicable, PlanOutOfOrder,
    FactNotOfKind, CoordinatesOutside, AmountNeedsConfirmation.
    """
    await demand_region(ctx, draft.region_code)
    await ledger.demand_references(ctx, draft)
    await demand_parent(ctx, draft)
    demand_fitting(draft)
    await ledger.claim_code(ctx, draft.code)
    project = planning.plan_first(draft, planned)
    meant = await demand_plausible(ctx, project.region_code, amounts_of(project), confirmed=confirmed)
    payload = ProjectRegisteredV1(
        project_id=project.id,
        code=project.code,
        name=project.name,
        kind=project.kind.value,
        region_code=project.region_code,
        total_investment_yuan=project.total_investment_yuan,
        responsible_person_id=project.responsible_person_id,
        responsible_unit_id=project.responsible_unit_id,
    )
    return await ledger.insert(ctx, project, payload, also=meant)


async def amend_project(
    ledger: Ledger,
    ctx: Context,
    opened: Opened,
    facts: Mapping[str, object],
    reason: str = "",
    *,
    confirmed: bool = False,
) -> Opened:
    """Change facts outside of the lifecycle; nothing happens when they are so already.

    Raises MissingFacts, FactNotOfKind, CoordinatesOutside, UnknownReference, ParentCycle, AmountNeedsConfirmation.
    """
    project = amending.amend(opened.project, facts)
    changes = changes_between(opened.project, project)
    if not changes:
        return opened
    await ledger.demand_references(ctx, project, opened.project)
    await demand_parent(ctx, project, opened.project)
    asked = amounts_of(project, opened.project)
    meant = await demand_plausible(ctx, project.region_code, asked, confirmed=confirmed)
    payload = amended(project, tuple(change.field for change in changes))
    return await ledger.store(ctx, opened, project, payload, action="amended", reason=reason, also=meant)


async def enter_stage(
    ledger: Ledger,
    ctx: Context,
    opened: Opened,
    stage: Stage,
    on: date,
    facts: StageFacts,
    *,
    confirmed: bool = False,
) -> Opened:
    """Enter the next stage.

    Raises as :func:`services.projects.ledger.domain.lifecycle.enter_stage`, FormalitiesMissing,
    AmountNeedsConfirmation, and what the ledger's guards raise.
    """
    facts = await with_permit(ctx, opened.project, stage, on, facts)
    project = lifecycle.enter_stage(opened.project, stage, on, facts, today_of(ctx))
    await demand_formalities(ctx, opened.project, stage, on)
    asked = amounts_of(project, opened.project)
    meant = await demand_plausible(ctx, project.region_code, asked, confirmed=confirmed)
    await ledger.admit(ctx, opened.project, stage, on)
    payload = _entered(opened, project, on)
    return await ledger.store(ctx, opened, project, payload, action="stage_entered", also=meant)


async def reverse_stage(ledger: Ledger, ctx: Context, opened: Opened, reason: str) -> Opened:
    """Take back the last step and keep why. Raises NothingToReverse."""
    project = lifecycle.reverse(opened.project)
    payload = _entered(opened, project, today_of(ctx), reversal_reason=reason)
    return await ledger.store(ctx, opened, project, payload, action="reversed", reason=reason)


async def suspend_project(ledger: Ledger, ctx: Context, opened: Opened, on: date, reason: str) -> Opened:
    """Raises IllegalStageChange, DateInFuture, DatesOutOfOrder, MissingFacts."""
    project = lifecycle.suspend(opened.project, on, reason, today_of(ctx))
    payload = _entered(opened, project, on, reason=reason)
    return await ledger.store(ctx, opened, project, payload, action="suspended", reason=reason)


async def resume_project(ledger: Ledger, ctx: Context, opened: Opened, on: date, note: str) -> Opened:
    """Raises IllegalStageChange, DateInFuture, DatesOutOfOrder."""
    project = lifecycle.resume(opened.project, on, today_of(ctx))
    payload = _entered(opened, project, on, reason=note or None)
    return await ledger.store(ctx, opened, project, payload, action="resumed", reason=note)


async def terminate_project(ledger: Ledger, ctx: Context, opened: Opened, on: date, reason: str) -> Opened:
    """Raises IllegalStageChange, DateInFuture, DatesOutOfOrder, MissingFacts."""
    project = lifecycle.terminate(opened.project, on, reason, today_of(ctx))
    payload = _entered(opened, project, on, reason=reason)
    return await ledger.store(ctx, opened, project, payload, action="terminated", reason=reason)


async def replan_milestone(
    ledger: Ledger, ctx: Context, opened: Opened, milestone: Milestone, planned_on: date, reason: str
) -> Opened:
    """Move a planned date. Raises ProjectTerminated, MilestoneNotApplicable, MilestoneReached, PlanOutOfOrder."""
    project, replanning = planning.replan(opened.project, milestone, planned_on)
    payload = ProjectReplannedV1(
        project_id=project.id,
        code=project.code,
        milestone=milestone.value,
        original_on=replanning.original_on,
        previous_on=replanning.previous_on,
        planned_on=planned_on,
        reason=reason,
    )
    return await ledger.store(ctx, opened, project, payload, action="replanned", reason=reason)


def _entered(
    opened: Opened,
    project: Project,
    on: date,
    *,
    reversal_reason: str | None = None,
    reason: str | None = None,
) -> ProjectStageEnteredV1:
    return ProjectStageEnteredV1(
        project_id=project.id,
        code=project.code,
        name=project.name,
        from_stage=opened.project.stage,
        stage=project.stage,
        on=on,
        reversal_reason=reversal_reason,
        reason=reason,
        kind=project.kind.value,
        region_code=project.region_code,
        grid=_grid(project),
    )


def _grid(project: Project) -> GridWorksV1 | None:
    if project.kind is not ProjectKind.GRID_WORKS or project.grid is None:
        return None
    return GridWorksV1.model_validate(to_json(project.grid))
