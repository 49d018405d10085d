"""SQL of figures, processes and meters that count."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.registry.tables import EnterpriseReplicaRow
from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.efficiency.domain.books import FigureKind, Flow, Origin
from services.energy.efficiency.errors import EfficiencyNotFound, EnterpriseUnknown
from services.energy.efficiency.repository.scopes import owned_scope, region_filter
from services.energy.efficiency.tables import FigureRow, MeterShareRow, MonthRow, ProcessRow

FIGURES: Final = Listing(
    fields={
        "id": FilterField(col(FigureRow.id), UUID),
        "enterprise_id": FilterField(col(FigureRow.enterprise_id), UUID),
        "region_code": region_filter(col(FigureRow.region_code)),
        "month": FilterField(col(FigureRow.month), date),
        "kind": FilterField(col(FigureRow.kind), FigureKind),
        "process_id": FilterField(col(FigureRow.process_id), UUID),
        "code": FilterField(col(FigureRow.code)),
        "flow": FilterField(col(FigureRow.flow), Flow),
        "revision": FilterField(col(FigureRow.revision), int),
        "recorded_at": FilterField(col(FigureRow.recorded_at), datetime),
        "origin": FilterField(col(FigureRow.origin), Origin),
    },
    sortable=("month", "recorded_at"),
    default_sort="-month",
)
PROCESSES: Final = Listing(
    fields={
        "id": FilterField(col(ProcessRow.id), UUID),
        "enterprise_id": FilterField(col(ProcessRow.enterprise_id), UUID),
        "region_code": region_filter(col(ProcessRow.region_code)),
        "code": FilterField(col(ProcessRow.code)),
        "product_code": FilterField(col(ProcessRow.product_code)),
    },
    sortable=("code",),
    default_sort="code",
)
SHARES: Final = Listing(
    fields={
        "id": FilterField(col(MeterShareRow.id), UUID),
        "enterprise_id": FilterField(col(MeterShareRow.enterprise_id), UUID),
        "region_code": region_filter(col(MeterShareRow.region_code)),
        "process_id": FilterField(col(MeterShareRow.process_id), UUID),
        "meter_no": FilterField(col(MeterShareRow.meter_no)),
        "first_month": FilterField(col(MeterShareRow.first_month), date),
    },
    sortable=("meter_no", "first_month"),
    default_sort="meter_no",
)


async def get_enterprise(
    session: AsyncSession, principal: Principal, enterprise_id: UUID | None
) -> EnterpriseReplicaRow:
    """Raises EnterpriseUnknown."""
    scope = owned_scope(col(EnterpriseReplicaRow.region_code), col(EnterpriseReplicaRow.enterprise_id), principal)
    statement = select(EnterpriseReplicaRow).where(
        col(EnterpriseReplicaRow.enterprise_id) == enterprise_id,
        col(EnterpriseReplicaRow.deleted).is_(False),
        *scope,
    )
    row = (await session.scalars(statement)).first()
    if row is None:
        raise EnterpriseUnknown(enterprise_id=enterprise_id)
    return row


async def enterprises_by_code(
    session: AsyncSession, principal: Principal, codes: set[str]
) -> dict[str, EnterpriseReplicaRow]:
    """Those of the caller's reach among the credit codes."""
    scope = owned_scope(col(EnterpriseReplicaRow.region_code), col(EnterpriseReplicaRow.enterprise_id), principal)
    statement = select(EnterpriseReplicaRow).where(
        col(EnterpriseReplicaRow.credit_code).in_(codes), col(EnterpriseReplicaRow.deleted).is_(False), *scope
    )
    return {row.credit_code: row for row in await session.scalars(statement)}


def _owned(table: Any, principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return owned_scope(col(table.region_code), col(table.enterprise_id), principal)


async def list_owned(session: AsyncSession, principal: Principal, query: ListQuery, table: Any) -> Page[Any]:
    """Rows of the caller's regions or enterprise."""
    return await query.page(session, select(table).where(*_owned(table, principal)))


async def get_owned(session: AsyncSession, principal: Principal, table: Any, row_id: UUID, *, lock: bool) -> Any:
    """Raises EfficiencyNotFound."""
    statement = select(table).where(col(table.id) == row_id, *_owned(table, principal))
    if lock:
        statement = statement.with_for_update()
    row = (await session.scalars(statement)).first()
    if row is None:
        raise EfficiencyNotFound(id=row_id)
    return row


async def list_figures(
    session: AsyncSession, principal: Principal, query: ListQuery, as_of: datetime | None, *, history: bool
) -> Page[FigureRow]:
    """Figures as they are, as they were known at an instant, or all there ever were."""
    statement = select(FigureRow).where(*_owned(FigureRow, principal))
    if not history:
        statement = statement.where(known_at(as_of))
    page: Page[FigureRow] = await query.page(session, statement)
    return page


def known_at(as_of: datetime | None) -> ColumnElement[bool]:
    """The condition of the figures that stand, or stood at an instant."""
    if as_of is None:
        return col(FigureRow.replaced_at).is_(None)
    return (col(FigureRow.recorded_at) <= as_of) & or_(
        col(FigureRow.replaced_at).is_(None), col(FigureRow.replaced_at) > as_of
    )


async def lock_month(session: AsyncSession, enterprise_id: UUID, month: date) -> MonthRow | None:
    statement = select(MonthRow).where(col(MonthRow.enterprise_id) == enterprise_id, col(MonthRow.month) == month)
    return (await session.scalars(statement.with_for_update())).first()


async def current_figures(session: AsyncSession, enterprise_id: UUID, month: date) -> list[FigureRow]:
    statement = select(FigureRow).where(
        col(FigureRow.enterprise_id) == enterprise_id, col(FigureRow.month) == month, known_at(None)
    )
    return list(await session.scalars(statement))


async def processes_of(session: AsyncSession, enterprise_id: UUID) -> list[ProcessRow]:
    statement = select(ProcessRow).where(col(ProcessRow.enterprise_id) == enterprise_id)
    return list(await session.scalars(statement.order_by(col(ProcessRow.code))))


async def shares_of_meter(session: AsyncSession, meter_index: int) -> list[MeterShareRow]:
    statement = select(MeterShareRow).where(col(MeterShareRow.meter_index) == meter_index)
    return list(await session.scalars(statement))


async def enterprise_regions(session: AsyncSession, enterprise_ids: Collection[UUID]) -> set[str]:
    """The regions these enterprises lie in."""
    statement = select(col(EnterpriseReplicaRow.region_code)).where(
        col(EnterpriseReplicaRow.enterprise_id).in_(enterprise_ids)
    )
    return set(await session.scalars(statement))


async def find_month(session: AsyncSession, enterprise_id: UUID, month: date) -> MonthRow | None:
    return await session.get(MonthRow, (enterprise_id, month))
