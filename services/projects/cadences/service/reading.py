"""Statistics of who reported in time, and the summaries that a bulletin needs."""

from collections.abc import Sequence
from datetime import date, timedelta

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.listing import ListQuery
from libs.common.web.pagination import Page
from libs.common.web.problems import FieldError
from services.projects.cadences.domain.statistics import Grouping, Tally, tally
from services.projects.cadences.domain.summaries import NO_CHECKS, Line, Totals, totals
from services.projects.cadences.errors import CheckPeriodNotOrdered
from services.projects.cadences.repository import checks as checks_repository
from services.projects.cadences.repository import summaries as repository
from services.projects.ledger.domain.curve import planned_percent
from services.projects.ledger.repository import curves_of
from services.projects.ledger.tables import ProjectRow
from services.projects.problems.repository import open_problems_of
from services.projects.registry.domain.periods import Period

LONGEST_PERIOD = timedelta(days=366 * 5)
_BATCH = 2000


async def statistics_of(
    ctx: Context, first: date, last: date, by: Grouping, query: ListQuery
) -> tuple[Tally, ...]:
    """Who reported in time what was due from ``first`` to ``last``. Raises CheckPeriodNotOrdered."""
    if last < first or last - first > LONGEST_PERIOD:
        fault = FieldError("check_period.not_ordered", parameter="to")
        raise CheckPeriodNotOrdered(first=first, last=last, errors=[fault])
    counted = await checks_repository.counted_checks(ctx.session, ctx.principal, first, last, by, query)
    return tally(counted, today_of(ctx))


async def summarise(ctx: Context, period: Period, query: ListQuery) -> Page[tuple[ProjectRow, Line]]:
    """A page of projects with what is known of each in the period."""
    page = await repository.list_projects_in(ctx.session, ctx.principal, period, query)
    lines = await lines_of(ctx, page.items, period)
    return Page(list(zip(page.items, lines, strict=True)), page.next_cursor)


async def total_up(ctx: Context, period: Period, query: ListQuery) -> tuple[Totals, ...]:
    """The same of all projects that fit the filters: all together, then region by region."""
    lines: list[Line] = []
    found = repository.projects_in(ctx.session, ctx.principal, period, query, size=_BATCH)
    async for projects in found:
        lines += await lines_of(ctx, projects, period)
    return totals(lines)


async def lines_of(ctx: Context, projects: Sequence[ProjectRow], period: Period) -> list[Line]:
    """What is known of some projects in a period, in their order."""
    session, today = ctx.session, today_of(ctx)
    ids = [project.id for project in projects]
    before = await repository.percents_at(session, ids, period.first - timedelta(days=1))
    after = await repository.percents_at(session, ids, period.last)
    invested = await repository.invested_in(session, ids, period)
    curves = await curves_of(session, ids)
    problems = await open_problems_of(session, ids)
    checks = await repository.checks_in(session, ids, period)
    narratives = await repository.narratives_in(session, ids, period)
    lines = []
    for project in projects:
        own, total = invested.get(project.id, (None, None))
        curve, open_ones = curves.get(project.id), problems.get(project.id, [])
        found = tally(checks.get(project.id, ()), today)
        lines.append(
            Line(
                project_id=project.id,
                region_code=project.region_code,
                percent_before=before.get(project.id),
                percent=after.get(project.id),
                planned_percent=None if curve is None else planned_percent(curve, min(period.last, today)),
                investment_yuan=own,
                invested_yuan=total,
                problem_ids=tuple(one.id for one in open_ones),
                overdue_problem_ids=tuple(one.id for one in open_ones if one.duty.missed_on(today)),
                checks=found[0] if found else NO_CHECKS,
                narrative=narratives.get(project.id),
            )
        )
    return lines
