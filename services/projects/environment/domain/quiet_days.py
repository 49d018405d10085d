"""On which days an enterprise is left in peace: 企业安静生产日 (quiet days) and 封闭管理 (closed-managed parks).

Rules are data. Of the quiet-day rules that concern an enterprise, one for named enterprises comes before one for
its park, and that before one for its region (the narrowest counts). Rules of one rank add up: a day that one of
them names is quiet. A closed-managed park is closed on all days but those its rule excepts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.environment.errors import PeriodTooLong, VisitRuleIncomplete
from services.projects.registry.domain.validity import holds_in, holds_on, narrowness

MAX_PREVIEW_DAYS = 366


class VisitRuleKind(StrEnum):
    """安静生产日 quiet days, 封闭管理 closed-managed park."""

    QUIET_DAYS = "quiet_days"
    CLOSED_PARK = "closed_park"


class DayReason(StrEnum):
    """Why a day is or is not open for visits."""

    NO_RULE = "no_rule"
    NOT_NAMED = "not_named"
    EXCEPTED = "excepted"
    DAY_OF_MONTH = "day_of_month"
    WEEKDAY = "weekday"
    NAMED_DAY = "named_day"
    CLOSED_PARK = "closed_park"


class ExemptGround(StrEnum):
    """For what an inspection may take place on quiet days: 安全 safety, 环保 environment, 应急 emergency."""

    SAFETY = "safety"
    ENVIRONMENT = "environment"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class VisitRule:
    """``days_of_month`` 1 to 31, ``weekdays`` 1 (Monday) to 7; ``also_on`` and ``except_on`` name single days.

    A rule without park and enterprises concerns all enterprises of its region.
    """

    code: str
    name: str
    kind: VisitRuleKind
    basis: str = ""
    region_code: str | None = None
    park_code: str | None = None
    enterprise_ids: frozenset[UUID] = frozenset()
    days_of_month: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    also_on: frozenset[date] = frozenset()
    except_on: frozenset[date] = frozenset()
    valid_from: date = date(2000, 1, 1)
    valid_to: date | None = None

    @property
    def names_days(self) -> bool:
        return bool(self.days_of_month or self.weekdays or self.also_on)


@dataclass(frozen=True, slots=True)
class Place:
    """An enterprise and where it is: its region, and its parks on the day."""

    enterprise_id: UUID
    region_code: str
    park_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VisitDay:
    """One day of an enterprise. ``rule`` is the one that decided, None where none concerns it."""

    on: date
    allowed: bool
    reason: DayReason
    rule: VisitRule | None = None


def demand_complete(rule: VisitRule) -> None:
    """Raises VisitRuleIncomplete naming the field."""
    if rule.kind is VisitRuleKind.QUIET_DAYS:
        if not rule.names_days:
            raise VisitRuleIncomplete(errors=[FieldError("visit_rule.days_required", "/days_of_month")])
        if rule.park_code is not None and rule.enterprise_ids:
            raise VisitRuleIncomplete(errors=[FieldError("visit_rule.park_or_enterprises", "/enterprise_ids")])
        return
    if rule.park_code is None:
        raise VisitRuleIncomplete(errors=[FieldError("visit_rule.park_required", "/park_code")])
    if rule.names_days or rule.enterprise_ids:
        raise VisitRuleIncomplete(errors=[FieldError("visit_rule.closed_is_whole", "/days_of_month")])


def visit_day(rules: Iterable[VisitRule], place: Place, on: date) -> VisitDay:
    """Whether the enterprise may be visited on the day, and by which rule."""
    concerned = [rule for rule in rules if _concerns(rule, place, on)]
    closed = next((rule for rule in concerned if rule.kind is VisitRuleKind.CLOSED_PARK), None)
    if closed is not None and on not in closed.except_on:
        return VisitDay(on, False, DayReason.CLOSED_PARK, closed)
    quiet = [rule for rule in concerned if rule.kind is VisitRuleKind.QUIET_DAYS]
    rank = max((_rank(rule) for rule in quiet), default=None)
    judged = [(rule, *_names(rule, on)) for rule in quiet if _rank(rule) == rank]
    for rule, named, reason in judged:
        if named:
            return VisitDay(on, False, reason, rule)
    for rule, _, reason in judged:
        return VisitDay(on, True, reason, rule)
    if closed is not None:
        return VisitDay(on, True, DayReason.EXCEPTED, closed)
    return VisitDay(on, True, DayReason.NO_RULE)


def visit_days(rules: Iterable[VisitRule], place: Place, first: date, last: date) -> list[VisitDay]:
    """Each day from ``first`` to ``last``. Raises PeriodTooLong."""
    known = tuple(rules)
    return [visit_day(known, place, day) for day in days_between(first, last)]


def days_between(first: date, last: date) -> Iterator[date]:
    """The days of a period, both ends included. Raises PeriodTooLong, also for one that is turned round."""
    if not 0 <= (last - first).days < MAX_PREVIEW_DAYS:
        raise PeriodTooLong(
            first=first,
            last=last,
            max_days=MAX_PREVIEW_DAYS,
            errors=[FieldError("environment.period", parameter="to")],
        )
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _concerns(rule: VisitRule, place: Place, on: date) -> bool:
    if not holds_on(rule, on) or not holds_in(rule, place.region_code):
        return False
    if rule.enterprise_ids:
        return place.enterprise_id in rule.enterprise_ids
    return rule.park_code is None or rule.park_code in place.park_codes


def _rank(rule: VisitRule) -> tuple[int, int]:
    if rule.enterprise_ids:
        return (2, 0)
    return (1, 0) if rule.park_code is not None else (0, narrowness(rule))


def _names(rule: VisitRule, on: date) -> tuple[bool, DayReason]:
    if on in rule.except_on:
        return False, DayReason.EXCEPTED
    if on in rule.also_on:
        return True, DayReason.NAMED_DAY
    if on.day in rule.days_of_month:
        return True, DayReason.DAY_OF_MONTH
    if on.isoweekday() in rule.weekdays:
        return True, DayReason.WEEKDAY
    return False, DayReason.NOT_NAMED
