"""SQL of the agency's cases."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.environment.domain.cases import AgencyCaseStatus, Document, Item, ItemStatus
from services.projects.environment.tables.cases import AgencyCaseRow, AgencyItemRow
from services.projects.registry.repository import region_filter


def _has_item_of(column: Any, unit_id: Any) -> Any:
    return exists().where(col(AgencyItemRow.case_id) == column, col(AgencyItemRow.unit_id) == unit_id)


CASES = Listing(
    fields={
        "id": FilterField(col(AgencyCaseRow.id), UUID),
        "code": FilterField(col(AgencyCaseRow.code)),
        "title": FilterField(col(AgencyCaseRow.title)),
        "region_code": region_filter(col(AgencyCaseRow.region_code)),
        "enterprise_id": FilterField(col(AgencyCaseRow.enterprise_id), UUID),
        "project_id": FilterField(col(AgencyCaseRow.project_id), UUID),
        "agent_person_id": FilterField(col(AgencyCaseRow.agent_person_id), UUID),
        "unit": FilterField(col(AgencyCaseRow.id), UUID, frozenset(), own={"eq": _has_item_of}),
        "status": FilterField(col(AgencyCaseRow.status), AgencyCaseStatus),
        "opened_on": FilterField(col(AgencyCaseRow.opened_on), date),
        "opened_at": FilterField(col(AgencyCaseRow.opened_at), datetime),
        "expected_finish_on": FilterField(col(AgencyCaseRow.expected_finish_on), date),
        "finished_on": FilterField(col(AgencyCaseRow.finished_on), date),
    },
    sortable=("code", "opened_at", "expected_finish_on"),
    default_sort="-opened_at",
)


def item_of(row: AgencyItemRow) -> Item:
    """The domain's value of a row."""
    return Item(
        key=row.key,
        matter=row.matter,
        unit_id=row.unit_id,
        promised_days=row.promised_days,
        documents=tuple(_document(facts) for facts in row.documents),
        depends_on=tuple(row.depends_on),
        agent_person_id=row.agent_person_id,
        approval_case_id=row.approval_case_id,
        status=ItemStatus(row.status),
        started_on=row.started_on,
        due_on=row.due_on,
        finished_on=row.finished_on,
        outcome=row.outcome,
    )


def columns_of(item: Item) -> dict[str, Any]:
    """The row's columns of a value."""
    return {
        "key": item.key,
        "matter": item.matter,
        "unit_id": item.unit_id,
        "promised_days": item.promised_days,
        "documents": [
            {
                "name": document.name,
                "required": document.required,
                "received_on": None if document.received_on is None else document.received_on.isoformat(),
            }
            for document in item.documents
        ],
        "depends_on": list(item.depends_on),
        "agent_person_id": item.agent_person_id,
        "approval_case_id": item.approval_case_id,
        "status": item.status.value,
        "started_on": item.started_on,
        "due_on": item.due_on,
        "finished_on": item.finished_on,
        "outcome": item.outcome,
    }


def _document(facts: dict[str, Any]) -> Document:
    received = facts["received_on"]
    return Document(facts["name"], facts["required"], None if received is None else date.fromisoformat(received))


async def find_case(session: AsyncSession, case_id: UUID, *, lock: bool = False) -> AgencyCaseRow | None:
    statement = select(AgencyCaseRow).where(col(AgencyCaseRow.id) == case_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def items_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, dict[str, AgencyItemRow]]:
    """The matters of several cases by key, in the order in which they were entered."""
    statement = (
        select(AgencyItemRow)
        .where(col(AgencyItemRow.case_id).in_(list(ids)))
        .order_by(col(AgencyItemRow.id))
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, dict[str, AgencyItemRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.case_id, {})[row.key] = row
    return found


async def list_cases(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[AgencyCaseRow]:
    statement = select(AgencyCaseRow).where(
        region_scope(col(AgencyCaseRow.region_code), principal),
        enterprise_scope(col(AgencyCaseRow.enterprise_id), principal),
    )
    return await query.page(session, statement)


async def cases_with_overdue_items(session: AsyncSession, today: date) -> set[UUID]:
    """Open cases in which a running matter is past its day."""
    statement = select(col(AgencyItemRow.case_id)).where(
        col(AgencyItemRow.status) == ItemStatus.RUNNING.value, col(AgencyItemRow.due_on) < today
    )
    return set((await session.scalars(statement)).all())


async def cases_of_items(session: AsyncSession, ids: Iterable[UUID]) -> set[UUID]:
    statement = select(col(AgencyItemRow.case_id)).where(col(AgencyItemRow.id).in_(list(ids)))
    return set((await session.scalars(statement)).all())
