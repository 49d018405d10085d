"""When a project is overdue or stalled, and by which rule (S1, S2, S26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from services.projects.oversight.domain.conditions import clearing_reason, evaluate
from services.projects.oversight.domain.facts import ProjectFacts
from services.projects.oversight.domain.rules import ConditionKind, Rule, rule_for, succession
from services.projects.oversight.errors import RuleNotOrdered, RuleOverlap

TODAY = date(2026, 9, 15)
START, CAPACITY, STALLED = ConditionKind.START_OVERDUE, ConditionKind.CAPACITY_OVERDUE, ConditionKind.STALLED
SHIPPED = (
    Rule(START, threshold_days=1, level2_days=90),
    Rule(CAPACITY, threshold_days=1, level2_days=90),
    Rule(STALLED, threshold_days=60),
)


def before(days: int) -> date:
    return TODAY - timedelta(days=days)


def signed(planned_days_ago: int) -> ProjectFacts:
    return ProjectFacts(UUID(int=1), "421224101", Stage.SIGNED, planned_start_on=before(planned_days_ago))


def started(**facts: object) -> ProjectFacts:
    known = ProjectFacts(
        UUID(int=1), "421224101", Stage.STARTED, started_on=before(400), due_on=before(-10), last_advance_on=TODAY
    )
    return replace(known, **facts)  # type: ignore[arg-type]


def told(facts: ProjectFacts, rules: tuple[Rule, ...] = SHIPPED) -> list[tuple[str, int, int]]:
    return [(finding.kind, finding.days, finding.level) for finding in evaluate(facts, rules, TODAY)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (signed(-1), []),
        (signed(0), []),
        (signed(1), [(START, 1, 1)]),
        (signed(89), [(START, 89, 1)]),
        (signed(90), [(START, 90, 2)]),
        (replace(signed(90), stage=Stage.PLANNED), []),
        (replace(signed(90), stage=Stage.SUSPENDED), []),
        (replace(signed(90), stage=Stage.TERMINATED), []),
        (replace(signed(90), planned_start_on=None), []),
        (started(), []),
        (started(due_on=before(1)), [(CAPACITY, 1, 1)]),
        (started(due_on=before(100), stage=Stage.COMPLETED), [(CAPACITY, 100, 2)]),
        (started(due_on=before(100), stage=Stage.IN_PRODUCTION), [(CAPACITY, 100, 2)]),
        (started(due_on=before(100), stage=Stage.COMPLETED, due_reached=True), []),
        (started(due_on=before(100), stage=Stage.AT_CAPACITY, due_reached=True), []),
        (started(last_advance_on=before(59)), []),
        (started(last_advance_on=before(60)), [(STALLED, 60, 1)]),
        (started(last_advance_on=None), [(STALLED, 400, 1)]),
        (started(last_advance_on=None, resumed_on=before(10)), []),
        # The whole month of an investment counts, but never a day to come.
        (started(last_advance_on=None, last_investment_month=date(2026, 7, 1)), []),
        (started(last_advance_on=None, last_investment_month=date(2026, 6, 1)), [(STALLED, 77, 1)]),
        (started(last_advance_on=None, last_investment_month=date(2026, 9, 1)), []),
        (started(last_advance_on=before(60), stage=Stage.COMPLETED), []),
        (started(last_advance_on=before(70), due_on=before(2)), [(CAPACITY, 2, 1), (STALLED, 70, 1)]),
    ],
)
def test_conditions_follow_the_shipped_rules(
    facts: ProjectFacts, expected: list[tuple[ConditionKind, int, int]]
) -> None:
    assert told(facts) == expected


def test_rule_of_the_narrowest_region_counts() -> None:
    rules = (
        Rule(STALLED, threshold_days=60),
        Rule(STALLED, threshold_days=45, region_code="421200"),
        Rule(STALLED, threshold_days=30, region_code="421224"),
    )
    for region, days in (("421224101", 30), ("421221", 45), ("420100", 60)):
        found = rule_for(rules, STALLED, region, TODAY)
        assert found is not None
        assert found.threshold_days == days


def test_rule_counts_only_while_it_is_valid() -> None:
    rule = Rule(START, threshold_days=1, valid_from=date(2026, 9, 1), valid_to=date(2026, 9, 15))
    assert rule_for([rule], START, "421224", date(2026, 8, 31)) is None
    assert rule_for([rule], START, "421224", date(2026, 9, 14)) is rule
    assert rule_for([rule], START, "421224", date(2026, 9, 15)) is None


def test_no_rule_means_no_condition() -> None:
    assert told(signed(500), ()) == []


@given(st.integers(0, 400), st.integers(1, 200), st.integers(1, 200))
def test_level_never_falls_as_days_pass(days: int, threshold: int, more: int) -> None:
    rule = Rule(START, threshold_days=threshold, level2_days=threshold + more)
    assert rule.level_at(days) <= rule.level_at(days + 1)
    assert (rule.level_at(days) > 0) == (days >= threshold)


days_of_2026 = st.integers(0, 300).map(lambda offset: date(2026, 1, 1) + timedelta(days=offset))


@given(st.lists(days_of_2026, min_size=1, max_size=6))
def test_rules_put_one_after_another_never_overlap(starts: list[date]) -> None:
    rules: tuple[Rule, ...] = ()
    for number, start in enumerate(starts, start=1):
        rules = succession(rules, Rule(STALLED, threshold_days=number, valid_from=start))
    assert [rule.valid_from for rule in rules] == sorted(set(starts))
    assert [rule.valid_to for rule in rules[:-1]] == [rule.valid_from for rule in rules[1:]]
    for day in starts:
        assert sum(rule.holds_on(day) for rule in rules) == 1


def test_rule_is_refused_when_it_is_not_ordered() -> None:
    for rule in (
        Rule(START, threshold_days=10, level2_days=10),
        Rule(START, threshold_days=1, valid_from=TODAY, valid_to=TODAY),
    ):
        with pytest.raises(RuleNotOrdered):
            succession((), rule)
    with pytest.raises(RuleOverlap):
        succession(
            (Rule(START, threshold_days=1, valid_from=TODAY),),
            Rule(START, threshold_days=2, valid_from=before(9), valid_to=before(-1)),
        )


@pytest.mark.parametrize(
    ("kind", "facts", "reference_on", "reason"),
    [
        (START, replace(signed(9), stage=Stage.STARTED), before(9), "reached"),
        (START, replace(signed(9), stage=Stage.PLANNED), before(9), "reversed"),
        (START, replace(signed(9), stage=Stage.SUSPENDED), before(9), "suspended"),
        (START, replace(signed(9), stage=Stage.TERMINATED), before(9), "terminated"),
        (START, signed(-30), before(9), "replanned"),
        (START, signed(9), before(9), "rule_changed"),
        (CAPACITY, started(stage=Stage.AT_CAPACITY, due_reached=True), before(9), "reached"),
        (CAPACITY, started(due_on=before(-99)), before(9), "replanned"),
        (CAPACITY, replace(signed(-30), due_on=before(9)), before(9), "reversed"),
        (STALLED, started(), before(70), "progressed"),
        (STALLED, started(stage=Stage.COMPLETED), before(70), "reached"),
        (STALLED, signed(-30), before(70), "reversed"),
    ],
)
def test_reason_of_clearing_is_told(
    kind: ConditionKind, facts: ProjectFacts, reference_on: date, reason: str
) -> None:
    assert clearing_reason(kind, facts, SHIPPED, reference_on, TODAY) == reason
