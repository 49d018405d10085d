"""The transitions (S2): one stage forward at a time, one recorded reversal back, interruptions with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.facts import StageFacts, demand_facts, with_facts, without_facts_of
from services.projects.ledger.domain.planning import plan_first, reach
from services.projects.ledger.domain.project import Project, altered
from services.projects.ledger.domain.stages import MILESTONE_OF_STAGE, next_stage, previous_stage
from services.projects.ledger.errors import (
    DateInFuture,
    DatesOutOfOrder,
    IllegalStageChange,
    MissingFacts,
    NothingToReverse,
)

INTERRUPTED = frozenset({Stage.SUSPENDED, Stage.TERMINATED})


def allowed_stages(project: Project) -> tuple[Stage, ...]:
    """Stages the project may enter now: the next of its path, and the interruptions."""
    if project.stage is Stage.TERMINATED:
        return ()
    if project.stage is Stage.SUSPENDED:
        return (project.path_stage, Stage.TERMINATED)
    following = next_stage(project.kind, project.stage)
    # What has reached its end can be neither suspended nor terminated any more: it is built.
    return () if following is None else (following, Stage.SUSPENDED, Stage.TERMINATED)


def enter_stage(project: Project, stage: Stage, on: date, facts: StageFacts, today: date) -> Project:
    """Enter the next stage of the path on a day not after ``today``, with the facts it requires.

    Raises IllegalStageChange, DateInFuture, DatesOutOfOrder, FactNotOfStage, ReplanNeedsReason, MissingFacts
    (all of them at once), PlanOutOfOrder.
    """
    if project.stage in INTERRUPTED or stage is not next_stage(project.kind, project.stage):
        raise _illegal(project, stage)
    _demand_past(project, on, today)
    changed = with_facts(project, stage, facts)
    changed = plan_first(changed, facts.planned)
    demand_facts(changed, stage)
    if stage is Stage.SIGNED:
        return altered(changed, stage=stage, signed_on=on)
    return reach(altered(changed, stage=stage), MILESTONE_OF_STAGE[stage], on)


def reverse(project: Project) -> Project:
    """Take back the last step: the stage's actual day and the facts that came with it are withdrawn.

    A terminated project returns to the stage at which it was terminated. Plans stay. Raises NothingToReverse for
    a project at its beginning and for a suspended one, which is resumed instead.
    """
    if project.stage is Stage.TERMINATED:
        return _uninterrupted(project)
    before = previous_stage(project.kind, project.stage)
    if before is None:
        raise NothingToReverse(stage=project.stage)
    changed = without_facts_of(project, project.stage)
    milestone = MILESTONE_OF_STAGE.get(project.stage)
    if milestone is not None:
        changed = reach(changed, milestone, None)
    return replace(changed, stage=before)


def suspend(project: Project, on: date, reason: str, today: date) -> Project:
    """Stop the project for the time being. Raises IllegalStageChange, DateInFuture, DatesOutOfOrder."""
    return _interrupt(project, Stage.SUSPENDED, on, reason, today)


def terminate(project: Project, on: date, reason: str, today: date) -> Project:
    """End the project for good. Raises IllegalStageChange, DateInFuture, DatesOutOfOrder."""
    return _interrupt(project, Stage.TERMINATED, on, reason, today)


def resume(project: Project, on: date, today: date) -> Project:
    """Go on at the stage where the project was suspended. Raises as :func:`suspend`."""
    if project.stage is not Stage.SUSPENDED:
        raise _illegal(project, project.path_stage)
    _demand_past(project, on, today)
    return replace(_uninterrupted(project), resumed_on=on)


def _interrupt(project: Project, stage: Stage, on: date, reason: str, today: date) -> Project:
    if stage not in allowed_stages(project):
        raise _illegal(project, stage)
    if not reason.strip():
        raise MissingFacts(stage=stage, fields=["reason"], errors=[FieldError("fact.required", "/reason")])
    _demand_past(project, on, today)
    return replace(
        project,
        stage=stage,
        interrupted_stage=project.path_stage,
        interrupted_on=on,
        interruption_reason=reason,
    )


def _uninterrupted(project: Project) -> Project:
    return replace(
        project,
        stage=project.path_stage,
        interrupted_stage=None,
        interrupted_on=None,
        interruption_reason=None,
    )


def _demand_past(project: Project, on: date, today: date) -> None:
    if on > today:
        raise DateInFuture(on=on, today=today, errors=[FieldError("date.in_future", "/on")])
    known = (project.entered_on(project.path_stage), project.interrupted_on, project.resumed_on)
    latest = max((day for day in known if day is not None), default=None)
    if latest is not None and on < latest:
        raise DatesOutOfOrder(on=on, stage=project.stage, entered_on=latest)


def _illegal(project: Project, stage: Stage) -> IllegalStageChange:
    return IllegalStageChange(
        from_stage=project.stage,
        to_stage=stage,
        kind=project.kind,
        allowed=allowed_stages(project),
    )
