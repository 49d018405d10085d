"""Which leads are let lie: an agreed next step whose day has passed, or nothing at all for long.

Days are those of the calendar: an investor counts them so. From how many on is data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.projects.conditions.domain.condition import Finding
from services.projects.promotion.domain.leads import OPEN, LeadStage
from services.projects.promotion.errors import LeadRuleNotOrdered
from services.projects.registry.domain.graded import Graded
from services.projects.registry.domain.validity import in_force


class LeadConditionKind(StrEnum):
    """跟进逾期 follow-up overdue, 线索搁置 neglected."""

    FOLLOW_UP_OVERDUE = "lead_follow_up_overdue"
    NEGLECTED = "lead_neglected"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRule(Graded):
    """Days count from the missed day, or from the last day anything happened."""

    kind: LeadConditionKind


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """``next_on`` is the day agreed in the latest follow-up, ``last_on`` the last day anything happened."""

    lead_id: UUID
    region_code: str
    stage: LeadStage
    last_on: date
    next_step: str = ""
    next_on: date | None = None


def demand_levels(rule: LeadRule) -> None:
    """Raises LeadRuleNotOrdered."""
    if faults := rule.faults():
        raise LeadRuleNotOrdered(errors=faults)


def evaluate(facts: LeadFacts, rules: Iterable[LeadRule], today: date) -> tuple[Finding, ...]:
    """What is wrong with an open lead: an agreed day has passed, or without one nothing happens."""
    if facts.stage not in OPEN:
        return ()
    kind = LeadConditionKind.NEGLECTED if facts.next_on is None else LeadConditionKind.FOLLOW_UP_OVERDUE
    rule = in_force((one for one in rules if one.kind is kind), facts.region_code, today)
    reference_on = facts.next_on or facts.last_on
    days = (today - reference_on).days
    level = rule.level_at(days) if rule is not None else 0
    if rule is None or not level:
        return ()
    if facts.next_on is not None:
        zh = f"约定 {facts.next_on} “{facts.next_step}”，已逾期 {days} 天未跟进"
        en = f"“{facts.next_step}” was agreed for {facts.next_on}; {days} days have passed without a follow-up"
    else:
        zh = f"自 {facts.last_on} 起 {days} 天无跟进，也未约定下一步"
        en = f"no follow-up for {days} days since {facts.last_on}, and no next step agreed"
    finding = Finding(
        kind.value, reference_on, days, rule.threshold_days, level, explanation_zh=zh, explanation_en=en
    )
    return (finding,)


def clearing_reason(facts: LeadFacts, reference_on: date) -> str:
    """Why a condition counted from ``reference_on`` does not hold any more, as a stable word."""
    if facts.stage in (LeadStage.CONVERTED, LeadStage.LOST):
        return facts.stage.value
    return "rule_changed" if (facts.next_on or facts.last_on) == reference_on else "followed_up"
