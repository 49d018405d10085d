"""Matters of a case: order, circles, starting, and the critical path; with random graphs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.workdays import WorkCalendar
from services.projects.environment.domain import cases
from services.projects.environment.domain.cases import AgencyCaseStatus, Document, Item, ItemStatus
from services.projects.environment.domain.critical_path import schedule
from services.projects.environment.errors import (
    CaseDateInvalid,
    CaseStatusWrong,
    CyclicDependencies,
    DependentsStarted,
    ItemsInvalid,
    UnknownDocument,
)

# A busy machine is no failure.
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CALENDAR = WorkCalendar()
TODAY = date(2026, 9, 15)
UNIT = UUID(int=1)


def item(key: str, *depends_on: str, days: int = 1, documents: tuple[Document, ...] = ()) -> Item:
    return Item(key, key, UNIT, days, documents, depends_on)


def sound(*items: Item) -> dict[str, Item]:
    return cases.demand_sound(items)


@st.composite
def graphs(draw: st.DrawFn) -> list[Item]:
    """Matters in which each waits for some of those before it: never a circle."""
    count = draw(st.integers(1, 8))
    made = []
    for number in range(count):
        before = draw(st.sets(st.integers(0, number - 1))) if number else set()
        made.append(item(f"k{number}", *(f"k{n}" for n in sorted(before)), days=draw(st.integers(1, 5))))
    return draw(st.permutations(made))


@PATIENT
@given(graphs())
def test_each_matter_stands_after_what_it_waits_for(items: list[Item]) -> None:
    order = [one.key for one in cases.in_order(sound(*items))]
    assert sorted(order) == sorted(one.key for one in items)
    for one in items:
        assert all(order.index(key) < order.index(one.key) for key in one.depends_on)


@PATIENT
@given(graphs(), st.data())
def test_closing_a_circle_is_always_found(items: list[Item], data: st.DataObject) -> None:
    by_key = sound(*items)
    last = cases.in_order(by_key)[-1]
    reached, waiting = {last.key}, [last.key]
    while waiting:
        new = set(by_key[waiting.pop()].depends_on) - reached
        reached |= new
        waiting += new
    first = data.draw(st.sampled_from(sorted(reached)))
    closing = replace(by_key[first], depends_on=(*by_key[first].depends_on, last.key))
    with pytest.raises(CyclicDependencies) as circle:
        sound(*{**by_key, first: closing}.values())
    named = circle.value.params["keys"]
    assert isinstance(named, list)
    assert set(named) <= set(by_key)


@PATIENT
@given(graphs(), st.integers(0, 20))
def test_schedule_keeps_dependencies_and_its_slack_is_never_negative(items: list[Item], offset: int) -> None:
    by_key = sound(*items)
    today = TODAY + timedelta(days=offset)
    plan = schedule(by_key, today, CALENDAR)
    assert plan.finish_on == max(one.finish_on for one in plan.expected.values())
    for one in items:
        expected = plan.expected[one.key]
        assert expected.finish_on == CALENDAR.add_working_days(expected.start_on, one.promised_days)
        assert all(plan.expected[key].finish_on <= expected.start_on for key in one.depends_on)
        assert expected.slack_days is not None
        assert expected.slack_days >= 0
    assert all(plan.expected[key].slack_days == 0 for key in plan.critical)
    # The chain's promises alone fill the time to the end.
    assert plan.finish_on == CALENDAR.add_working_days(
        today, sum(by_key[key].promised_days for key in plan.critical)
    )


@PATIENT
@given(graphs())
def test_case_always_comes_to_its_end_when_running_matters_are_finished(items: list[Item]) -> None:
    state = cases.advance(sound(*items), TODAY, CALENDAR)
    steps = 0
    while cases.case_status(state.values()) is AgencyCaseStatus.OPEN:
        running = [key for key, one in state.items() if one.status is ItemStatus.RUNNING]
        assert running, "an open case without documents missing always has something running"
        state = cases.advance(cases.finish(state, running[0], TODAY, "done", TODAY), TODAY, CALENDAR)
        steps += 1
    assert steps == len(items)
    assert schedule(state, TODAY, CALENDAR).percent == 100


def test_matter_waits_for_its_documents_and_the_clock_starts_with_the_last() -> None:
    papers = (Document("deed"), Document("photo", required=False))
    state = cases.advance(sound(item("a", documents=papers)), TODAY, CALENDAR)
    assert (state["a"].status, state["a"].missing_documents) == (ItemStatus.INCOMPLETE, ("deed",))
    later = TODAY + timedelta(days=3)
    state = cases.advance(cases.receive(state, "a", "deed", later, later), later, CALENDAR)
    assert (state["a"].status, state["a"].started_on, state["a"].due_on) == (
        ItemStatus.RUNNING,
        later,
        date(2026, 9, 20),
    )
    with pytest.raises(CaseStatusWrong):
        cases.receive(state, "a", "deed", None, later)


def test_dropped_matter_lets_others_go_on_and_leaves_the_plan() -> None:
    state = cases.advance(sound(item("a", days=9), item("b", "a")), TODAY, CALENDAR)
    state = cases.advance(cases.drop(state, "a", "not needed"), TODAY, CALENDAR)
    assert state["b"].status is ItemStatus.RUNNING
    plan = schedule(state, TODAY, CALENDAR)
    assert (plan.critical, plan.percent, set(plan.expected)) == (("b",), 0, {"b"})


def test_overdue_matter_is_expected_on_the_next_working_day() -> None:
    state = cases.advance(sound(item("a"), item("b", "a", days=2)), TODAY, CALENDAR)
    holiday = date(2026, 10, 2)
    plan = schedule(state, holiday, CALENDAR)
    assert plan.expected["a"].finish_on == date(2026, 10, 8)
    assert plan.finish_on == date(2026, 10, 10)


def test_faulty_steps_are_refused() -> None:
    state = cases.advance(sound(item("a"), item("b", "a")), TODAY, CALENDAR)
    with pytest.raises(CaseStatusWrong):
        cases.finish(state, "b", TODAY, "x", TODAY)
    for on in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(CaseDateInvalid):
            cases.finish(state, "a", on, "x", TODAY)
    with pytest.raises(UnknownDocument):
        cases.receive(state, "b", "deed", TODAY, TODAY)
    state = cases.advance(cases.finish(state, "a", TODAY, "x", TODAY), TODAY, CALENDAR)
    with pytest.raises(DependentsStarted):
        cases.reopen(state, "a")
    with pytest.raises(CaseStatusWrong):
        cases.reopen(state, "b")
    with pytest.raises(CaseStatusWrong):
        cases.drop(state, "a", "x")
    reopened = cases.reopen(cases.drop(state, "b", "x"), "b")
    assert (reopened["b"].status, reopened["b"].due_on) == (ItemStatus.RUNNING, state["b"].due_on)


def test_all_faults_of_matters_are_named_at_once() -> None:
    twice = (Document("deed"), Document("deed"))
    with pytest.raises(ItemsInvalid) as faults:
        sound(item("a", documents=twice), item("a", "nowhere"))
    assert [error.pointer for error in faults.value.errors] == [
        "/items/0/documents",
        "/items/1/key",
        "/items/1/depends_on",
    ]
