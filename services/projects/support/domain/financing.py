"""Financing needs (S16): what an enterprise or project needs, which banks grant, and the gap that is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.conditions.domain.condition import Finding
from services.projects.duties.domain.rules import DutyKind, DutyRule, rule_for
from services.projects.support.errors import GuaranteeTooMuch, OutcomeDay, OutcomeIncomplete


class NeedStatus(StrEnum):
    """对接中 open, 已落实 met, 已终止 dropped."""

    OPEN = "open"
    MET = "met"
    DROPPED = "dropped"


class BankAnswer(StrEnum):
    """洽谈中 pending, 已授信 granted, 未获批 refused, 企业放弃 withdrawn."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one bank said; ``guaranteed_yuan`` of the grant stands behind ``guarantor``."""

    bank: str
    asked_on: date
    answer: BankAnswer
    decided_on: date | None
    granted_yuan: int | None
    annual_rate_percent: object
    guarantor: str | None
    guaranteed_yuan: int | None
    reason: str


def demand_outcome(outcome: Outcome, today: date) -> None:
    """Raises OutcomeIncomplete, OutcomeDay, GuaranteeTooMuch."""
    needed = {
        BankAnswer.GRANTED: ("decided_on", "granted_yuan"),
        BankAnswer.REFUSED: ("decided_on", "reason"),
        BankAnswer.WITHDRAWN: ("decided_on", "reason"),
        BankAnswer.PENDING: (),
    }[outcome.answer]
    lacking = [FieldError("fact.required", f"/{name}") for name in needed if not getattr(outcome, name)]
    if outcome.answer is not BankAnswer.GRANTED and outcome.granted_yuan is not None:
        lacking.append(FieldError("financing.not_granted", "/granted_yuan"))
    if outcome.guaranteed_yuan is not None and outcome.guarantor is None:
        lacking.append(FieldError("fact.required", "/guarantor"))
    if lacking:
        raise OutcomeIncomplete(fields=[fault.pointer.removeprefix("/") for fault in lacking], errors=lacking)
    if outcome.asked_on > today:
        raise OutcomeDay(errors=[FieldError("date.in_future", "/asked_on")])
    if outcome.decided_on is not None and not outcome.asked_on <= outcome.decided_on <= today:
        raise OutcomeDay(errors=[FieldError("financing.decided_day", "/decided_on")])
    if (outcome.guaranteed_yuan or 0) > (outcome.granted_yuan or 0):
        fault = FieldError("financing.guarantee_too_much", "/guaranteed_yuan")
        raise GuaranteeTooMuch(guaranteed_yuan=outcome.guaranteed_yuan, errors=[fault])


def gap_yuan(amount_yuan: int, granted_yuan: int) -> int:
    """What is still lacking; more than was needed is no negative gap."""
    return max(amount_yuan - granted_yuan, 0)


@dataclass(frozen=True, slots=True)
class NeedFacts:
    need_id: UUID
    region_code: str
    status: NeedStatus
    amount_yuan: int
    granted_yuan: int
    needed_by: date


def evaluate(facts: NeedFacts, rules: Iterable[DutyRule], today: date) -> tuple[Finding, ...]:
    """A need whose day has passed while a gap is left."""
    gap = gap_yuan(facts.amount_yuan, facts.granted_yuan)
    if facts.status is not NeedStatus.OPEN or not gap:
        return ()
    rule = rule_for(rules, DutyKind.FINANCING_OVERDUE, facts.region_code, today)
    days = (today - facts.needed_by).days
    level = 0 if rule is None else rule.level_at(days)
    if rule is None or not level:
        return ()
    return (
        Finding(
            DutyKind.FINANCING_OVERDUE.value,
            facts.needed_by,
            days,
            rule.threshold_days,
            level,
            explanation_zh=(
                f"融资需求 {_wan(facts.amount_yuan)} 万元应于 {facts.needed_by} 前落实，"
                f"已授信 {_wan(facts.granted_yuan)} 万元，缺口 {_wan(gap)} 万元，已逾期 {days} 天"
            ),
            explanation_en=(
                f"{facts.amount_yuan:,} yuan were needed by {facts.needed_by}; {facts.granted_yuan:,} are "
                f"granted, {gap:,} are lacking, {days} days late"
            ),
        ),
    )


def _wan(yuan: int) -> str:
    text = f"{yuan / 10_000:.4f}" if yuan % 10_000 else str(yuan // 10_000)
    return text.rstrip("0").rstrip(".") if "." in text else text
