"""Who kept the promise: the on-time rate of a period with the cases behind both of its numbers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Grouping(StrEnum):
    """按单位 by unit, 按事项 by matter, 按单位和事项 by both, 合计 all together."""

    UNIT = "unit"
    MATTER = "matter"
    UNIT_AND_MATTER = "unit_and_matter"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CaseOnTime:
    """A case that counts in a period: it was decided in it, or its promise ran out with nothing decided.

    ``used_days`` are working days from acceptance to the decision; None while undecided.
    """

    case_id: UUID
    unit_id: UUID | None
    matter_code: str
    due_on: date
    decided_on: date | None
    used_days: int | None = None

    @property
    def is_on_time(self) -> bool:
        return self.decided_on is not None and self.decided_on <= self.due_on


@dataclass(frozen=True, slots=True)
class OnTime:
    """Cases on time over cases that counted; the rate of none is None, not 0."""

    unit_id: UUID | None
    matter_code: str | None
    on_time_ids: tuple[UUID, ...]
    counted_ids: tuple[UUID, ...]
    overdue_undecided_ids: tuple[UUID, ...]
    mean_used_days: float | None

    @property
    def rate(self) -> float | None:
        return len(self.on_time_ids) / len(self.counted_ids) if self.counted_ids else None


def counts_in(due_on: date | None, decided_on: date | None, first: date, last: date) -> bool:
    """Whether a case counts in the days from ``first`` to ``last``: no office improves by never deciding."""
    if decided_on is not None and decided_on <= last:
        return decided_on >= first
    return due_on is not None and due_on < last


def tally(cases: Iterable[CaseOnTime], by: Grouping) -> tuple[OnTime, ...]:
    """The figures of each group, ordered by unit and matter."""
    groups: dict[tuple[Hashable, ...], list[CaseOnTime]] = {}
    for case in cases:
        unit = case.unit_id if by in {Grouping.UNIT, Grouping.UNIT_AND_MATTER} else None
        matter = case.matter_code if by in {Grouping.MATTER, Grouping.UNIT_AND_MATTER} else None
        groups.setdefault((unit, matter), []).append(case)
    tallied = (_tallied(unit, matter, group) for (unit, matter), group in groups.items())
    return tuple(sorted(tallied, key=lambda one: (str(one.unit_id or ""), one.matter_code or "")))


def _tallied(unit: Hashable, matter: Hashable, group: list[CaseOnTime]) -> OnTime:
    used = [case.used_days for case in group if case.used_days is not None]
    assert unit is None or isinstance(unit, UUID)
    return OnTime(
        unit_id=unit,
        matter_code=None if matter is None else str(matter),
        on_time_ids=tuple(case.case_id for case in group if case.is_on_time),
        counted_ids=tuple(case.case_id for case in group),
        overdue_undecided_ids=tuple(case.case_id for case in group if case.decided_on is None),
        mean_used_days=sum(used) / len(used) if used else None,
    )
