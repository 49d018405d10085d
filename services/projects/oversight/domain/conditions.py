"""Which conditions a project is in on a day, and why one that was open does not hold any more."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date

from libs.common.contracts.projects import Stage
from services.projects.conditions.domain.condition import Finding
from services.projects.ledger.domain.curve import planned_percent
from services.projects.ledger.domain.stages import Milestone
from services.projects.oversight.domain.explaining import explained
from services.projects.oversight.domain.facts import ProjectFacts
from services.projects.oversight.domain.rules import ConditionKind, Rule, rule_for
from services.projects.oversight.domain.slips import behind_since, points_behind, short_since
from services.projects.registry.domain.graded import level_of

# Stages in which a project is under way to the date it was given for its full output or completion.
UNDER_WAY = frozenset({Stage.STARTED, Stage.COMPLETED, Stage.IN_PRODUCTION})
WATCHED = frozenset({Stage.SIGNED, *UNDER_WAY})

# Overdue milestones on the way: which one, and the stage in which it is the next. One that is further off is not
# told of beside it: its lateness follows.
_NEXT: dict[ConditionKind, tuple[Milestone, Stage]] = {
    ConditionKind.COMPLETION_OVERDUE: (Milestone.COMPLETION, Stage.STARTED),
    ConditionKind.PRODUCTION_OVERDUE: (Milestone.PRODUCTION, Stage.COMPLETED),
    ConditionKind.OPENING_OVERDUE: (Milestone.OPENING, Stage.COMPLETED),
}
# Stages that come before a kind can hold: a project found there was taken back.
_BEFORE: dict[ConditionKind, frozenset[Stage]] = {
    ConditionKind.START_OVERDUE: frozenset({Stage.PLANNED}),
    ConditionKind.COMPLETION_OVERDUE: frozenset({Stage.PLANNED, Stage.SIGNED}),
    ConditionKind.PRODUCTION_OVERDUE: frozenset({Stage.PLANNED, Stage.SIGNED, Stage.STARTED}),
    ConditionKind.OPENING_OVERDUE: frozenset({Stage.PLANNED, Stage.SIGNED, Stage.STARTED}),
    ConditionKind.CAPACITY_OVERDUE: frozenset({Stage.PLANNED, Stage.SIGNED}),
    ConditionKind.STALLED: frozenset({Stage.PLANNED, Stage.SIGNED}),
    ConditionKind.BEHIND_PLAN: frozenset({Stage.PLANNED, Stage.SIGNED}),
    ConditionKind.FUNDS_SHORT: frozenset({Stage.PLANNED}),
}
_MOVED_BY_ENTRIES: dict[ConditionKind, str] = {
    ConditionKind.STALLED: "progressed",
    ConditionKind.BEHIND_PLAN: "progressed",
    ConditionKind.FUNDS_SHORT: "funds_arrived",
}


def evaluate(facts: ProjectFacts, rules: Iterable[Rule], today: date) -> tuple[Finding, ...]:
    """All conditions of the project on ``today``, at most one of each kind."""
    known = tuple(rules)
    findings = (_finding(kind, facts, known, today) for kind in ConditionKind)
    return tuple(finding for finding in findings if finding is not None)


def _finding(kind: ConditionKind, facts: ProjectFacts, rules: tuple[Rule, ...], today: date) -> Finding | None:
    rule = rule_for(rules, kind, facts.region_code, today)
    reference_on = reference_of(kind, facts, rule, today)
    if reference_on is None or rule is None:
        return None
    days = (today - reference_on).days
    level = _level(kind, facts, rule, days, today)
    if not level:
        return None
    planned = None if facts.curve is None else planned_percent(facts.curve, today)
    finding = Finding(
        kind.value,
        reference_on,
        days,
        rule.threshold_days,
        level,
        planned_percent=None if planned is None else float(planned),
        actual_percent=None if facts.percent is None else float(facts.percent),
    )
    return explained(kind, finding, facts, rule)


def _level(kind: ConditionKind, facts: ProjectFacts, rule: Rule, days: int, today: date) -> int:
    if kind is ConditionKind.BEHIND_PLAN:
        points = points_behind(facts, today)
        if days < rule.threshold_days or points is None or points < (rule.threshold_percent or 0):
            return 0
        return 2 if rule.level2_percent is not None and points >= rule.level2_percent else 1
    if kind is ConditionKind.FUNDS_SHORT:
        # Counted from the day the money was due: a day late is short, late by the rest of the rule's days grave.
        grave_after = None if rule.level2_days is None else rule.level2_days - rule.threshold_days
        return level_of(days, 1, grave_after)
    return rule.level_at(days)


def reference_of(kind: ConditionKind, facts: ProjectFacts, rule: Rule | None, today: date) -> date | None:
    """The day from which the condition's days are counted; None when it cannot hold at this stage."""
    match kind:
        case ConditionKind.START_OVERDUE:
            return facts.planned_start_on if facts.stage is Stage.SIGNED else None
        case ConditionKind.COMPLETION_OVERDUE | ConditionKind.PRODUCTION_OVERDUE | ConditionKind.OPENING_OVERDUE:
            milestone, stage = _NEXT[kind]
            return facts.planned.get(milestone) if facts.stage is stage else None
        case ConditionKind.CAPACITY_OVERDUE:
            return facts.due_on if facts.stage in UNDER_WAY and not facts.due_reached else None
        case ConditionKind.STALLED:
            return _last_sign_of_life(facts, today) if facts.stage is Stage.STARTED else None
        case ConditionKind.BEHIND_PLAN:
            return behind_since(facts, today) if facts.stage is Stage.STARTED else None
        case ConditionKind.FUNDS_SHORT:
            return short_since(facts, rule, today) if facts.stage in WATCHED else None


def _last_sign_of_life(facts: ProjectFacts, today: date) -> date | None:
    # Investment is known by the month: it counts to the month's last day, but never beyond today.
    month = facts.last_investment_month
    invested_until = min(_last_day(month), today) if month is not None else None
    signs = (facts.started_on, facts.resumed_on, facts.last_advance_on, invested_until)
    return max((day for day in signs if day is not None), default=None)


def _last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def clearing_reason(
    kind: ConditionKind, facts: ProjectFacts, rules: Iterable[Rule], reference_on: date, today: date
) -> str:
    """Why a condition counted from ``reference_on`` does not hold any more, as a stable word.

    terminated, suspended, reversed; reached (the stage was entered), replanned, progressed, funds_arrived,
    rule_changed.
    """
    if facts.stage is Stage.TERMINATED:
        return "terminated"
    if facts.stage is Stage.SUSPENDED:
        return "suspended"
    if facts.stage in _BEFORE[kind]:
        return "reversed"
    now_from = reference_of(kind, facts, rule_for(rules, kind, facts.region_code, today), today)
    if now_from is None and facts.stage is not Stage.STARTED and kind is not ConditionKind.FUNDS_SHORT:
        return "reached"
    if now_from != reference_on:
        return _MOVED_BY_ENTRIES.get(kind, "reached" if now_from is None else "replanned")
    return "rule_changed"
