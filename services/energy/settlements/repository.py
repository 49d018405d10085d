"""SQL of settlements and their rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.activations.domain.order import STANDING
from services.energy.activations.tables import (
    ActivationOrderRow,
    ActivationRow,
    ActivationVerificationRow,
)
from services.energy.settlements.errors import SettlementNotFound
from services.energy.settlements.tables import (
    SettlementItemRow,
    SettlementLineRow,
    SettlementRateRow,
    SettlementRow,
)

RATES: Final = Listing(
    fields={
        "id": FilterField(SettlementRateRow.id, UUID),
        "kind": FilterField(SettlementRateRow.kind, str),
        "region_code": FilterField(SettlementRateRow.region_code, str),
        "valid_from": FilterField(SettlementRateRow.valid_from, date),
        "valid_to": FilterField(SettlementRateRow.valid_to, date),
    },
    sortable=("valid_from",),
    default_sort="-valid_from",
)

SETTLEMENTS: Final = Listing(
    fields={
        "id": FilterField(SettlementRow.id, UUID),
        "region_code": FilterField(SettlementRow.region_code, str),
        "year": FilterField(SettlementRow.year, int),
        "edition": FilterField(SettlementRow.edition, int),
        "frozen_at": FilterField(SettlementRow.frozen_at, datetime),
    },
    sortable=("year", "edition", "frozen_at"),
    default_sort="-year,-edition",
)

LINES: Final = Listing(
    fields={
        "id": FilterField(SettlementLineRow.id, UUID),
        "settlement_id": FilterField(SettlementLineRow.settlement_id, UUID),
        "enterprise_id": FilterField(SettlementLineRow.enterprise_id, UUID),
        "credit_code": FilterField(SettlementLineRow.credit_code, str),
        "region_code": FilterField(SettlementLineRow.region_code, str),
        "year": FilterField(SettlementRow.year, int),
        "edition": FilterField(SettlementRow.edition, int),
        "rate": FilterField(SettlementLineRow.rate, float),
        "energy_kwh": FilterField(SettlementLineRow.energy_kwh, float),
        "open_amounts": FilterField(SettlementLineRow.open_amounts, int),
    },
    sortable=("credit_code", "rate", "energy_kwh"),
    default_sort="credit_code",
)

ITEMS: Final = Listing(
    fields={
        "id": FilterField(SettlementItemRow.id, UUID),
        "settlement_id": FilterField(SettlementItemRow.settlement_id, UUID),
        "line_id": FilterField(SettlementItemRow.line_id, UUID),
        "order_id": FilterField(SettlementItemRow.order_id, UUID),
        "enterprise_id": FilterField(SettlementItemRow.enterprise_id, UUID),
        "verdict": FilterField(SettlementItemRow.verdict, str),
        "day": FilterField(SettlementItemRow.day, date),
    },
    sortable=("day",),
    default_sort="day",
)


def _offices(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    # Sums of a region are of many enterprises: one of them sees its own line instead.
    return (
        region_scope(col(SettlementRow.region_code), principal),
        false() if principal.is_enterprise_bound else true(),
    )


async def list_settlements(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[SettlementRow]:
    page: Page[SettlementRow] = await query.page(session, select(SettlementRow).where(*_offices(principal)))
    return page


async def get_settlement(session: AsyncSession, principal: Principal, settlement_id: UUID) -> SettlementRow:
    """Raises SettlementNotFound."""
    statement = select(SettlementRow).where(col(SettlementRow.id) == settlement_id, *_offices(principal))
    row = (await session.scalars(statement)).first()
    if row is None:
        raise SettlementNotFound(settlement_id=settlement_id)
    return row


async def newest(session: AsyncSession, region_code: str, year: int) -> SettlementRow | None:
    """The edition that holds."""
    statement = (
        select(SettlementRow)
        .where(col(SettlementRow.region_code) == region_code, col(SettlementRow.year) == year)
        .order_by(col(SettlementRow.edition).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


async def list_lines(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[tuple[SettlementLineRow, SettlementRow]]:
    """Lines in the caller's regions; an enterprise's own."""
    statement: Any = (
        select(SettlementLineRow, SettlementRow)
        .join(SettlementRow, col(SettlementRow.id) == col(SettlementLineRow.settlement_id))
        .where(
            region_scope(col(SettlementLineRow.region_code), principal),
            enterprise_scope(col(SettlementLineRow.enterprise_id), principal),
        )
    )
    page: Page[tuple[SettlementLineRow, SettlementRow]] = await query.page(session, statement)
    return page


async def lines_of(session: AsyncSession, settlement_id: UUID) -> list[SettlementLineRow]:
    """All lines by credit code."""
    statement = (
        select(SettlementLineRow)
        .where(col(SettlementLineRow.settlement_id) == settlement_id)
        .order_by(col(SettlementLineRow.credit_code), col(SettlementLineRow.id))
    )
    return list(await session.scalars(statement))


async def list_items(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[SettlementItemRow]:
    """Orders behind lines in the caller's regions; an enterprise's own."""
    statement = select(SettlementItemRow).where(
        region_scope(col(SettlementItemRow.region_code), principal),
        enterprise_scope(col(SettlementItemRow.enterprise_id), principal),
    )
    page: Page[SettlementItemRow] = await query.page(session, statement)
    return page


async def items_of(session: AsyncSession, settlement_id: UUID) -> list[SettlementItemRow]:
    """All orders of a settlement by day and activation."""
    statement = (
        select(SettlementItemRow)
        .where(col(SettlementItemRow.settlement_id) == settlement_id)
        .order_by(col(SettlementItemRow.day), col(SettlementItemRow.activation_code), col(SettlementItemRow.id))
    )
    return list(await session.scalars(statement))


async def list_rates(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[SettlementRateRow]:
    mine = col(SettlementRateRow.region_code).is_(None) | region_scope(
        col(SettlementRateRow.region_code), principal
    )
    page: Page[SettlementRateRow] = await query.page(session, select(SettlementRateRow).where(mine))
    return page


async def all_rates(session: AsyncSession) -> list[SettlementRateRow]:
    return list(await session.scalars(select(SettlementRateRow).order_by(col(SettlementRateRow.valid_from))))


Found = tuple[ActivationOrderRow, ActivationRow, ActivationVerificationRow | None]


async def orders_between(
    session: AsyncSession, region_prefix: str, first: datetime, last: datetime
) -> Sequence[Found]:
    """Orders that asked for something and began in the time, with the verification that holds, by beginning."""
    statement = (
        select(ActivationOrderRow, ActivationRow, ActivationVerificationRow)
        .join(ActivationRow, col(ActivationRow.id) == col(ActivationOrderRow.activation_id))
        .outerjoin(
            ActivationVerificationRow,
            and_(
                col(ActivationVerificationRow.order_id) == col(ActivationOrderRow.id),
                col(ActivationVerificationRow.edition) == col(ActivationOrderRow.edition),
            ),
        )
        .where(
            col(ActivationOrderRow.region_code).startswith(region_prefix, autoescape=True),
            col(ActivationRow.state).in_(STANDING),
            col(ActivationOrderRow.starts_at) >= first,
            col(ActivationOrderRow.starts_at) < last,
            col(ActivationOrderRow.ends_at) > col(ActivationOrderRow.starts_at),
        )
        .order_by(col(ActivationOrderRow.starts_at), col(ActivationOrderRow.id))
    )
    return [(order, activation, row) for order, activation, row in await session.execute(statement)]
