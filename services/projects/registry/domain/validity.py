"""Rules as data: what holds from one day to another, everywhere or in one region's subtree.

A threshold, a list or a weight that an office may change is a row with a period of validity. Of those that hold on
a day the one of the narrowest region counts; a new one ends the one before it and is ended by the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from libs.common import regions
from libs.common.web.problems import FieldError
from services.projects.registry.errors import ValidityNotOrdered, ValidityOverlap

ALWAYS = date(2000, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Dated:
    """Base of such a rule. ``region_code`` None is everywhere; valid until the day before ``valid_to``."""

    region_code: str | None = None
    valid_from: date = ALWAYS
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def holds_in(self, region_code: str) -> bool:
        return self.region_code is None or regions.contains(self.region_code, region_code)


DatedT = TypeVar("DatedT", bound=Dated)


def narrowest(rules: Iterable[DatedT], region_code: str, day: date) -> DatedT | None:
    """The rule that counts in the region on the day; None where none holds."""
    fitting = (rule for rule in rules if rule.holds_on(day) and rule.holds_in(region_code))
    return max(fitting, key=_narrowness, default=None)


def _narrowness(rule: Dated) -> int:
    return 0 if rule.region_code is None else len(regions.prefix(rule.region_code))


def place(known: Iterable[DatedT], new: DatedT) -> tuple[DatedT, ...]:
    """The rules of one subject and region once ``new`` is among them, in order of time.

    A rule with the same first day is replaced, the one valid until then ends, and without a last day the new one
    is valid until the next begins. Raises ValidityNotOrdered, ValidityOverlap.
    """
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise ValidityNotOrdered(errors=[FieldError("rule.ends_before_it_begins", "/valid_to")])
    others = sorted(
        (rule for rule in known if rule.valid_from != new.valid_from), key=lambda rule: rule.valid_from
    )
    following = next((rule for rule in others if rule.valid_from > new.valid_from), None)
    if following is not None:
        if new.valid_to is not None and new.valid_to > following.valid_from:
            raise ValidityOverlap(
                next_from=following.valid_from, errors=[FieldError("rule.overlaps_next", "/valid_to")]
            )
        new = replace(new, valid_to=new.valid_to or following.valid_from)
    earlier = [
        replace(rule, valid_to=new.valid_from) if rule.holds_on(new.valid_from) else rule
        for rule in others
        if rule.valid_from < new.valid_from
    ]
    later = [rule for rule in others if rule.valid_from > new.valid_from]
    return (*earlier, new, *later)
