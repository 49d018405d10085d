"""SQL of award rounds, nominations and objections."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.innovation.domain.honours import (
    PUBLIC,
    Criterion,
    HonourKind,
    NominationStatus,
    ObjectionStatus,
    RoundStatus,
)
from services.projects.innovation.tables import HonourRoundRow, NominationRow, ObjectionRow
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow

_CRITERIA = TypeAdapter(tuple[Criterion, ...])

ROUNDS = Listing(
    fields={
        "id": FilterField(col(HonourRoundRow.id), UUID),
        "code": FilterField(col(HonourRoundRow.code)),
        "name": FilterField(col(HonourRoundRow.name)),
        "kind": FilterField(col(HonourRoundRow.kind), HonourKind),
        "year": FilterField(col(HonourRoundRow.year), int),
        "region_code": region_filter(col(HonourRoundRow.region_code)),
        "status": FilterField(col(HonourRoundRow.status), RoundStatus),
        "notice_until": FilterField(col(HonourRoundRow.notice_until), date),
    },
    sortable=("year", "code", "notice_until"),
    default_sort="-year",
)
NOMINATIONS = Listing(
    fields={
        "id": FilterField(col(NominationRow.id), UUID),
        "round_id": FilterField(col(NominationRow.round_id), UUID),
        "enterprise_id": FilterField(col(NominationRow.enterprise_id), UUID),
        "region_code": region_filter(col(NominationRow.region_code)),
        "nominee_name": FilterField(col(NominationRow.nominee_name)),
        "status": FilterField(col(NominationRow.status), NominationStatus),
        "place": FilterField(col(NominationRow.place), int),
    },
    sortable=("place", "nominee_name"),
    default_sort="place",
)
OBJECTIONS = Listing(
    fields={
        "id": FilterField(col(ObjectionRow.id), UUID),
        "nomination_id": FilterField(col(ObjectionRow.nomination_id), UUID),
        "round_id": FilterField(col(NominationRow.round_id), UUID),
        "status": FilterField(col(ObjectionRow.status), ObjectionStatus),
        "raised_on": FilterField(col(ObjectionRow.raised_on), date),
    },
    sortable=("raised_on",),
    default_sort="raised_on",
)


def criteria_of(stored: Any) -> tuple[Criterion, ...]:
    return _CRITERIA.validate_python(stored)


def stored_criteria(criteria: tuple[Criterion, ...]) -> Any:
    return _CRITERIA.dump_python(criteria, mode="json")


async def find_round(session: AsyncSession, round_id: UUID, *, lock: bool = False) -> HonourRoundRow | None:
    statement = select(HonourRoundRow).where(col(HonourRoundRow.id) == round_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def round_by_code(session: AsyncSession, code: str) -> HonourRoundRow | None:
    return (await session.scalars(select(HonourRoundRow).where(col(HonourRoundRow.code) == code))).first()


async def list_rounds(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[HonourRoundRow]:
    """Rounds of the caller's subtree and of the regions above, which honour its enterprises too."""
    scope = dated_scope(col(HonourRoundRow.region_code), principal)
    return await query.page(session, select(HonourRoundRow).where(scope))


async def may_see_round(session: AsyncSession, principal: Principal, round_id: UUID) -> bool:
    scope = dated_scope(col(HonourRoundRow.region_code), principal)
    statement = select(HonourRoundRow).where(col(HonourRoundRow.id) == round_id, scope)
    return bool(await session.scalar(select(statement.exists())))


def nomination_scope(principal: Principal) -> ColumnElement[bool]:
    """Nominations in the caller's region; of a round that the caller sees, those in notice and the result."""
    shown = [status.value for status in PUBLIC]
    public = and_(col(NominationRow.status).in_(shown), dated_scope(col(HonourRoundRow.region_code), principal))
    if principal.is_enterprise_bound:
        return or_(public, col(NominationRow.enterprise_id) == principal.enterprise_id)
    return or_(public, region_scope(col(NominationRow.region_code), principal))


def _nominations() -> Any:
    return (
        select(NominationRow, HonourRoundRow, EnterpriseRow)
        .join(HonourRoundRow, col(HonourRoundRow.id) == col(NominationRow.round_id))
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(NominationRow.enterprise_id))
    )


async def list_nominations(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, _nominations().where(nomination_scope(principal)))


async def find_nomination(
    session: AsyncSession, principal: Principal, nomination_id: UUID
) -> tuple[NominationRow, HonourRoundRow, EnterpriseRow] | None:
    statement = _nominations().where(col(NominationRow.id) == nomination_id, nomination_scope(principal))
    found = (await session.execute(statement.execution_options(populate_existing=True))).first()
    return None if found is None else (found[0], found[1], found[2])


async def nominations_of(session: AsyncSession, round_id: UUID) -> list[tuple[NominationRow, EnterpriseRow]]:
    """All nominations of a round whose row the caller holds, but those withdrawn."""
    statement = (
        select(NominationRow, EnterpriseRow)
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(NominationRow.enterprise_id))
        .where(
            col(NominationRow.round_id) == round_id,
            col(NominationRow.status) != NominationStatus.WITHDRAWN.value,
        )
        .order_by(col(NominationRow.id))
        .execution_options(populate_existing=True)
    )
    return [(row, enterprise) for row, enterprise in await session.execute(statement)]


async def nomination_of(
    session: AsyncSession, round_id: UUID, enterprise_id: UUID, nominee_name: str
) -> NominationRow | None:
    statement = select(NominationRow).where(
        col(NominationRow.round_id) == round_id,
        col(NominationRow.enterprise_id) == enterprise_id,
        col(NominationRow.nominee_name) == nominee_name,
    )
    return (await session.scalars(statement)).first()


def visible_rounds(principal: Principal) -> Select[Any]:
    return select(col(HonourRoundRow.id)).where(dated_scope(col(HonourRoundRow.region_code), principal))


async def find_objection(session: AsyncSession, objection_id: UUID) -> ObjectionRow | None:
    return await session.get(ObjectionRow, objection_id, populate_existing=True)


async def list_objections(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ObjectionRow]:
    """Who objected is the offices' business."""
    statement = (
        select(ObjectionRow)
        .join(NominationRow, col(NominationRow.id) == col(ObjectionRow.nomination_id))
        .where(region_scope(col(NominationRow.region_code), principal))
    )
    return await query.page(session, statement)


async def objections_of(session: AsyncSession, round_id: UUID) -> list[ObjectionRow]:
    statement = (
        select(ObjectionRow)
        .join(NominationRow, col(NominationRow.id) == col(ObjectionRow.nomination_id))
        .where(col(NominationRow.round_id) == round_id)
        .order_by(col(ObjectionRow.id))
    )
    return list((await session.scalars(statement)).all())


async def open_objections(session: AsyncSession, round_id: UUID) -> int:
    statement = (
        select(func.count())
        .select_from(ObjectionRow)
        .join(NominationRow, col(NominationRow.id) == col(ObjectionRow.nomination_id))
        .where(col(NominationRow.round_id) == round_id, col(ObjectionRow.status) == ObjectionStatus.OPEN.value)
    )
    return int(await session.scalar(statement) or 0)
