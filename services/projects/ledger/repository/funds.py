"""SQL of funds arrivals."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.funds import ArrivalState, FundsArrival, FundsSource
from services.projects.ledger.domain.people import Actor
from services.projects.ledger.tables import FundsArrivalRow, ProjectRow
from services.projects.registry.repository import region_filter

_FIELDS = {
    "id": FilterField(col(FundsArrivalRow.id), UUID),
    "on": FilterField(col(FundsArrivalRow.on), date),
    "amount_yuan": FilterField(col(FundsArrivalRow.amount_yuan), int),
    "source": FilterField(col(FundsArrivalRow.source), FundsSource),
    "payer": FilterField(col(FundsArrivalRow.payer)),
    "state": FilterField(col(FundsArrivalRow.state), ArrivalState),
    "verified_on": FilterField(col(FundsArrivalRow.verified_on), date),
    "recorded_by": FilterField(col(FundsArrivalRow.recorded_by)),
}
FUNDS = Listing(fields=_FIELDS, sortable=("on", "amount_yuan"), default_sort="on")
ALL_FUNDS = Listing(
    fields={
        **_FIELDS,
        "project_id": FilterField(col(FundsArrivalRow.project_id), UUID),
        "project_code": FilterField(col(ProjectRow.code)),
        "region_code": region_filter(col(ProjectRow.region_code)),
    },
    sortable=("on", "amount_yuan"),
    default_sort="-on",
)


def arrival_of(row: FundsArrivalRow) -> FundsArrival:
    return FundsArrival(
        id=row.id,
        on=row.on,
        amount_yuan=row.amount_yuan,
        source=FundsSource(row.source),
        payer=row.payer,
        evidence=row.evidence,
        recorded_by=Actor(row.recorded_by, row.recorded_person_id),
        state=ArrivalState(row.state),
    )


async def verified_funds(
    session: AsyncSession, project_ids: Iterable[UUID], until: date | None = None
) -> dict[UUID, int]:
    """Verified funds in yuan by project, of the money that arrived on ``until`` or before it.

    A project without any is absent, which is not zero. What counts is the day of arrival, not that of the
    verification: money found good later has been there all the time.
    """
    statement = (
        select(col(FundsArrivalRow.project_id), func.sum(col(FundsArrivalRow.amount_yuan)))
        .where(
            col(FundsArrivalRow.project_id).in_(list(project_ids)),
            col(FundsArrivalRow.state) == ArrivalState.VERIFIED.value,
        )
        .group_by(col(FundsArrivalRow.project_id))
    )
    if until is not None:
        statement = statement.where(col(FundsArrivalRow.on) <= until)
    return {project_id: int(total) for project_id, total in await session.execute(statement)}


async def arrivals_of(session: AsyncSession, project_id: UUID) -> list[FundsArrivalRow]:
    """All arrivals of a project, oldest first."""
    statement = (
        select(FundsArrivalRow)
        .where(col(FundsArrivalRow.project_id) == project_id)
        .order_by(col(FundsArrivalRow.on), col(FundsArrivalRow.id))
    )
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


async def list_arrivals(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[FundsArrivalRow]:
    statement = select(FundsArrivalRow).where(col(FundsArrivalRow.project_id) == project_id)
    return await query.page(session, statement)


async def list_all_arrivals(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (arrival, project) over all projects the caller may see."""
    statement: Select[Any] = (
        select(FundsArrivalRow)
        .add_columns(ProjectRow)
        .join(ProjectRow, col(ProjectRow.id) == col(FundsArrivalRow.project_id))
        .where(
            region_scope(col(ProjectRow.region_code), principal),
            enterprise_scope(col(ProjectRow.enterprise_id), principal),
        )
    )
    return await query.page(session, statement)
