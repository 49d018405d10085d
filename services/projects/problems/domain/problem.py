"""A problem of a project and its level: 乡镇 town, 县 county, 领导小组 leading group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.projects.conditions.domain.condition import Finding
from services.projects.duties.domain.duty import Duty, Wording, overdue, put_off_after_escalation
from services.projects.duties.domain.rules import DutyKind, DutyRule
from services.projects.problems.errors import HighestLevel


class ProblemCategory(StrEnum):
    """资金 funds, 用地 land, 用电 power, 审批 approval, 用工 labour, 周边环境 environment, 其他 other."""

    FUNDS = "funds"
    LAND = "land"
    POWER = "power"
    APPROVAL = "approval"
    LABOUR = "labour"
    ENVIRONMENT = "environment"
    OTHER = "other"


LOWEST, HIGHEST = 1, 3
_TERMS = {
    1: DutyKind.PROBLEM_TERM_TOWN,
    2: DutyKind.PROBLEM_TERM_COUNTY,
    3: DutyKind.PROBLEM_TERM_LEADING_GROUP,
}
_LEVELS_ZH = {1: "乡镇", 2: "县级", 3: "领导小组"}
_LEVELS_EN = {1: "town", 2: "county", 3: "leading group"}


@dataclass(frozen=True, slots=True)
class Problem:
    """State of one problem; ``number`` counts the problems of its project."""

    id: UUID
    project_id: UUID
    number: int
    title: str
    description: str
    category: ProblemCategory
    level: int
    raised_on: date
    duty: Duty


def term_of(level: int) -> DutyKind:
    """The rule that says how many working days a problem has at a level."""
    return _TERMS[level]


def check_escalation(problem: Problem) -> int:
    """The level above. Raises HighestLevel."""
    if problem.level >= HIGHEST:
        raise HighestLevel(level=problem.level)
    return problem.level + 1


def escalate(problem: Problem, due_on: date, today: date) -> Problem:
    """One level up with a deadline of its own; a deadline that was missed stays missed.

    Raises HighestLevel, DutyStepRefused.
    """
    level = check_escalation(problem)
    return replace(problem, level=level, duty=put_off_after_escalation(problem.duty, due_on, today))


def is_due_to_go_up(problem: Problem, today: date) -> bool:
    """Whether its present deadline has passed and there is a level above."""
    return problem.duty.is_pending and problem.duty.due_on < today and problem.level < HIGHEST


def overdue_finding(problem: Problem, rule: DutyRule | None, today: date) -> Finding | None:
    """The overdue condition; grave when the leading group's own deadline has passed as well."""
    grave = problem.level == HIGHEST and problem.duty.due_on < today
    title = f"问题“{problem.title}”（{_LEVELS_ZH[problem.level]}层面）"
    wording = Wording(title, f"problem “{problem.title}” ({_LEVELS_EN[problem.level]} level)")
    return overdue(problem.duty, rule, today, wording, grave=grave)
