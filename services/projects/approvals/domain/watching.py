"""When a case is due soon or late, with its figures: a function of the case, the calendar and the time."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from libs.common.workdays import SHANGHAI, WorkCalendar
from services.projects.approvals.domain.case import Case, CaseStatus
from services.projects.approvals.domain.clock import Clock, Reckoning, is_past, reckon, used_days
from services.projects.conditions.domain.condition import Finding


class ApprovalCondition(StrEnum):
    """即将到期 due soon, 超时 breached (level 2: 超过法定期限)."""

    DUE_SOON = "approval_due_soon"
    BREACHED = "approval_breached"


KINDS = frozenset(kind.value for kind in ApprovalCondition)


def findings_of(case: Case, calendar: WorkCalendar, now: datetime) -> tuple[Finding, ...]:
    """Conditions of an open case at an instant.

    A pause stops the clock and with it the warning; a promise that was broken before the pause stays broken until
    the case is decided. Raises UnknownCalendarYear.
    """
    clock = case.clock
    if clock is None or case.status is CaseStatus.DECIDED:
        return ()
    reckoning, today = reckon(clock, calendar), now.astimezone(SHANGHAI).date()
    if is_past(reckoning.due_on, now, calendar):
        assert reckoning.due_on is not None
        return (_breached(case, clock, reckoning, calendar, now, today),)
    if case.status is CaseStatus.PAUSED or reckoning.due_on is None or reckoning.due_soon_on is None:
        return ()
    if today < reckoning.due_soon_on:
        return ()
    return (_due_soon(case, clock, reckoning.due_on, calendar, today),)


def _due_soon(case: Case, clock: Clock, due_on: date, calendar: WorkCalendar, today: date) -> Finding:
    left = clock.promised_days - min(used_days(clock, calendar, today), clock.promised_days)
    zh = (
        f"{case.accepted_on} 受理，承诺 {clock.promised_days} 个工作日，应于 {due_on} 办结，"
        f"今日之后还剩 {left} 个工作日"
    )
    en = (
        f"accepted on {case.accepted_on}, {clock.promised_days} working days promised, due on {due_on}: "
        f"{left} working days are left after today"
    )
    return Finding(
        ApprovalCondition.DUE_SOON.value,
        reference_on=due_on,
        days=(today - due_on).days,
        threshold_days=clock.due_soon_days,
        level=1,
        explanation_zh=zh,
        explanation_en=en,
    )


def _breached(
    case: Case, clock: Clock, reckoning: Reckoning, calendar: WorkCalendar, now: datetime, today: date
) -> Finding:
    is_unlawful = is_past(reckoning.statutory_due_on, now, calendar)
    due_on = reckoning.statutory_due_on if is_unlawful else reckoning.due_on
    assert due_on is not None
    used = used_days(clock, calendar, today)
    allowed = clock.statutory_days if is_unlawful else clock.promised_days
    kind_zh, kind_en = ("法定期限", "the law allows") if is_unlawful else ("承诺时限", "promised")
    zh = f"{case.accepted_on} 受理，{kind_zh} {allowed} 个工作日（{due_on} 到期），已用 {used} 个工作日，尚未办结"
    en = (
        f"accepted on {case.accepted_on}, {allowed} working days {kind_en} (until {due_on}), {used} used, "
        "not decided"
    )
    return Finding(
        ApprovalCondition.BREACHED.value,
        reference_on=due_on,
        days=(today - due_on).days,
        threshold_days=allowed,
        level=2 if is_unlawful else 1,
        explanation_zh=zh,
        explanation_en=en,
    )


def clearing_reason(case: Case, kind: str, findings: tuple[Finding, ...]) -> str:
    """Why a condition does not hold any more: the outcome, paused, reversed, breached or rescheduled."""
    if case.outcome is not None:
        return case.outcome.value
    if case.status is CaseStatus.PAUSED:
        return "paused"
    if case.status is CaseStatus.DRAFT:
        return "reversed"
    if kind == ApprovalCondition.DUE_SOON and any(one.kind == ApprovalCondition.BREACHED for one in findings):
        return "breached"
    return "rescheduled"
