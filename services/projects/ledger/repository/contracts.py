"""SQL of contracts and their acts."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import owners_among, remembered_of
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.acts import Act, ActKind
from services.projects.ledger.tables import ContractActRow, ContractRow

CONTRACT_ACTS = Listing(
    fields={
        "id": FilterField(col(ContractActRow.id), UUID),
        "kind": FilterField(col(ContractActRow.kind), ActKind),
        "due_on": FilterField(col(ContractActRow.due_on), date),
        "done_on": FilterField(col(ContractActRow.done_on), date),
    },
    sortable=("due_on", "done_on"),
    default_sort="due_on",
)


def act_of(row: ContractActRow) -> Act:
    return Act(
        id=row.id,
        kind=ActKind(row.kind),
        title=row.title,
        due_on=row.due_on,
        amount_yuan=row.amount_yuan,
        done_on=row.done_on,
        evidence=row.evidence,
    )


async def find_contract(session: AsyncSession, project_id: UUID) -> ContractRow | None:
    return await session.get(ContractRow, project_id, populate_existing=True)


@remembered_of(owners_among(col(ContractActRow.project_id)), list)
async def act_rows(session: AsyncSession, project_id: UUID) -> list[ContractActRow]:
    """The acts of a contract in the order of their due days."""
    statement = (
        select(ContractActRow)
        .where(col(ContractActRow.project_id) == project_id)
        .order_by(col(ContractActRow.due_on), col(ContractActRow.id))
    )
    return list((await session.scalars(statement.execution_options(populate_existing=True))).all())


async def contract_acts(session: AsyncSession, project_ids: Iterable[UUID]) -> dict[UUID, list[Act]]:
    """The acts of several contracts; a project whose contract names none is absent."""
    statement = (
        select(ContractActRow)
        .where(col(ContractActRow.project_id).in_(list(project_ids)))
        .order_by(col(ContractActRow.due_on), col(ContractActRow.id))
    )
    found: dict[UUID, list[Act]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.project_id, []).append(act_of(row))
    return found


async def contract_numbers(session: AsyncSession, project_ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of several projects' contracts; a project without one is absent."""
    statement = select(col(ContractRow.project_id), col(ContractRow.number)).where(
        col(ContractRow.project_id).in_(project_ids)
    )
    return {row.project_id: row.number for row in await session.execute(statement)}


async def list_acts(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[ContractActRow]:
    statement = select(ContractActRow).where(col(ContractActRow.project_id) == project_id)
    return await query.page(session, statement)
