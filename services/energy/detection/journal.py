"""The journal of what the detector goes by, and which of it a partition's worker knew from which offset on.

Facts are appended, never changed; a worker that takes up new ones writes that down in the transaction of the batch
it does so for. So a replay of the log knows at each record what was known when it was met first, and the state it
rebuilds is the same to the byte (decision 0035).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.expected import Expectations, Stretch
from services.energy.detection.domain.knowledge import NOTHING_KNOWN, Knowledge
from services.energy.detection.domain.parameters import CLASSES
from services.energy.detection.domain.rules import Rule, RuleBook
from services.energy.detection.tables import DetectionFactRow, DetectorAdoptionRow

# What ended so long before it was recorded last concerns no reading that a worker meets in order.
EXPECTED_DAYS: Final = 40
# One writer at a time: marks become visible in their order.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('detection_fact'))")


class Subject(StrEnum):
    """What a fact is about; its key is the rule's id, the meter's number and kind, the event's or outage's id."""

    RULE = "rule"
    FACTOR = "factor"
    EXPECTED = "expected"


Payload = Mapping[str, Any] | None


async def lock_journal(session: AsyncSession) -> None:
    """Let nobody else append until this transaction ends."""
    await session.execute(_LOCK)


async def append(
    session: AsyncSession, subject: Subject, key: str, payload: Payload, at: datetime, by: str
) -> None:
    """What holds of the key from now on; None: nothing any more."""
    await lock_journal(session)
    session.add(
        DetectionFactRow(
            subject=subject.value,
            key=key,
            payload=None if payload is None else dict(payload),
            recorded_at=at,
            recorded_by=by,
        )
    )
    await session.flush()


async def newest_mark(session: AsyncSession) -> int:
    """The place of the last fact; 0 before the first."""
    return await session.scalar(select(func.max(col(DetectionFactRow.mark)))) or NOTHING_KNOWN


async def facts_at(session: AsyncSession, mark: int, *subjects: Subject) -> list[DetectionFactRow]:
    """The fact that holds of each key at ``mark``, in the order of their marks."""
    statement = (
        select(DetectionFactRow)
        .where(col(DetectionFactRow.mark) <= mark, col(DetectionFactRow.subject).in_(subjects or tuple(Subject)))
        .ext(distinct_on(col(DetectionFactRow.subject), col(DetectionFactRow.key)))
        .order_by(col(DetectionFactRow.subject), col(DetectionFactRow.key), col(DetectionFactRow.mark).desc())
    )
    rows = await session.scalars(statement)
    return sorted((row for row in rows if row.payload is not None), key=lambda row: row.mark or 0)


async def history_of(session: AsyncSession, subject: Subject, key: str) -> list[DetectionFactRow]:
    """All that was ever recorded of a key, oldest first."""
    statement = (
        select(DetectionFactRow)
        .where(col(DetectionFactRow.subject) == subject.value, col(DetectionFactRow.key) == key)
        .order_by(col(DetectionFactRow.mark))
    )
    return list(await session.scalars(statement))


async def load_knowledge(session: AsyncSession, mark: int) -> Knowledge:
    """What the detector goes by as of a mark; the same mark gives the same at any time."""
    found = await facts_at(session, mark)
    if not found:
        return Knowledge(mark)
    by_subject: dict[str, list[DetectionFactRow]] = {}
    for row in found:
        by_subject.setdefault(row.subject, []).append(row)
    rules = [rule_of(row.payload or {}) for row in by_subject.get(Subject.RULE, ())]
    # By the last fact's own time and no clock's, so that a replay forgets the same.
    since = minute_of(found[-1].recorded_at - timedelta(days=EXPECTED_DAYS))
    stretches = (stretch_of(row.payload or {}) for row in by_subject.get(Subject.EXPECTED, ()))
    return Knowledge(
        mark,
        RuleBook(rules, factors_of(by_subject.get(Subject.FACTOR, ()))),
        Expectations([one for one in stretches if one.end > since]),
    )


async def load_rules(session: AsyncSession) -> RuleBook:
    """The rules alone, as they are now, without what single meters have of their own."""
    found = await facts_at(session, await newest_mark(session), Subject.RULE)
    return RuleBook([rule_of(row.payload or {}) for row in found])


def rule_of(payload: Mapping[str, Any]) -> Rule:
    """A rule as the detector takes it."""
    region, ends = payload["region_code"], payload["valid_to"]
    return Rule(
        parameters=CLASSES[ConditionKind(payload["kind"])].model_validate(payload["parameters"]),
        valid_from=date.fromisoformat(payload["valid_from"]),
        valid_to=None if ends is None else date.fromisoformat(ends),
        region_prefix=None if region is None else regions.prefix(region),
        meter_no=payload["meter_no"],
    )


def factors_of(rows: Iterable[DetectionFactRow]) -> dict[str, dict[ConditionKind, float]]:
    """By the number of the meter and kind."""
    factors: dict[str, dict[ConditionKind, float]] = {}
    for row in rows:
        payload = row.payload or {}
        own = factors.setdefault(payload["meter_no"], {})
        own[ConditionKind(payload["kind"])] = float(payload["factor"])
    return factors


def stretch_of(payload: Mapping[str, Any]) -> Stretch:
    kinds = tuple(ConditionKind(kind) for kind in payload["kinds"])
    return Stretch(tuple(payload["meters"]), int(payload["start"]), int(payload["end"]), kinds)


def minute_of(instant: datetime) -> int:
    """Minutes UTC since 1970."""
    return int(instant.timestamp()) // 60


@dataclass(frozen=True, slots=True)
class Adoptions:
    """Which mark a partition's worker went by from which offset on, in order."""

    from_offsets: tuple[int, ...]
    marks: tuple[int, ...]

    def at(self, offset: int) -> int | None:
        """The mark in force at an offset; None when nothing was ever taken up."""
        if not self.marks:
            return None
        # What was met before anything was written down (an earlier release) is judged by the first.
        return self.marks[max(0, bisect_right(self.from_offsets, offset) - 1)]

    def stretches(self, offsets: Sequence[int]) -> list[tuple[int, int, int]]:
        """(first place, end, mark) of runs of the rising ``offsets`` under one mark."""
        edges = sorted({0, len(offsets), *(bisect_right(offsets, start - 1) for start in self.from_offsets)})
        return [(first, end, self.at(offsets[first]) or NOTHING_KNOWN) for first, end in pairwise(edges)]


async def adoptions_of(session: AsyncSession, topic: str, partition: int) -> Adoptions:
    statement = (
        select(col(DetectorAdoptionRow.from_offset), col(DetectorAdoptionRow.mark))
        .where(col(DetectorAdoptionRow.topic) == topic, col(DetectorAdoptionRow.partition) == partition)
        .order_by(col(DetectorAdoptionRow.from_offset))
    )
    rows = (await session.execute(statement)).all()
    return Adoptions(tuple(row[0] for row in rows), tuple(row[1] for row in rows))


async def adopt(session: AsyncSession, place: tuple[str, int], from_offset: int, mark: int) -> None:
    """Records from ``from_offset`` on are judged by what was known at ``mark``."""
    key = {"topic": place[0], "partition": place[1], "from_offset": from_offset}
    statement = insert(DetectorAdoptionRow).values(**key, mark=mark)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["topic", "partition", "from_offset"], set_={"mark": mark})
    )


_FORGET: Final = text(
    """
    DELETE FROM detector_adoption WHERE topic = :topic AND partition = :partition AND from_offset < (
        SELECT max(from_offset) FROM detector_adoption
        WHERE topic = :topic AND partition = :partition AND from_offset <= :next_offset
    )
    """
)


async def forget_adoptions(session: AsyncSession, topic: str, partition: int, next_offset: int) -> None:
    """Those that no replay from ``next_offset`` on asks for."""
    await session.execute(_FORGET, {"topic": topic, "partition": partition, "next_offset": next_offset})
