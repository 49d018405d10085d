"""SQL of the kept loads: whole columns by one statement, as curves are read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import delete, select, text, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import bare_connection
from services.energy.forecast.domain.series import SLOTS, Floats, Ints
from services.energy.forecast.tables import ForecastLoadRow
from services.energy.grid.tables import (
    GridCapacityRow,
    GridLinkRow,
    GridPlacementRow,
    GridRuleRow,
    GridUnmeteredRow,
)
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.metering.packing import read_arrays

_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

_KEPT: Final = """
SELECT count(*), string_agg(uuid_send(node_id), ''), string_agg(int4send(day - date '1970-01-01'), ''),
    string_agg(array_send(load_kw), ''), string_agg(array_send(completeness), ''),
    string_agg(float8send(extract(epoch FROM read_at)::float8), '')
FROM forecast_load
WHERE node_id = ANY($1::uuid[]) AND day BETWEEN date '1970-01-01' + $2::int AND date '1970-01-01' + $3::int
"""
_SHARE: Final = text("SELECT pg_advisory_xact_lock_shared(hashtext('forecast_load'))")
_OWN: Final = text("SELECT pg_advisory_xact_lock(hashtext('forecast_load'))")


@dataclass(frozen=True, slots=True, eq=False)
class KeptLoads:
    """Kept days of many nodes; ``read_at`` in seconds since 1970."""

    node: Sequence[UUID]
    day: Ints
    load_kw: Floats
    completeness: Floats
    read_at: Floats


async def share_loads(session: AsyncSession) -> None:
    """Until the transaction ends nothing that is kept is forgotten."""
    await session.execute(_SHARE)


async def own_loads(session: AsyncSession) -> None:
    """Wait for those who read and keep loads."""
    await session.execute(_OWN)


async def kept_loads(session: AsyncSession, nodes: Sequence[UUID], first_day: int, last_day: int) -> KeptLoads:
    """What is kept of the nodes' days from ``first_day`` to ``last_day`` (since 1970)."""
    connection = await bare_connection(session)
    found = await connection.fetchrow(_KEPT, list(nodes), first_day, last_day)
    if not found[0]:
        none = np.empty((0, SLOTS))
        return KeptLoads([], np.empty(0, np.int64), none, none, np.empty(0))
    ids = [UUID(bytes=found[1][place : place + 16]) for place in range(0, len(found[1]), 16)]
    return KeptLoads(
        node=ids,
        day=np.frombuffer(found[2], ">i4").astype(np.int64),
        load_kw=read_arrays([found[3]], SLOTS).astype(np.float64),
        completeness=read_arrays([found[4]], SLOTS).astype(np.float64),
        read_at=np.frombuffer(found[5], ">f8").astype(np.float64),
    )


async def keep_loads(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write days of nodes, in place of what was kept of them."""
    if not rows:
        return
    statement = insert(ForecastLoadRow)
    changes = {name: getattr(statement.excluded, name) for name in ("load_kw", "completeness", "read_at")}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["node_id", "day"], set_=changes), list(rows)
    )


async def forget_days(session: AsyncSession, days: Collection[int]) -> None:
    """Curves of these days changed: whatever node they belong to is summed anew."""
    wanted = [date_of(day) for day in sorted(days)]
    await session.execute(
        delete(ForecastLoadRow)
        .where(col(ForecastLoadRow.day).in_(wanted))
        .execution_options(synchronize_session=False)
    )


async def structure_changes(session: AsyncSession, since: float) -> list[tuple[float, int]]:
    """When something about the structure of the grid was recorded after ``since``, and from which day it holds."""
    moment = _EPOCH + timedelta(seconds=since)
    statements = [
        select(col(at), col(begins)).where(col(at) > moment)
        for at, begins in (
            (GridLinkRow.recorded_at, GridLinkRow.valid_from),
            (GridUnmeteredRow.recorded_at, GridUnmeteredRow.valid_from),
            (GridPlacementRow.changed_at, GridPlacementRow.valid_from),
            (GridCapacityRow.recorded_at, GridCapacityRow.valid_from),
            (GridRuleRow.changed_at, GridRuleRow.valid_from),
        )
    ]
    rows = (await session.execute(union_all(*statements))).all()
    return [(at.timestamp(), day_number(begins)) for at, begins in rows]
