"""Sums of support and financing, by region, year, policy or kind."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from services.projects.support.domain.application import ApplicationStatus
from services.projects.support.domain.financing import NeedStatus
from services.projects.support.repository.applications import application_scope
from services.projects.support.tables import ApplicationRow, NeedRow, OutcomeRow, PolicyRow


class SupportGrouping(StrEnum):
    REGION = "region"
    YEAR = "year"
    POLICY = "policy"
    KIND = "kind"


_BY: dict[SupportGrouping, tuple[Any, Any]] = {
    SupportGrouping.REGION: (col(ApplicationRow.region_code), col(ApplicationRow.region_code)),
    SupportGrouping.YEAR: (col(ApplicationRow.year), col(ApplicationRow.year)),
    SupportGrouping.POLICY: (col(PolicyRow.id), col(PolicyRow.name)),
    SupportGrouping.KIND: (col(PolicyRow.kind), col(PolicyRow.kind)),
}
_GRANTED = (ApplicationStatus.APPROVED.value, ApplicationStatus.CLOSED.value)


async def support_sums(
    session: AsyncSession, principal: Principal, by: SupportGrouping, year: int | None, region_code: str | None
) -> list[Any]:
    """(key, name, applications, granted, requested, approved, paid, clawed back) by group; drafts left out."""
    key, name = _BY[by]
    granted = col(ApplicationRow.status).in_(_GRANTED)
    statement = (
        select(
            key,
            name,
            func.count(),
            func.count().filter(granted),
            func.coalesce(func.sum(ApplicationRow.requested_yuan), 0),
            func.coalesce(func.sum(ApplicationRow.approved_yuan).filter(granted), 0),
            func.coalesce(func.sum(ApplicationRow.paid_yuan), 0),
            func.coalesce(func.sum(ApplicationRow.clawed_back_yuan), 0),
        )
        .join(PolicyRow, col(PolicyRow.id) == col(ApplicationRow.policy_id))
        .where(application_scope(principal), col(ApplicationRow.status) != ApplicationStatus.DRAFT.value)
        .group_by(key, name)
        .order_by(key)
    )
    if year is not None:
        statement = statement.where(col(ApplicationRow.year) == year)
    return await _sums(session, _within(statement, ApplicationRow, region_code), texts=2)


async def financing_sums(session: AsyncSession, principal: Principal, region_code: str | None) -> list[Any]:
    """(region, needs, open needs, needed, granted, guaranteed, gap of open needs) by region."""
    guaranteed = (
        select(func.coalesce(func.sum(OutcomeRow.guaranteed_yuan), 0))
        .where(col(OutcomeRow.need_id) == col(NeedRow.id))
        .correlate(NeedRow)
        .scalar_subquery()
    )
    is_open = col(NeedRow.status) == NeedStatus.OPEN.value
    gap = func.greatest(NeedRow.amount_yuan - NeedRow.granted_yuan, 0)
    statement = (
        select(
            col(NeedRow.region_code),
            func.count(),
            func.count().filter(is_open),
            func.sum(NeedRow.amount_yuan),
            func.sum(NeedRow.granted_yuan),
            func.sum(guaranteed),
            func.coalesce(func.sum(gap).filter(is_open), 0),
        )
        .where(
            region_scope(col(NeedRow.region_code), principal),
            enterprise_scope(col(NeedRow.enterprise_id), principal),
        )
        .group_by(col(NeedRow.region_code))
        .order_by(col(NeedRow.region_code))
    )
    return await _sums(session, _within(statement, NeedRow, region_code), texts=1)


async def _sums(session: AsyncSession, statement: Select[Any], *, texts: int) -> list[Any]:
    """The groups, each sum a whole number: PostgreSQL adds integers up to decimals."""
    found = await session.execute(statement)
    return [(*row[:texts], *(int(value) for value in row[texts:])) for row in found]


def _within(statement: Select[Any], table: Any, region_code: str | None) -> Select[Any]:
    if region_code is None:
        return statement
    return statement.where(col(table.region_code).startswith(regions.prefix(region_code)))
