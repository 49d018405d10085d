"""Rules as data: when a project is overdue, stalled, behind plan or short of funds, by kind, region and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.oversight.errors import RuleNotOrdered, RuleOverlap
from services.projects.registry.domain import validity
from services.projects.registry.domain.graded import Graded
from services.projects.registry.domain.validity import in_force


class ConditionKind(StrEnum):
    """What a project can be in (S26).

    逾期未开工 start, 逾期未竣工 completion, 逾期未投产 production, 逾期未开放 opening overdue; 逾期未达产 capacity
    overdue (completion, where nothing is produced); 停滞 stalled; 进度落后 behind plan; 资金不到位 funds short.
    """

    START_OVERDUE = "start_overdue"
    COMPLETION_OVERDUE = "completion_overdue"
    PRODUCTION_OVERDUE = "production_overdue"
    OPENING_OVERDUE = "opening_overdue"
    CAPACITY_OVERDUE = "capacity_overdue"
    STALLED = "stalled"
    BEHIND_PLAN = "behind_plan"
    FUNDS_SHORT = "funds_short"


# Kinds whose rules name a percentage beside the days.
IN_PERCENT = frozenset({ConditionKind.BEHIND_PLAN, ConditionKind.FUNDS_SHORT})
# Kinds that are the graver the larger the gap, rather than the longer it lasts.
BY_GAP = frozenset({ConditionKind.BEHIND_PLAN})


@dataclass(frozen=True, slots=True)
class Rule(Graded):
    """When a condition of the kind holds, beside its days.

    ``behind_plan``: actual progress lies ``threshold_percent`` points or more below the plan, and passed the
    plan's day for it ``threshold_days`` ago; grave from ``level2_percent`` points on. ``funds_short``: what the
    contract says is due has not arrived; where it says nothing, ``threshold_percent`` of its amount (None:
    nothing) within ``threshold_days`` of signing.
    """

    kind: ConditionKind
    threshold_percent: int | None = None
    level2_percent: int | None = None


def rule_for(rules: Iterable[Rule], kind: ConditionKind, region_code: str, day: date) -> Rule | None:
    """The rule that counts for a project of the region on the day."""
    return in_force((rule for rule in rules if rule.kind is kind), region_code, day)


def _demand_levels_in_order(rule: Rule) -> None:
    """Raises RuleNotOrdered: level 2 begins after level 1, and percentages stand where the kind has them."""
    errors = rule.faults()
    if rule.threshold_percent is None and rule.kind in BY_GAP:
        errors.append(FieldError("rule.percent_required", "/threshold_percent"))
    if rule.threshold_percent is not None and rule.kind not in IN_PERCENT:
        errors.append(FieldError("rule.percent_not_of_kind", "/threshold_percent"))
    if rule.level2_percent is not None and rule.kind not in BY_GAP:
        errors.append(FieldError("rule.percent_not_of_kind", "/level2_percent"))
    elif rule.level2_percent is not None and rule.level2_percent <= (rule.threshold_percent or 0):
        errors.append(FieldError("rule.level2_not_larger", "/level2_percent"))
    if errors:
        raise RuleNotOrdered(errors=errors)


def succession(known: Iterable[Rule], new: Rule) -> tuple[Rule, ...]:
    """The rules of one kind and region once ``new`` is among them; see the registry's succession.

    Raises RuleNotOrdered, RuleOverlap.
    """
    _demand_levels_in_order(new)
    return validity.succession(known, new, not_ordered=RuleNotOrdered, overlap=RuleOverlap)
