"""Rules of contests as data: where a moved enterprise counts, what is enough to be compared, days of appeals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.registry.domain.validity import Dated


class MoveRule(StrEnum):
    """Where an enterprise that moves within a quarter counts.

    ``by_month``: each month where it stood then. ``quarter_start`` and ``quarter_end``: all of the quarter
    where it stood in its first or its last month.
    """

    BY_MONTH = "by_month"
    QUARTER_START = "quarter_start"
    QUARTER_END = "quarter_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestRule(Dated):
    """Days are working days: to appeal from the publication on, to decide from the appeal on.

    ``min_complete_percent`` of the facts that a figure expects have to be there for it to count. ``equal_score``
    is what figures have that are all alike. ``bottom_places`` are the last places that are warned of.
    ``kgce_per_kwh`` converts electricity to standard coal.
    """

    move_counts: MoveRule = MoveRule.BY_MONTH
    min_complete_percent: Decimal = Decimal(90)
    equal_score: Decimal = Decimal(100)
    appeal_days: int = 5
    decision_days: int = 10
    bottom_places: int = 1
    kgce_per_kwh: Decimal = Decimal("0.1229")

    def faults(self) -> list[FieldError]:
        return [
            FieldError("contest.percent_outside", f"/{name}")
            for name in ("min_complete_percent", "equal_score")
            if not 0 <= getattr(self, name) <= 100
        ]
