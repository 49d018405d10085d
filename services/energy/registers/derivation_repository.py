"""SQL of what records of states led to, kept for the detector's replay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.energy.registers.tables import RegisterDerivationRow

# Far longer than checkpoints are apart.
KEPT: Final = timedelta(days=15)


async def save(session: AsyncSession, place: tuple[str, int], offset: int, block: bytes, at: datetime) -> None:
    topic, partition = place
    await session.execute(
        insert(RegisterDerivationRow)
        .values(topic=topic, partition=partition, record_offset=offset, noted_at=at, block=block)
        .on_conflict_do_nothing()
    )


async def load(session: AsyncSession, place: tuple[str, int], offsets: Sequence[int]) -> dict[int, bytes]:
    """Blocks of these records by their offset."""
    topic, partition = place
    statement = select(col(RegisterDerivationRow.record_offset), col(RegisterDerivationRow.block)).where(
        col(RegisterDerivationRow.topic) == topic,
        col(RegisterDerivationRow.partition) == partition,
        col(RegisterDerivationRow.record_offset).in_(offsets),
    )
    rows = await session.execute(statement)
    return {row.record_offset: row.block for row in rows}


async def forget(session: AsyncSession, now: datetime) -> None:
    await session.execute(delete(RegisterDerivationRow).where(col(RegisterDerivationRow.noted_at) < now - KEPT))
