"""SQL of a register that comes as a table: a few statements for thousands of meters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from libs.common.database import raw_connection
from services.energy.metering.domain.periods import Period
from services.energy.metering.repository import period_of
from services.energy.metering.tables import (
    MeterCounterRow,
    MeterPeriodRow,
    MeterRevisionRow,
    MeterRow,
)

_MARK: Final = "SELECT next_index, pg_current_xact_id()::text::bigint FROM meter_counter"
_ADD_ALIASES: Final = """
INSERT INTO meter_alias (system, code, meter_id) SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[])
ON CONFLICT DO NOTHING RETURNING system, code
"""
_OWNERS: Final = """
SELECT system, code, meter_id FROM meter_alias JOIN unnest($1::text[], $2::text[]) AS k (system, code)
USING (system, code)
"""
_MARK_CHANGED: Final = """
UPDATE meter SET change_mark = pg_current_xact_id()::text::bigint WHERE meter_id = ANY($1::uuid[])
"""
_JSON: Final = frozenset({"facts", "before", "after"})


async def lock_counter(session: AsyncSession) -> None:
    """Held to the end of the transaction: whoever registers a meter waits."""
    await session.execute(select(col(MeterCounterRow.next_index)).with_for_update())


async def lock_rows(session: AsyncSession, meter_nos: Sequence[str]) -> list[MeterRow]:
    statement = (
        select(MeterRow)
        .where(col(MeterRow.meter_no).in_(sorted(meter_nos)))
        .order_by(col(MeterRow.meter_index))
        .with_for_update()
    )
    return list(await session.scalars(statement))


async def lives(session: AsyncSession, meter_ids: Sequence[UUID]) -> dict[UUID, tuple[Period, ...]]:
    """The periods of each meter."""
    statement = (
        select(MeterPeriodRow)
        .where(col(MeterPeriodRow.meter_id).in_(meter_ids))
        .order_by(col(MeterPeriodRow.meter_id), col(MeterPeriodRow.from_minute))
    )
    found: dict[UUID, tuple[Period, ...]] = {}
    for row in await session.scalars(statement):
        found[row.meter_id] = (*found.get(row.meter_id, ()), period_of(row))
    return found


async def next_index_and_mark(session: AsyncSession) -> tuple[int, int]:
    """The first free index, and the change mark of this transaction."""
    row = await (await raw_connection(session)).fetchrow(_MARK)
    assert row is not None
    return row[0], row[1]


async def add_meters(
    session: AsyncSession,
    rows: Sequence[MeterRow],
    periods: Sequence[MeterPeriodRow],
    revisions: Sequence[MeterRevisionRow],
) -> None:
    """Write new meters with their first period and revision, and count their indexes as given."""
    if not rows:
        return
    await _copy(session, MeterRow, rows)
    await _copy(session, MeterPeriodRow, periods)
    await _copy(session, MeterRevisionRow, revisions)
    connection = await raw_connection(session)
    await connection.execute("UPDATE meter_counter SET next_index = $1", rows[-1].meter_index + 1)


async def _copy(session: AsyncSession, table: type[SQLModel], rows: Sequence[SQLModel]) -> None:
    columns = list(table.model_fields)
    records = [tuple(_stored(name, getattr(row, name)) for name in columns) for row in rows]
    connection = await raw_connection(session)
    await connection.copy_records_to_table(str(table.__tablename__), records=records, columns=columns)


def _stored(name: str, value: Any) -> Any:
    return msgspec.json.encode(value).decode() if name in _JSON else value


async def add_aliases(session: AsyncSession, triples: Sequence[tuple[str, str, UUID]]) -> set[tuple[str, str]]:
    """Add (system, code, meter) where the code is free; of two that want the same the first gets it."""
    systems, codes, meters = zip(*triples, strict=True)
    connection = await raw_connection(session)
    return {(row[0], row[1]) for row in await connection.fetch(_ADD_ALIASES, systems, codes, meters)}


async def owners(session: AsyncSession, codes: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    systems, names = zip(*codes, strict=True)
    rows = await (await raw_connection(session)).fetch(_OWNERS, systems, names)
    return {(row[0], row[1]): row[2] for row in rows}


async def mark_all_changed(session: AsyncSession, meter_ids: Sequence[UUID]) -> None:
    """Make caches look at the meters again."""
    if meter_ids:
        await (await raw_connection(session)).execute(_MARK_CHANGED, meter_ids)
