"""SQL of the probes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.energy.probes.tables import ReadingProbeRow

# A probe may be on its way, and another one just begun.
_OUTSTANDING = 2


async def begin(
    session: AsyncSession, partitions: Sequence[int], real_now: datetime, before: datetime
) -> dict[int, int]:
    """Number the next probe of each partition whose last was begun by ``before``: several may ask, one does it."""
    statement = insert(ReadingProbeRow).values(
        [
            {"partition": number, "sequence": 1, "begun_at": real_now, "met": 0}
            for number in sorted(set(partitions))
        ]
    )
    statement = statement.on_conflict_do_update(
        index_elements=["partition"],
        set_={"sequence": col(ReadingProbeRow.sequence) + 1, "begun_at": statement.excluded.begun_at},
        where=col(ReadingProbeRow.begun_at) <= before,
    )
    rows = await session.execute(
        statement.returning(col(ReadingProbeRow.partition), col(ReadingProbeRow.sequence))
    )
    return {row.partition: row.sequence for row in rows}


async def note_met(
    session: AsyncSession, partition: int, sequence: int, *, is_stored: bool, is_judged: bool | None
) -> None:
    """What became of a probe; an older one that comes again changes nothing."""
    statement = update(ReadingProbeRow).where(
        col(ReadingProbeRow.partition) == partition, col(ReadingProbeRow.met) < sequence
    )
    await session.execute(statement.values(met=sequence, is_stored=is_stored, is_judged=is_judged))


async def come_round(session: AsyncSession, since: datetime) -> bool:
    """Whether probes of every partition are begun (the last after ``since``), met, stored and judged."""
    rows = (await session.scalars(select(ReadingProbeRow))).all()
    return bool(rows) and all(
        row.begun_at >= since
        and row.sequence - row.met <= _OUTSTANDING
        and row.is_stored is True
        and row.is_judged is not False
        for row in rows
    )
