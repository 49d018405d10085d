"""The steps of a duty, its deadline and when it is overdue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.web.problems import DomainError, MalformedRequest
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.projects.duties.domain import duty as steps
from services.projects.duties.domain.duty import Duty, DutyStatus, Wording
from services.projects.duties.domain.rules import DutyKind, DutyRule, check_levels, rule_for
from services.projects.duties.errors import (
    DueInPast,
    DutyRuleNotOrdered,
    DutyStepRefused,
    ExtensionNotLater,
    NoTerm,
    VerifierIsResolver,
)
from services.projects.duties.service import Deadline, Terms

DAY = date(2026, 9, 15)
WORDING = Wording("事项", "matter")
RULE = DutyRule(kind=DutyKind.PROBLEM_OVERDUE, threshold_days=1, level2_days=10)
days = st.integers(min_value=-400, max_value=400).map(lambda number: DAY + timedelta(days=number))


def duty(status: DutyStatus = DutyStatus.OPEN, **facts: Any) -> Duty:
    return Duty(**{"original_due_on": DAY, "due_on": DAY, "status": status, **facts})


STEPS: dict[str, tuple[Callable[[Duty], Any], set[DutyStatus]]] = {
    "note": (steps.note, set(steps.PENDING)),
    "resolve": (lambda it: steps.resolve(it, "a", DAY, "done"), set(steps.PENDING)),
    "extend": (lambda it: steps.extend(it, DAY + timedelta(days=1), DAY), set(steps.PENDING)),
    "escalate": (lambda it: steps.put_off_after_escalation(it, DAY, DAY), set(steps.PENDING)),
    "check_pending": (steps.check_pending, set(steps.PENDING)),
    "close": (lambda it: steps.close(it, "b", DAY, "seen"), {DutyStatus.RESOLVED}),
    "reopen": (lambda it: steps.reopen(it, DAY), set(steps.DONE)),
}


@pytest.mark.parametrize("status", list(DutyStatus))
@pytest.mark.parametrize("name", list(STEPS))
def test_step_is_taken_exactly_from_its_states(name: str, status: DutyStatus) -> None:
    step, allowed = STEPS[name]
    if status in allowed:
        step(duty(status, resolved_by="a"))
        return
    with pytest.raises(DutyStepRefused) as refused:
        step(duty(status, resolved_by="a"))
    assert set(refused.value.params["allowed"]) == allowed  # type: ignore[call-overload]


def test_closing_needs_another_person() -> None:
    done = steps.resolve(duty(), "wang", DAY, "done")
    with pytest.raises(VerifierIsResolver):
        steps.close(done, "wang", DAY, "seen")
    closed = steps.close(done, "chen", DAY, "seen")
    assert (closed.status, closed.closed_by, closed.resolved_by) == (DutyStatus.CLOSED, "chen", "wang")


@given(days, days, days)
def test_extension_is_later_and_makes_good_what_was_missed(due: date, until: date, today: date) -> None:
    late = duty(due_on=due, overdue_since=due)
    if until > due and until >= today:
        extended = steps.extend(late, until, today)
        assert (extended.due_on, extended.missed_on(today)) == (until, None)
    else:
        with pytest.raises(ExtensionNotLater):
            steps.extend(late, until, today)


@given(days, days, days, days)
def test_missed_deadline_stays_missed_through_escalations(
    due: date, first: date, second: date, today: date
) -> None:
    once = steps.put_off_after_escalation(duty(due_on=due), first, today)
    twice = steps.put_off_after_escalation(once, second, today)
    if due < today:
        assert twice.missed_on(today) == due
    assert twice.due_on == second


@given(days, days)
def test_duty_is_overdue_exactly_after_its_day(due: date, today: date) -> None:
    found = steps.overdue(duty(due_on=due), RULE, today, WORDING)
    assert (found is not None) == (today > due)
    if found is not None:
        assert (found.reference_on, found.days, found.level) == (
            due,
            (today - due).days,
            2 if (today - due).days >= 10 else 1,
        )


@pytest.mark.parametrize("status", sorted(steps.DONE))
def test_what_is_done_is_never_overdue(status: DutyStatus) -> None:
    late = duty(status, overdue_since=DAY)
    assert steps.overdue(late, RULE, DAY + timedelta(days=99), WORDING) is None


def test_explanation_gives_the_figures() -> None:
    found = steps.overdue(duty(), RULE, DAY + timedelta(days=1), WORDING)
    assert found is not None
    assert found.explanation_zh == "事项应于 2026-09-15 前办结，已逾期 1 天"
    assert found.explanation_en == "matter was due on 2026-09-15 and is 1 day late"
    assert steps.overdue(duty(), None, DAY + timedelta(days=1), WORDING) is None
    grave = steps.overdue(duty(), RULE, DAY + timedelta(days=1), WORDING, grave=True)
    assert grave is not None
    assert grave.level == 2


@pytest.mark.parametrize(
    ("facts", "today", "reason"),
    [
        ({"status": DutyStatus.RESOLVED}, DAY, "resolved"),
        ({"status": DutyStatus.CLOSED}, DAY, "resolved"),
        ({}, DAY, "extended"),
        ({}, DAY + timedelta(days=1), "rule_changed"),
    ],
)
def test_reason_of_clearing(facts: dict[str, Any], today: date, reason: str) -> None:
    assert steps.cleared_because(duty(**facts), today) == reason


def terms(*rules: DutyRule) -> Terms:
    return Terms(rules, WorkCalendar())


TERM = DutyRule(kind=DutyKind.ACTION_TERM, threshold_days=10)


@pytest.mark.parametrize(
    ("given_", "due_on"),
    [
        (Deadline(date(2026, 9, 15)), date(2026, 9, 15)),
        (Deadline(date(2027, 5, 1)), date(2027, 5, 1)),
        (Deadline(working_days=3), date(2026, 9, 18)),
        # The 20th is a Sunday that is worked, the 25th a holiday.
        (Deadline(working_days=4), date(2026, 9, 20)),
        (Deadline(), date(2026, 9, 29)),
    ],
)
def test_deadline_is_a_day_or_working_days_or_the_rules(given_: Deadline, due_on: date) -> None:
    assert terms(TERM).due_on(DutyKind.ACTION_TERM, "421224101", DAY, given_) == due_on


@pytest.mark.parametrize(
    ("given_", "error"),
    [
        (Deadline(date(2026, 9, 14)), DueInPast),
        (Deadline(date(2026, 9, 16), 1), MalformedRequest),
        (Deadline(working_days=200), UnknownCalendarYear),
        (Deadline(), NoTerm),
    ],
)
def test_deadline_is_refused_when_it_cannot_be_kept_or_known(given_: Deadline, error: type[DomainError]) -> None:
    with pytest.raises(error):
        terms().due_on(DutyKind.ACTION_TERM, "421224101", DAY, given_)


def test_rule_of_the_narrowest_region_counts() -> None:
    town = DutyRule(kind=DutyKind.ACTION_TERM, threshold_days=3, region_code="421224101")
    rules = (TERM, town, RULE)
    assert rule_for(rules, DutyKind.ACTION_TERM, "421224101", DAY) is town
    assert rule_for(rules, DutyKind.ACTION_TERM, "421224102", DAY) is TERM
    assert rule_for(rules, DutyKind.INSTRUCTION_TERM, "421224101", DAY) is None


def test_level_two_begins_after_level_one() -> None:
    with pytest.raises(DutyRuleNotOrdered):
        check_levels(DutyRule(kind=DutyKind.ACTION_OVERDUE, threshold_days=5, level2_days=5))


def test_new_duty_keeps_its_first_deadline() -> None:
    made = steps.assigned(DAY, UUID(int=1), None)
    extended = steps.extend(made, DAY + timedelta(days=5), DAY)
    assert (extended.original_due_on, extended.due_on) == (DAY, DAY + timedelta(days=5))
