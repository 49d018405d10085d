"""The year against its target (年度发电进度): where it should be by now, where it is, where it will end."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import median
from typing import Final

_MONTHS: Final = 12
# A year counts as history when of each of its months so much is there.
COMPLETE_YEAR: Final = 0.95


class ProfileSource(StrEnum):
    """Where the seasons of a target come from: 分月计划 given, 往年同期 history, 按日均摊 linear."""

    GIVEN = "given"
    HISTORY = "history"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of the twelve months, together 1; ``years``: those they were learned from."""

    source: ProfileSource
    shares: tuple[float, ...]
    years: tuple[int, ...] = ()

    def until(self, day: date) -> float:
        """The share that should be made by the end of ``day``; within a month by days."""
        length = calendar.monthrange(day.year, day.month)[1]
        return sum(self.shares[: day.month - 1]) + self.shares[day.month - 1] * day.day / length


@dataclass(frozen=True, slots=True)
class MonthOutput:
    """Energy of a month and how much of it is known (0 to 1)."""

    actual_kwh: float
    completeness: float


def linear(year: int) -> Profile:
    days = [calendar.monthrange(year, month)[1] for month in range(1, _MONTHS + 1)]
    return Profile(ProfileSource.LINEAR, tuple(count / sum(days) for count in days))


def given(monthly_kwh: Sequence[float]) -> Profile:
    """From twelve monthly figures, at least one above 0."""
    total = sum(monthly_kwh)
    return Profile(ProfileSource.GIVEN, tuple(value / total for value in monthly_kwh))


def complete_years(history: Mapping[int, Mapping[int, MonthOutput]], before: int) -> dict[int, list[float]]:
    """The years before ``before`` of which every month is known well enough, with their months' kWh."""
    found = {}
    for year, months in sorted(history.items()):
        known = [months.get(month) for month in range(1, _MONTHS + 1)]
        if year < before and all(one is not None and one.completeness >= COMPLETE_YEAR for one in known):
            found[year] = [one.actual_kwh for one in known if one is not None]
    return {year: values for year, values in found.items() if sum(values) > 0}


def learned(history: Mapping[int, Mapping[int, MonthOutput]], year: int, years: int = 5) -> Profile | None:
    """The mean seasons of the last complete years, each year counting alike; None without one."""
    known = complete_years(history, year)
    chosen = sorted(known)[-years:]
    if not chosen:
        return None
    shares = [sum(known[one][month] / sum(known[one]) for one in chosen) / len(chosen) for month in range(_MONTHS)]
    return Profile(ProfileSource.HISTORY, tuple(shares), tuple(chosen))


@dataclass(frozen=True, slots=True)
class Pace:
    """A target by the end of ``day``: kWh, shares 0 to 1, ``behind_points`` percentage points of the year.

    ``scaled_kwh``: the actual energy had everything been measured, None where too little was. ``forecast_kwh``
    with its lowest and highest: by how the complete years before went on from here; without one by the pace so
    far. ``needed_kwh_a_day``: for the rest of the year. None is not known.
    """

    day: date
    target_kwh: float
    profile: Profile
    planned_kwh: float
    actual_kwh: float
    completeness: float | None
    scaled_kwh: float | None
    behind_points: float | None
    forecast_kwh: float | None
    forecast_low_kwh: float | None
    forecast_high_kwh: float | None
    needed_kwh_a_day: float | None

    @property
    def planned_share(self) -> float:
        return self.planned_kwh / self.target_kwh

    @property
    def done_share(self) -> float:
        return self.actual_kwh / self.target_kwh


def pace_of(
    target_kwh: float,
    profile: Profile,
    day: date,
    actual_kwh: float,
    completeness: float | None,
    history: Mapping[int, Mapping[int, MonthOutput]],
    least_completeness: float,
) -> Pace:
    """``completeness`` is of the year so far; below ``least_completeness`` nothing is concluded."""
    scaled = None
    if completeness is not None and completeness > 0 and completeness >= least_completeness:
        scaled = actual_kwh / completeness
    planned = target_kwh * profile.until(day)
    low, middle, high = _forecast(scaled, target_kwh, profile, day, history)
    left = (date(day.year, _MONTHS, 31) - day).days
    needed = None if scaled is None or not left else max(0.0, target_kwh - scaled) / left
    return Pace(
        day=day,
        target_kwh=target_kwh,
        profile=profile,
        planned_kwh=planned,
        actual_kwh=actual_kwh,
        completeness=completeness,
        scaled_kwh=scaled,
        behind_points=None if scaled is None else (planned - scaled) / target_kwh * 100,
        forecast_kwh=middle,
        forecast_low_kwh=low,
        forecast_high_kwh=high,
        needed_kwh_a_day=needed,
    )


def _forecast(
    so_far: float | None,
    target_kwh: float,
    profile: Profile,
    day: date,
    history: Mapping[int, Mapping[int, MonthOutput]],
) -> tuple[float | None, float | None, float | None]:
    if so_far is None:
        return None, None, None
    ends = []
    for months in complete_years(history, day.year).values():
        own = given(months).until(day)
        # From hardly anything of a year nothing can be told of the rest.
        if own >= 0.02:
            ends.append(so_far / own)
    if ends:
        return min(ends), median(ends), max(ends)
    share = profile.until(day)
    if share < 0.02:
        return None, None, None
    end = so_far + target_kwh * (1.0 - share) * so_far / (target_kwh * share)
    return None, end, None


def level_of(behind_points: float, edges: Sequence[float]) -> int:
    """How many of the rising edges are reached; 0 is on pace."""
    return sum(behind_points >= edge for edge in edges)
