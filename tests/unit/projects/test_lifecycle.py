"""Every transition of every kind, legal and illegal (S1, S2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.facts import StageFacts
from services.projects.ledger.domain.grid import FinancingForm, GridWork, GridWorks
from services.projects.ledger.domain.lifecycle import (
    allowed_stages,
    enter_stage,
    resume,
    reverse,
    suspend,
    terminate,
)
from services.projects.ledger.domain.project import Channel, Project
from services.projects.ledger.domain.stages import (
    MILESTONE_OF_STAGE,
    PATHS,
    PLAN_FIELDS,
    Milestone,
    ProjectKind,
    due_milestone,
)
from services.projects.ledger.errors import (
    DateInFuture,
    DatesOutOfOrder,
    FactNotOfStage,
    IllegalStageChange,
    MilestoneNotApplicable,
    MissingFacts,
    NothingToReverse,
    ReplanNeedsReason,
)

TODAY = date(2026, 9, 15)
SIGNED_ON = date(2026, 1, 10)
ALL_STAGES = tuple(Stage)
GRID = GridWorks(
    GridWork.SUBSTATION, Decimal(110), Decimal(63), financing_form=FinancingForm.BUILD_FIRST_PAY_LATER
)


def project(kind: ProjectKind = ProjectKind.NEW_BUILD) -> Project:
    return Project(id=UUID(int=1), code="2026-421224-31-03-000001", name="X", kind=kind, region_code="421224101")


def facts_for(kind: ProjectKind, stage: Stage) -> StageFacts:
    match stage:
        case Stage.SIGNED:
            return StageFacts(
                contract_amount_yuan=140_000_000,
                investor="甲",
                channel=Channel.RETURN_HOME,
                grid=GRID if kind is ProjectKind.GRID_WORKS else None,
                planned={Milestone.START: date(2026, 3, 1)},
            )
        case Stage.STARTED:
            return StageFacts(evidence="permit 7", planned={due_milestone(kind): date(2026, 12, 1)})
        case Stage.IN_PRODUCTION:
            return StageFacts(first_output="ferroalloy")
        case Stage.AT_CAPACITY:
            return StageFacts(actual_output=Decimal(96), design_output=Decimal(100), output_unit="kt/a")
        case _:
            return StageFacts()


def at(kind: ProjectKind, stage: Stage) -> Project:
    """A project that went its way up to the stage, a step every ten days."""
    made = project(kind)
    for step, entered in enumerate(PATHS[kind][1 : PATHS[kind].index(stage) + 1]):
        on = SIGNED_ON + timedelta(days=10 * step)
        made = enter_stage(made, entered, on, facts_for(kind, entered), TODAY)
    return made


def reachable(kind: ProjectKind) -> list[Project]:
    path = [at(kind, stage) for stage in PATHS[kind]]
    halted = [suspend(one, TODAY, "no funds", TODAY) for one in path[:-1]]
    ended = [terminate(one, TODAY, "withdrawn", TODAY) for one in path[:-1]]
    return [*path, *halted, *ended]


STATES = [(kind, state) for kind in ProjectKind for state in reachable(kind)]


@pytest.mark.parametrize(
    ("kind", "state", "to_stage"),
    [(kind, state, stage) for (kind, state), stage in product(STATES, ALL_STAGES)],
    ids=lambda value: getattr(value, "stage", value),
)
def test_only_the_next_stage_is_entered(kind: ProjectKind, state: Project, to_stage: Stage) -> None:
    path = PATHS[kind]
    following = path[path.index(state.stage) + 1] if state.stage in path[:-1] else None
    if to_stage is following:
        entered = enter_stage(state, to_stage, TODAY, facts_for(kind, to_stage), TODAY)
        assert entered.stage is to_stage
        assert entered.entered_on(to_stage) == TODAY
        return
    with pytest.raises(IllegalStageChange) as raised:
        enter_stage(state, to_stage, TODAY, facts_for(kind, to_stage), TODAY)
    assert raised.value.code == "project.illegal_stage_change"
    assert raised.value.params["allowed"] == allowed_stages(state)


def test_kinds_without_production_end_at_opened() -> None:
    for kind in (ProjectKind.INFRASTRUCTURE, ProjectKind.TOURISM):
        assert PATHS[kind][-2:] == (Stage.COMPLETED, Stage.OPENED)
        assert due_milestone(kind) is Milestone.COMPLETION
    assert {PATHS[kind][-1] for kind in ProjectKind} == {Stage.AT_CAPACITY, Stage.OPENED}


REQUIRED = [
    (Stage.SIGNED, {"/contract_amount_yuan", "/investor", "/channel", "/planned_start_on"}),
    (Stage.STARTED, {"/evidence", "/planned_capacity_on"}),
    (Stage.COMPLETED, set()),
    (Stage.IN_PRODUCTION, {"/first_output"}),
    (Stage.AT_CAPACITY, {"/actual_output", "/design_output", "/output_unit"}),
]


@pytest.mark.parametrize(("stage", "pointers"), REQUIRED)
def test_all_missing_facts_are_named_when_nothing_is_sent(stage: Stage, pointers: set[str]) -> None:
    path = PATHS[ProjectKind.NEW_BUILD]
    before = at(ProjectKind.NEW_BUILD, path[path.index(stage) - 1])
    if not pointers:
        assert enter_stage(before, stage, TODAY, StageFacts(), TODAY).stage is stage
        return
    with pytest.raises(MissingFacts) as raised:
        enter_stage(before, stage, TODAY, StageFacts(), TODAY)
    assert {error.pointer for error in raised.value.errors} == pointers


def test_started_requires_completion_date_when_nothing_is_produced() -> None:
    with pytest.raises(MissingFacts) as raised:
        enter_stage(at(ProjectKind.TOURISM, Stage.SIGNED), Stage.STARTED, TODAY, StageFacts(), TODAY)
    assert {error.pointer for error in raised.value.errors} == {"/evidence", "/planned_completion_on"}


def test_facts_known_before_are_not_asked_again() -> None:
    known = replace(project(), contract_amount_yuan=1, investor="甲", channel=Channel.BRAND)
    facts = StageFacts(planned={Milestone.START: date(2026, 10, 1)})
    assert enter_stage(known, Stage.SIGNED, TODAY, facts, TODAY).signed_on == TODAY


def test_fact_of_another_stage_is_refused() -> None:
    facts = replace(facts_for(ProjectKind.NEW_BUILD, Stage.SIGNED), first_output="sand", evidence="photo")
    with pytest.raises(FactNotOfStage) as raised:
        enter_stage(project(), Stage.SIGNED, TODAY, facts, TODAY)
    assert {error.pointer for error in raised.value.errors} == {"/first_output", "/evidence"}


def test_planned_day_of_a_foreign_milestone_is_refused() -> None:
    facts = replace(facts_for(ProjectKind.TOURISM, Stage.STARTED), planned={Milestone.CAPACITY: date(2027, 1, 1)})
    with pytest.raises(MilestoneNotApplicable):
        enter_stage(at(ProjectKind.TOURISM, Stage.SIGNED), Stage.STARTED, TODAY, facts, TODAY)


def test_planned_day_is_not_overwritten_silently() -> None:
    signed = at(ProjectKind.NEW_BUILD, Stage.SIGNED)
    facts = replace(
        facts_for(ProjectKind.NEW_BUILD, Stage.STARTED),
        planned={Milestone.START: date(2026, 9, 1), Milestone.CAPACITY: date(2026, 12, 1)},
    )
    with pytest.raises(ReplanNeedsReason) as raised:
        enter_stage(signed, Stage.STARTED, TODAY, facts, TODAY)
    assert [error.pointer for error in raised.value.errors] == ["/planned_start_on"]


def test_future_day_is_refused() -> None:
    facts = facts_for(ProjectKind.NEW_BUILD, Stage.SIGNED)
    with pytest.raises(DateInFuture):
        enter_stage(project(), Stage.SIGNED, TODAY + timedelta(days=1), facts, TODAY)


def test_stage_is_not_entered_before_the_one_it_follows() -> None:
    signed = at(ProjectKind.NEW_BUILD, Stage.SIGNED)
    facts = facts_for(ProjectKind.NEW_BUILD, Stage.STARTED)
    with pytest.raises(DatesOutOfOrder):
        enter_stage(signed, Stage.STARTED, SIGNED_ON - timedelta(days=1), facts, TODAY)


@pytest.mark.parametrize("kind", ProjectKind)
def test_reversal_undoes_the_last_step_only(kind: ProjectKind) -> None:
    path = PATHS[kind]
    for stage in path[1:]:
        back = reverse(at(kind, stage))
        before = at(kind, path[path.index(stage) - 1])
        assert back.stage is before.stage
        assert back.entered_on(stage) is None
        # What was planned and agreed stays known: only what the stage itself proved is withdrawn.
        assert back.contract_amount_yuan == (140_000_000 if stage is not Stage.PLANNED else None)
        milestone = MILESTONE_OF_STAGE.get(stage)
        if milestone is not None:
            assert back.planned(milestone).current_on == at(kind, stage).planned(milestone).current_on


def test_reversal_of_production_asks_for_first_output_again() -> None:
    back = reverse(at(ProjectKind.NEW_BUILD, Stage.IN_PRODUCTION))
    with pytest.raises(MissingFacts):
        enter_stage(back, Stage.IN_PRODUCTION, TODAY, StageFacts(), TODAY)


def test_nothing_is_reversed_at_the_beginning_and_while_suspended() -> None:
    for state in (project(), suspend(at(ProjectKind.NEW_BUILD, Stage.STARTED), TODAY, "rain", TODAY)):
        with pytest.raises(NothingToReverse):
            reverse(state)


@pytest.mark.parametrize("stage", PATHS[ProjectKind.NEW_BUILD][:-1])
def test_suspended_project_resumes_where_it_stood(stage: Stage) -> None:
    halted = suspend(at(ProjectKind.NEW_BUILD, stage), date(2026, 8, 1), "no funds", TODAY)
    assert (halted.stage, halted.interrupted_stage, halted.interruption_reason) == (
        Stage.SUSPENDED,
        stage,
        "no funds",
    )
    resumed = resume(halted, TODAY, TODAY)
    assert (resumed.stage, resumed.resumed_on, resumed.interrupted_stage) == (stage, TODAY, None)


def test_interruption_needs_a_reason() -> None:
    for interrupt in (suspend, terminate):
        with pytest.raises(MissingFacts):
            interrupt(project(), TODAY, "  ", TODAY)


def test_resumption_is_refused_when_not_suspended() -> None:
    for state in (project(), terminate(project(), TODAY, "withdrawn", TODAY)):
        with pytest.raises(IllegalStageChange):
            resume(state, TODAY, TODAY)


def test_resumption_before_the_suspension_is_refused() -> None:
    halted = suspend(at(ProjectKind.NEW_BUILD, Stage.STARTED), date(2026, 8, 1), "rain", TODAY)
    with pytest.raises(DatesOutOfOrder):
        resume(halted, date(2026, 7, 31), TODAY)


def test_project_at_its_end_is_neither_suspended_nor_terminated() -> None:
    for kind in ProjectKind:
        for interrupt in (suspend, terminate):
            with pytest.raises(IllegalStageChange):
                interrupt(at(kind, PATHS[kind][-1]), TODAY, "late", TODAY)


def test_termination_is_final_except_for_a_reversal() -> None:
    started = at(ProjectKind.NEW_BUILD, Stage.STARTED)
    ended = terminate(suspend(started, TODAY, "rain", TODAY), TODAY, "withdrawn", TODAY)
    assert allowed_stages(ended) == ()
    assert reverse(ended).stage is Stage.STARTED


def test_every_plan_field_has_its_milestone() -> None:
    assert set(PLAN_FIELDS) == set(Milestone)
