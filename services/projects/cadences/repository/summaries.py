"""SQL of summaries: what is known of many projects in a period."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, not_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.projects import Stage
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.listing import ListQuery
from libs.common.web.pagination import Page
from services.projects.cadences.domain.check import CheckStatus
from services.projects.cadences.domain.statistics import Counted
from services.projects.cadences.tables import CheckRow, CheckSubmissionRow
from services.projects.ledger.tables import InvestmentEntryRow, ProgressEntryRow, ProjectRow
from services.projects.registry.domain.periods import Period


def _in_period(principal: Principal, period: Period) -> Select[Any]:
    """Visible projects that had been signed by the period's end and had not been terminated before it began."""
    ended = and_(col(ProjectRow.stage) == Stage.TERMINATED.value, col(ProjectRow.interrupted_on) < period.first)
    return select(ProjectRow).where(
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
        col(ProjectRow.signed_on) <= period.last,
        or_(col(ProjectRow.interrupted_on).is_(None), not_(ended)),
    )


async def list_projects_in(
    session: AsyncSession, principal: Principal, period: Period, query: ListQuery
) -> Page[Any]:
    return await query.page(session, _in_period(principal, period))


async def projects_in(
    session: AsyncSession, principal: Principal, period: Period, query: ListQuery, *, size: int
) -> AsyncIterator[list[ProjectRow]]:
    """All that fit the filters, by id and ``size`` at once."""
    place = None
    while True:
        statement = _in_period(principal, period).where(*query.conditions).order_by(col(ProjectRow.id)).limit(size)
        if place is not None:
            statement = statement.where(col(ProjectRow.id) > place)
        rows = list((await session.scalars(statement)).all())
        if not rows:
            return
        yield rows
        place = rows[-1].id


async def percents_at(session: AsyncSession, project_ids: Iterable[UUID], day: date) -> dict[UUID, Decimal]:
    """Progress at the end of a day; a project without an entry until then is absent."""
    statement = (
        select(col(ProgressEntryRow.project_id), col(ProgressEntryRow.percent))
        .where(col(ProgressEntryRow.project_id).in_(list(project_ids)), col(ProgressEntryRow.on) <= day)
        .ext(distinct_on(col(ProgressEntryRow.project_id)))
        .order_by(
            col(ProgressEntryRow.project_id), col(ProgressEntryRow.on).desc(), col(ProgressEntryRow.id).desc()
        )
    )
    rows = (await session.execute(statement)).all()
    return {row[0]: row[1] for row in rows}


async def invested_in(
    session: AsyncSession, project_ids: Iterable[UUID], period: Period
) -> dict[UUID, tuple[int | None, int]]:
    """Investment of the period's months (None: no entry) and of all months until its end."""
    months = period.months
    month, amount = col(InvestmentEntryRow.month), col(InvestmentEntryRow.amount_yuan)
    statement = (
        select(
            col(InvestmentEntryRow.project_id),
            func.sum(amount).filter(month.between(months[0], months[-1])),
            func.sum(amount),
        )
        .where(col(InvestmentEntryRow.project_id).in_(list(project_ids)), month <= months[-1])
        .group_by(col(InvestmentEntryRow.project_id))
    )
    return {
        project_id: (None if own is None else int(own), int(total))
        for project_id, own, total in await session.execute(statement)
    }


async def checks_in(
    session: AsyncSession, project_ids: Iterable[UUID], period: Period
) -> dict[UUID, list[Counted]]:
    """Checks whose period ends inside the period, by project."""
    statement = (
        select(
            col(CheckRow.project_id),
            col(CheckRow.id),
            col(CheckRow.status),
            col(CheckRow.due_on),
            col(CheckRow.late),
        )
        .where(
            col(CheckRow.project_id).in_(list(project_ids)),
            col(CheckRow.last_on).between(period.first, period.last),
        )
        .order_by(col(CheckRow.due_on), col(CheckRow.id))
    )
    found: dict[UUID, list[Counted]] = {}
    for project_id, check_id, status, due_on, late in await session.execute(statement):
        counted = Counted(check_id, None, CheckStatus(status), due_on, late)
        found.setdefault(project_id, []).append(counted)
    return found


async def narratives_in(session: AsyncSession, project_ids: Sequence[UUID], period: Period) -> dict[UUID, str]:
    """The latest report's words on the period itself, by project."""
    statement = (
        select(col(CheckRow.project_id), col(CheckSubmissionRow.narrative))
        .join(CheckSubmissionRow, col(CheckSubmissionRow.check_id) == col(CheckRow.id))
        .where(
            col(CheckRow.project_id).in_(project_ids),
            col(CheckRow.period) == period.code,
            col(CheckSubmissionRow.narrative) != "",
        )
        .ext(distinct_on(col(CheckRow.project_id)))
        .order_by(col(CheckRow.project_id), col(CheckSubmissionRow.at).desc())
    )
    rows = (await session.execute(statement)).all()
    return {row[0]: row[1] for row in rows}
