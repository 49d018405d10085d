"""Registering a project and taking it through its stages."""

from collections.abc import Mapping
from datetime import date

from libs.common.context import Context
from libs.common.contracts.projects import (
    ProjectAmendedV1,
    ProjectRegisteredV1,
    ProjectReplannedV1,
    ProjectStageEnteredV1,
    Stage,
)
from services.projects.ledger.domain import amending, lifecycle, planning
from services.projects.ledger.domain.facts import StageFacts
from services.projects.ledger.domain.history import changes_between
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.service.ledger import Ledger, Opened, demand_references
from services.projects.local_time import today_of
from services.projects.registry.service.recording import demand_region


async def register_project(
    ledger: Ledger, ctx: Context, draft: Project, planned: Mapping[Milestone, date]
) -> Opened:
    """Put a new project into the ledger at stage planned.

    Raises UnknownRegion, UnknownReference, DuplicateProjectCode, MilestoneNotApplicable, PlanOutOfOrder.
    """
    await demand_region(ctx, draft.region_code)
    await demand_references(ctx, draft)
    await ledger.claim_code(ctx, draft.code)
    project = planning.plan_first(draft, planned)
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
    return await ledger.insert(ctx, project, payload)


async def amend_project(
    ledger: Ledger, ctx: Context, opened: Opened, facts: Mapping[str, object], reason: str = ""
) -> Opened:
    """Change facts outside of the lifecycle; nothing happens when they are so already.

    Raises MissingFacts, UnknownReference.
    """
    project = amending.amend(opened.project, facts)
    changes = changes_between(opened.project, project)
    if not changes:
        return opened
    await demand_references(ctx, project, opened.project)
    payload = ProjectAmendedV1(
        project_id=project.id,
        code=project.code,
        name=project.name,
        kind=project.kind.value,
        region_code=project.region_code,
        total_investment_yuan=project.total_investment_yuan,
        responsible_person_id=project.responsible_person_id,
        responsible_unit_id=project.responsible_unit_id,
        fields=tuple(change.field for change in changes),
    )
    return await ledger.store(ctx, opened, project, payload, action="amended", reason=reason)


async def enter_stage(
    ledger: Ledger, ctx: Context, opened: Opened, stage: Stage, on: date, facts: StageFacts
) -> Opened:
    """Enter the next stage.

    Raises as :func:`services.projects.ledger.domain.lifecycle.enter_stage`, and what the ledger's guards raise.
    """
    project = lifecycle.enter_stage(opened.project, stage, on, facts, today_of(ctx))
    await ledger.admit(ctx, opened.project, stage, on)
    return await ledger.store(ctx, opened, project, _entered(opened, project, on), action="stage_entered")


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
    )
