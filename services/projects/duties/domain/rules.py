"""Rules as data: how many days a duty may take, and from how many days on what is late is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.projects.duties.errors import DutyRuleNotOrdered
from services.projects.registry.domain.graded import Graded
from services.projects.registry.domain.validity import in_force


class DutyKind(StrEnum):
    """What a rule is about.

    ``…_term``: working days (工作日) a duty has when nobody names another deadline; problems by level: 乡镇 town,
    县 county, 领导小组 leading group. ``instruction_due_soon``: working days before the deadline from which it is
    near (临期). ``leadership_gap`` and ``…_overdue``: calendar days after which the condition opens, and
    ``level2_days`` after which it is grave.
    """

    LEADERSHIP_GAP = "leadership_gap"
    PROBLEM_TERM_TOWN = "problem_term_town"
    PROBLEM_TERM_COUNTY = "problem_term_county"
    PROBLEM_TERM_LEADING_GROUP = "problem_term_leading_group"
    PROBLEM_OVERDUE = "problem_overdue"
    ACTION_TERM = "action_term"
    ACTION_OVERDUE = "action_overdue"
    INSTRUCTION_TERM = "instruction_term"
    INSTRUCTION_DUE_SOON = "instruction_due_soon"
    INSTRUCTION_OVERDUE = "instruction_overdue"
    LIST_MEASURE_TERM = "list_measure_term"
    LIST_MEASURE_OVERDUE = "list_measure_overdue"
    LIST_PROGRESS_OVERDUE = "list_progress_overdue"
    FINANCING_OVERDUE = "financing_overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRule(Graded):
    """See DutyKind; the rule of the narrowest region counts."""

    kind: DutyKind


def rule_for(rules: Iterable[DutyRule], kind: DutyKind, region_code: str, day: date) -> DutyRule | None:
    """The rule of a kind that counts in the region on the day."""
    return in_force((rule for rule in rules if rule.kind is kind), region_code, day)


def check_levels(rule: DutyRule) -> None:
    """Raises DutyRuleNotOrdered."""
    if faults := rule.faults():
        raise DutyRuleNotOrdered(errors=faults)
