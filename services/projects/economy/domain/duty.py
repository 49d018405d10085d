"""When a report is due, and what is said of one that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from libs.common.workdays import WorkCalendar
from services.projects.conditions.domain.condition import Finding
from services.projects.economy.domain import months
from services.projects.economy.domain.reports import PENDING, EconomyStatus, Edition
from services.projects.economy.domain.rules import DUE, EconomyRuleKind, Rules

DUE_SOON, LATE = "economy_report_due_soon", "economy_report_late"
_EDITIONS = {Edition.FLASH: ("快报", "flash report"), Edition.FINAL: ("月报", "monthly report")}


@dataclass(frozen=True, slots=True)
class Owed:
    """A report as a duty; ``submitted_on`` None until it was handed in for the first time."""

    month: date
    edition: Edition
    region_code: str
    status: EconomyStatus
    due_on: date
    submitted_on: date | None


def due_day(rules: Rules, calendar: WorkCalendar, edition: Edition, month: date, region_code: str) -> date | None:
    """The last day in time: of the next month, or the first working day after it; None where it is not owed.

    Raises UnknownCalendarYear.
    """
    following = months.plus(month, 1)
    rule = rules.find(DUE[edition], region_code, following)
    return None if rule is None else calendar.next_working_day(following.replace(day=int(rule.value)))


def findings(owed: Owed, rules: Rules, calendar: WorkCalendar, today: date) -> list[Finding]:
    """Due soon, or late; nothing once it was handed in, returned reports included: they were in time.

    Raises UnknownCalendarYear.
    """
    if owed.status not in PENDING or owed.submitted_on is not None:
        return []
    following = months.plus(owed.month, 1)
    zh, en = _EDITIONS[owed.edition]
    name_zh, name_en = f"{owed.month:%Y年%-m月}{zh}", f"{en} of {owed.month:%Y-%m}"
    if today > owed.due_on:
        rule = rules.find(DUE[owed.edition], owed.region_code, following)
        late = calendar.working_days_between(owed.due_on, today)
        grave = rule is not None and rule.level2_value is not None and late >= rule.level2_value
        days = (today - owed.due_on).days
        return [
            Finding(
                LATE,
                reference_on=owed.due_on,
                days=days,
                threshold_days=1,
                level=2 if grave else 1,
                explanation_zh=f"{name_zh}应于 {owed.due_on} 前报送，已迟报 {days} 天（{late} 个工作日）",
                explanation_en=f"the {name_en} was due by {owed.due_on}: {days} days ({late} working days) late",
            )
        ]
    rule = rules.find(EconomyRuleKind.DUE_SOON, owed.region_code, following)
    if rule is None:
        return []
    ahead = int(rule.value)
    if today < calendar.add_working_days(owed.due_on, -ahead):
        return []
    return [
        Finding(
            DUE_SOON,
            reference_on=owed.due_on,
            days=(today - owed.due_on).days,
            threshold_days=ahead,
            level=1,
            explanation_zh=f"{name_zh}应于 {owed.due_on} 前报送，尚未报送",
            explanation_en=f"the {name_en} is due by {owed.due_on} and has not come in",
        )
    ]
