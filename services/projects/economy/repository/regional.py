"""What regions add up to, month by month, for those who watch them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, and_, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from services.projects.economy.repository.members import in_register
from services.projects.economy.tables.reports import FigureRow
from services.projects.economy.tables.rules import StandingRow


async def complete_series(
    session: AsyncSession, first: date, last: date
) -> dict[str, dict[str, dict[date, Decimal]]]:
    """Month values by region, indicator and month, of regions and all above them.

    Only months that everybody in the region's register said: a sum that lacks somebody would look like a fall.
    """
    expected: dict[tuple[str, date], int] = {}
    for region_code, month, count in await session.execute(_expected(first, last)):
        for code in (region_code, *regions.ancestors(region_code)):
            expected[code, month] = expected.get((code, month), 0) + count
    sums: dict[tuple[str, str, date], tuple[Decimal, int]] = {}
    for region_code, indicator, month, value, count in await session.execute(_sums(first, last)):
        for code in (region_code, *regions.ancestors(region_code)):
            known, said = sums.get((code, indicator, month), (Decimal(0), 0))
            sums[code, indicator, month] = (known + value, said + count)
    found: dict[str, dict[str, dict[date, Decimal]]] = {}
    for (code, indicator, month), (value, said) in sums.items():
        if said == expected.get((code, month)):
            found.setdefault(code, {}).setdefault(indicator, {})[month] = value
    return found


def _expected(first: date, last: date) -> Any:
    series = func.generate_series(first, last, literal_column("interval '1 month'"))
    month = select(cast(series, Date).label("value")).subquery("month")
    return (
        select(col(StandingRow.region_code), month.c.value, func.count())
        .join_from(StandingRow, month, in_register(month.c.value))
        .group_by(col(StandingRow.region_code), month.c.value)
    )


def _sums(first: date, last: date) -> Any:
    return (
        select(
            col(StandingRow.region_code),
            col(FigureRow.indicator),
            col(FigureRow.month),
            func.sum(col(FigureRow.month_value)),
            func.count(),
        )
        .join(
            StandingRow,
            and_(
                col(StandingRow.enterprise_id) == col(FigureRow.enterprise_id), in_register(col(FigureRow.month))
            ),
        )
        .where(
            col(FigureRow.month).between(first, last),
            col(FigureRow.is_latest),
            col(FigureRow.month_value).is_not(None),
        )
        .group_by(col(StandingRow.region_code), col(FigureRow.indicator), col(FigureRow.month))
    )
