"""SQL of activations, orders, notices, amendments and rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, any_, cast, false, func, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.registry.tables import EnterpriseReplicaRow
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.activations.domain.order import STANDING, ActivationState
from services.energy.activations.errors import ActivationNotFound, ActivationOrderNotFound
from services.energy.activations.tables import (
    ActivationAmendmentRow,
    ActivationMeterRow,
    ActivationNoticeRow,
    ActivationOrderRow,
    ActivationRow,
)
from services.energy.metering.indexes import is_among
from services.energy.metering.tables import MeterRow

ACTIVATIONS: Final = Listing(
    fields={
        "id": FilterField(ActivationRow.id, UUID),
        "code": FilterField(ActivationRow.code, str),
        "region_code": FilterField(ActivationRow.region_code, str),
        "state": FilterField(ActivationRow.state, ActivationState),
        "level": FilterField(ActivationRow.level, int),
        "node_code": FilterField(ActivationRow.node_code, str),
        "plan_id": FilterField(ActivationRow.plan_id, UUID),
        "starts_at": FilterField(ActivationRow.starts_at, datetime),
        "ends_at": FilterField(ActivationRow.ends_at, datetime),
    },
    sortable=("starts_at", "code"),
    default_sort="-starts_at",
)

_LOCK: Final = text("SELECT count(pg_advisory_xact_lock(hashtext(key))) FROM unnest(CAST(:keys AS text[])) AS key")


def ids_of(ids: Iterable[UUID]) -> Any:
    """Many ids as one parameter."""
    return any_(cast(list(ids), ARRAY(Uuid)))


async def lock_keys(session: AsyncSession, keys: Iterable[str]) -> None:
    """Advisory locks of the transaction, in one order whoever asks."""
    await session.execute(_LOCK, {"keys": sorted(set(keys))})


def _activations(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    # A whole activation names other enterprises: an enterprise sees its own orders instead.
    is_office = false() if principal.is_enterprise_bound else true()
    return (region_scope(col(ActivationRow.region_code), principal), is_office)


def visible_orders(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """Orders in the caller's regions; to an enterprise its own, once it was told."""
    told = col(ActivationOrderRow.notice) > 0 if principal.is_enterprise_bound else true()
    return (
        region_scope(col(ActivationOrderRow.region_code), principal),
        enterprise_scope(col(ActivationOrderRow.enterprise_id), principal),
        told,
    )


async def list_activations(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ActivationRow]:
    page: Page[ActivationRow] = await query.page(session, select(ActivationRow).where(*_activations(principal)))
    return page


async def get_activation(
    session: AsyncSession, principal: Principal, activation_id: UUID, *, lock: bool = False
) -> ActivationRow:
    """Raises ActivationNotFound."""
    statement = select(ActivationRow).where(col(ActivationRow.id) == activation_id, *_activations(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = (await session.scalars(statement)).first()
    if row is None:
        raise ActivationNotFound(activation_id=activation_id)
    return row


async def lock_due(session: AsyncSession, now: datetime) -> list[ActivationRow]:
    """Activations whose state time has overtaken, locked in order."""
    begun = (col(ActivationRow.state).in_([ActivationState.ORDERED, ActivationState.NOTIFIED])) & (
        col(ActivationRow.starts_at) <= now
    )
    over = (col(ActivationRow.state) == ActivationState.RUNNING) & (col(ActivationRow.ends_at) <= now)
    statement = select(ActivationRow).where(begun | over).order_by(col(ActivationRow.id)).with_for_update()
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


async def lock_in_state(session: AsyncSession, *states: ActivationState) -> list[ActivationRow]:
    """Activations in these states, locked in order."""
    statement = (
        select(ActivationRow)
        .where(col(ActivationRow.state).in_(states))
        .order_by(col(ActivationRow.id))
        .with_for_update()
    )
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


async def next_number(session: AsyncSession, prefix: str) -> int:
    """The number after the last code with this prefix; to be asked under its lock."""
    statement = select(func.max(col(ActivationRow.code))).where(
        col(ActivationRow.code).startswith(prefix, autoescape=True)
    )
    last = await session.scalar(statement)
    return 1 if last is None else int(last.removeprefix(prefix)) + 1


def joined_orders() -> Select[ActivationOrderRow, ActivationRow]:
    """Orders with their activations."""
    return select(ActivationOrderRow, ActivationRow).join(
        ActivationRow, col(ActivationRow.id) == col(ActivationOrderRow.activation_id)
    )


async def get_order(
    session: AsyncSession, principal: Principal, order_id: UUID, *, lock: bool = False
) -> tuple[ActivationOrderRow, ActivationRow]:
    """Raises ActivationOrderNotFound."""
    statement = joined_orders().where(col(ActivationOrderRow.id) == order_id, *visible_orders(principal))
    if lock:
        statement = statement.with_for_update(of=ActivationOrderRow).execution_options(populate_existing=True)
    found = (await session.execute(statement)).first()
    if found is None:
        raise ActivationOrderNotFound(order_id=order_id)
    order, activation = found
    return order, activation


async def orders_of(
    session: AsyncSession, activation_ids: Collection[UUID], *, lock: bool = False
) -> list[ActivationOrderRow]:
    """Orders of the activations by credit code."""
    statement = (
        select(ActivationOrderRow)
        .where(col(ActivationOrderRow.activation_id) == ids_of(activation_ids))
        .order_by(col(ActivationOrderRow.credit_code), col(ActivationOrderRow.id))
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(await session.scalars(statement))


async def standing_orders(
    session: AsyncSession, enterprise_ids: Collection[UUID], first: datetime, last: datetime
) -> list[tuple[ActivationOrderRow, ActivationRow]]:
    """Orders of the enterprises in force some time from ``first`` until before ``last``, by their beginning."""
    statement = (
        joined_orders()
        .where(
            col(ActivationOrderRow.enterprise_id) == ids_of(enterprise_ids),
            col(ActivationRow.state).in_(STANDING),
            col(ActivationOrderRow.starts_at) < last,
            col(ActivationOrderRow.ends_at) > first,
            col(ActivationOrderRow.ends_at) > col(ActivationOrderRow.starts_at),
        )
        .order_by(col(ActivationOrderRow.starts_at), col(ActivationOrderRow.id))
    )
    return [(order, activation) for order, activation in await session.execute(statement)]


async def meters_of(session: AsyncSession, order_ids: Collection[UUID]) -> dict[UUID, list[ActivationMeterRow]]:
    """The meters of each order, by number."""
    statement = (
        select(ActivationMeterRow)
        .where(col(ActivationMeterRow.order_id) == ids_of(order_ids))
        .order_by(col(ActivationMeterRow.meter_no))
    )
    found: dict[UUID, list[ActivationMeterRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.order_id, []).append(row)
    return found


async def meters_of_enterprises(
    session: AsyncSession, principal: Principal, enterprise_ids: Collection[UUID]
) -> dict[UUID, list[MeterRow]]:
    """Meters the enterprises have within the caller's reach, by number."""
    statement = (
        select(MeterRow)
        .where(
            col(MeterRow.enterprise_id) == ids_of(enterprise_ids),
            region_scope(col(MeterRow.region_code), principal),
        )
        .order_by(col(MeterRow.meter_no))
    )
    found: dict[UUID, list[MeterRow]] = {}
    for row in await session.scalars(statement):
        assert row.enterprise_id is not None
        found.setdefault(row.enterprise_id, []).append(row)
    return found


async def owners_of(session: AsyncSession, meter_indexes: Collection[int]) -> frozenset[UUID]:
    """The enterprises that these meters belong to."""
    statement = select(col(MeterRow.enterprise_id)).where(is_among(MeterRow.meter_index, meter_indexes))
    return frozenset(owner for owner in await session.scalars(statement.distinct()) if owner is not None)


async def enterprises(
    session: AsyncSession, principal: Principal, enterprise_ids: Collection[UUID]
) -> dict[UUID, EnterpriseReplicaRow]:
    """The known enterprises among these within the caller's reach."""
    statement = select(EnterpriseReplicaRow).where(
        col(EnterpriseReplicaRow.enterprise_id) == ids_of(enterprise_ids),
        col(EnterpriseReplicaRow.deleted).is_(False),
        region_scope(col(EnterpriseReplicaRow.region_code), principal),
    )
    return {row.enterprise_id: row for row in await session.scalars(statement)}


async def notices_of(session: AsyncSession, order_id: UUID) -> list[ActivationNoticeRow]:
    """What an enterprise was told, the newest first."""
    statement = (
        select(ActivationNoticeRow)
        .where(col(ActivationNoticeRow.order_id) == order_id)
        .order_by(col(ActivationNoticeRow.number).desc())
    )
    return list(await session.scalars(statement))


async def open_notices(
    session: AsyncSession, order_ids: Collection[UUID]
) -> dict[UUID, list[ActivationNoticeRow]]:
    """Notices that nothing replaced, by order."""
    statement = select(ActivationNoticeRow).where(
        col(ActivationNoticeRow.order_id) == ids_of(order_ids), col(ActivationNoticeRow.replaced_at).is_(None)
    )
    found: dict[UUID, list[ActivationNoticeRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.order_id, []).append(row)
    return found


async def amendments_of(session: AsyncSession, activation_id: UUID) -> list[ActivationAmendmentRow]:
    """Amendments in their order."""
    statement = (
        select(ActivationAmendmentRow)
        .where(col(ActivationAmendmentRow.activation_id) == activation_id)
        .order_by(col(ActivationAmendmentRow.number))
    )
    return list(await session.scalars(statement))


async def orders_starting(
    session: AsyncSession, principal: Principal, region_prefix: str, first: datetime, last: datetime
) -> list[tuple[ActivationOrderRow, ActivationRow]]:
    """Orders that stand and begin from ``first`` until before ``last``, of enterprises in the region's subtree."""
    statement = (
        joined_orders()
        .where(
            *visible_orders(principal),
            col(ActivationOrderRow.region_code).startswith(region_prefix, autoescape=True),
            col(ActivationRow.state).in_(STANDING),
            col(ActivationOrderRow.starts_at) >= first,
            col(ActivationOrderRow.starts_at) < last,
        )
        .order_by(col(ActivationRow.code), col(ActivationOrderRow.credit_code))
    )
    return [(order, activation) for order, activation in await session.execute(statement)]
