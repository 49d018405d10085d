"""What regions add up to, month by month, for those who watch them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
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


def _month_of_register() -> Any:
    return and_(
        col(StandingRow.valid_from) <= col(FigureRow.month),
        or_(col(StandingRow.valid_to).is_(None), col(StandingRow.valid_to) > col(FigureRow.month)),
    )


def _expected(first: date, last: date) -> Any:
    month = func.generate_series(first, last, "1 month").table_valued("value").alias("month")
    when = func.date(month.c.value)
    return (
        select(col(StandingRow.region_code), when, func.count())
        .join_from(
            StandingRow,
            month,
            and_(
                col(StandingRow.valid_from) <= when,
                or_(col(StandingRow.valid_to).is_(None), col(StandingRow.valid_to) > when),
            ),
        )
        .group_by(col(StandingRow.region_code), when)
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
            StandingRow, and_(col(StandingRow.enterprise_id) == col(FigureRow.enterprise_id), _month_of_register())
        )
        .where(
            col(FigureRow.month).between(first, last),
            col(FigureRow.is_latest),
            col(FigureRow.month_value).is_not(None),
        )
        .group_by(col(StandingRow.region_code), col(FigureRow.indicator), col(FigureRow.month))
    )
