"""Data that holds in a region for a time: thresholds, day counts, limits and catalogues of every slice.

The entry of the narrowest region counts. Entries of one key and region follow each other without overlap: a new
one ends the one before it and lasts until the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from libs.common import regions
from libs.common.web.problems import DomainError, FieldError


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Valid from ``valid_from`` until the day before ``valid_to``; ``region_code`` None is everywhere."""

    region_code: str | None = None
    valid_from: date = date(2000, 1, 1)
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def holds_in(self, region_code: str) -> bool:
        return self.region_code is None or regions.contains(self.region_code, region_code)

    @property
    def narrowness(self) -> int:
        """Larger for a smaller region; 0 for everywhere."""
        return 0 if self.region_code is None else len(regions.prefix(self.region_code))


DatedT = TypeVar("DatedT", bound=Dated)


def in_force(
    entries: Iterable[DatedT], region_code: str, day: date, then: Callable[[DatedT], int] = lambda entry: 0
) -> DatedT | None:
    """Of entries of one key, the one that counts in the region on the day.

    It is that of the narrowest region; within one region ``then`` is asked which is the larger.
    """
    fitting = (entry for entry in entries if entry.holds_on(day) and entry.holds_in(region_code))
    return max(fitting, key=lambda entry: (entry.narrowness, then(entry)), default=None)


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
        replace(entry, valid_to=new.valid_from) if entry.holds_on(new.valid_from) else entry
        for entry in others
        if entry.valid_from < new.valid_from
    ]
    later = [entry for entry in others if entry.valid_from > new.valid_from]
    return (*earlier, new, *later)
