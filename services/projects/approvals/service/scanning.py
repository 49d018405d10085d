"""The scan: what is due soon or late opens at the hour it becomes so, and due days follow the calendar."""

from collections.abc import Sequence

import structlog

from libs.common.context import Context
from libs.common.contracts.projects import ApprovalRescheduledV1
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.projects.approvals import repository
from services.projects.approvals.domain.case import Case
from services.projects.approvals.domain.clock import Reckoning, reckon
from services.projects.approvals.domain.watching import KINDS, findings_of
from services.projects.approvals.service.cases import Approvals, OpenedCase
from services.projects.approvals.service.telling import facts_told
from services.projects.approvals.service.watching import settle_case
from services.projects.approvals.tables import ApprovalCaseRow
from services.projects.conditions.domain.condition import Outcome, is_news
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import told_of
from services.projects.registry.service.work_calendar import load_calendar

log = structlog.get_logger(__name__)


async def scan_cases(ctx: Context) -> Outcome:
    """Compare all running cases with their clocks; safe to run twice and at once with other scans and writes.

    A case whose days reach into a year that is not announced is passed over and named in the log: it has no due
    day until the year is recorded.
    """
    known = await open_conditions(ctx.session, KINDS)
    rows = await repository.running_cases(ctx.session, known)
    calendar = await load_calendar(ctx.session)
    changing = []
    for row, case in zip(rows, await repository.cases_of(ctx.session, rows), strict=True):
        try:
            moved = _has_moved(row, case, calendar)
            told = told_of(known.get(case.id, {}))
            if moved or is_news(findings_of(case, calendar, ctx.now), told, KINDS):
                changing.append(case.id)
        except UnknownCalendarYear as error:
            log.error("approvals.calendar_unknown", case=case.code, **error.params)
    outcome = Outcome(subjects=len(rows) - len(changing))
    # Only cases with news are locked, in one order, and judged again once nobody else can change them.
    for case_id in changing:
        locked = await repository.find_case(ctx.session, case_id, lock=True)
        assert locked is not None, "cases are never deleted"
        opened = OpenedCase(locked, await repository.load_case(ctx.session, locked), calendar)
        outcome += await _settle(ctx, opened)
    return outcome


async def _settle(ctx: Context, opened: OpenedCase) -> Outcome:
    case, calendar = opened.case, opened.calendar
    if _has_moved(opened.row, case, calendar):

        def tells(days: Reckoning) -> ApprovalRescheduledV1:
            return ApprovalRescheduledV1(
                **facts_told(case), cause="calendar", due_on=days.due_on, statutory_due_on=days.statutory_due_on
            )

        await Approvals().store(ctx, opened, case, tells, action="rescheduled", reason="calendar")
    return await settle_case(ctx, case, calendar, may_open=True)


def _has_moved(row: ApprovalCaseRow, case: Case, calendar: WorkCalendar) -> bool:
    if case.clock is None or case.outcome is not None:
        return False
    days = reckon(case.clock, calendar)
    return (days.due_on, days.statutory_due_on, days.due_soon_on) != _days(row)


def _days(row: ApprovalCaseRow) -> Sequence[object]:
    return (row.due_on, row.statutory_due_on, row.due_soon_on)
