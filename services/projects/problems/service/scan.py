"""The daily scan: what is late goes up a level and is told."""

import structlog

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.workdays import UnknownCalendarYear
from services.projects.conditions.domain.condition import Outcome
from services.projects.conditions.repository import open_conditions
from services.projects.duties.service import Terms, load_terms
from services.projects.ledger.repository import find_project
from services.projects.problems import repository
from services.projects.problems.domain import problem as rules
from services.projects.problems.service.events import Opened
from services.projects.problems.service.problems import JUDGED, escalate_problem, settle_problem

log = structlog.get_logger(__name__)


async def scan_problems(ctx: Context) -> Outcome:
    """Take overdue problems up a level and settle their conditions; safe to run twice and beside writes."""
    terms = await load_terms(ctx)
    known = await open_conditions(ctx.session, JUDGED)
    today = today_of(ctx)
    outcome = Outcome()
    for problem_id in await repository.late_problems(ctx.session, today, list(known)):
        row = await repository.find_problem(ctx.session, problem_id, lock=True)
        project = None if row is None else await find_project(ctx.session, row.project_id)
        assert row is not None, "problems are never deleted"
        assert project is not None, "projects are never deleted"
        opened = Opened(row, project, repository.problem_of(row))
        if rules.is_due_to_go_up(opened.problem, today):
            opened = await _go_up(ctx, opened, terms)
        outcome += await settle_problem(ctx, opened, terms, may_open=True)
    return outcome


async def _go_up(ctx: Context, opened: Opened, terms: Terms) -> Opened:
    try:
        reason = f"逾期未办结，自动上提一级（原限期 {opened.problem.duty.due_on}）"
        return await escalate_problem(ctx, opened, reason, terms=terms)
    except UnknownCalendarYear as error:
        # The level above cannot be given days that nobody knows; that the problem is late is told all the same.
        log.warning("problem.not_escalated", problem=str(opened.row.id), year=error.params.get("year"))
        return opened
