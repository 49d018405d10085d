"""SQL of gateways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.tables import (
    GatewayRow,
)

GATEWAYS = Listing(
    fields={
        "id": FilterField(col(GatewayRow.id), UUID),
        "name": FilterField(col(GatewayRow.name)),
        "kind": FilterField(col(GatewayRow.kind)),
        "region_code": FilterField(col(GatewayRow.region_code)),
        "enabled": FilterField(col(GatewayRow.enabled), bool),
    },
    sortable=("name",),
    default_sort="name",
)


@remembered
async def gateways_of_numbers(session: AsyncSession) -> Sequence[GatewayRow]:
    """The gateways that reach people by the number the registry knows."""
    kinds = [ChannelKind.SMS.value, ChannelKind.VOICE.value]
    return await enabled_gateways(session, kinds)


async def enabled_gateways(session: AsyncSession, kinds: Sequence[str]) -> Sequence[GatewayRow]:
    statement = select(GatewayRow).where(col(GatewayRow.kind).in_(list(kinds)), col(GatewayRow.enabled).is_(True))
    return (await session.scalars(statement.order_by(col(GatewayRow.id)))).all()


async def page_gateways(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(GatewayRow).where(_gateway_scope(principal)))


async def find_gateway(
    session: AsyncSession, principal: Principal, gateway_id: UUID, *, lock: bool = False
) -> GatewayRow | None:
    statement = select(GatewayRow).where(col(GatewayRow.id) == gateway_id, _gateway_scope(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def get_any_gateway(session: AsyncSession, gateway_id: UUID) -> GatewayRow | None:
    """The gateway whoever asks: its provider, known by the key in the address."""
    return await session.get(GatewayRow, gateway_id)


def _gateway_scope(principal: Principal) -> ColumnElement[bool]:
    if principal.is_enterprise_bound:
        return col(GatewayRow.id).is_(None)
    return region_scope(col(GatewayRow.region_code), principal)
