"""What holds of the grid by region and time: MW for each MVA, short-time overload, how much must be measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from libs.common import regions


class Regional(Protocol):
    """A rule of a region (None: everywhere) for a time; ``valid_to`` is exclusive."""

    @property
    def region_code(self) -> str | None: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


RegionalT = TypeVar("RegionalT", bound=Regional)


@dataclass(frozen=True, slots=True)
class GridRule:
    """``power_factor``: MW carried for each MVA rated (功率因数). ``overload_factor``: how far transformers may be
    overloaded for a short time when one is out (短时过载倍数). ``least_completeness``: share of what a
    node's meters usually draw that must be there for its load to be told.
    """

    region_code: str | None
    valid_from: date
    valid_to: date | None
    power_factor: float
    overload_factor: float
    least_completeness: float


def rule_for(rules: Iterable[RegionalT], region_code: str, day: date) -> RegionalT | None:
    """The rule of the narrowest region that holds the node's region on the day."""
    chain = (region_code, *regions.ancestors(region_code), None)
    holding = [rule for rule in rules if rule.valid_from <= day and (rule.valid_to is None or day < rule.valid_to)]
    for code in chain:
        found = next((rule for rule in holding if rule.region_code == code), None)
        if found is not None:
            return found
    return None
