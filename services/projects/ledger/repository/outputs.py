"""SQL of output entries."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.outputs import Output, OutputTotal
from services.projects.ledger.tables import OutputEntryRow

OUTPUTS = Listing(
    fields={"month": FilterField(col(OutputEntryRow.month), date)},
    key="month",
)


def output_of(row: OutputEntryRow) -> Output:
    return Output(row.month, row.output_value_yuan, row.tax_yuan, row.physical_output)


async def outputs_of(session: AsyncSession, project_id: UUID) -> dict[date, Output]:
    """A project's output by month."""
    statement = select(OutputEntryRow).where(col(OutputEntryRow.project_id) == project_id)
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {row.month: output_of(row) for row in rows}


async def output_totals(
    session: AsyncSession, project_ids: Iterable[UUID], first_month: date, last_month: date
) -> dict[UUID, OutputTotal]:
    """Output of several projects over a period of months, both in it.

    A project that reported nothing is absent, which is not zero; ``months`` says how much of the period is known.
    """
    statement = (
        select(
            col(OutputEntryRow.project_id),
            func.sum(col(OutputEntryRow.output_value_yuan)),
            func.sum(col(OutputEntryRow.tax_yuan)),
            func.count(),
            func.count(col(OutputEntryRow.tax_yuan)),
        )
        .where(
            col(OutputEntryRow.project_id).in_(list(project_ids)),
            col(OutputEntryRow.month).between(first_month.replace(day=1), last_month.replace(day=1)),
        )
        .group_by(col(OutputEntryRow.project_id))
    )
    return {
        project_id: OutputTotal(int(value), None if tax is None else int(tax), months, tax_months)
        for project_id, value, tax, months, tax_months in await session.execute(statement)
    }


async def store_output(session: AsyncSession, row: OutputEntryRow) -> None:
    """Insert a month or replace its figures."""
    values = row.model_dump()
    statement = insert(OutputEntryRow).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["project_id", "month"],
            set_={name: value for name, value in values.items() if name not in {"project_id", "month"}},
        )
    )


async def list_outputs(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[OutputEntryRow]:
    statement = select(OutputEntryRow).where(col(OutputEntryRow.project_id) == project_id)
    return await query.page(session, statement)
