"""SQL of size bands, their counts and targets."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import case, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.size_bands import SizeBand, SizeBands
from services.projects.ledger.tables import ProjectRow, SizeBandsRow, SizeBandTargetRow
from services.projects.registry.repository import region_filter

SIZE_BANDS = Listing(
    fields={
        "id": FilterField(col(SizeBandsRow.id), UUID),
        "region_code": FilterField(col(SizeBandsRow.region_code)),
        "valid_from": FilterField(col(SizeBandsRow.valid_from), date),
    },
    sortable=("region_code", "valid_from"),
    default_sort="region_code,valid_from",
)
SIZE_BAND_TARGETS = Listing(
    fields={
        "id": FilterField(col(SizeBandTargetRow.id), UUID),
        "region_code": region_filter(col(SizeBandTargetRow.region_code)),
        "period_from": FilterField(col(SizeBandTargetRow.period_from), date),
        "period_to": FilterField(col(SizeBandTargetRow.period_to), date),
        "band_code": FilterField(col(SizeBandTargetRow.band_code)),
    },
    sortable=("region_code", "period_from"),
    default_sort="region_code,period_from",
)


def size_bands_of(row: SizeBandsRow) -> SizeBands:
    return SizeBands(
        bands=tuple(SizeBand(**band) for band in row.bands),
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


@remembered
async def all_size_bands(session: AsyncSession) -> list[SizeBands]:
    return [size_bands_of(row) for row in await session.scalars(select(SizeBandsRow))]


async def size_bands_rows(session: AsyncSession, region_code: str | None) -> list[SizeBandsRow]:
    """The divisions of exactly this region."""
    statement = select(SizeBandsRow).where(col(SizeBandsRow.region_code).is_not_distinct_from(region_code))
    return list((await session.scalars(statement)).all())


async def list_size_bands(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[SizeBandsRow]:
    """Divisions that hold for the caller: for everywhere, of the subtree and of the regions above."""
    scope = dated_scope(col(SizeBandsRow.region_code), principal)
    return await query.page(session, select(SizeBandsRow).where(scope))


async def list_size_band_targets(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[SizeBandTargetRow]:
    own = region_scope(col(SizeBandTargetRow.region_code), principal)
    return await query.page(session, select(SizeBandTargetRow).where(own))


async def size_band_targets(
    session: AsyncSession, region_code: str, period_from: date, period_to: date
) -> dict[str, SizeBandTargetRow]:
    """The targets of exactly this region and period, by band."""
    statement = select(SizeBandTargetRow).where(
        col(SizeBandTargetRow.region_code) == region_code,
        col(SizeBandTargetRow.period_from) == period_from,
        col(SizeBandTargetRow.period_to) == period_to,
    )
    return {row.band_code: row for row in await session.scalars(statement)}


async def sizes_of_signed(
    session: AsyncSession, principal: Principal, region_code: str, signed_from: date | None, signed_to: date
) -> list[tuple[UUID, int | None]]:
    """Id and size of the projects of a region's subtree that were signed in a period, both days in it."""
    size = _size()
    statement = (
        select(col(ProjectRow.id), size)
        .where(
            col(ProjectRow.region_code).startswith(regions.prefix(region_code)),
            region_scope(col(ProjectRow.region_code), principal),
            enterprise_scope(col(ProjectRow.enterprise_id), principal),
            col(ProjectRow.signed_on) <= signed_to,
        )
        .order_by(col(ProjectRow.id))
    )
    if signed_from is not None:
        statement = statement.where(col(ProjectRow.signed_on) >= signed_from)
    return [(project_id, yuan) for project_id, yuan in await session.execute(statement)]


async def banded_projects(session: AsyncSession) -> Iterable[Any]:
    """Id, region, size and band of all projects with an amount or a band."""
    size = _size()
    statement = select(col(ProjectRow.id), col(ProjectRow.region_code), size, col(ProjectRow.size_band)).where(
        or_(size.is_not(None), col(ProjectRow.size_band).is_not(None))
    )
    return await session.execute(statement)


def _size() -> Any:
    """As the domain's size_of."""
    from_contract = col(ProjectRow.total_investment_yuan).is_(None)
    return case((from_contract, col(ProjectRow.contract_amount_yuan)), else_=col(ProjectRow.total_investment_yuan))
