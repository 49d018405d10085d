"""Formulas of virtual meters (虚拟计量点): sums, differences, shares of other meters, with their time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Missing(StrEnum):
    """What becomes of a slot in which a member has no value.

    ``MISSING``: the slot is missing too. ``PARTIAL``: it holds the sum of the others and says so. Never zero.
    """

    MISSING = "missing"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Member:
    """A member from one day on until before another one (None: open), days since 1970."""

    meter_index: int
    coefficient: float
    first_day: int
    end_day: int | None = None

    def holds_on(self, day: int) -> bool:
        return self.first_day <= day and (self.end_day is None or day < self.end_day)


@dataclass(frozen=True, slots=True)
class Formula:
    """What a virtual meter is made of."""

    meter_index: int
    missing: Missing
    members: tuple[Member, ...]


def overlapping(members: Sequence[Member]) -> Member | None:
    """A member that stands twice in the same time."""
    by_meter: dict[int, list[Member]] = {}
    for member in sorted(members, key=lambda item: item.first_day):
        own = by_meter.setdefault(member.meter_index, [])
        if own and (own[-1].end_day is None or own[-1].end_day > member.first_day):
            return member
        own.append(member)
    return None


def cycle_through(start: int, members: Iterable[int], formulas: Mapping[int, Iterable[int]]) -> list[int] | None:
    """A way from ``start`` through its new members back to itself, whatever the time they hold; None without one.

    ``formulas``: members of the other virtual meters, by index.
    """
    waiting = [(member, [start, member]) for member in sorted(set(members))]
    seen: set[int] = set()
    while waiting:
        meter, way = waiting.pop()
        if meter == start:
            return way
        if meter not in seen:
            seen.add(meter)
            waiting += [(member, [*way, member]) for member in sorted(set(formulas.get(meter, ())))]
    return None


def ordered(formulas: Mapping[int, Formula], chosen: Iterable[int]) -> list[int]:
    """The chosen virtual meters, each after the members that are virtual themselves."""
    wanted = set(chosen)
    done: dict[int, None] = {}

    def visit(meter: int) -> None:
        # The register refuses cycles, and formulas are read in one snapshot.
        if meter in done or meter not in formulas:
            return
        for member in sorted({item.meter_index for item in formulas[meter].members}):
            visit(member)
        done[meter] = None

    for meter in sorted(wanted):
        visit(meter)
    return [meter for meter in done if meter in wanted]


def changed_span(before: Sequence[Member], after: Sequence[Member], latest: int) -> tuple[int, int] | None:
    """First and last day on which two formulas differ, up to ``latest``; None when they are the same till then."""
    edges = {item.first_day for item in (*before, *after)}
    edges |= {item.end_day for item in (*before, *after) if item.end_day is not None}
    different = [edge for edge in sorted(edges) if edge <= latest and _on(before, edge) != _on(after, edge)]
    if not different:
        return None
    later = [edge for edge in sorted(edges) if edge > different[-1]]
    return different[0], min(latest, later[0] - 1) if later else latest


def _on(members: Sequence[Member], day: int) -> list[tuple[int, float]]:
    return sorted((item.meter_index, item.coefficient) for item in members if item.holds_on(day))
