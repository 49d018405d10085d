"""The customer baseline load (基线负荷): what an enterprise would have drawn had nothing been ordered (S21).

The default is the mean of the same quarters of the last five normal working days (近五个正常工作日均值). A day is
normal when it is of the event day's kind by the calendar (调休 included), held no activation and no planned outage
or other announced event, and its curve is complete to a set share. On a day of rest the like days are days of
rest: measured against working days, a plant that stands still at weekends would "achieve" its whole load.

All figures are kW in arrays (enterprises, days, quarters); NaN is missing and never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from libs.common.workdays import DayType, WorkCalendar
from services.energy.activations.domain.quarters import QUARTERS_A_DAY, Floats, Int, Mask
from services.energy.metering.domain.slots import day_number

_WEEKEND: Final = frozenset({DayType.SATURDAY, DayType.SUNDAY})


class Method(StrEnum):
    """Which like days count: the last ones, the middle of the last ones, those of the same weekday."""

    LAST_DAYS = "last_days"
    MIDDLE_DAYS = "middle_days"
    SAME_WEEKDAY = "same_weekday"


class Skipped(StrEnum):
    """Why a day before the event is no normal day of its kind, or did not count though it is one."""

    REST_DAY = "rest_day"
    WORKING_DAY = "working_day"
    HOLIDAY = "holiday"
    ADJUSTED_WORKDAY = "adjusted_workday"
    OTHER_WEEKDAY = "other_weekday"
    ACTIVATION = "activation"
    OUTAGE = "outage"
    ANNOUNCED = "announced"
    INCOMPLETE = "incomplete"
    TRIMMED = "trimmed"


@dataclass(frozen=True, slots=True)
class Definition:
    """``days`` like days within ``lookback_days``; fewer than ``min_days`` make no baseline.

    ``trimmed``: of the middle method, how many days go at either end by their load in the event's quarters.
    ``min_completeness``: share of the day's 96 quarters that must be there. ``is_adjusted``: the baseline is moved
    by the event day's own level in ``adjust_quarters`` quarters that end ``adjust_gap`` quarters before the
    start, up and down alike, by at most ``adjust_bound`` of the baseline.
    """

    method: Method = Method.LAST_DAYS
    days: int = 5
    min_days: int = 3
    trimmed: int = 0
    lookback_days: int = 45
    min_completeness: float = 0.95
    counts_adjusted_workdays: bool = True
    is_adjusted: bool = False
    adjust_quarters: int = 8
    adjust_gap: int = 4
    adjust_bound: float = 0.2


# What else may be chosen for an activation or a verification, beside the rule that is in force.
PRESETS: Final = {
    Method.LAST_DAYS: Definition(),
    Method.MIDDLE_DAYS: Definition(Method.MIDDLE_DAYS, days=10, min_days=6, trimmed=2),
    Method.SAME_WEEKDAY: Definition(Method.SAME_WEEKDAY, days=4, min_days=2, lookback_days=63),
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Days before the event by the calendar alone: the like ones in order (since 1970), and why others are not."""

    like: tuple[int, ...]
    skipped: dict[int, Skipped]


def candidates(definition: Definition, event_day: date, calendar: WorkCalendar) -> Candidates:
    """The days of the event day's kind among the days before it. Raises UnknownCalendarYear."""
    is_working = calendar.is_working_day(event_day)
    like: list[int] = []
    skipped: dict[int, Skipped] = {}
    for back in range(definition.lookback_days, 0, -1):
        day = event_day - timedelta(days=back)
        why = _unlike(definition, day, event_day, calendar.day_type(day), is_working)
        if why is None:
            like.append(day_number(day))
        else:
            skipped[day_number(day)] = why
    return Candidates(tuple(like), skipped)


def _unlike(
    definition: Definition, day: date, event_day: date, kind: DayType, event_is_working: bool
) -> Skipped | None:
    if kind is DayType.HOLIDAY:
        return Skipped.HOLIDAY
    if definition.method is Method.SAME_WEEKDAY and day.weekday() != event_day.weekday():
        return Skipped.OTHER_WEEKDAY
    if event_is_working:
        if not kind.is_working:
            return Skipped.REST_DAY
        is_refused = kind is DayType.ADJUSTED_WORKDAY and not definition.counts_adjusted_workdays
        return Skipped.ADJUSTED_WORKDAY if is_refused else None
    return None if kind in _WEEKEND else Skipped.WORKING_DAY


@dataclass(frozen=True, slots=True, eq=False)
class Baselines:
    """By enterprise: the baseline by quarter of the day (n, 96), which days made it (n, days), how many (n,).

    NaN where no chosen day has the quarter, and all over where there are too few days.
    """

    kw: Floats
    chosen: Mask
    trimmed: Mask
    count: Int


def baselines(definition: Definition, load_kw: Floats, is_normal: Mask, event_quarters: Int) -> Baselines:
    """From loads (n, days, 96) of like days in order, and which of them are normal (n, days).

    ``event_quarters``: quarters of the day that the event covers, by which the middle method ranks days.
    """
    present = np.isfinite(load_kw)
    usable = is_normal & (present.mean(axis=2) >= definition.min_completeness)
    # Counted from the newest day back.
    from_last = np.cumsum(usable[:, ::-1], axis=1)[:, ::-1]
    chosen = usable & (from_last <= definition.days)
    count = chosen.sum(axis=1)
    trimmed = np.zeros_like(chosen)
    if definition.method is Method.MIDDLE_DAYS and definition.trimmed:
        trimmed = _ends(definition, load_kw, chosen, event_quarters)
        chosen = chosen & ~trimmed
    chosen[count < definition.min_days] = False
    weight = chosen[:, :, None] & present
    number = weight.sum(axis=1)
    total = np.where(weight, load_kw, 0.0).sum(axis=1)
    kw = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
    return Baselines(kw, chosen, trimmed, chosen.sum(axis=1))


def _ends(definition: Definition, load_kw: Floats, chosen: Mask, event_quarters: Int) -> Mask:
    """The highest and lowest of the chosen days; as few as leave ``min_days``. Equal days: the older first."""
    window = load_kw[:, :, event_quarters]
    there = np.isfinite(window)
    number = there.sum(axis=2)
    level = np.divide(
        np.where(there, window, 0.0).sum(axis=2), number, out=np.full(number.shape, np.nan), where=number > 0
    )
    ends = np.zeros_like(chosen)
    for row in range(len(chosen)):
        places = np.flatnonzero(chosen[row])
        each = min(definition.trimmed, max(0, len(places) - definition.min_days) // 2)
        order = places[np.argsort(level[row, places], kind="stable")]
        ends[row, order[:each]] = True
        ends[row, order[len(order) - each :]] = True
    return ends


def adjustments(definition: Definition, baseline_kw: Floats, before_kw: Floats, event_kw: Floats) -> Floats:
    """By how many kW each baseline is moved (n,): 0 where nothing is adjusted, NaN where nothing can be told.

    ``baseline_kw`` and ``before_kw`` (n, adjust_quarters): the baseline and the event day's own load in the
    quarters before; ``event_kw`` (n, k): the baseline in the event, whose mean bounds the move.
    """
    if not definition.is_adjusted:
        return np.zeros(len(baseline_kw))
    difference = before_kw - baseline_kw
    known: Mask = np.all(np.isfinite(difference), axis=1)
    moved = np.where(known, np.where(known[:, None], difference, 0.0).mean(axis=1), np.nan)
    there = np.isfinite(event_kw)
    bound = definition.adjust_bound * np.divide(
        np.where(there, event_kw, 0.0).sum(axis=1),
        there.sum(axis=1),
        out=np.zeros(len(event_kw)),
        where=there.any(axis=1),
    )
    return np.clip(moved, -np.abs(bound), np.abs(bound))


def of_quarters(daily: Floats, quarters: Int) -> Floats:
    """Values by quarter of the day (n, 96) at quarters since 1970."""
    at: Floats = daily[:, quarters % QUARTERS_A_DAY]
    return at
