"""SQL of the figures of orderly use."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.activations.tables import ActivationRuleRow

RULES: Final = Listing(
    fields={
        "id": FilterField(ActivationRuleRow.id, UUID),
        "region_code": FilterField(ActivationRuleRow.region_code, str),
        "valid_from": FilterField(ActivationRuleRow.valid_from, date),
        "valid_to": FilterField(ActivationRuleRow.valid_to, date),
    },
    sortable=("valid_from",),
    default_sort="-valid_from",
)


async def list_rules(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ActivationRuleRow]:
    mine = col(ActivationRuleRow.region_code).is_(None) | region_scope(
        col(ActivationRuleRow.region_code), principal
    )
    page: Page[ActivationRuleRow] = await query.page(session, select(ActivationRuleRow).where(mine))
    return page


async def all_rules(session: AsyncSession) -> list[ActivationRuleRow]:
    """Rules of all regions and times; there are few."""
    return list(await session.scalars(select(ActivationRuleRow).order_by(col(ActivationRuleRow.valid_from))))
