"""Thresholds with two levels: what is late or lacking from so many days on, and grave from so many more."""

from __future__ import annotations

from dataclasses import dataclass

from libs.common.web.problems import FieldError
from services.projects.registry.domain.validity import Dated


def level_of(count: int, threshold: int, level2: int | None) -> int:
    """0 below the threshold, then 1, then 2 from ``level2`` on; without a ``level2`` it is never grave."""
    if count < threshold:
        return 0
    return 2 if level2 is not None and count >= level2 else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded(Dated):
    """From ``threshold_days`` on a condition holds, from ``level2_days`` on it is grave (None: never)."""

    threshold_days: int
    level2_days: int | None = None

    def level_at(self, days: int) -> int:
        """0 while the condition does not hold, then 1, then 2."""
        return level_of(days, self.threshold_days, self.level2_days)

    def faults(self) -> list[FieldError]:
        """What is wrong with the levels: the second begins after the first."""
        if self.level2_days is not None and self.level2_days <= self.threshold_days:
            return [FieldError("rule.level2_not_later", "/level2_days")]
        return []
