"""Which conditions a project is in on a day, and what that does to those already open."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.contracts.projects import Stage
from services.projects.conditions.domain.condition import Finding
from services.projects.oversight.domain.rules import ConditionKind, Rule, rule_for

# Stages in which a project is under way to the date it was given for its full output or completion.
UNDER_WAY = frozenset({Stage.STARTED, Stage.COMPLETED, Stage.IN_PRODUCTION})
WATCHED = frozenset({Stage.SIGNED, *UNDER_WAY})


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What the rules look at. Days in local time.

    ``due_on`` is the current planned date of full output (of completion, where nothing is produced) and
    ``due_reached`` whether that was achieved. ``last_investment_month`` is the first day of a month.
    """

    project_id: UUID
    region_code: str
    stage: Stage
    planned_start_on: date | None = None
    started_on: date | None = None
    resumed_on: date | None = None
    due_on: date | None = None
    due_reached: bool = False
    last_advance_on: date | None = None
    last_investment_month: date | None = None


def evaluate(facts: ProjectFacts, rules: Iterable[Rule], today: date) -> tuple[Finding, ...]:
    """All conditions of the project on ``today``, at most one of each kind."""
    known = tuple(rules)
    findings = (_finding(kind, facts, known, today) for kind in ConditionKind)
    return tuple(finding for finding in findings if finding is not None)


def _finding(kind: ConditionKind, facts: ProjectFacts, rules: tuple[Rule, ...], today: date) -> Finding | None:
    reference_on = reference_of(kind, facts, today)
    rule = rule_for(rules, kind, facts.region_code, today)
    if reference_on is None or rule is None:
        return None
    days = (today - reference_on).days
    level = rule.level_at(days)
    return Finding(kind.value, reference_on, days, rule.threshold_days, level) if level else None


def reference_of(kind: ConditionKind, facts: ProjectFacts, today: date) -> date | None:
    """The day from which the condition's days are counted; None when it cannot hold at this stage."""
    match kind:
        case ConditionKind.START_OVERDUE:
            return facts.planned_start_on if facts.stage is Stage.SIGNED else None
        case ConditionKind.CAPACITY_OVERDUE:
            return facts.due_on if facts.stage in UNDER_WAY and not facts.due_reached else None
        case ConditionKind.STALLED:
            return _last_sign_of_life(facts, today) if facts.stage is Stage.STARTED else None


def _last_sign_of_life(facts: ProjectFacts, today: date) -> date | None:
    # Investment is known by the month: it counts to the month's last day, but never beyond today.
    month = facts.last_investment_month
    invested_until = min(_last_day(month), today) if month is not None else None
    signs = (facts.started_on, facts.resumed_on, facts.last_advance_on, invested_until)
    return max((day for day in signs if day is not None), default=None)


def _last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def clearing_reason(kind: ConditionKind, facts: ProjectFacts, reference_on: date, today: date) -> str:
    """Why a condition counted from ``reference_on`` does not hold any more, as a stable word.

    terminated, suspended, reversed; reached (the stage was entered), replanned, progressed, rule_changed.
    """
    if facts.stage is Stage.TERMINATED:
        return "terminated"
    if facts.stage is Stage.SUSPENDED:
        return "suspended"
    now_from = reference_of(kind, facts, today)
    if now_from is None:
        behind = {
            ConditionKind.START_OVERDUE: {Stage.PLANNED},
            ConditionKind.CAPACITY_OVERDUE: {Stage.PLANNED, Stage.SIGNED},
            ConditionKind.STALLED: {Stage.PLANNED, Stage.SIGNED},
        }[kind]
        return "reversed" if facts.stage in behind else "reached"
    if now_from != reference_on:
        return "progressed" if kind is ConditionKind.STALLED else "replanned"
    return "rule_changed"
