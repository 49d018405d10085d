"""SQL of supply quotas."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, String, any_, cast, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.registry.tables import RegionReplicaRow
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.quotas.domain.quota import Scope
from services.energy.quotas.errors import QuotaNotFound
from services.energy.quotas.tables import QuotaImportRow, SupplyQuotaRow

QUOTAS: Final = Listing(
    fields={
        "id": FilterField(SupplyQuotaRow.id, UUID),
        "scope": FilterField(SupplyQuotaRow.scope, Scope),
        "code": FilterField(SupplyQuotaRow.code, str),
        "region_code": FilterField(SupplyQuotaRow.region_code, str),
        "enterprise_id": FilterField(SupplyQuotaRow.enterprise_id, UUID),
        "day": FilterField(SupplyQuotaRow.day, date),
        "import_id": FilterField(SupplyQuotaRow.import_id, UUID),
        "issued_at": FilterField(SupplyQuotaRow.issued_at, datetime),
    },
    sortable=("day", "code"),
    default_sort="-day",
)

IMPORTS: Final = Listing(
    fields={
        "id": FilterField(QuotaImportRow.id, UUID),
        "system": FilterField(QuotaImportRow.system, str),
        "name": FilterField(QuotaImportRow.name, str),
        "received_at": FilterField(QuotaImportRow.received_at, datetime),
        "issued_at": FilterField(QuotaImportRow.issued_at, datetime),
        "rejected": FilterField(QuotaImportRow.rejected, int),
    },
    sortable=("received_at",),
    default_sort="-received_at",
)


def _visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(SupplyQuotaRow.region_code), principal),
        enterprise_scope(col(SupplyQuotaRow.enterprise_id), principal),
    )


def _known_at(as_of: datetime | None) -> ColumnElement[bool]:
    if as_of is None:
        return col(SupplyQuotaRow.replaced_at).is_(None)
    return (col(SupplyQuotaRow.recorded_at) <= as_of) & or_(
        col(SupplyQuotaRow.replaced_at).is_(None), col(SupplyQuotaRow.replaced_at) > as_of
    )


async def list_quotas(
    session: AsyncSession, principal: Principal, query: ListQuery, as_of: datetime | None
) -> Page[SupplyQuotaRow]:
    """Quotas as they are, or as they were known at an instant."""
    statement = select(SupplyQuotaRow).where(*_visible(principal), _known_at(as_of))
    page: Page[SupplyQuotaRow] = await query.page(session, statement)
    return page


async def get_quota(session: AsyncSession, principal: Principal, quota_id: UUID) -> SupplyQuotaRow:
    """Raises QuotaNotFound."""
    statement = select(SupplyQuotaRow).where(col(SupplyQuotaRow.id) == quota_id, *_visible(principal))
    row = (await session.scalars(statement)).first()
    if row is None:
        raise QuotaNotFound(quota_id=quota_id)
    return row


def _visible_imports(principal: Principal) -> ColumnElement[bool]:
    own = col(QuotaImportRow.received_by) == principal.subject
    return own | (
        region_scope(col(QuotaImportRow.region_code), principal)
        & enterprise_scope(col(QuotaImportRow.enterprise_id), principal)
    )


async def list_imports(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[QuotaImportRow]:
    page: Page[QuotaImportRow] = await query.page(
        session, select(QuotaImportRow).where(_visible_imports(principal))
    )
    return page


async def get_import(session: AsyncSession, principal: Principal, import_id: UUID) -> QuotaImportRow:
    """Raises QuotaNotFound."""
    statement = select(QuotaImportRow).where(col(QuotaImportRow.id) == import_id, _visible_imports(principal))
    row = (await session.scalars(statement)).first()
    if row is None:
        raise QuotaNotFound(quota_id=import_id)
    return row


async def lock_quotas(session: AsyncSession) -> None:
    """One list at a time is laid over what stands."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('supply_quota'))"))


async def current_quotas(
    session: AsyncSession, codes: Collection[str], first: date, last: date
) -> list[SupplyQuotaRow]:
    """What stands under these codes on these days."""
    statement = select(SupplyQuotaRow).where(
        col(SupplyQuotaRow.replaced_at).is_(None),
        col(SupplyQuotaRow.day).between(first, last),
        # As one parameter: a list may name more codes than a statement has places.
        col(SupplyQuotaRow.code) == any_(cast(sorted(codes), ARRAY(String))),
    )
    return list(await session.scalars(statement))


async def regions_named(session: AsyncSession, principal: Principal, name: str) -> list[str]:
    """Codes of the caller's regions of this name, two at most."""
    statement = select(col(RegionReplicaRow.code)).where(
        col(RegionReplicaRow.name) == name,
        col(RegionReplicaRow.deleted).is_(False),
        true() if principal.is_unbound else region_scope(col(RegionReplicaRow.code), principal),
    )
    return list(await session.scalars(statement.limit(2)))
