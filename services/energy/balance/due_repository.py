"""SQL of what is yet to be computed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Date, Uuid, cast, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.balance.tables import BalanceDueRow


async def put_due(session: AsyncSession, pairs: Iterable[tuple[UUID, date]]) -> None:
    """Note days of nodes to be computed anew."""
    wanted = sorted(set(pairs))
    if not wanted:
        return
    nodes, days = zip(*wanted, strict=True)
    source = select(
        func.unnest(cast(list(nodes), ARRAY(Uuid))).label("node_id"),
        func.unnest(cast(list(days), ARRAY(Date))).label("day"),
    )
    await session.execute(insert(BalanceDueRow).from_select(["node_id", "day"], source))


_TAKE: Final = text(
    """
    DELETE FROM balance_due WHERE sequence IN (
        SELECT sequence FROM balance_due WHERE day <= :today ORDER BY day DESC, sequence LIMIT :most
        FOR UPDATE SKIP LOCKED
    ) RETURNING node_id, day
    """
)


async def take_due(session: AsyncSession, today: date, most: int) -> list[tuple[UUID, date]]:
    """The newest due days first; they are back should this transaction not commit."""
    found = await session.execute(_TAKE, {"today": today, "most": most})
    return [(node, day) for node, day in found]
