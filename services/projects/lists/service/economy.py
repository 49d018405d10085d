"""Facts from the enterprises' monthly reports: the year up to a month, and its growth."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.economy.domain.arithmetic import growth, plain
from services.projects.economy.domain.figures import FigureRow
from services.projects.economy.errors import UnknownIndicator
from services.projects.economy.service.figures import figure_rows
from services.projects.lists.domain.facts import GROWTH, INDICATORS, Fact
from services.projects.registry.tables import EnterpriseRow


async def economic_facts(
    session: AsyncSession, enterprises: Sequence[EnterpriseRow], wanted: Collection[str], month: date, day: date
) -> dict[UUID, dict[str, Fact]]:
    """Indicators and growth among the facts wanted, one statement an indicator for all enterprises."""
    ids = [row.enterprise_id for row in enterprises]
    found: dict[UUID, dict[str, Fact]] = {enterprise_id: {} for enterprise_id in ids}
    for indicator in INDICATORS:
        if not set(wanted) & {indicator, f"{indicator}{GROWTH}"}:
            continue
        try:
            rows = await figure_rows(session, indicator, month, enterprise_ids=ids, cumulative=True)
        except UnknownIndicator:
            # The catalogue is data: what it does not hold nobody reports.
            continue
        for row in rows:
            found[row.enterprise_id] |= _facts(indicator, row)
    return found


def _facts(indicator: str, row: FigureRow) -> dict[str, Fact]:
    rate = growth(row.value, row.base)
    return {
        indicator: Fact(None if row.value is None else Decimal(plain(row.value)), row.reason),
        f"{indicator}{GROWTH}": Fact(rate.value, None if rate.reason is None else rate.reason.value),
    }
