"""The months of the curves: made while others read and write."""

import asyncio
from datetime import date

from sqlalchemy import text

from services.energy.metering.curve_repository import ensure_months, partition_of
from tests.support.energy import Site

MONTH = date(2031, 5, 1)
_OF_MONTH = text(
    "SELECT pg_get_expr(c.relpartbound, c.oid), count(i.indexrelid) FILTER (WHERE i.indisprimary) "
    "FROM pg_class c LEFT JOIN pg_index i ON i.indrelid = c.oid WHERE c.relname = :name GROUP BY c.oid"
)


async def test_month_is_made_once_while_a_reader_goes_on_when_two_need_it_at_once(site: Site) -> None:
    async def make() -> None:
        async with site.database.transaction() as session:
            await ensure_months(session, [MONTH])

    async with site.database.transaction() as reader:
        await reader.execute(text("SELECT count(*) FROM curve_day"))
        # The reader's transaction stays open: whoever waited for it would never come to an end.
        await asyncio.wait_for(asyncio.gather(make(), make()), 120)
    async with site.database.session() as session:
        ((bound, primary),) = await session.execute(_OF_MONTH, {"name": partition_of(MONTH)})
    assert (bound, primary) == ("FOR VALUES FROM ('2031-05-01') TO ('2031-06-01')", 1)
