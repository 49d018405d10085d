"""SQL of temperatures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.forecast.domain.temperature import TemperatureKind
from services.energy.forecast.errors import TemperatureNotFound
from services.energy.forecast.tables import TemperatureDayRow

TEMPERATURES: Final = Listing(
    fields={
        "id": FilterField(TemperatureDayRow.id, UUID),
        "region_code": FilterField(TemperatureDayRow.region_code, str),
        "kind": FilterField(TemperatureDayRow.kind, TemperatureKind),
        "day": FilterField(TemperatureDayRow.day, date),
        "source": FilterField(TemperatureDayRow.source, str),
        "issued_at": FilterField(TemperatureDayRow.issued_at, datetime),
        "recorded_at": FilterField(TemperatureDayRow.recorded_at, datetime),
    },
    sortable=("day", "region_code", "issued_at"),
    default_sort="-day",
)


def _visible(principal: Principal) -> ColumnElement[bool]:
    """A region's own, those below it, and those above it, whose weather it has where it has none of its own."""
    own = region_scope(col(TemperatureDayRow.region_code), principal)
    if principal.region_code is None:
        return own
    try:
        above = regions.ancestors(principal.region_code)
    except regions.InvalidRegionCode:
        return own
    return or_(own, col(TemperatureDayRow.region_code).in_(above))


def _known_at(as_of: datetime | None) -> ColumnElement[bool]:
    replaced = col(TemperatureDayRow.replaced_at)
    if as_of is None:
        return replaced.is_(None)
    return and_(col(TemperatureDayRow.recorded_at) <= as_of, or_(replaced.is_(None), replaced > as_of))


async def list_temperatures(
    session: AsyncSession, principal: Principal, query: ListQuery, as_of: datetime | None
) -> Page[TemperatureDayRow]:
    page: Page[TemperatureDayRow] = await query.page(
        session, select(TemperatureDayRow).where(_visible(principal), _known_at(as_of))
    )
    return page


async def get_temperature(session: AsyncSession, principal: Principal, temperature_id: UUID) -> TemperatureDayRow:
    """Raises TemperatureNotFound."""
    statement = select(TemperatureDayRow).where(col(TemperatureDayRow.id) == temperature_id, _visible(principal))
    row = (await session.scalars(statement)).first()
    if row is None:
        raise TemperatureNotFound(temperature_id=temperature_id)
    return row


async def lock_temperatures(session: AsyncSession) -> None:
    """Until the transaction ends nobody else writes temperatures: two lists never mix."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('temperature_day'))"))


async def standing(
    session: AsyncSession, region_codes: Collection[str], first: date, last: date
) -> list[TemperatureDayRow]:
    """The rows that stand, of any kind."""
    statement = select(TemperatureDayRow).where(
        col(TemperatureDayRow.region_code).in_(region_codes),
        col(TemperatureDayRow.day).between(first, last),
        col(TemperatureDayRow.replaced_at).is_(None),
    )
    return list(await session.scalars(statement))


async def measured(
    session: AsyncSession, region_codes: Sequence[str], first: date, last: date
) -> list[TemperatureDayRow]:
    """What was measured in the regions, as it is known now."""
    rows = await standing(session, region_codes, first, last)
    return [row for row in rows if row.kind == TemperatureKind.MEASURED]


async def foreseen(
    session: AsyncSession, region_codes: Sequence[str], first: date, last: date
) -> list[TemperatureDayRow]:
    """Of each region and day the last forecast made before the day began; of a day ahead the newest."""
    day, issued = col(TemperatureDayRow.day), col(TemperatureDayRow.issued_at)
    statement = (
        select(TemperatureDayRow)
        .where(
            col(TemperatureDayRow.region_code).in_(region_codes),
            col(TemperatureDayRow.kind) == TemperatureKind.FORECAST.value,
            day.between(first, last),
            # Days are those of Chinese standard time.
            text("issued_at < day::timestamp AT TIME ZONE interval '8 hours'"),
        )
        .ext(distinct_on(col(TemperatureDayRow.region_code), day))
        .order_by(
            col(TemperatureDayRow.region_code), day, issued.desc(), col(TemperatureDayRow.recorded_at).desc()
        )
    )
    return list(await session.scalars(statement))
