"""Rules as data: from how many days on a project is overdue or stalled, by kind of condition, region and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.registry.domain import validity
from services.projects.registry.domain.validity import narrowest
from services.projects.registry.errors import RuleNotOrdered


class ConditionKind(StrEnum):
    """逾期未开工 start overdue, 逾期未达产 capacity (or completion) overdue, 停滞 stalled."""

    START_OVERDUE = "start_overdue"
    CAPACITY_OVERDUE = "capacity_overdue"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class Rule:
    """From ``threshold_days`` on the condition holds, from ``level2_days`` on it is grave.

    ``region_code`` None is for everywhere; the rule of the narrowest region counts. Valid from ``valid_from``
    until the day before ``valid_to``.
    """

    kind: ConditionKind
    threshold_days: int
    level2_days: int | None = None
    region_code: str | None = None
    valid_from: date = date(2000, 1, 1)
    valid_to: date | None = None

    def level_at(self, days: int) -> int:
        """0 while the condition does not hold, then 1, then 2."""
        if days < self.threshold_days:
            return 0
        return 2 if self.level2_days is not None and days >= self.level2_days else 1

    def holds_on(self, day: date) -> bool:
        return validity.holds_on(self, day)


def rule_for(rules: Iterable[Rule], kind: ConditionKind, region_code: str, day: date) -> Rule | None:
    """The rule that counts for a project of the region on the day."""
    return narrowest((rule for rule in rules if rule.kind is kind), region_code, day)


def succession(known: Iterable[Rule], new: Rule) -> tuple[Rule, ...]:
    """The rules of one kind and region once ``new`` is among them. Raises RuleNotOrdered, RuleOverlap."""
    demand_levels(new)
    return validity.succession(known, new)


def demand_levels(rule: Rule) -> None:
    """Raises RuleNotOrdered."""
    if rule.level2_days is not None and rule.level2_days <= rule.threshold_days:
        raise RuleNotOrdered(errors=[FieldError("rule.level2_not_later", "/level2_days")])
