"""SQL of the regions' months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from services.energy.metering.domain.meter import Quantity
from services.energy.region_months.tables import RegionMonthRow

OWN: Final = ""

# What follows from other meters would count twice; what no enterprise owns (feeders, plants) as well.
_COUNTED: Final = "enterprise_id IS NOT NULL AND kind <> 'virtual'"
_SUMS: Final = f"""
WITH due AS (
    SELECT DISTINCT region_code, t.month FROM unnest($1::int[], $2::date[]) AS t (meter_index, month)
    JOIN meter USING (meter_index) WHERE {_COUNTED}
)
SELECT due.region_code, due.month, count(c.meter_index), coalesce(sum(c.present), 0),
    coalesce(sum(c.estimated), 0), sum(c.energy_kwh ORDER BY c.meter_index)
FROM due
JOIN meter AS m ON m.region_code = due.region_code AND {_COUNTED}
LEFT JOIN curve_month AS c ON c.meter_index = m.meter_index AND c.quantity = $3 AND c.month = due.month
GROUP BY due.region_code, due.month ORDER BY due.region_code, due.month
"""  # noqa: S608 - our own columns


@dataclass(frozen=True, slots=True)
class RegionMonth:
    """What is known of a region's month; see the event of the same fields."""

    region_code: str
    month: date
    meters: int
    present: int
    estimated: int
    energy_kwh: float | None


async def sums_of_touched(
    session: AsyncSession, meter_index: Sequence[int], months: Sequence[date]
) -> list[RegionMonth]:
    """The months of the regions in which any of the meters lies, from the meters' month totals.

    ``meter_index`` and ``months`` are pairs of equal length.
    """
    connection = await raw_connection(session)
    drawn = Quantity.ACTIVE_IMPORT_KW.number
    found = await connection.fetch(_SUMS, list(meter_index), list(months), drawn)
    return [RegionMonth(row[0], row[1], int(row[2]), int(row[3]), int(row[4]), row[5]) for row in found]


async def find(session: AsyncSession, cell: str, region_code: str, month: date) -> RegionMonthRow | None:
    return await session.get(RegionMonthRow, (cell, region_code, month), with_for_update=True)


async def put(session: AsyncSession, cell: str, said: RegionMonth, version: int, at: datetime) -> None:
    """Write it unless a newer version is there."""
    values = {
        "meters": said.meters,
        "present": said.present,
        "estimated": said.estimated,
        "energy_kwh": said.energy_kwh,
        "version": version,
        "recorded_at": at,
    }
    key = {"cell": cell, "region_code": said.region_code, "month": said.month}
    statement = insert(RegionMonthRow).values(**key, **values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=list(key), set_=values, where=col(RegionMonthRow.version) < version
        )
    )


async def visible(session: AsyncSession, principal: Principal, month: date, within: str) -> list[RegionMonthRow]:
    """The rows of a month whose regions begin with ``within`` and lie in the caller's reach."""
    region = col(RegionMonthRow.region_code)
    statement = (
        select(RegionMonthRow)
        .where(
            col(RegionMonthRow.month) == month,
            region.startswith(within, autoescape=True),
            region_scope(region, principal),
        )
        .order_by(region, col(RegionMonthRow.cell))
    )
    return list(await session.scalars(statement))
