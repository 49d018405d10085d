"""Planned dates: the first plan is the original, every later one is a re-planning with a reason (S1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from libs.common.contracts.projects import Stage
from libs.common.web.problems import DomainError, FieldError
from services.projects.ledger.domain.project import PlannedDate, Project, altered
from services.projects.ledger.domain.stages import PLAN_FIELDS, Milestone, milestones_of
from services.projects.ledger.errors import (
    MilestoneNotApplicable,
    MilestoneReached,
    PlanOutOfOrder,
    ProjectTerminated,
    ReplanNeedsReason,
)


@dataclass(frozen=True, slots=True)
class Replanning:
    """A milestone's move. For the first plan of a milestone all three days are equal."""

    milestone: Milestone
    original_on: date
    previous_on: date
    planned_on: date


def plan_first(project: Project, planned: Mapping[Milestone, date], pointer: str = "") -> Project:
    """Set days that are not planned yet; a day that is already planned so is left alone.

    Raises ReplanNeedsReason (all fields at once), MilestoneNotApplicable, MilestoneReached, PlanOutOfOrder.
    """
    replans = [
        milestone
        for milestone, on in planned.items()
        if (current := project.planned(milestone).current_on) is not None and current != on
    ]
    if replans:
        errors = [FieldError("plan.already_set", f"{pointer}/{PLAN_FIELDS[name]}") for name in replans]
        raise ReplanNeedsReason(milestones=replans, errors=errors)
    changed = project
    for milestone, on in planned.items():
        if project.planned(milestone).current_on != on:
            _demand_plannable(project, milestone)
            changed = _with_date(changed, milestone, PlannedDate(original_on=on, current_on=on))
    for milestone in planned:
        _demand_order(changed, milestone)
    return changed


def replan(project: Project, milestone: Milestone, planned_on: date) -> tuple[Project, Replanning]:
    """Move a milestone's planned day; the original stays. The reason is the caller's to record.

    Raises ProjectTerminated, MilestoneNotApplicable, MilestoneReached, PlanOutOfOrder.
    """
    if project.stage is Stage.TERMINATED:
        raise ProjectTerminated
    _demand_plannable(project, milestone)
    before = project.planned(milestone)
    original_on = before.original_on or planned_on
    changed = _with_date(project, milestone, PlannedDate(original_on=original_on, current_on=planned_on))
    _demand_order(changed, milestone)
    return changed, Replanning(milestone, original_on, before.current_on or planned_on, planned_on)


def next_move(project: Project, moves: Mapping[Milestone, date]) -> Milestone:
    """Of several moves the one to make next, so that the plan stays in order between them.

    The first when none can be made: making it says what is wrong.
    """
    for milestone, on in moves.items():
        try:
            replan(project, milestone, on)
        except DomainError:
            continue
        return milestone
    return next(iter(moves))


def reach(project: Project, milestone: Milestone, actual_on: date | None) -> Project:
    """Set (or with None take back) a milestone's actual day; the planned days stay."""
    return _with_date(project, milestone, replace(project.planned(milestone), actual_on=actual_on))


def _with_date(project: Project, milestone: Milestone, planned: PlannedDate) -> Project:
    return altered(project, plan={**project.plan, milestone: planned})


def _demand_plannable(project: Project, milestone: Milestone) -> None:
    if milestone not in milestones_of(project.kind):
        raise MilestoneNotApplicable(milestone=milestone, kind=project.kind)
    actual_on = project.planned(milestone).actual_on
    if actual_on is not None:
        raise MilestoneReached(milestone=milestone, actual_on=actual_on)


def _demand_order(project: Project, milestone: Milestone) -> None:
    """What has just been planned stands between its neighbours; the plans of others are not judged again."""
    order = milestones_of(project.kind)
    place = order.index(milestone)
    planned_on = project.planned(milestone).current_on
    assert planned_on is not None
    for index, other in enumerate(order):
        other_on = project.planned(other).effective_on
        if other_on is None:
            continue
        early, late = index < place and other_on > planned_on, index > place and other_on < planned_on
        if early or late:
            raise PlanOutOfOrder(
                milestone=milestone,
                planned_on=planned_on,
                other=other,
                other_on=other_on,
                errors=[FieldError("plan.out_of_order", f"/{PLAN_FIELDS[milestone]}")],
            )
