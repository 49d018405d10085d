"""What a forecast is, what it needs, and why there may be none (S17)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from services.energy.forecast.domain.measures import Accuracy
from services.energy.forecast.domain.regression import Comfort
from services.energy.forecast.domain.series import Floats
from services.energy.forecast.domain.similar import WINDOW_DAYS

# Days by which a year's festivals lie within reach, wherever the lunar year puts them.
_YEAR: Final = 385


class Model(StrEnum):
    """回归, 相似日, 上周同类日, 昨日."""

    REGRESSION = "regression"
    SIMILAR_DAYS = "similar_days"
    SEASONAL_NAIVE = "seasonal_naive"
    NAIVE = "naive"


class RefusalReason(StrEnum):
    """Why there is no forecast: it is said rather than guessed at."""

    NO_LOAD = "no_load"
    TOO_SHORT = "too_short"
    TOO_MANY_GAPS = "too_many_gaps"
    STALE = "stale"
    # Of that day; what is said of a node that had no issue, or whose issues are not about it.
    NOT_ISSUED = "not_issued"


@dataclass(frozen=True, slots=True)
class Needs:
    """How much history a forecast needs, and how much of it is used; days, shares, °C.

    A day counts whose slots are known to ``min_known``; of the last ``min_days`` at least ``recent_share`` have
    to.
    """

    min_days: int = 28
    training_days: int = 400
    festival_years: int = 4
    held_out_days: int = 56
    min_known: float = 0.8
    recent_share: float = 0.5
    comfort: Comfort = field(default_factory=lambda: Comfort(22.0, 14.0))

    def days_read(self, *, is_festive: bool) -> int:
        """How far back the load is of use; a festival is learnt from those of the years before."""
        ordinary = self.training_days + WINDOW_DAYS
        return max(ordinary, _YEAR * self.festival_years) if is_festive else ordinary


@dataclass(frozen=True, slots=True)
class Refusal:
    """``known_days``: days with enough known slots; ``needed_days``: how many there should be."""

    reason: RefusalReason
    known_days: int
    needed_days: int
    last_known_day: int | None


@dataclass(frozen=True, slots=True)
class DayForecast:
    """p10, p50 and p90 (96,) in kW of a day; slots before ``first_slot`` are what was measured.

    ``accuracy``: of the model on the days held out; ``naive`` and ``seasonal``: of the two naive models there.
    """

    day: int
    lead: int
    first_slot: int
    p10: Floats
    p50: Floats
    p90: Floats
    model: Model
    with_weather: bool
    held_out_days: int
    accuracy: Accuracy
    naive: Accuracy
    seasonal: Accuracy
