"""The contract's terms, the formalities before a start, grid works, and what may be amended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.acts import (
    Act,
    ActKind,
    demand_complete,
    demand_reopenable,
    demand_reportable,
    derived_done_on,
    fulfilled_on,
    reached_on,
)
from services.projects.ledger.domain.amending import amend
from services.projects.ledger.domain.facts import missing_facts
from services.projects.ledger.domain.formalities import (
    Formality,
    FormalityRule,
    Paper,
    demand_change,
    demand_formalities,
    demand_rule_in_order,
    permit_number,
)
from services.projects.ledger.domain.funds import ArrivalState, FundsArrival, FundsSource
from services.projects.ledger.domain.grid import FinancingForm, GridWork, GridWorks
from services.projects.ledger.domain.people import Actor
from services.projects.ledger.domain.project import PlannedDate, Project
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.ledger.errors import (
    ActDerived,
    ActIncomplete,
    ActNotDone,
    ActSettled,
    DateInFuture,
    FactNotOfKind,
    FormalitiesMissing,
    FormalityRuleIncomplete,
    MilestoneNeedsReason,
    MissingFacts,
)

TODAY = date(2026, 9, 15)
STARTED_ON = date(2026, 5, 8)
PROJECT = Project(
    id=UUID(int=1),
    code="X",
    name="X",
    kind=ProjectKind.NEW_BUILD,
    region_code="421224",
    stage=Stage.STARTED,
    signed_on=date(2026, 1, 20),
    plan={Milestone.START: PlannedDate(STARTED_ON, STARTED_ON, STARTED_ON)},
)


def act(kind: ActKind, **facts: object) -> Act:
    return replace(Act(UUID(int=5), kind, "term", date(2026, 6, 30)), **facts)  # type: ignore[arg-type]


def arrival(day: int, yuan: int, state: ArrivalState = ArrivalState.VERIFIED) -> FundsArrival:
    on = date(2026, 2, 1) + timedelta(days=day)
    return FundsArrival(UUID(int=day), on, yuan, FundsSource.OWN, "investor", f"slip {day}", Actor("a"), state)


def test_start_and_funds_are_done_when_the_ledger_knows_it() -> None:
    assert derived_done_on(act(ActKind.START), PROJECT, []) == STARTED_ON
    assert derived_done_on(act(ActKind.START), replace(PROJECT, plan={}), []) is None
    funds = act(ActKind.FUNDS, amount_yuan=100)
    known = [arrival(9, 60), arrival(1, 50), arrival(5, 500, ArrivalState.RECORDED)]
    assert derived_done_on(funds, PROJECT, known) == known[0].on
    assert derived_done_on(funds, PROJECT, known[1:]) is None
    told = act(ActKind.REGISTRATION, done_on=TODAY)
    assert derived_done_on(told, PROJECT, known) == TODAY


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 1000)), max_size=12), st.integers(1, 5000))
def test_funds_are_reached_on_the_first_day_that_suffices(entries: list[tuple[int, int]], wanted: int) -> None:
    known = [arrival(day, yuan) for day, yuan in entries]
    reached = reached_on(known, wanted)
    before = [one for one in known if reached is None or one.on < reached]
    assert sum(one.amount_yuan for one in before) < wanted
    if reached is not None:
        assert sum(one.amount_yuan for one in known if one.on <= reached) >= wanted


def test_contract_is_honoured_with_the_first_act_done() -> None:
    acts = [act(ActKind.START), act(ActKind.FUNDS, done_on=TODAY), act(ActKind.REGISTRATION, done_on=STARTED_ON)]
    assert fulfilled_on(acts) == STARTED_ON
    assert fulfilled_on(acts[:1]) is None
    assert acts[0].is_due(date(2026, 6, 30))
    assert not acts[0].is_due(date(2026, 6, 29))


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        (act(ActKind.FUNDS), "/amount_yuan"),
        (act(ActKind.START, amount_yuan=5), "/amount_yuan"),
        (act(ActKind.CUSTOM, title=" "), "/title"),
    ],
)
def test_term_is_refused_when_it_lacks_what_its_kind_needs(wrong: Act, pointer: str) -> None:
    with pytest.raises(ActIncomplete) as raised:
        demand_complete(wrong)
    assert [fault.pointer for fault in raised.value.errors] == [pointer]


def test_only_registration_and_own_terms_are_reported() -> None:
    demand_reportable(act(ActKind.REGISTRATION), TODAY, TODAY)
    with pytest.raises(ActDerived):
        demand_reportable(act(ActKind.FUNDS, amount_yuan=5), TODAY, TODAY)
    with pytest.raises(ActDerived):
        demand_reopenable(act(ActKind.START, done_on=TODAY))
    with pytest.raises(ActSettled):
        demand_reportable(act(ActKind.CUSTOM, done_on=TODAY), TODAY, TODAY)
    with pytest.raises(DateInFuture):
        demand_reportable(act(ActKind.CUSTOM), TODAY + timedelta(days=1), TODAY)
    with pytest.raises(ActNotDone):
        demand_reopenable(act(ActKind.CUSTOM))


def paper(formality: Formality, actual_on: date | None = None, **facts: object) -> Paper:
    return replace(Paper(UUID(int=7), formality, "", actual_on=actual_on), **facts)  # type: ignore[arg-type]


RULE = FormalityRule(
    kind=ProjectKind.NEW_BUILD,
    formalities=tuple(Formality),
    required=(Formality.EIA, Formality.CONSTRUCTION_PERMIT, Formality.LAND),
)


def test_start_names_every_formality_that_is_not_done_by_its_day() -> None:
    papers = {
        Formality.EIA: paper(Formality.EIA, STARTED_ON),
        Formality.LAND: paper(Formality.LAND, STARTED_ON + timedelta(days=1)),
    }
    with pytest.raises(FormalitiesMissing) as raised:
        demand_formalities(RULE, papers, STARTED_ON)
    assert [fault.pointer for fault in raised.value.errors] == [
        "/formalities/construction_permit",
        "/formalities/land",
    ]
    demand_formalities(None, {}, STARTED_ON)
    demand_formalities(replace(RULE, required=()), {}, STARTED_ON)


def test_permit_shows_the_start_when_it_was_given_by_then() -> None:
    permit = paper(Formality.CONSTRUCTION_PERMIT, STARTED_ON, number="permit 7")
    assert permit_number([paper(Formality.EIA, STARTED_ON, number="e 1"), permit], STARTED_ON) == "permit 7"
    assert permit_number([permit], STARTED_ON - timedelta(days=1)) is None


def test_plan_moves_and_a_day_done_is_taken_back_with_a_reason() -> None:
    before = paper(Formality.EIA, STARTED_ON, planned_on=STARTED_ON)
    for after in (replace(before, planned_on=TODAY), replace(before, actual_on=None)):
        with pytest.raises(MilestoneNeedsReason):
            demand_change(before, after, " ", TODAY)
        demand_change(before, after, "the survey was late", TODAY)
    demand_change(paper(Formality.EIA), before, "", TODAY)
    with pytest.raises(DateInFuture):
        demand_change(None, paper(Formality.EIA, TODAY + timedelta(days=1)), "x", TODAY)


def test_rule_is_refused_when_it_requires_what_it_does_not_list() -> None:
    wrong = replace(RULE, formalities=(Formality.EIA, Formality.EIA), required=(Formality.LAND,))
    with pytest.raises(FormalityRuleIncomplete) as raised:
        demand_rule_in_order(wrong)
    assert [fault.pointer for fault in raised.value.errors] == ["/required/0", "/formalities/1"]


GRID = replace(PROJECT, kind=ProjectKind.GRID_WORKS)


@pytest.mark.parametrize(
    ("grid", "missing"),
    [
        (None, {"grid.work", "grid.voltage_kv", "grid.financing_form"}),
        (GridWorks(GridWork.SUBSTATION, Decimal(110)), {"grid.financing_form", "grid.capacity_mva"}),
        (GridWorks(GridWork.LINE, Decimal(220), financing_form=FinancingForm.JOINT_VENTURE), set()),
        (GridWorks(GridWork.SUBSTATION, Decimal(110), Decimal(63), None, FinancingForm.COOPERATION), set()),
    ],
)
def test_grid_works_are_signed_with_voltage_capacity_and_financing(
    grid: GridWorks | None, missing: set[str]
) -> None:
    found = missing_facts(replace(GRID, grid=grid), Stage.SIGNED)
    assert {name for name in found if name.startswith("grid.")} == missing


def test_grid_facts_belong_to_grid_works_alone_and_do_not_vanish() -> None:
    line = GridWorks(GridWork.LINE, Decimal(220), financing_form=FinancingForm.JOINT_VENTURE)
    with pytest.raises(FactNotOfKind):
        amend(PROJECT, {"grid": line})
    known = replace(GRID, grid=line)
    with pytest.raises(MissingFacts) as raised:
        amend(known, {"grid": replace(line, voltage_kv=None)})
    assert [fault.pointer for fault in raised.value.errors] == ["/grid/voltage_kv"]


def test_project_entered_before_a_fact_was_asked_for_may_still_be_amended() -> None:
    assert amend(GRID, {"name": "renamed"}).name == "renamed"
