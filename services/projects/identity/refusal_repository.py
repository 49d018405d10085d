"""SQL of refusals: who was refused how often, by the minute of real time."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import Database
from services.projects.identity.real_time import real_now
from services.projects.identity.tables import CallerRefusalsRow


class KeptRefusals:
    """Where an API's counts of refusals go; see :mod:`libs.common.web.refusals`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, counts: Mapping[str, int]) -> None:
        """Add them to those of the minute."""
        async with self._database.transaction() as session:
            await add_refusals(session, counts, real_now())


async def add_refusals(session: AsyncSession, counts: Mapping[str, int], at: datetime) -> None:
    """Add counts by caller to those of the minute, in one order: two processes must not wait for each other."""
    minute = at.replace(second=0, microsecond=0)
    rows = [{"caller": caller, "minute": minute, "count": count} for caller, count in sorted(counts.items())]
    statement = insert(CallerRefusalsRow).values(rows)
    added = {"count": CallerRefusalsRow.__table__.c.count + statement.excluded.count}  # type: ignore[attr-defined]
    await session.execute(statement.on_conflict_do_update(index_elements=["caller", "minute"], set_=added))


async def refused_since(session: AsyncSession, since: datetime, at_least: int) -> list[tuple[str, int]]:
    """Callers who were refused so often since an instant, most often first."""
    total = func.sum(col(CallerRefusalsRow.count))
    statement = (
        select(col(CallerRefusalsRow.caller), total)
        .where(col(CallerRefusalsRow.minute) > since)
        .group_by(col(CallerRefusalsRow.caller))
        .having(total >= at_least)
        .order_by(total.desc(), col(CallerRefusalsRow.caller))
    )
    return [(caller, int(count)) for caller, count in await session.execute(statement)]


async def forget_refusals(session: AsyncSession, before: datetime) -> None:
    """Delete counts of minutes before an instant."""
    await session.execute(delete(CallerRefusalsRow).where(col(CallerRefusalsRow.minute) < before))
