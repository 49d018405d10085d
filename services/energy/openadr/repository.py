"""SQL of what is shown by OpenADR: orders that went out, in the caller's reach."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from services.energy.activations.domain.order import ActivationState
from services.energy.activations.repository import joined_orders, visible_orders
from services.energy.activations.tables import ActivationOrderRow, ActivationRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; None and empty leave a side open. ``active_at``: not those that are over then."""

    region_code: str | None = None
    targets: Collection[str] = ()
    order_id: UUID | None = None
    active_at: datetime | None = None
    with_values: bool = False


def _conditions(principal: Principal, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [*visible_orders(principal), col(ActivationOrderRow.notice) > 0]
    if wanted.region_code is not None:
        conditions.append(col(ActivationRow.region_code) == wanted.region_code)
    if wanted.targets:
        conditions.append(col(ActivationOrderRow.credit_code).in_(wanted.targets))
    if wanted.order_id is not None:
        conditions.append(col(ActivationOrderRow.id) == wanted.order_id)
    if wanted.active_at is not None:
        conditions.append(col(ActivationOrderRow.ends_at) > wanted.active_at)
        conditions.append(col(ActivationOrderRow.ends_at) > col(ActivationOrderRow.starts_at))
        conditions.append(col(ActivationRow.state) != ActivationState.CANCELLED)
    if wanted.with_values:
        conditions.append(col(ActivationOrderRow.starts_at) < col(ActivationOrderRow.ends_at))
        conditions.append(
            col(ActivationRow.state).in_(
                [ActivationState.RUNNING, ActivationState.ENDED, ActivationState.VERIFIED, ActivationState.CLOSED]
            )
        )
    return conditions


async def orders(
    session: AsyncSession, principal: Principal, wanted: Wanted, skip: int, limit: int
) -> list[tuple[ActivationOrderRow, ActivationRow]]:
    """Orders that went out, the latest first."""
    statement = (
        joined_orders()
        .where(*_conditions(principal, wanted))
        .order_by(col(ActivationOrderRow.starts_at).desc(), col(ActivationOrderRow.id).desc())
        .offset(skip)
        .limit(limit)
    )
    return [(order, activation) for order, activation in await session.execute(statement)]


Region = tuple[str, datetime, datetime]


async def regions(
    session: AsyncSession, principal: Principal, region_code: str | None, skip: int, limit: int
) -> list[Region]:
    """Regions with orders that went out: the code, the first order's time and the last change."""
    columns = select(
        col(ActivationRow.region_code),
        func.min(ActivationRow.ordered_at),
        func.max(func.greatest(ActivationRow.changed_at, ActivationOrderRow.changed_at)),
    )
    statement = (
        columns.join(ActivationOrderRow, col(ActivationOrderRow.activation_id) == col(ActivationRow.id))
        .where(*_conditions(principal, Wanted(region_code=region_code)))
        .group_by(col(ActivationRow.region_code))
        .order_by(col(ActivationRow.region_code))
        .offset(skip)
        .limit(limit)
    )
    return [(code, created, changed) for code, created, changed in await session.execute(statement)]
