"""SQL of the limits of amounts."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.amounts import AmountKind, AmountLimit
from services.projects.ledger.tables import AmountLimitRow

AMOUNT_LIMITS = Listing(
    fields={
        "id": FilterField(col(AmountLimitRow.id), UUID),
        "kind": FilterField(col(AmountLimitRow.kind), AmountKind),
        "region_code": FilterField(col(AmountLimitRow.region_code)),
        "valid_from": FilterField(col(AmountLimitRow.valid_from), date),
    },
    sortable=("kind", "region_code", "valid_from"),
    default_sort="kind,region_code,valid_from",
)


def amount_limit_of(row: AmountLimitRow) -> AmountLimit:
    return AmountLimit(
        kind=AmountKind(row.kind),
        floor_yuan=row.floor_yuan,
        ceiling_yuan=row.ceiling_yuan,
        multiple=row.multiple,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


@remembered
async def all_amount_limits(session: AsyncSession) -> list[AmountLimit]:
    return [amount_limit_of(row) for row in await session.scalars(select(AmountLimitRow))]


async def amount_limits_of(
    session: AsyncSession, kind: AmountKind, region_code: str | None
) -> list[AmountLimitRow]:
    """The limits of one kind and exactly this region."""
    statement = select(AmountLimitRow).where(
        col(AmountLimitRow.kind) == kind.value,
        col(AmountLimitRow.region_code).is_not_distinct_from(region_code),
    )
    return list((await session.scalars(statement)).all())


async def list_amount_limits(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[AmountLimitRow]:
    """Limits that hold for the caller: for everywhere, of the subtree and of the regions above."""
    scope = dated_scope(col(AmountLimitRow.region_code), principal)
    return await query.page(session, select(AmountLimitRow).where(scope))
