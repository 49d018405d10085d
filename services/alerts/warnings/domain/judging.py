"""What the rules in force make of an event; the same for what happens and for what is only tried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from libs.common.contracts.alerts import Severity
from libs.common.contracts.base import EventPayload
from services.alerts.warnings.domain import expressions
from services.alerts.warnings.domain.rules import RuleInForce, by_precedence


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rule that decides an event, and the severity it gives."""

    known: RuleInForce
    severity: Severity
    region_code: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A rule that has no answer for an event, and why."""

    rule_code: str
    reason: str


def judge(
    rules: Iterable[RuleInForce], payload: type[EventPayload], facts: Mapping[str, object], region_code: str
) -> tuple[Judgement | None, Sequence[Unanswered]]:
    """The first rule by precedence whose condition holds.

    One that trips over absent values does not keep the others from their work; it is named beside the answer.
    """
    tripped: list[Unanswered] = []
    for known in by_precedence(rules, region_code):
        try:
            if expressions.holds(known.rule.condition, payload, facts):
                severity = known.rule.severity_of(payload, facts)
                return Judgement(known, severity, region_code, facts), tripped
        except (expressions.Unanswerable, expressions.BadExpression) as error:
            tripped.append(Unanswered(known.code, str(error)[:300]))
    return None, tripped
