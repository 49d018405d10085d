"""Rules as data: from how many days on a project is overdue or stalled, by kind of condition, region and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.oversight.errors import RuleNotOrdered, RuleOverlap
from services.projects.registry.domain import validity
from services.projects.registry.domain.validity import Dated, in_force


class ConditionKind(StrEnum):
    """逾期未开工 start overdue, 逾期未达产 capacity (or completion) overdue, 停滞 stalled."""

    START_OVERDUE = "start_overdue"
    CAPACITY_OVERDUE = "capacity_overdue"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class Rule(Dated):
    """From ``threshold_days`` on the condition holds, from ``level2_days`` on it is grave."""

    kind: ConditionKind
    threshold_days: int
    level2_days: int | None = None

    def level_at(self, days: int) -> int:
        """0 while the condition does not hold, then 1, then 2."""
        if days < self.threshold_days:
            return 0
        return 2 if self.level2_days is not None and days >= self.level2_days else 1


def rule_for(rules: Iterable[Rule], kind: ConditionKind, region_code: str, day: date) -> Rule | None:
    """The rule that counts for a project of the region on the day."""
    return in_force((rule for rule in rules if rule.kind is kind), region_code, day)


def succession(known: Iterable[Rule], new: Rule) -> tuple[Rule, ...]:
    """The rules of one kind and region once ``new`` is among them; see the registry's succession.

    Raises RuleNotOrdered, RuleOverlap.
    """
    if new.level2_days is not None and new.level2_days <= new.threshold_days:
        raise RuleNotOrdered(errors=[FieldError("rule.level2_not_later", "/level2_days")])
    return validity.succession(known, new, not_ordered=RuleNotOrdered, overlap=RuleOverlap)
