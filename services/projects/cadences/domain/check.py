"""A check and its steps: 待报 due → 已报 submitted → 退回 returned → submitted …, or 免报 excused.

One check is one report that is owed: of one project, for one period, by one level of a regime. It keeps the level
as it stood when the check was made, so a regime that changes asks nothing else of the checks that are out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.contracts.projects import Stage
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.projects.cadences.domain.regimes import INTERRUPTED, Level
from services.projects.cadences.errors import CheckOfInterruptedProject, CheckStepRefused
from services.projects.conditions.domain.condition import Finding
from services.projects.registry.domain.periods import Period

MISSED = "check_missed"


class CheckStatus(StrEnum):
    DUE = "due"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    EXCUSED = "excused"


PENDING = frozenset({CheckStatus.DUE, CheckStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class Check:
    """State of one check.

    ``due_on`` is the last day in time, ``original_due_on`` what it was before a return. ``late``: a report
    came after its day. ``submitted_on`` is the latest report's day, ``reason`` why it was returned or
    excused.
    """

    id: UUID
    project_id: UUID
    level: Level
    period: Period
    original_due_on: date
    due_on: date
    status: CheckStatus = CheckStatus.DUE
    owner_person_id: UUID | None = None
    owner_unit_id: UUID | None = None
    submissions: int = 0
    submitted_on: date | None = None
    late: bool = False
    reason: str = ""

    @property
    def is_pending(self) -> bool:
        return self.status in PENDING

    def is_missed(self, today: date) -> bool:
        return self.is_pending and self.due_on < today


def _demand(check: Check, allowed: frozenset[CheckStatus]) -> None:
    if check.status not in allowed:
        raise CheckStepRefused(status=check.status, allowed=sorted(allowed))


def submit(check: Check, stage: Stage, today: date) -> Check:
    """Hand the report in; late if its day has passed, and once late stays late.

    Raises CheckStepRefused, CheckOfInterruptedProject.
    """
    _demand(check, PENDING)
    if stage in INTERRUPTED:
        raise CheckOfInterruptedProject(stage=stage)
    return replace(
        check,
        status=CheckStatus.SUBMITTED,
        submissions=check.submissions + 1,
        submitted_on=today,
        late=check.late or today > check.due_on,
        reason="",
    )


def give_back(check: Check, reason: str, due_on: date) -> Check:
    """Return a report for rework, due again on a day. Raises CheckStepRefused."""
    _demand(check, frozenset({CheckStatus.SUBMITTED}))
    # A report that came early is not due earlier than it would have been.
    return replace(check, status=CheckStatus.RETURNED, reason=reason, due_on=max(due_on, check.due_on))


def excuse(check: Check, reason: str) -> Check:
    """The report is not owed after all. Raises CheckStepRefused."""
    _demand(check, PENDING)
    return replace(check, status=CheckStatus.EXCUSED, reason=reason)


def reassign(check: Check, person_id: UUID | None, unit_id: UUID | None) -> Check:
    """Somebody else owes the report. Raises CheckStepRefused."""
    _demand(check, PENDING)
    return replace(check, owner_person_id=person_id, owner_unit_id=unit_id)


def rescheduled(check: Check, calendar: WorkCalendar) -> Check:
    """The check with the due day that the calendar has for it now; one that was returned keeps its own.

    Raises UnknownCalendarYear.
    """
    if check.status is not CheckStatus.DUE:
        return check
    due_on = check.level.due_on(check.period, calendar)
    return replace(check, original_due_on=due_on, due_on=due_on)


def missed_finding(check: Check, stage: Stage, calendar: WorkCalendar, today: date) -> Finding | None:
    """未按时报送: the report is overdue; None while it is not, and while its project is interrupted."""
    if not check.is_missed(today) or stage in INTERRUPTED:
        return None
    days = (today - check.due_on).days
    is_grave = _is_grave(check, calendar, today)
    zh = f"“{check.level.name}”（{check.period.name_zh}）应于 {check.due_on} 前报送，已逾期 {days} 天"
    en = (
        f"the report “{check.level.name}” for {check.period.name_en} was due on {check.due_on} "
        f"and is {days} day{'' if days == 1 else 's'} late"
    )
    if check.status is CheckStatus.RETURNED:
        zh += f"；此前报送已退回：{check.reason}"
        en += f"; it had been returned: {check.reason}"
    return Finding(
        MISSED,
        check.due_on,
        days,
        threshold_days=1,
        level=2 if is_grave else 1,
        explanation_zh=zh,
        explanation_en=en,
    )


def _is_grave(check: Check, calendar: WorkCalendar, today: date) -> bool:
    if check.level.grave_days is None:
        return False
    try:
        return today > calendar.add_working_days(check.due_on, check.level.grave_days)
    except UnknownCalendarYear:
        # That it is late needs no calendar; how many working days late is not guessed.
        return False


def cleared_because(check: Check, stage: Stage) -> str:
    """Why a missed check is missed no more: submitted, excused, project_interrupted or rescheduled."""
    if not check.is_pending:
        return check.status.value
    return "project_interrupted" if stage in INTERRUPTED else "rescheduled"
