"""Lists of enterprises (S14) and pilots (S24): who is on them, by what condition, and what they owe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from libs.common.workdays import WorkCalendar
from services.projects.conditions.domain.condition import Finding
from services.projects.duties.domain.rules import DutyKind, DutyRule, rule_for

PERIODS = (1, 2, 3, 4, 6, 12)


class ListKind(StrEnum):
    """扶优扶强 key enterprises, 亿元企业工程, 重点保护企业, 国企改制, 清洁生产试点, 循环经济试点, 其他 other."""

    KEY = "key"
    HUNDRED_MILLION = "hundred_million"
    PROTECTED = "protected"
    STATE_REFORM = "state_reform"
    CLEAN_PRODUCTION = "clean_production"
    CIRCULAR_ECONOMY = "circular_economy"
    OTHER = "other"


PILOTS = frozenset({ListKind.CLEAN_PRODUCTION, ListKind.CIRCULAR_ECONOMY})


@dataclass(frozen=True, slots=True)
class Reporting:
    """A progress entry for every ``months`` of the calendar year, due on ``day`` of the month after them."""

    months: int
    day: int

    def period_of(self, on: date) -> date:
        """The first day of the period that the day lies in."""
        return date(on.year, (on.month - 1) // self.months * self.months + 1, 1)

    def after(self, period_from: date) -> date:
        """The first day of the next period."""
        return add_months(period_from, self.months)

    def due_on(self, period_from: date) -> date:
        """The calendar day on which the period's entry is due; see :func:`rolled`."""
        return self.after(period_from).replace(day=self.day)


def add_months(first_of_month: date, months: int) -> date:
    years, month = divmod(first_of_month.month - 1 + months, 12)
    return date(first_of_month.year + years, month + 1, 1)


def rolled(due_on: date, calendar: WorkCalendar, today: date) -> date:
    """The due day, or the next working day after it. A day ahead is left: its year may not be known yet.

    Raises UnknownCalendarYear.
    """
    return calendar.next_working_day(due_on) if due_on <= today else due_on


def overdue(
    due_on: date | None,
    rules: Iterable[DutyRule],
    region_code: str,
    calendar: WorkCalendar,
    today: date,
    *,
    list_name: str,
    period_from: date | None,
) -> tuple[Finding, ...]:
    """A progress entry whose day has passed. Raises UnknownCalendarYear."""
    if due_on is None or period_from is None or due_on > today:
        return ()
    missed_on = rolled(due_on, calendar, today)
    rule = rule_for(rules, DutyKind.LIST_PROGRESS_OVERDUE, region_code, today)
    days = (today - missed_on).days
    level = 0 if rule is None else rule.level_at(days)
    if rule is None or not level:
        return ()
    last = due_on.replace(day=1) - timedelta(days=1)
    span = f"{period_from:%Y-%m}" if (period_from.year, period_from.month) == (last.year, last.month) else None
    span = span or f"{period_from:%Y-%m} – {last:%Y-%m}"
    return (
        Finding(
            DutyKind.LIST_PROGRESS_OVERDUE.value,
            missed_on,
            days,
            rule.threshold_days,
            level,
            explanation_zh=f"“{list_name}”{span} 进展应于 {missed_on} 前报送，已逾期 {days} 天",
            explanation_en=f"progress of {span} on list “{list_name}” was due on {missed_on}, {days} days ago",
        ),
    )
