"""Numbers of the business environment as data: working days, counts and limits by kind, region and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.web.problems import FieldError
from libs.common.workdays import WorkCalendar
from services.projects.environment.errors import EnvironmentRuleMissing
from services.projects.registry.domain.graded import level_of
from services.projects.registry.domain.validity import Dated, in_force
from services.projects.registry.errors import ValidityNotOrdered


class RuleKind(StrEnum):
    """What a number is for; WD is working days.

    ``inspection_notice``: WD between filing and the first planned day. ``inspection_inspectors``: fewest
    inspectors a unit (行政处罚法: two). ``inspection_days``: most days of one inspection. ``appeal_dispatch``,
    ``appeal_answer``: WD to dispatch and to answer, by category. ``appeal_rating``: WD in which the complainant
    may rate before the appeal is closed without. ``appeal_returns``: how often an unsatisfactory answer goes back.
    ``anonymous_hourly``: anonymous appeals taken from one address in an hour. ``agency_item``: WD overdue from
    which the condition opens. The second level is always WD overdue.
    """

    INSPECTION_NOTICE = "inspection_notice"
    INSPECTION_INSPECTORS = "inspection_inspectors"
    INSPECTION_DAYS = "inspection_days"
    APPEAL_DISPATCH = "appeal_dispatch"
    APPEAL_ANSWER = "appeal_answer"
    APPEAL_RATING = "appeal_rating"
    APPEAL_RETURNS = "appeal_returns"
    ANONYMOUS_HOURLY = "anonymous_hourly"
    AGENCY_ITEM = "agency_item"


WITH_LEVEL2 = frozenset({RuleKind.APPEAL_DISPATCH, RuleKind.APPEAL_ANSWER, RuleKind.AGENCY_ITEM})
# Kinds whose zero would mean nothing.
AT_LEAST_ONE = frozenset({RuleKind.INSPECTION_INSPECTORS, RuleKind.INSPECTION_DAYS, RuleKind.AGENCY_ITEM})


@dataclass(frozen=True, slots=True)
class EnvironmentRule(Dated):
    """``value`` by kind; overdue by ``level2_value`` working days is grave. ``category`` None is for all."""

    kind: RuleKind
    value: int
    level2_value: int | None = None
    category: str | None = None


def demand_sound(rule: EnvironmentRule) -> None:
    """Raises ValidityNotOrdered naming the field."""
    if rule.value < 1 and rule.kind in AT_LEAST_ONE:
        raise ValidityNotOrdered(errors=[FieldError("environment_rule.at_least_one", "/value")])
    if rule.level2_value is not None and rule.kind not in WITH_LEVEL2:
        raise ValidityNotOrdered(errors=[FieldError("environment_rule.no_level2", "/level2_value")])
    if rule.category is not None and rule.kind is not RuleKind.APPEAL_ANSWER:
        raise ValidityNotOrdered(errors=[FieldError("environment_rule.no_category", "/category")])


def rule_for(
    rules: Iterable[EnvironmentRule], kind: RuleKind, region_code: str, day: date, category: str | None = None
) -> EnvironmentRule:
    """The rule of the narrowest region; within one region that of the category. Raises EnvironmentRuleMissing."""
    fitting = (rule for rule in rules if rule.kind is kind and rule.category in {None, category})
    found = in_force(fitting, region_code, day, then=lambda rule: rule.category is not None)
    if found is None:
        raise EnvironmentRuleMissing(kind=kind, region_code=region_code, on=day)
    return found


@dataclass(frozen=True, slots=True)
class Overdue:
    """``days`` calendar days and ``working_days`` working days after ``due_on``; level 1, or 2 when grave."""

    due_on: date
    days: int
    working_days: int
    level: int


def overdue(
    due_on: date, today: date, calendar: WorkCalendar, *, opens_at: int = 1, level2_at: int | None = None
) -> Overdue | None:
    """How late what was due is, from ``opens_at`` working days on. The due day itself is in time.

    Raises UnknownCalendarYear.
    """
    if today <= due_on:
        return None
    late = calendar.working_days_between(due_on, today)
    level = level_of(late, opens_at, level2_at)
    return Overdue(due_on, (today - due_on).days, late, level) if level else None
