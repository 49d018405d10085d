"""SQL of innovation records."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.innovation.domain.records import STANDING, Grade, RecordKind, RecordStatus
from services.projects.innovation.tables import InnovationRecordRow
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow

# The year that something counts in: its own, or that in which it began to hold.
_YEAR: Any = func.coalesce(InnovationRecordRow.year, func.extract("year", col(InnovationRecordRow.valid_from)))

RECORDS = Listing(
    fields={
        "id": FilterField(col(InnovationRecordRow.id), UUID),
        "kind": FilterField(col(InnovationRecordRow.kind), RecordKind),
        "status": FilterField(col(InnovationRecordRow.status), RecordStatus),
        "enterprise_id": FilterField(col(InnovationRecordRow.enterprise_id), UUID),
        "enterprise_name": FilterField(col(EnterpriseRow.name)),
        "region_code": region_filter(col(InnovationRecordRow.region_code)),
        "title": FilterField(col(InnovationRecordRow.title)),
        "number": FilterField(col(InnovationRecordRow.number)),
        "grade": FilterField(col(InnovationRecordRow.grade), Grade),
        "year": FilterField(col(InnovationRecordRow.year), int),
        "counted_year": FilterField(_YEAR, int),
        "amount_yuan": FilterField(col(InnovationRecordRow.amount_yuan), int),
        "valid_from": FilterField(col(InnovationRecordRow.valid_from), date),
        "valid_to": FilterField(col(InnovationRecordRow.valid_to), date),
    },
    sortable=("valid_from", "year", "amount_yuan", "enterprise_name"),
    default_sort="-valid_from",
)


class RecordGrouping(StrEnum):
    KIND = "kind"
    REGION = "region"
    YEAR = "year"


_BY: dict[RecordGrouping, Any] = {
    RecordGrouping.KIND: col(InnovationRecordRow.kind),
    RecordGrouping.REGION: col(InnovationRecordRow.region_code),
    RecordGrouping.YEAR: _YEAR,
}


def record_scope(principal: Principal) -> ColumnElement[bool]:
    return and_(
        region_scope(col(InnovationRecordRow.region_code), principal),
        enterprise_scope(col(InnovationRecordRow.enterprise_id), principal),
    )


def visible_records(principal: Principal) -> Select[Any]:
    return select(col(InnovationRecordRow.id)).where(record_scope(principal))


async def find_record(session: AsyncSession, record_id: UUID, *, lock: bool = False) -> InnovationRecordRow | None:
    statement = select(InnovationRecordRow).where(col(InnovationRecordRow.id) == record_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def standing_claim(session: AsyncSession, claim: str, without: UUID) -> InnovationRecordRow | None:
    statement = select(InnovationRecordRow).where(
        col(InnovationRecordRow.claim) == claim,
        col(InnovationRecordRow.id) != without,
        col(InnovationRecordRow.status).in_([status.value for status in STANDING]),
    )
    return (await session.scalars(statement)).first()


async def list_records(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement: Any = (
        select(InnovationRecordRow, EnterpriseRow)
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(InnovationRecordRow.enterprise_id))
        .where(record_scope(principal))
    )
    return await query.page(session, statement)


async def counts(session: AsyncSession, enterprise_ids: Iterable[UUID], day: date) -> dict[UUID, dict[str, int]]:
    """Verified records that hold on the day, by enterprise and kind; inventions beside all patents."""
    statement = (
        select(
            col(InnovationRecordRow.enterprise_id),
            col(InnovationRecordRow.kind),
            func.count(),
            func.count().filter(col(InnovationRecordRow.grade) == Grade.INVENTION.value),
        )
        .where(
            col(InnovationRecordRow.enterprise_id).in_(list(enterprise_ids)),
            col(InnovationRecordRow.status) == RecordStatus.VERIFIED.value,
            col(InnovationRecordRow.valid_from) <= day,
            or_(col(InnovationRecordRow.valid_to).is_(None), col(InnovationRecordRow.valid_to) > day),
        )
        .group_by(col(InnovationRecordRow.enterprise_id), col(InnovationRecordRow.kind))
    )
    found: dict[UUID, dict[str, int]] = {}
    for enterprise_id, kind, number, inventions in await session.execute(statement):
        known = found.setdefault(enterprise_id, {})
        known[kind] = number
        if kind == RecordKind.PATENT.value:
            known["invention"] = inventions
    return found


async def recorded_sum(
    session: AsyncSession, kind: RecordKind, year: int, region_code: str | None
) -> tuple[int | None, int]:
    """What verified records of a year add up to, and how many they are; None of none."""
    statement = select(func.sum(InnovationRecordRow.amount_yuan), func.count()).where(
        col(InnovationRecordRow.kind) == kind.value,
        col(InnovationRecordRow.year) == year,
        col(InnovationRecordRow.status) == RecordStatus.VERIFIED.value,
    )
    if region_code is not None:
        statement = statement.where(col(InnovationRecordRow.region_code).startswith(regions.prefix(region_code)))
    total, number = (await session.execute(statement)).one()
    return (None if total is None else int(total), int(number))


async def summary(
    session: AsyncSession, principal: Principal, by: RecordGrouping, year: int | None, region_code: str | None
) -> list[Any]:
    """(key, records that stand, verified ones, their amount) by group."""
    key = _BY[by]
    verified = col(InnovationRecordRow.status) == RecordStatus.VERIFIED.value
    statement = (
        select(
            key,
            func.count(),
            func.count().filter(verified),
            func.sum(InnovationRecordRow.amount_yuan).filter(verified),
        )
        .where(
            record_scope(principal),
            col(InnovationRecordRow.status).in_([status.value for status in STANDING]),
        )
        .group_by(key)
        .order_by(key)
    )
    if year is not None:
        statement = statement.where(year == _YEAR)
    if region_code is not None:
        statement = statement.where(col(InnovationRecordRow.region_code).startswith(regions.prefix(region_code)))
    # PostgreSQL adds integers up to decimals.
    return [
        (key, records, verified, None if amount is None else int(amount))
        for key, records, verified, amount in await session.execute(statement)
    ]
