"""SQL of vetoes."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.lists.domain.vetoes import VetoGround
from services.projects.lists.tables import VetoRow
from services.projects.registry.repository import region_filter

VETOES = Listing(
    fields={
        "id": FilterField(col(VetoRow.id), UUID),
        "source": FilterField(col(VetoRow.source)),
        "ground": FilterField(col(VetoRow.ground), VetoGround),
        "region_code": region_filter(col(VetoRow.region_code)),
        "enterprise_id": FilterField(col(VetoRow.enterprise_id), UUID),
        "period_from": FilterField(col(VetoRow.period_from), date),
        "period_to": FilterField(col(VetoRow.period_to), date),
    },
    sortable=("period_from", "period_to"),
    default_sort="-period_from",
)


async def find_veto(session: AsyncSession, veto_id: UUID, *, lock: bool = False) -> VetoRow | None:
    statement = select(VetoRow).where(col(VetoRow.id) == veto_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_vetoes(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[VetoRow]:
    statement = select(VetoRow).where(
        region_scope(col(VetoRow.region_code), principal),
        enterprise_scope(col(VetoRow.enterprise_id), principal),
    )
    return await query.page(session, statement)


async def standing_vetoes(
    session: AsyncSession, enterprise_ids: Iterable[UUID], first: date, last: date
) -> dict[UUID, list[VetoRow]]:
    """Vetoes against enterprises that touch the days from ``first`` to ``last``, lifted ones left out."""
    against = col(VetoRow.enterprise_id).in_(list(enterprise_ids))
    found: dict[UUID, list[VetoRow]] = {}
    for row in await session.scalars(_standing(against, first, last)):
        assert row.enterprise_id is not None, "asked by enterprise"
        found.setdefault(row.enterprise_id, []).append(row)
    return found


async def standing_vetoes_of_regions(
    session: AsyncSession, region_codes: Iterable[str], first: date, last: date
) -> dict[str, list[VetoRow]]:
    """The same against regions themselves."""
    against = and_(col(VetoRow.enterprise_id).is_(None), col(VetoRow.region_code).in_(list(region_codes)))
    found: dict[str, list[VetoRow]] = {}
    for row in await session.scalars(_standing(against, first, last)):
        found.setdefault(row.region_code, []).append(row)
    return found


def _standing(against: ColumnElement[bool], first: date, last: date) -> Select[VetoRow]:
    return (
        select(VetoRow)
        .where(
            against,
            col(VetoRow.lifted_at).is_(None),
            col(VetoRow.period_from) <= last,
            or_(col(VetoRow.period_to).is_(None), col(VetoRow.period_to) > first),
        )
        .order_by(col(VetoRow.period_from), col(VetoRow.id))
    )
