"""SQL of applications, payments and clawbacks."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.documents.tables import DocumentRow
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow
from services.projects.support.domain.application import OVER, ApplicationStatus
from services.projects.support.domain.terms import SupportKind
from services.projects.support.tables import (
    ApplicationRow,
    ApplicationStepRow,
    ClawbackRow,
    PaymentRow,
    PolicyRow,
)

OWNER_TYPE = "support_application"
_FILTERS = {
    "policy_id": FilterField(col(ApplicationRow.policy_id), UUID),
    "kind": FilterField(col(PolicyRow.kind), SupportKind),
    "enterprise_id": FilterField(col(ApplicationRow.enterprise_id), UUID),
    "project_id": FilterField(col(ApplicationRow.project_id), UUID),
    "region_code": region_filter(col(ApplicationRow.region_code)),
    "year": FilterField(col(ApplicationRow.year), int),
}
APPLICATIONS = Listing(
    fields={
        "id": FilterField(col(ApplicationRow.id), UUID),
        "code": FilterField(col(ApplicationRow.code)),
        **_FILTERS,
        "enterprise_name": FilterField(col(EnterpriseRow.name)),
        "status": FilterField(col(ApplicationRow.status), ApplicationStatus),
        "requested_yuan": FilterField(col(ApplicationRow.requested_yuan), int),
        "approved_yuan": FilterField(col(ApplicationRow.approved_yuan), int),
        "paid_yuan": FilterField(col(ApplicationRow.paid_yuan), int),
        "submitted_on": FilterField(col(ApplicationRow.submitted_on), date),
        "decided_on": FilterField(col(ApplicationRow.decided_on), date),
        "appealed_on": FilterField(col(ApplicationRow.appealed_on), date),
    },
    sortable=("code", "submitted_on", "decided_on", "requested_yuan", "approved_yuan", "paid_yuan"),
    default_sort="-code",
)
PAYMENTS = Listing(
    fields={
        "id": FilterField(col(PaymentRow.id), UUID),
        "application_id": FilterField(col(PaymentRow.application_id), UUID),
        **_FILTERS,
        "paid_on": FilterField(col(PaymentRow.paid_on), date),
        "amount_yuan": FilterField(col(PaymentRow.amount_yuan), int),
    },
    sortable=("paid_on", "amount_yuan"),
    default_sort="-paid_on",
)
CLAWBACKS = Listing(
    fields={
        "id": FilterField(col(ClawbackRow.id), UUID),
        "application_id": FilterField(col(ClawbackRow.application_id), UUID),
        **_FILTERS,
        "status": FilterField(col(ClawbackRow.status)),
        "due_on": FilterField(col(ClawbackRow.due_on), date),
        "amount_yuan": FilterField(col(ClawbackRow.amount_yuan), int),
    },
    sortable=("due_on", "amount_yuan"),
    default_sort="due_on",
)
STEPS = Listing(fields={"version": FilterField(col(ApplicationStepRow.version), int)}, key="version")


def application_scope(principal: Principal) -> ColumnElement[bool]:
    return and_(
        region_scope(col(ApplicationRow.region_code), principal),
        enterprise_scope(col(ApplicationRow.enterprise_id), principal),
    )


def visible_applications(principal: Principal) -> Select[Any]:
    return select(col(ApplicationRow.id)).where(application_scope(principal))


async def find_application(
    session: AsyncSession, application_id: UUID, *, lock: bool = False
) -> tuple[ApplicationRow, PolicyRow, EnterpriseRow] | None:
    statement = (
        select(ApplicationRow, PolicyRow, EnterpriseRow)
        .join(PolicyRow, col(PolicyRow.id) == col(ApplicationRow.policy_id))
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(ApplicationRow.enterprise_id))
        .where(col(ApplicationRow.id) == application_id)
    )
    if lock:
        statement = statement.with_for_update(of=ApplicationRow).execution_options(populate_existing=True)
    found = (await session.execute(statement)).first()
    return None if found is None else (found[0], found[1], found[2])


async def list_applications(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement: Any = (
        select(ApplicationRow, PolicyRow, EnterpriseRow)
        .join(PolicyRow, col(PolicyRow.id) == col(ApplicationRow.policy_id))
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(ApplicationRow.enterprise_id))
        .where(application_scope(principal))
    )
    return await query.page(session, statement)


async def standing_claim(
    session: AsyncSession, policy_id: UUID, claim: str, without: UUID
) -> ApplicationRow | None:
    """Another application that has the claim."""
    statement = select(ApplicationRow).where(
        col(ApplicationRow.policy_id) == policy_id,
        col(ApplicationRow.claim) == claim,
        col(ApplicationRow.id) != without,
        col(ApplicationRow.status).not_in([status.value for status in OVER]),
    )
    return (await session.scalars(statement)).first()


async def list_steps(session: AsyncSession, application_id: UUID, query: ListQuery) -> Page[ApplicationStepRow]:
    statement = select(ApplicationStepRow).where(col(ApplicationStepRow.application_id) == application_id)
    return await query.page(session, statement)


async def next_payment_number(session: AsyncSession, application_id: UUID) -> int:
    """The caller holds the application's row lock."""
    statement = select(func.max(PaymentRow.number)).where(col(PaymentRow.application_id) == application_id)
    return int(await session.scalar(statement) or 0) + 1


def _joined(table: Any) -> Select[Any]:
    return (
        select(table)
        .join(ApplicationRow, col(ApplicationRow.id) == col(table.application_id))
        .join(PolicyRow, col(PolicyRow.id) == col(ApplicationRow.policy_id))
    )


async def list_payments(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[PaymentRow]:
    return await query.page(session, _joined(PaymentRow).where(application_scope(principal)))


async def list_clawbacks(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ClawbackRow]:
    return await query.page(session, _joined(ClawbackRow).where(application_scope(principal)))


async def find_clawback(session: AsyncSession, clawback_id: UUID, *, lock: bool = False) -> ClawbackRow | None:
    statement = select(ClawbackRow).where(col(ClawbackRow.id) == clawback_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def claimed_yuan(session: AsyncSession, application_id: UUID) -> int:
    """What is claimed back of an application, met or not; dropped claims left out."""
    statement = select(func.coalesce(func.sum(ClawbackRow.amount_yuan), 0)).where(
        col(ClawbackRow.application_id) == application_id, col(ClawbackRow.status) != "dropped"
    )
    return int(await session.scalar(statement) or 0)


async def documents_of(session: AsyncSession, application_id: UUID) -> set[UUID]:
    """The documents of an application that stand."""
    statement = select(col(DocumentRow.id)).where(
        col(DocumentRow.owner_type) == OWNER_TYPE,
        col(DocumentRow.owner_id) == application_id,
        col(DocumentRow.withdrawn_at).is_(None),
    )
    return set((await session.scalars(statement)).all())
