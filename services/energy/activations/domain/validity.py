"""Rules that hold in a region for a time; that of the narrowest region counts, of one region the latest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from libs.common import regions


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Valid from ``valid_from`` until the day before ``valid_to``; ``region_code`` None is everywhere."""

    region_code: str | None = None
    valid_from: date = date(2000, 1, 1)
    valid_to: date | None = None

    def holds(self, region_code: str, day: date) -> bool:
        if day < self.valid_from or (self.valid_to is not None and day >= self.valid_to):
            return False
        return self.region_code is None or regions.contains(self.region_code, region_code)

    @property
    def narrowness(self) -> int:
        return 0 if self.region_code is None else len(regions.prefix(self.region_code))


DatedT = TypeVar("DatedT", bound=Dated)


def in_force(rules: Iterable[DatedT], region_code: str, day: date) -> DatedT | None:
    """The rule that counts in the region on the day."""
    fitting = (rule for rule in rules if rule.holds(region_code, day))
    return max(fitting, key=lambda rule: (rule.narrowness, rule.valid_from), default=None)
