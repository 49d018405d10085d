"""Rules as data: from how many days on a project is overdue or stalled, by kind of condition, region and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from libs.common import regions
from libs.common.web.problems import FieldError
from services.projects.oversight.errors import RuleNotOrdered, RuleOverlap


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
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def holds_in(self, region_code: str) -> bool:
        return self.region_code is None or regions.contains(self.region_code, region_code)


def rule_for(rules: Iterable[Rule], kind: ConditionKind, region_code: str, day: date) -> Rule | None:
    """The rule that counts for a project of the region on the day."""
    fitting = (rule for rule in rules if rule.kind is kind and rule.holds_on(day) and rule.holds_in(region_code))
    return max(fitting, key=_narrowness, default=None)


def _narrowness(rule: Rule) -> int:
    return 0 if rule.region_code is None else len(regions.prefix(rule.region_code))


def succession(known: Iterable[Rule], new: Rule) -> tuple[Rule, ...]:
    """The rules of one kind and region once ``new`` is among them, in order of time.

    A rule with the same first day is replaced, the one valid until then ends, and without a last day the new one
    is valid until the next begins. Raises RuleNotOrdered, RuleOverlap.
    """
    if new.level2_days is not None and new.level2_days <= new.threshold_days:
        raise RuleNotOrdered(errors=[FieldError("rule.level2_not_later", "/level2_days")])
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise RuleNotOrdered(errors=[FieldError("rule.ends_before_it_begins", "/valid_to")])
    others = sorted(
        (rule for rule in known if rule.valid_from != new.valid_from), key=lambda rule: rule.valid_from
    )
    following = next((rule for rule in others if rule.valid_from > new.valid_from), None)
    if following is not None:
        if new.valid_to is not None and new.valid_to > following.valid_from:
            raise RuleOverlap(
                next_from=following.valid_from, errors=[FieldError("rule.overlaps_next", "/valid_to")]
            )
        new = replace(new, valid_to=new.valid_to or following.valid_from)
    earlier = [
        replace(rule, valid_to=new.valid_from) if rule.holds_on(new.valid_from) else rule
        for rule in others
        if rule.valid_from < new.valid_from
    ]
    later = [rule for rule in others if rule.valid_from > new.valid_from]
    return (*earlier, new, *later)
