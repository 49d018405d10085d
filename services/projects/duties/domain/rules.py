"""Rules as data: how many days a duty may take, and from how many days on what is late is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.duties.errors import DutyRuleNotOrdered
from services.projects.registry.domain.validity import Dated, in_force


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


@dataclass(frozen=True, kw_only=True)
class DutyRule(Dated):
    """See DutyKind; the rule of the narrowest region counts."""

    kind: DutyKind
    threshold_days: int
    level2_days: int | None = None

    def level_at(self, days: int) -> int:
        """0 while the condition does not hold, then 1, then 2."""
        if days < self.threshold_days:
            return 0
        return 2 if self.level2_days is not None and days >= self.level2_days else 1


def rule_for(rules: Iterable[DutyRule], kind: DutyKind, region_code: str, day: date) -> DutyRule | None:
    """The rule of a kind that counts in the region on the day."""
    return in_force((rule for rule in rules if rule.kind is kind), region_code, day)


def check_levels(rule: DutyRule) -> None:
    """Raises DutyRuleNotOrdered."""
    if rule.level2_days is not None and rule.level2_days <= rule.threshold_days:
        raise DutyRuleNotOrdered(errors=[FieldError("rule.level2_not_later", "/level2_days")])
