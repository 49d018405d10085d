"""SQL of progress and investment entries."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.entries import Investment, Progress
from services.projects.ledger.tables import InvestmentEntryRow, ProgressEntryRow

PROGRESS = Listing(
    fields={
        "id": FilterField(col(ProgressEntryRow.id), UUID),
        "on": FilterField(col(ProgressEntryRow.on), date),
    },
    sortable=("on",),
    default_sort="on",
)


INVESTMENTS = Listing(
    fields={"month": FilterField(col(InvestmentEntryRow.month), date)},
    key="month",
)


async def progress_of(session: AsyncSession, project_id: UUID) -> list[Progress]:
    """All entries, oldest day first; entries of one day as they were recorded."""
    statement = (
        select(col(ProgressEntryRow.on), col(ProgressEntryRow.percent))
        .where(col(ProgressEntryRow.project_id) == project_id)
        .order_by(col(ProgressEntryRow.on), col(ProgressEntryRow.id))
    )
    return [Progress(on, percent) for on, percent in await session.execute(statement)]


async def investments_of(session: AsyncSession, project_id: UUID) -> list[Investment]:
    statement = select(col(InvestmentEntryRow.month), col(InvestmentEntryRow.amount_yuan)).where(
        col(InvestmentEntryRow.project_id) == project_id
    )
    return [Investment(month, amount) for month, amount in await session.execute(statement)]


async def store_investment(session: AsyncSession, row: InvestmentEntryRow) -> None:
    """Insert a month or replace its amount."""
    values = row.model_dump()
    statement = insert(InvestmentEntryRow).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["project_id", "month"],
            set_={name: value for name, value in values.items() if name not in {"project_id", "month"}},
        )
    )


async def list_progress(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[ProgressEntryRow]:
    statement = select(ProgressEntryRow).where(col(ProgressEntryRow.project_id) == project_id)
    return await query.page(session, statement)


async def list_investments(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[InvestmentEntryRow]:
    statement = select(InvestmentEntryRow).where(col(InvestmentEntryRow.project_id) == project_id)
    return await query.page(session, statement)
