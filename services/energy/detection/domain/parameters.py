"""Thresholds of the detector as data: which rule holds for a meter on a day (detection.md 1, 7, 8)."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator


class SpikeParameters(BaseModel):
    """Parameters of the spike rule. Scores are standard deviations of the meter, rates are shares a reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # A reading this far above the expectation opens a condition …
    open_score: float = Field(default=10.0, gt=0, le=1000)
    # … and the meter is back in its usual band within this distance,
    clear_score: float = Field(default=4.0, gt=0, le=1000)
    # for so many slots in a row.
    clear_slots: int = Field(default=4, ge=1, le=1000)
    # No second opening for the meter within this time of the first.
    quiet_minutes: int = Field(default=360, ge=0, le=100_000)
    warmup_days: int = Field(default=28, ge=1, le=366)
    level_rate: float = Field(default=0.1, gt=0, lt=1)
    season_rate: float = Field(default=0.135, gt=0, lt=1)
    variance_rate: float = Field(default=0.005, gt=0, lt=1)
    # After the warm-up one reading moves the forecast by no more than this many standard deviations.
    clip_score: float = Field(default=4.0, gt=0, le=1000)
    # The standard deviation is taken as no less than this share of the meter's usual size, so that a meter
    # that hardly moves does not alarm over its own rounding.
    floor_share: float = Field(default=0.01, ge=0, lt=1)
    # Scores from which the condition is strong (level 2) and extreme (level 3).
    strong_score: float = Field(default=20.0, gt=0)
    extreme_score: float = Field(default=40.0, gt=0)
    # Conditions that opened longer ago than this are kept without telling anybody; null tells all.
    announce_within_hours: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not self.clear_score < self.open_score <= self.strong_score <= self.extreme_score:
            raise ValueError("scores must rise: clear < open <= strong <= extreme")
        return self

    def level_of(self, score: float) -> int:
        """1 notable, 2 strong, 3 extreme."""
        return 3 if score >= self.extreme_score else 2 if score >= self.strong_score else 1


# What the vectorised detector reads, in the order of the columns of a table of rules.
NUMERIC = (
    "open_score",
    "clear_score",
    "clear_slots",
    "quiet_minutes",
    "warmup_days",
    "level_rate",
    "season_rate",
    "variance_rate",
    "clip_score",
    "floor_share",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the rule table: ``valid_to`` is exclusive; no scope means every meter.

    ``region_prefix`` selects the meters of a region's subtree.
    """

    parameters: SpikeParameters
    valid_from: date
    valid_to: date | None = None
    region_prefix: str | None = None
    meter_no: str | None = None

    @property
    def rank(self) -> tuple[int, date]:
        """The most specific rule wins, then the newest."""
        if self.meter_no is not None:
            return 1000, self.valid_from
        return len(self.region_prefix or ""), self.valid_from

    def covers(self, meter_no: str, region_code: str) -> bool:
        if self.meter_no is not None:
            return self.meter_no == meter_no
        return region_code.startswith(self.region_prefix or "")


_EPOCH = date(1970, 1, 1)
DEFAULT_RULE = Rule(SpikeParameters(), valid_from=date(1970, 1, 1))


class RuleBook:
    """All rules of the spike kind, asked for many meters and days at once."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        # Ascending: a later rule in this order overrides an earlier one. The shipped default stands below all.
        self.rules = (DEFAULT_RULE, *sorted(rules, key=lambda rule: rule.rank))
        self._covers: dict[tuple[str, str], list[bool]] = {}
        self.table = np.array(
            [[float(getattr(rule.parameters, name)) for name in NUMERIC] for rule in self.rules], np.float64
        )

    def pick(self, meters: list[tuple[str, str]], days: NDArray[np.int64]) -> NDArray[np.intp]:
        """The index of the rule for each (meter_no, region_code) on each day (days since 1970)."""
        chosen = np.zeros(len(days), np.intp)
        if len(self.rules) == 1:
            return chosen
        coverage = np.array([self._coverage(meter) for meter in meters], bool).reshape(len(meters), -1)
        for number, rule in enumerate(self.rules):
            valid = coverage[:, number] & (days >= (rule.valid_from - _EPOCH).days)
            if rule.valid_to is not None:
                valid &= days < (rule.valid_to - _EPOCH).days
            chosen[valid] = number
        return chosen

    def _coverage(self, meter: tuple[str, str]) -> list[bool]:
        known = self._covers.get(meter)
        if known is None:
            known = self._covers[meter] = [rule.covers(*meter) for rule in self.rules]
        return known
