"""The daily scan: checks are made, follow the calendar, lapse with their project, and are told when missed."""

from dataclasses import dataclass

import structlog

from libs.common.context import Context
from libs.common.contracts.projects import CheckExcusedV1, CheckRescheduledV1, Stage
from libs.common.local_time import today_of
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.projects.cadences.domain import check as steps
from services.projects.cadences.domain.check import Check
from services.projects.cadences.domain.regimes import INTERRUPTED
from services.projects.cadences.repository import checks as repository
from services.projects.cadences.service.checks import OpenedCheck, store
from services.projects.cadences.service.making import Made, make_checks
from services.projects.cadences.service.watching import JUDGED, settle_check
from services.projects.cadences.tables import CheckRow
from services.projects.conditions.domain.condition import Outcome, is_news
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import told_of
from services.projects.ledger.domain.project import Project
from services.projects.ledger.repository import find_project
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.service.work_calendar import load_calendar

log = structlog.get_logger(__name__)

_LAPSED = {
    Stage.SUSPENDED: "项目已停工，免报 (the project is suspended)",
    Stage.TERMINATED: "项目已终止，免报 (the project is terminated)",
}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan made and judged."""

    made: Made
    judged: Outcome


async def scan_checks(ctx: Context) -> Scanned:
    """Make what is due and judge what is owed; safe to run twice and beside other scans and writes."""
    made = await make_checks(ctx)
    known = await open_conditions(ctx.session, JUDGED)
    calendar, today = await load_calendar(ctx.session), today_of(ctx)
    changing, outcome = [], Outcome()
    for row, project in await repository.pending_checks(ctx.session, list(known)):
        check, stage = repository.check_of(row), Stage(project.stage)
        found = steps.missed_finding(check, stage, calendar, today)
        is_told = not is_news([] if found is None else [found], told_of(known.get(row.id, {})), JUDGED)
        if is_told and not _lapses(check, stage, ctx) and _followed(check, calendar) == check:
            outcome += Outcome(1)
        else:
            changing.append(row.id)
    # Only checks with news are locked, in one order, and judged again once nobody else can change them.
    for check_id in changing:
        locked = await repository.find_check(ctx.session, check_id, lock=True)
        assert locked is not None, "checks are never deleted"
        owing = await find_project(ctx.session, locked.project_id)
        assert owing is not None, "projects are never deleted"
        outcome += await _settle(ctx, locked, owing, calendar)
    return Scanned(made, outcome)


async def _settle(ctx: Context, row: CheckRow, project: ProjectRow, calendar: WorkCalendar) -> Outcome:
    opened = OpenedCheck(row, project, repository.check_of(row))
    after = _followed(opened.check, calendar)
    if after != opened.check:
        opened = await store(ctx, opened, after, lambda facts: CheckRescheduledV1(**facts), "rescheduled")
    if _lapses(opened.check, opened.stage, ctx):
        opened = await _lapse(ctx, opened)
    return await settle_check(ctx, row, project, calendar, may_open=True)


def _followed(check: Check, calendar: WorkCalendar) -> Check:
    """The check with its due day by the calendar of now; a year that is not known any more moves nothing."""
    try:
        return steps.rescheduled(check, calendar)
    except UnknownCalendarYear as error:
        log.error("cadences.calendar_unknown", check=str(check.id), **error.params)
        return check


def _lapses(check: Check, stage: Stage, ctx: Context) -> bool:
    """Whether a report is owed no more because its project rests; what was missed before stays missed."""
    return stage in INTERRUPTED and check.is_pending and not check.is_missed(today_of(ctx))


async def _lapse(ctx: Context, opened: OpenedCheck) -> OpenedCheck:
    reason = _LAPSED[opened.stage]
    after = steps.excuse(opened.check, reason)
    return await store(ctx, opened, after, lambda facts: CheckExcusedV1(**facts, reason=reason), "excused", reason)


async def watch_project(ctx: Context, project: Project) -> None:
    """Once a project is suspended or terminated it owes nothing more; the caller holds the project's lock."""
    if project.stage not in INTERRUPTED:
        return
    row = await find_project(ctx.session, project.id)
    assert row is not None, "it was just stored"
    calendar = await load_calendar(ctx.session)
    for check_row in await repository.pending_of_project(ctx.session, project.id):
        opened = OpenedCheck(check_row, row, repository.check_of(check_row))
        if _lapses(opened.check, opened.stage, ctx):
            await _lapse(ctx, opened)
        else:
            await settle_check(ctx, check_row, row, calendar, may_open=False)
