"""Planned dates: original, current, actual; and the order of milestones (S1)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.facts import StageFacts
from services.projects.ledger.domain.lifecycle import enter_stage, terminate
from services.projects.ledger.domain.planning import plan_first, replan
from services.projects.ledger.domain.project import Channel, Project
from services.projects.ledger.domain.stages import Milestone, ProjectKind, milestones_of
from services.projects.ledger.errors import (
    MilestoneNotApplicable,
    MilestoneReached,
    PlanOutOfOrder,
    ProjectTerminated,
)

DAY = date(2026, 9, 15)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))
kinds = st.sampled_from(list(ProjectKind))


def project(kind: ProjectKind = ProjectKind.NEW_BUILD) -> Project:
    return Project(id=UUID(int=1), code="X", name="X", kind=kind, region_code="421224")


@given(st.lists(days, min_size=1, max_size=8))
def test_original_stays_and_current_follows_when_replanned(moves: list[date]) -> None:
    planned = plan_first(project(), {Milestone.START: moves[0]})
    previous = moves[0]
    for move in moves[1:]:
        planned, replanning = replan(planned, Milestone.START, move)
        assert (replanning.original_on, replanning.previous_on, replanning.planned_on) == (
            moves[0],
            previous,
            move,
        )
        previous = move
    start = planned.planned(Milestone.START)
    assert (start.original_on, start.current_on, start.actual_on) == (moves[0], moves[-1], None)


@given(kinds, st.lists(days, min_size=6, max_size=6))
def test_plan_is_accepted_exactly_when_milestones_do_not_go_back(kind: ProjectKind, chosen: list[date]) -> None:
    plan = dict(zip(milestones_of(kind), chosen, strict=False))
    in_order = list(plan.values()) == sorted(plan.values())
    if in_order:
        made = plan_first(project(kind), plan)
        assert {name: made.planned(name).original_on for name in plan} == plan
    else:
        with pytest.raises(PlanOutOfOrder):
            plan_first(project(kind), plan)


def test_first_plan_through_a_replanning_is_the_original() -> None:
    _, replanning = replan(project(), Milestone.CAPACITY, DAY)
    assert replanning.original_on == replanning.previous_on == replanning.planned_on == DAY


def test_same_day_again_changes_nothing() -> None:
    planned = plan_first(project(), {Milestone.START: DAY})
    assert plan_first(planned, {Milestone.START: DAY}) == planned


def test_replanning_is_refused_when_the_milestone_is_reached() -> None:
    facts = StageFacts(1, "甲", Channel.BRAND, planned={Milestone.START: DAY})
    signed = enter_stage(project(), Stage.SIGNED, DAY, facts, DAY)
    facts = StageFacts(evidence="photo", planned={Milestone.CAPACITY: DAY + timedelta(days=9)})
    started = enter_stage(signed, Stage.STARTED, DAY, facts, DAY)
    with pytest.raises(MilestoneReached):
        replan(started, Milestone.START, DAY + timedelta(days=1))


def test_replanning_is_refused_when_terminated() -> None:
    with pytest.raises(ProjectTerminated):
        replan(terminate(project(), DAY, "withdrawn", DAY), Milestone.START, DAY)


def test_replanning_is_refused_when_the_kind_lacks_the_milestone() -> None:
    with pytest.raises(MilestoneNotApplicable):
        replan(project(ProjectKind.INFRASTRUCTURE), Milestone.CAPACITY, DAY)
