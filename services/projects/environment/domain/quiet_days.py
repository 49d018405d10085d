"""On which days an enterprise is left in peace: 企业安静生产日 (quiet days) and 封闭管理 (closed-managed parks).

Rules are data. Of the quiet-day rules that concern an enterprise, one for named enterprises comes before one for
its park, and that before one for its region (the narrowest counts). Rules of one rank add up: a day that one of
them names is quiet. A closed-managed park is closed on all days but those its rule excepts; a park that its own
entry says is closed needs no rule, and where there is one, the rule counts.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.environment.errors import PeriodTooLong, VisitRuleIncomplete
from services.projects.registry.domain.validity import Dated

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


class ExemptionGround(StrEnum):
    """Why a visit may fall on a quiet day (S30): 安全 safety, 环保 environment, 应急 emergency."""

    SAFETY = "safety"
    ENVIRONMENT = "environment"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class VisitRule(Dated):
    """``days_of_month`` 1 to 31, ``weekdays`` 1 (Monday) to 7; ``also_on`` and ``except_on`` name single days.

    A rule without park and enterprises concerns all enterprises of its region.
    """

    code: str
    name: str
    kind: VisitRuleKind
    basis: str = ""
    park_code: str | None = None
    enterprise_ids: frozenset[UUID] = frozenset()
    days_of_month: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    also_on: frozenset[date] = frozenset()
    except_on: frozenset[date] = frozenset()

    @property
    def names_days(self) -> bool:
        return bool(self.days_of_month or self.weekdays or self.also_on)


@dataclass(frozen=True, slots=True)
class ParkStay:
    """A park that an enterprise is in from ``from_on`` to ``to_on``, both included; None has no end.

    ``closed_since`` is the park's first day of closed management, None while it is open.
    """

    park_code: str
    park_name: str = ""
    closed_since: date | None = None
    from_on: date | None = None
    to_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (self.to_on is None or day <= self.to_on)

    def is_closed_on(self, day: date) -> bool:
        return self.closed_since is not None and self.closed_since <= day

    def closing(self) -> VisitRule:
        """What the park's entry says, as the rule that it stands for: its code and name are the park's."""
        return VisitRule(self.park_code, self.park_name, VisitRuleKind.CLOSED_PARK, park_code=self.park_code)


@dataclass(frozen=True, slots=True)
class Place:
    """An enterprise and where it is: its region, and the parks it is, was or will be in."""

    enterprise_id: UUID
    region_code: str
    stays: tuple[ParkStay, ...] = ()

    def parks_on(self, day: date) -> dict[str, ParkStay]:
        return {stay.park_code: stay for stay in self.stays if stay.holds_on(day)}


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
    parks = place.parks_on(on)
    concerned = [rule for rule in rules if _concerns(rule, place, parks, on)]
    closing = [rule for rule in concerned if rule.kind is VisitRuleKind.CLOSED_PARK]
    ruled = {rule.park_code for rule in closing}
    closing += [park.closing() for code, park in parks.items() if code not in ruled and park.is_closed_on(on)]
    for rule in closing:
        if on not in rule.except_on:
            return VisitDay(on, False, DayReason.CLOSED_PARK, rule)
    quiet = [rule for rule in concerned if rule.kind is VisitRuleKind.QUIET_DAYS]
    rank = max((_rank(rule) for rule in quiet), default=None)
    judged = [(rule, *_names(rule, on)) for rule in quiet if _rank(rule) == rank]
    for rule, named, reason in judged:
        if named:
            return VisitDay(on, False, reason, rule)
    for rule, _, reason in judged:
        return VisitDay(on, True, reason, rule)
    for rule in closing:
        return VisitDay(on, True, DayReason.EXCEPTED, rule)
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


def _concerns(rule: VisitRule, place: Place, park_codes: Container[str], on: date) -> bool:
    if not rule.holds_on(on) or not rule.holds_in(place.region_code):
        return False
    if rule.enterprise_ids:
        return place.enterprise_id in rule.enterprise_ids
    return rule.park_code is None or rule.park_code in park_codes


def _rank(rule: VisitRule) -> tuple[int, int]:
    if rule.enterprise_ids:
        return (2, 0)
    return (1, 0) if rule.park_code is not None else (0, rule.narrowness)


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
