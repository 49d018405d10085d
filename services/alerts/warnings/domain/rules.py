"""Alert rules (预警规则): which event becomes which alert (S26). Every threshold here is data.

An event makes at most one alert: of the rules in force for its type and region, the one of the narrowest region
decides, then the lowest priority number, then the code.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as filled
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from libs.common import regions
from libs.common.contracts.alerts import Severity
from libs.common.contracts.base import EventPayload
from services.alerts.escalation.domain.ladder import ClockMode
from services.alerts.warnings.domain import expressions, templates
from services.alerts.warnings.domain.fields import field_names

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,62}")
_MONTH_MINUTES, _YEAR_MINUTES = 44_640, 527_040
# Filled from the alert itself.
OWN_LABELS = frozenset({"rule", "severity", "region_code", "object_type", "object_id", "condition_kind", "route"})


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
    # It is over as well when this is false of a later event of the same subject; the gap between the two is the
    # hysteresis.
    holds_while: str | None = Field(default=None, min_length=1)
    # It is over as well when nothing was heard of it for so long.
    clear_after_minutes: float | None = Field(default=None, gt=0, le=_YEAR_MINUTES)
    # What has not lasted so long, counted from when it occurred, opens nothing.
    min_duration_minutes: float = Field(default=0, ge=0, le=_MONTH_MINUTES)
    severity: SeverityRule = SeverityRule()
    object_type: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    object_id: str = Field(min_length=1)
    object_label: str | None = None
    object_name: str | None = None
    condition_kind: str = Field(min_length=1)
    # What makes two conditions one alert, as a template; without one the object and the kind of condition.
    dedup_key: str | None = Field(default=None, min_length=1)
    # Name → template; what is empty is left out. A few names are the service's own.
    labels: dict[str, str] = Field(default_factory=dict, max_length=20)
    route: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_.-]{0,79}$")
    # Who answers for the rule itself.
    owner_person_id: UUID | None = None
    owner_unit_id: UUID | None = None
    # A change of the rule is switched on only after this very rule was tested against stored events.
    requires_test: bool = False
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

    @field_validator("labels")
    @classmethod
    def _are_labels(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if not _LABEL.fullmatch(name):
                raise ValueError(f"{name!r} is no label: letters, digits and underscores")
            if name in OWN_LABELS:
                raise ValueError(f"the label {name} is the service's own")
        return value

    @model_validator(mode="after")
    def _clears_what_it_opens(self) -> Self:
        if self.cleared_type is not None and self.cleared_type == self.opened_type:
            raise ValueError("an event cannot open and clear the same condition")
        return self

    def is_too_old(self, occurred_at: datetime, now: datetime) -> bool:
        age = self.max_event_age_hours
        return age is not None and occurred_at < now - timedelta(hours=age)

    def opens_at(self, occurred_at: datetime) -> datetime:
        """When a condition that occurred then has lasted long enough."""
        return occurred_at + timedelta(minutes=self.min_duration_minutes)

    def clears_at(self, heard_at: datetime) -> datetime | None:
        """When a condition last heard of then is over by silence."""
        minutes = self.clear_after_minutes
        return None if minutes is None else heard_at + timedelta(minutes=minutes)

    def still_holds(self, payload: type[EventPayload], facts: Mapping[str, object]) -> bool:
        """Whether a later event says that the condition lasts. Raises expressions.Unanswerable."""
        return self.holds_while is None or expressions.holds(self.holds_while, payload, facts)

    def digest(self) -> str:
        """What the rule says, whether or not it is switched on: a test counts for exactly this."""
        said = self.model_dump_json(exclude={"enabled", "requires_test"})
        return hashlib.sha256(said.encode()).hexdigest()

    def severity_of(self, payload: type[EventPayload], facts: Mapping[str, object]) -> Severity:
        """A case that has no answer, because a value is absent, does not hold."""
        for case in self.severity.cases:
            try:
                if expressions.holds(case.when, payload, facts):
                    return case.severity
            except expressions.Unanswerable:
                continue
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
    """Something in a rule that cannot work: the field, a code (``rule.fault.<code>``), the place in the field."""

    field: str
    code: str
    position: int | None = None
    params: Mapping[str, object] = filled(default_factory=dict)


_TEMPLATES = (
    "title_zh",
    "title_en",
    "text_zh",
    "text_en",
    "object_id",
    "object_label",
    "object_name",
    "condition_kind",
    "dedup_key",
)


def faults(rule: Rule, payloads: Mapping[str, tuple[type[EventPayload], str]]) -> list[Fault]:
    """What is wrong with a rule; `payloads` maps each opening type to its payload and its clearing type."""
    known = payloads.get(rule.opened_type)
    if known is None:
        return [Fault("opened_type", "unknown_event", params={"known": ", ".join(sorted(payloads))})]
    payload, cleared_type = known
    found = []
    if rule.cleared_type not in (None, cleared_type):
        found.append(Fault("cleared_type", "other_clearing", params={"cleared_type": cleared_type}))
    for place, text in _conditions(rule):
        try:
            expressions.compiled(text, payload)
        except expressions.BadExpression as error:
            found.append(Fault(place, error.code, error.position, error.params))
    names = field_names(payload)
    for place, template in _templates(rule):
        try:
            templates.check(template, names)
        except templates.BadTemplate as error:
            found.append(Fault(place, error.code, error.position, error.params))
    return found


def _conditions(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "condition", rule.condition
    if rule.holds_while is not None:
        yield "holds_while", rule.holds_while
    for place, case in enumerate(rule.severity.cases):
        yield f"severity/cases/{place}/when", case.when


def _templates(rule: Rule) -> Iterator[tuple[str, str]]:
    for name in _TEMPLATES:
        template = getattr(rule, name)
        if template is not None:
            yield name, template
    for name, template in rule.labels.items():
        yield f"labels/{name}", template


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
