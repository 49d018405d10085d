"""Alert rules (预警规则): which event becomes which alert (S26). Every threshold here is data.

An event makes at most one alert: of the rules in force for its type and region, the one of the narrowest region
decides, then the lowest priority number, then the code.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from libs.common import regions
from libs.common.contracts.alerts import Severity
from libs.common.contracts.base import EventPayload
from services.alerts.escalation.domain.ladder import ClockMode
from services.alerts.warnings.domain import expressions, templates
from services.alerts.warnings.domain.fields import field_names


class SeverityCase(BaseModel):
    """This severity when the condition holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: str
    severity: Severity


class SeverityRule(BaseModel):
    """How grave: the first case that holds, else by the event's level (the highest named one not above it)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[SeverityCase, ...] = Field(default=(), max_length=20)
    by_level: dict[int, Severity] = Field(default_factory=dict)
    otherwise: Severity = Severity.YELLOW

    def for_level(self, level: float | None) -> Severity:
        reached = [known for known in self.by_level if level is not None and known <= level]
        return self.by_level[max(reached)] if reached else self.otherwise


class Rule(BaseModel):
    """One alert rule as people write it; texts are templates over the opening event's fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name_zh: str = Field(min_length=1, max_length=200)
    name_en: str = Field(min_length=1, max_length=200)
    enabled: bool = True
    priority: int = Field(default=100, ge=0, le=10_000)
    region_code: str | None = None
    opened_type: str
    # None: clearing is noted in the trail, and a person resolves the alert.
    cleared_type: str | None = None
    condition: str = Field(default="true", min_length=1)
    severity: SeverityRule = SeverityRule()
    object_type: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    object_id: str = Field(min_length=1)
    object_label: str | None = None
    object_name: str | None = None
    condition_kind: str = Field(min_length=1)
    title_zh: str = Field(min_length=1)
    title_en: str = Field(min_length=1)
    text_zh: str = Field(min_length=1)
    text_en: str = Field(min_length=1)
    policy_code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    clock: ClockMode | None = None
    # Conditions older than this when they arrive are counted, not alerted: nobody can act on last year.
    max_event_age_hours: float | None = Field(default=None, gt=0)

    @field_validator("region_code")
    @classmethod
    def _is_a_region(cls, value: str | None) -> str | None:
        return value if value is None else regions.validate(value)

    @model_validator(mode="after")
    def _clears_what_it_opens(self) -> Self:
        if self.cleared_type is not None and self.cleared_type == self.opened_type:
            raise ValueError("an event cannot open and clear the same condition")
        return self

    def is_too_old(self, occurred_at: datetime, now: datetime) -> bool:
        age = self.max_event_age_hours
        return age is not None and occurred_at < now - timedelta(hours=age)

    def severity_of(self, payload: type[EventPayload], facts: Mapping[str, object]) -> Severity:
        """Raises expressions.Unanswerable."""
        for case in self.severity.cases:
            if expressions.holds(case.when, payload, facts):
                return case.severity
        level = facts.get("level")
        return self.severity.for_level(level if isinstance(level, (int, float)) else None)


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule with its name and the revision that is in force."""

    code: str
    revision: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a rule that cannot work: the field of the rule, and why."""

    field: str
    reason: str


_TEMPLATES = (
    "title_zh",
    "title_en",
    "text_zh",
    "text_en",
    "object_id",
    "object_label",
    "object_name",
    "condition_kind",
)


def faults(rule: Rule, payloads: Mapping[str, tuple[type[EventPayload], str]]) -> list[Fault]:
    """What is wrong with a rule; `payloads` maps each opening type to its payload and its clearing type."""
    known = payloads.get(rule.opened_type)
    if known is None:
        return [Fault("opened_type", f"no such event; known are {', '.join(sorted(payloads))}")]
    payload, cleared_type = known
    found = []
    if rule.cleared_type not in (None, cleared_type):
        found.append(Fault("cleared_type", f"conditions of this type are cleared by {cleared_type}"))
    conditions = {"condition": rule.condition} | {
        f"severity/cases/{place}/when": case.when for place, case in enumerate(rule.severity.cases)
    }
    for field, text in conditions.items():
        try:
            expressions.compiled(text, payload)
        except expressions.BadExpression as error:
            found.append(Fault(field, error.reason))
    names = field_names(payload)
    for field in _TEMPLATES:
        template = getattr(rule, field)
        if template is None:
            continue
        try:
            templates.check(template, names)
        except templates.BadTemplate as error:
            found.append(Fault(field, error.reason))
    return found


def by_precedence(rules: Iterable[RuleInForce], region_code: str) -> Sequence[RuleInForce]:
    """The enabled rules that apply in the region, the one that decides first."""

    def applies(known: RuleInForce) -> bool:
        scope = known.rule.region_code
        if not known.rule.enabled or scope is None:
            return known.rule.enabled
        try:
            return regions.contains(scope, region_code)
        except regions.InvalidRegionCode:
            return False

    def order(known: RuleInForce) -> tuple[int, int, str]:
        scope = known.rule.region_code
        return (-len(regions.prefix(scope)) if scope else 0, known.rule.priority, known.code)

    return sorted(filter(applies, rules), key=order)
