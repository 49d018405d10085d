"""Stretches of days: from a day on until before another one, open where that is None."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Span:
    """``valid_to`` is exclusive."""

    valid_from: date
    valid_to: date | None = None

    @property
    def is_empty(self) -> bool:
        return self.valid_to is not None and self.valid_to <= self.valid_from

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def common(self, other: Span) -> Span | None:
        """The days of both; None where there are none."""
        ends = [end for end in (self.valid_to, other.valid_to) if end is not None]
        found = Span(max(self.valid_from, other.valid_from), min(ends) if ends else None)
        return None if found.is_empty else found


class Dated(Protocol):
    """A row that holds for a time; ``valid_to`` is exclusive."""

    valid_from: date
    valid_to: date | None


DatedT = TypeVar("DatedT", bound=Dated)


def span_of(row: Dated) -> Span:
    return Span(row.valid_from, row.valid_to)


def overlapping(rows: Iterable[DatedT], span: Span) -> DatedT | None:
    """The first of the rows that holds on any day of the span."""
    return next((row for row in rows if span_of(row).common(span) is not None), None)


def in_force(rows: Iterable[DatedT], day: date) -> list[DatedT]:
    """The rows that hold on the day."""
    return [row for row in rows if span_of(row).holds(day)]
