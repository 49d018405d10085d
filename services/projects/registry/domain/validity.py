"""Rules as data with a period and a region: which of them counts, and how a new one takes its place.

Slices above give their own dataclasses; what they have in common is :class:`Effective`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Protocol, TypeVar

from libs.common import regions
from libs.common.web.problems import FieldError
from services.projects.registry.errors import RuleNotOrdered, RuleOverlap


class Effective(Protocol):
    """Valid from ``valid_from`` until the day before ``valid_to``; ``region_code`` None is for everywhere."""

    @property
    def region_code(self) -> str | None: ...

    @property
    def valid_from(self) -> date: ...

    @property
    def valid_to(self) -> date | None: ...


RuleT = TypeVar("RuleT", bound=Effective)


def holds_on(rule: Effective, day: date) -> bool:
    return rule.valid_from <= day and (rule.valid_to is None or day < rule.valid_to)


def holds_in(rule: Effective, region_code: str) -> bool:
    return rule.region_code is None or regions.contains(rule.region_code, region_code)


def narrowness(rule: Effective) -> int:
    """How narrow the rule's region is: 0 for everywhere, then the digits its subtree has in common."""
    return 0 if rule.region_code is None else len(regions.prefix(rule.region_code))


def narrowest(
    rules: Iterable[RuleT], region_code: str, day: date, also: Callable[[RuleT], int] = lambda rule: 0
) -> RuleT | None:
    """The rule of the narrowest region that holds there on the day; ``also`` decides within one region."""
    fitting = (rule for rule in rules if holds_on(rule, day) and holds_in(rule, region_code))
    return max(fitting, key=lambda rule: (narrowness(rule), also(rule)), default=None)


def succession(known: Iterable[RuleT], new: RuleT) -> tuple[RuleT, ...]:
    """The rules of one key and region once ``new`` (a dataclass) is among them, in order of time.

    A rule with the same first day is replaced, the one valid until then ends, and without a last day the new one
    is valid until the next begins. Raises RuleNotOrdered, RuleOverlap.
    """
    if new.valid_to is not None and new.valid_to <= new.valid_from:
        raise RuleNotOrdered(errors=[FieldError("rule.ends_before_it_begins", "/valid_to")])
    others = sorted(
        (rule for rule in known if rule.valid_from != new.valid_from), key=lambda rule: rule.valid_from
    )
    following = next((rule for rule in others if rule.valid_from > new.valid_from), None)
    if following is not None:
        if new.valid_to is not None and new.valid_to > following.valid_from:
            raise RuleOverlap(
                next_from=following.valid_from, errors=[FieldError("rule.overlaps_next", "/valid_to")]
            )
        new = _moved(new, valid_to=new.valid_to or following.valid_from)
    earlier = [
        _moved(rule, valid_to=new.valid_from) if holds_on(rule, new.valid_from) else rule
        for rule in others
        if rule.valid_from < new.valid_from
    ]
    later = [rule for rule in others if rule.valid_from > new.valid_from]
    return (*earlier, new, *later)


def _moved(rule: RuleT, *, valid_to: date) -> RuleT:
    dataclass: Any = rule
    moved: RuleT = replace(dataclass, valid_to=valid_to)
    return moved
