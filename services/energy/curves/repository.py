"""Which meters a question about curves is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.web.listing import ListQuery
from libs.common.web.pagination import Page
from services.energy.curves.domain.asked import AskedMeter
from services.energy.metering.errors import MeterNotFound
from services.energy.metering.repository import visible_to
from services.energy.metering.tables import MeterRow

_BEGIN: Final = AskedMeter._fields.index("valid_from")
_PLAIN: Final = tuple(col(getattr(MeterRow, name)) for name in AskedMeter._fields[:-1])


def _visible(principal: Principal) -> Select[Any]:
    """The caller's meters; an enterprise sees nothing of the time before a meter became its own."""
    columns: list[Any] = [*_PLAIN, literal(False)]
    if principal.is_enterprise_bound:
        columns[_BEGIN] = func.greatest(col(MeterRow.valid_from), col(MeterRow.owned_from))
        columns[-1] = col(MeterRow.owned_from) > col(MeterRow.valid_from)
    return select(*columns).where(*visible_to(principal))


async def find_meter(session: AsyncSession, principal: Principal, meter_no: str) -> AskedMeter:
    """Raises MeterNotFound, also for a meter that is somebody else's."""
    row = (await session.execute(_visible(principal).where(col(MeterRow.meter_no) == meter_no))).first()
    if row is None:
        raise MeterNotFound(meter_no=meter_no)
    return AskedMeter(*row)


async def page_of_meters(
    session: AsyncSession, principal: Principal, query: ListQuery, quantity: str | None = None
) -> Page[AskedMeter]:
    """A page of the caller's meters."""
    statement = _visible(principal)
    if quantity is not None:
        statement = statement.where(col(MeterRow.quantity) == quantity)
    page: Page[tuple[Any, ...]] = await query.page(session, statement)
    return Page([AskedMeter(*row) for row in page.items], page.next_cursor)


async def all_meters(
    session: AsyncSession, principal: Principal, query: ListQuery, quantity: str
) -> Sequence[AskedMeter]:
    """All of the caller's meters that the query's filters let through, by index."""
    statement = (
        _visible(principal)
        .where(col(MeterRow.quantity) == quantity, *query.conditions)
        .order_by(col(MeterRow.meter_index))
    )
    return [AskedMeter(*row) for row in await session.execute(statement)]
