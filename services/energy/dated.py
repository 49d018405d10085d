"""Facts that hold for a time, and rules that hold in a region for a time: the narrowest region's counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from libs.common import validity
from libs.common.validity import Held, HeldInRegion, holds_on

HeldT = TypeVar("HeldT", bound=Held)
RegionalT = TypeVar("RegionalT", bound=HeldInRegion)


def of_day(facts: Iterable[HeldT], day: date) -> HeldT | None:
    """The fact that holds on the day; of several the one that began last."""
    return max((fact for fact in facts if holds_on(fact, day)), key=lambda fact: fact.valid_from, default=None)


def meeting(facts: Iterable[HeldT], valid_from: date, valid_to: date | None) -> HeldT | None:
    """The first of the facts that holds at a time of this span, if there is one."""
    for fact in sorted(facts, key=lambda one: one.valid_from):
        begins_before = valid_to is None or fact.valid_from < valid_to
        ends_after = fact.valid_to is None or valid_from < fact.valid_to
        if begins_before and ends_after:
            return fact
    return None


def in_force(rules: Iterable[RegionalT], region_code: str, day: date) -> RegionalT | None:
    """The rule that counts in the region on the day: that of the narrowest region, there the one begun last."""
    return validity.in_force(rules, region_code, day, lambda rule: rule.valid_from.toordinal())


class Meets(Exception):
    """Something else holds at a time that the new fact would hold; ``fact`` is it."""

    def __init__(self, fact: Held) -> None:
        super().__init__(fact)
        self.fact = fact


def placed(known: Iterable[HeldT], valid_from: date, valid_to: date | None) -> tuple[HeldT | None, date | None]:
    """Where a new fact of one key goes: the one that ends as it begins, and its own end.

    Without an end it lasts until the next one begins; one with the same beginning is not among ``known``. Raises
    Meets when it would reach into a later one, or stand in the middle of one that goes on after it.
    """
    facts = sorted(known, key=lambda one: one.valid_from)
    following = next((one for one in facts if one.valid_from >= valid_from), None)
    if following is not None:
        if valid_to is not None and valid_to > following.valid_from:
            raise Meets(following)
        valid_to = valid_to or following.valid_from
    before = next(
        (one for one in reversed(facts) if one.valid_from < valid_from and holds_on(one, valid_from)), None
    )
    goes_on = before is not None and valid_to is not None and following is None
    if before is not None and goes_on and (before.valid_to is None or before.valid_to > (valid_to or date.max)):
        raise Meets(before)
    return before, valid_to
