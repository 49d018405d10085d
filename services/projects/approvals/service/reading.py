"""What is shown of clocks: day by day, and who kept the promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.listing import ListQuery
from libs.common.web.problems import FieldError
from libs.common.workdays import DayType, WorkCalendar
from services.projects.approvals import repository
from services.projects.approvals.domain.case import Case
from services.projects.approvals.domain.clock import ClockDay, days_of, used_days
from services.projects.approvals.domain.statistics import CaseOnTime, Grouping, OnTime, counts_in, tally
from services.projects.approvals.errors import PeriodNotOrdered
from services.projects.approvals.tables import ApprovalCaseRow
from services.projects.registry.service.work_calendar import load_calendar

LONGEST_PERIOD = timedelta(days=366 * 5)


@dataclass(frozen=True, slots=True)
class ExplainedDay:
    """A day of the clock and what the calendar says of it; ``is_forecast`` lies after today."""

    day: ClockDay
    day_type: DayType
    is_forecast: bool


def explain(case: Case, due_on: date | None, calendar: WorkCalendar, today: date) -> list[ExplainedDay]:
    """Each day from the acceptance to the decision; of an open case to the due day and to today."""
    if case.clock is None:
        return []
    last = case.decided_on or max(today, due_on or today)
    told = []
    for day in days_of(case.clock, calendar):
        if day.on > last:
            break
        told.append(ExplainedDay(day, calendar.day_type(day.on), day.on > today))
        if day.on == last:
            break
    return told


async def used_of(ctx: Context, rows: Sequence[ApprovalCaseRow]) -> list[tuple[ApprovalCaseRow, Case, int | None]]:
    """Rows with their cases and the working days used until today or the decision; None before acceptance."""
    calendar, today = await load_calendar(ctx.session), today_of(ctx)
    cases = await repository.cases_of(ctx.session, rows)
    return [(row, case, used_until(case, calendar, today)) for row, case in zip(rows, cases, strict=True)]


def used_until(case: Case, calendar: WorkCalendar, today: date) -> int | None:
    if case.clock is None:
        return None
    return used_days(case.clock, calendar, case.decided_on or today)


async def on_time_rates(
    ctx: Context, first: date, last: date, by: Grouping, query: ListQuery
) -> tuple[OnTime, ...]:
    """On-time rates of a period, both days included. Raises PeriodNotOrdered."""
    if last < first or last - first > LONGEST_PERIOD:
        raise PeriodNotOrdered(
            first=first, last=last, errors=[FieldError("approval.period_outside", parameter="to")]
        )
    rows = await repository.counted_cases(ctx.session, ctx.principal, first, last, query)
    counted = []
    for row, case, used in await used_of(ctx, rows):
        decided_on = case.decided_on if case.decided_on is not None and case.decided_on <= last else None
        if row.due_on is not None and counts_in(row.due_on, case.decided_on, first, last):
            counted.append(
                CaseOnTime(
                    case_id=case.id,
                    unit_id=case.unit_id,
                    matter_code=case.matter_code,
                    due_on=row.due_on,
                    decided_on=decided_on,
                    used_days=None if decided_on is None else used,
                )
            )
    return tally(counted, by)
