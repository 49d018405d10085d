"""Offsets of a fenced consumer at rest: the row that says what comes next, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import CursorResult, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.inbox.fenced_tables import IngestOffsetRow


class Fenced(Exception):
    """Another worker owns the partition now; whatever this batch wrote is rolled back."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A partition this worker owns under ``epoch``; ``next_offset`` is where the data stand."""

    topic: str
    partition: int
    next_offset: int
    epoch: int


_ADVANCE: Final = text(
    """
    WITH moving AS (
        SELECT o.topic, o.partition, m.after FROM ingest_offset AS o
        JOIN unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:next AS bigint[]),
            CAST(:epochs AS bigint[]), CAST(:after AS bigint[])) AS m (topic, partition, next, epoch, after)
            ON o.topic = m.topic AND o.partition = m.partition AND o.next_offset = m.next AND o.epoch = m.epoch
        ORDER BY o.topic, o.partition FOR UPDATE OF o
    )
    UPDATE ingest_offset AS o SET next_offset = moving.after FROM moving
    WHERE o.topic = moving.topic AND o.partition = moving.partition
    """
)


async def advance(session: AsyncSession, moves: Mapping[Assignment, int]) -> None:
    """Move the offset of each partition that is still as it was at its assignment; raises Fenced if one is not."""
    owned = list(moves)
    moved = await session.execute(
        _ADVANCE,
        {
            "topics": [item.topic for item in owned],
            "partitions": [item.partition for item in owned],
            "next": [item.next_offset for item in owned],
            "epochs": [item.epoch for item in owned],
            "after": list(moves.values()),
        },
    )
    if cast(CursorResult[Any], moved).rowcount != len(owned):
        partitions = [item.partition for item in owned]
        raise Fenced(f"of the partitions {partitions} not all are ours any more")


async def stored_offsets(session: AsyncSession, topic: str) -> dict[int, int]:
    """The next offset to merge of every partition that has ever been taken."""
    rows = await session.execute(
        select(col(IngestOffsetRow.partition), col(IngestOffsetRow.next_offset)).where(
            col(IngestOffsetRow.topic) == topic
        )
    )
    return {int(partition): int(offset) for partition, offset in rows}
