"""SQL of financing needs."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.registry.repository import region_filter
from services.projects.support.domain.financing import BankAnswer, NeedFacts, NeedStatus
from services.projects.support.tables import NeedRow, OutcomeRow

NEEDS = Listing(
    fields={
        "id": FilterField(col(NeedRow.id), UUID),
        "code": FilterField(col(NeedRow.code)),
        "enterprise_id": FilterField(col(NeedRow.enterprise_id), UUID),
        "project_id": FilterField(col(NeedRow.project_id), UUID),
        "region_code": region_filter(col(NeedRow.region_code)),
        "status": FilterField(col(NeedRow.status), NeedStatus),
        "amount_yuan": FilterField(col(NeedRow.amount_yuan), int),
        "granted_yuan": FilterField(col(NeedRow.granted_yuan), int),
        "needed_by": FilterField(col(NeedRow.needed_by), date),
        "owner_person_id": FilterField(col(NeedRow.owner_person_id), UUID),
    },
    sortable=("code", "needed_by", "amount_yuan"),
    default_sort="needed_by",
)
OUTCOMES = Listing(
    fields={
        "id": FilterField(col(OutcomeRow.id), UUID),
        "bank": FilterField(col(OutcomeRow.bank)),
        "answer": FilterField(col(OutcomeRow.answer), BankAnswer),
        "asked_on": FilterField(col(OutcomeRow.asked_on), date),
    },
    sortable=("asked_on",),
    default_sort="asked_on",
)


def facts_of(row: NeedRow) -> NeedFacts:
    return NeedFacts(
        need_id=row.id,
        region_code=row.region_code,
        status=NeedStatus(row.status),
        amount_yuan=row.amount_yuan,
        granted_yuan=row.granted_yuan,
        needed_by=row.needed_by,
    )


def need_scope(principal: Principal) -> ColumnElement[bool]:
    return and_(
        region_scope(col(NeedRow.region_code), principal), enterprise_scope(col(NeedRow.enterprise_id), principal)
    )


def visible_needs(principal: Principal) -> Select[Any]:
    return select(col(NeedRow.id)).where(need_scope(principal))


async def find_need(session: AsyncSession, need_id: UUID, *, lock: bool = False) -> NeedRow | None:
    statement = select(NeedRow).where(col(NeedRow.id) == need_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_needs(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[NeedRow]:
    return await query.page(session, select(NeedRow).where(need_scope(principal)))


async def find_outcome(session: AsyncSession, outcome_id: UUID) -> OutcomeRow | None:
    return await session.get(OutcomeRow, outcome_id, populate_existing=True)


async def list_outcomes(session: AsyncSession, need_id: UUID, query: ListQuery) -> Page[OutcomeRow]:
    return await query.page(session, select(OutcomeRow).where(col(OutcomeRow.need_id) == need_id))


async def granted_yuan(session: AsyncSession, need_id: UUID) -> int:
    statement = select(func.coalesce(func.sum(OutcomeRow.granted_yuan), 0)).where(
        col(OutcomeRow.need_id) == need_id
    )
    return int(await session.scalar(statement) or 0)


async def late_needs(session: AsyncSession, today: date, known: Collection[UUID]) -> list[UUID]:
    """Open needs whose day has passed, and those that are told of, in the order of ids."""
    late = and_(col(NeedRow.status) == NeedStatus.OPEN.value, col(NeedRow.needed_by) < today)
    statement = select(col(NeedRow.id)).where(or_(late, col(NeedRow.id).in_(list(known))))
    return list((await session.scalars(statement.order_by(col(NeedRow.id)))).all())
