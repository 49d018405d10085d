"""The list of orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.activations.domain.order import ActivationState
from services.energy.activations.repository import joined_orders, visible_orders
from services.energy.activations.tables import ActivationOrderRow, ActivationRow

ORDERS: Final = Listing(
    fields={
        "id": FilterField(ActivationOrderRow.id, UUID),
        "activation_id": FilterField(ActivationOrderRow.activation_id, UUID),
        "activation_code": FilterField(ActivationRow.code, str),
        "activation_state": FilterField(ActivationRow.state, ActivationState),
        "enterprise_id": FilterField(ActivationOrderRow.enterprise_id, UUID),
        "credit_code": FilterField(ActivationOrderRow.credit_code, str),
        "region_code": FilterField(ActivationOrderRow.region_code, str),
        "measure": FilterField(ActivationOrderRow.measure, str),
        "tier": FilterField(ActivationOrderRow.tier, int),
        "verdict": FilterField(ActivationOrderRow.verdict, str),
        "acknowledge_by": FilterField(ActivationOrderRow.acknowledge_by, datetime),
        "acknowledged_at": FilterField(ActivationOrderRow.acknowledged_at, datetime),
        "starts_at": FilterField(ActivationOrderRow.starts_at, datetime),
        "ends_at": FilterField(ActivationOrderRow.ends_at, datetime),
    },
    sortable=("starts_at", "credit_code"),
    default_sort="-starts_at",
)


async def list_orders(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[tuple[ActivationOrderRow, ActivationRow]]:
    # The page takes statements of any columns.
    statement: Any = joined_orders().where(*visible_orders(principal))
    page: Page[tuple[ActivationOrderRow, ActivationRow]] = await query.page(session, statement)
    return page
