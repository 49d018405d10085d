"""Data that holds in a region for a time: thresholds, day counts, limits and catalogues of every slice.

The entry of the narrowest region counts. Entries of one key and region follow each other without overlap: a new
one ends the one before it and lasts until the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol, TypeVar

from libs.common import regions
from libs.common.web.problems import DomainError, FieldError


class Held(Protocol):
    """From ``valid_from`` until before ``valid_to``; without an end while it is None."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


class HeldInRegion(Held, Protocol):
    """Beside it the region's subtree; None is everywhere."""

    @property
    def region_code(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Valid from ``valid_from`` until the day before ``valid_to``; ``region_code`` None is everywhere."""

    region_code: str | None = None
    valid_from: date = date(2000, 1, 1)
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return holds_on(self, day)

    def holds_in(self, region_code: str) -> bool:
        return holds_in(self, region_code)

    @property
    def narrowness(self) -> int:
        return narrowness(self)


DatedT = TypeVar("DatedT", bound=Dated)
RegionalT = TypeVar("RegionalT", bound=HeldInRegion)


def holds_on(fact: Held, day: date) -> bool:
    return fact.valid_from <= day and (fact.valid_to is None or day < fact.valid_to)


def holds_in(fact: HeldInRegion, region_code: str) -> bool:
    return fact.region_code is None or regions.contains(fact.region_code, region_code)


def narrowness(fact: HeldInRegion) -> int:
    """Larger for a smaller region; 0 for everywhere."""
    return 0 if fact.region_code is None else len(regions.prefix(fact.region_code))


def in_force(
    entries: Iterable[RegionalT], region_code: str, day: date, then: Callable[[RegionalT], int] = lambda entry: 0
) -> RegionalT | None:
    """Of entries of one key, the one that counts in the region on the day.

    It is that of the narrowest region; within one region ``then`` is asked which is the larger.
    """
    fitting = (entry for entry in entries if holds_on(entry, day) and holds_in(entry, region_code))
    return max(fitting, key=lambda entry: (narrowness(entry), then(entry)), default=None)


def succession(
    known: Iterable[DatedT], new: DatedT, *, not_ordered: type[DomainError], overlap: type[DomainError]
) -> tuple[DatedT, ...]:
    """The entries of one key and region once ``new`` is among them, in order of time.

    An entry with the same first day is replaced, the one valid until then ends, and without a last day the new
    one is valid until the next begins. Raises ``not_ordered`` and ``overlap``.
    """
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise not_ordered(errors=[FieldError("rule.ends_before_it_begins", "/valid_to")])
    others = sorted(
        (entry for entry in known if entry.valid_from != new.valid_from), key=lambda entry: entry.valid_from
    )
    following = next((entry for entry in others if entry.valid_from > new.valid_from), None)
    if following is not None:
        if new.valid_to is not None and new.valid_to > following.valid_from:
            raise overlap(next_from=following.valid_from, errors=[FieldError("rule.overlaps_next", "/valid_to")])
        new = replace(new, valid_to=new.valid_to or following.valid_from)
    earlier = [
        replace(entry, valid_to=new.valid_from) if holds_on(entry, new.valid_from) else entry
        for entry in others
        if entry.valid_from < new.valid_from
    ]
    later = [entry for entry in others if entry.valid_from > new.valid_from]
    return (*earlier, new, *later)
