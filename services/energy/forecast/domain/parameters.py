"""What a region or a node is forecast by: when, from how much history, what is warned of (S17).

Parameters are rows with a validity period (``forecast_rule``); this model says what a row may hold and what is
taken where it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common import regions
from services.energy.forecast.domain.outcome import Needs
from services.energy.forecast.domain.regression import Comfort


class ForecastParameters(BaseModel):
    """``day_ahead_at``: local time by which tomorrow and the week ahead are issued; ``intraday``: anew every
    hour, so many minutes after it, when its last quarter has come in.

    ``min_completeness``: share of a node's meters that must be there for a slot to be learnt from.
    ``min_known_share``: share of a day's slots for the day to count, ``min_recent_share`` of the last ``min_days``
    such days. ``warn_days``: how many days ahead a shortage is warned of. ``cooling_above``, ``heating_below``: °C
    from which the load is taken to follow the weather.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    day_ahead_at: time = time(17, 0)
    horizon_days: int = Field(default=7, ge=1, le=8)
    intraday: bool = True
    intraday_after_minutes: int = Field(default=8, ge=0, le=59)
    min_days: int = Field(default=28, ge=21, le=365)
    training_days: int = Field(default=400, ge=60, le=1500)
    festival_years: int = Field(default=3, ge=1, le=6)
    held_out_days: int = Field(default=56, ge=14, le=180)
    min_known_share: float = Field(default=0.8, gt=0, le=1)
    min_recent_share: float = Field(default=0.5, gt=0, le=1)
    min_completeness: float = Field(default=0.8, gt=0, le=1)
    cooling_above: float = Field(default=22.0, ge=-20, le=50)
    heating_below: float = Field(default=14.0, ge=-20, le=50)
    warn_days: int = Field(default=1, ge=0, le=7)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.day_ahead_at.tzinfo is not None:
            raise ValueError("day_ahead_at is a local time without a zone")
        if self.heating_below > self.cooling_above:
            raise ValueError("heating_below may not lie above cooling_above")
        return self

    def needs(self) -> Needs:
        """What the model asks for."""
        return Needs(
            min_days=self.min_days,
            training_days=max(self.training_days, self.min_days),
            festival_years=self.festival_years,
            held_out_days=self.held_out_days,
            min_known=self.min_known_share,
            recent_share=self.min_recent_share,
            comfort=Comfort(self.cooling_above, self.heating_below),
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """Parameters of everything (no scope), a region's subtree or a node; ``valid_to`` is exclusive."""

    parameters: ForecastParameters
    valid_from: date
    valid_to: date | None = None
    region_code: str | None = None
    node_code: str | None = None

    def covers(self, node_code: str, region_code: str, day: date) -> bool:
        """Whether it holds for the node on the day."""
        if day < self.valid_from or (self.valid_to is not None and day >= self.valid_to):
            return False
        if self.node_code is not None:
            return self.node_code == node_code
        return self.region_code is None or regions.contains(self.region_code, region_code)

    @property
    def rank(self) -> tuple[int, date]:
        if self.node_code is not None:
            return 1000, self.valid_from
        return 0 if self.region_code is None else len(regions.prefix(self.region_code)), self.valid_from


def parameters_of(rules: Iterable[Rule], node_code: str, region_code: str, day: date) -> ForecastParameters:
    """Those of the narrowest scope, then of the newest beginning; the shipped ones where no rule holds."""
    covering = (rule for rule in rules if rule.covers(node_code, region_code, day))
    found = max(covering, key=lambda rule: rule.rank, default=None)
    return ForecastParameters() if found is None else found.parameters
