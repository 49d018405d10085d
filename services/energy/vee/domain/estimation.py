"""Filling gaps (估算): a straight line for short ones, the same day type for longer ones; catch-up energy spread.

Everything goes by measured and edited values alone and depends on nothing else, so doing it again changes nothing,
and a measured value is never touched: only the slot that caught up with a gap is laid out anew, its energy kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from services.energy.metering.domain.incoming import Int, Values
from services.energy.metering.domain.slots import date_of
from services.energy.vee.domain.cube import Cube, last_known, next_known
from services.energy.vee.domain.kinds import CatchUpThresholds, EstimationThresholds
from services.energy.vee.domain.rules import Mask, Rule


class Method(StrEnum):
    """How an estimate was made."""

    LINEAR = "linear"
    DAY_TYPE = "day_type"
    CATCH_UP = "catch_up"


# A day is no more than this many times its usual level, or that part of it.
_MOST_SCALE = 4.0


@dataclass(slots=True)
class Guess:
    """Estimated slots of one day of one meter; ``line`` and ``day`` are places in the cube."""

    line: int
    day: int
    method: Method
    slots: list[int] = field(default_factory=list)
    values_kw: list[float] = field(default_factory=list)
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The usual day: ``values`` (meters, slots), NaN where too little is known; ``days``: which days it is of."""

    values: Values
    days: Int


def usual_day(known: Values, kinds: Int, day: int, rule: EstimationThresholds) -> Profile:
    """The day's profile from earlier days of its type, the younger weighing more.

    ``known``: (meters, days, slots); ``kinds``: the type of each day; ``day``: a place among the days.
    """
    first = max(0, day - rule.lookback_days)
    places = np.flatnonzero(kinds[first:day] == kinds[day])[::-1] + first
    values = known[:, places].astype(np.float64)
    is_known = ~np.isnan(values)
    order = np.cumsum(is_known, axis=1)
    used = is_known & (order <= rule.reference_days)
    weight = np.where(used, rule.recency ** (order - 1.0), 0.0)
    total = weight.sum(axis=1)
    summed = (weight * np.where(used, values, 0)).sum(axis=1)
    enough = used.sum(axis=1) >= rule.least_days
    profile = np.full(summed.shape, np.nan, np.float32)
    np.divide(summed, total, out=profile, where=enough & (total > 0), casting="unsafe")
    return Profile(profile, places[: rule.reference_days * 2])


def fill_gaps(cube: Cube, kinds: Int, rule: Rule, wanted: Mask) -> list[Guess]:
    """Estimates for the empty slots of the days of ``wanted``: (meters, days)."""
    limits = rule.thresholds
    assert isinstance(limits, EstimationThresholds)
    known = cube.known
    empty = (cube.quality == 0) & wanted[:, :, None]
    if not empty.any():
        return []
    shape = cube.values.shape
    time = known.reshape(shape[0], -1)
    before, after = last_known(time), next_known(time)
    gap = np.where(before < 0, time.shape[1], after - before - 1).reshape(shape)
    guesses = _lines(time, before, after, empty, gap <= limits.linear_minutes * cube.slots // 1440, cube)
    longest = limits.longest_gap_days * cube.slots
    # A gap that is still open is as long as it is by the end of the day in question.
    since = (np.arange(time.shape[1]) - before).reshape(shape)
    open_ended = (after >= time.shape[1]).reshape(shape)
    fits = np.where(open_ended, since <= longest, gap <= longest) & (before >= 0).reshape(shape)
    left = empty & fits & (gap > limits.linear_minutes * cube.slots // 1440)
    for day in np.flatnonzero(left.any(axis=(0, 2))).tolist():
        profile = usual_day(known, kinds, day, limits)
        guesses += _by_profile(cube, known[:, day], left[:, day], day, profile)
    return guesses


def _lines(time: Values, before: Int, after: Int, empty: Mask, short: Mask, cube: Cube) -> list[Guess]:
    guesses: dict[tuple[int, int], Guess] = {}
    bounded = (before >= 0) & (after < time.shape[1])
    for line, place in np.argwhere(cube.flat(empty & short) & bounded).tolist():
        left, right = int(before[line, place]), int(after[line, place])
        low, high = float(time[line, left]), float(time[line, right])
        day, slot = divmod(place, cube.slots)
        guess = guesses.setdefault((line, day), Guess(line, day, Method.LINEAR, inputs={"between": []}))
        guess.slots.append(slot)
        guess.values_kw.append(float(np.float32(low + (high - low) * (place - left) / (right - left))))
        ends = [low, high]
        if ends not in guess.inputs["between"]:
            guess.inputs["between"].append(ends)
    return list(guesses.values())


def _by_profile(cube: Cube, today: Values, left: Mask, day: int, profile: Profile) -> list[Guess]:
    both = ~np.isnan(today) & ~np.isnan(profile.values)
    mine = np.where(both, today, 0).sum(axis=1, dtype=np.float64)
    usual = np.where(both, profile.values, 0).sum(axis=1, dtype=np.float64)
    # A day that is known for a quarter at least tells its own level.
    told = (both.sum(axis=1) >= cube.slots // 4) & (usual > 0) & (mine > 0)
    scale = np.ones(len(today))
    np.divide(mine, usual, out=scale, where=told)
    scale = np.clip(scale, 1 / _MOST_SCALE, _MOST_SCALE)
    values = (profile.values * scale[:, None]).astype(np.float32)
    chosen = left & ~np.isnan(values)
    days = [date_of(cube.first_day + place).isoformat() for place in profile.days.tolist()]
    return [
        Guess(
            line,
            day,
            Method.DAY_TYPE,
            np.flatnonzero(chosen[line]).tolist(),
            values[line, chosen[line]].tolist(),
            {"reference_days": days, "scale": round(float(scale[line]), 4)},
        )
        for line in np.flatnonzero(chosen.any(axis=1)).tolist()
    ]


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """A value that holds the energy of the gap before it. Places are moments of the cube's timeline."""

    line: int
    first: int
    at: int
    value_kw: float
    usual_kw: Sequence[float]
    rule: Rule


def find_caught_up(
    cube: Cube, kinds: Int, rule: Rule, usual: EstimationThresholds, wanted: Mask
) -> list[CaughtUp]:
    """Values on the days of ``wanted`` that follow a gap and are about the energy of gap and slot together."""
    limits = rule.thresholds
    assert isinstance(limits, CatchUpThresholds)
    measured, known = cube.flat(cube.measured), cube.flat(cube.known)
    before = last_known(known)
    earlier = np.full(before.shape, -1, np.int64)
    earlier[:, 1:] = before[:, :-1]
    places = np.arange(measured.shape[1])
    gap = places - earlier - 1
    is_gap = cube.flat(cube.quality == 0)
    follows = np.zeros(gap.shape, bool)
    follows[:, 1:] = is_gap[:, :-1]
    level = np.take_along_axis(known, np.maximum(earlier, 0), axis=1)
    with np.errstate(invalid="ignore"):
        # Cheap and wide: what is not even this far above the last value is no candidate.
        risen = measured > np.abs(level) * (1 + 0.25 * (limits.times - 1))
    days = np.repeat(wanted, cube.slots, axis=1)
    candidates = days & follows & (earlier >= 0) & (gap <= limits.longest_gap_days * cube.slots) & risen
    found = []
    profiles: dict[int, Profile] = {}
    for line, at in np.argwhere(candidates).tolist():
        first = int(earlier[line, at]) + 1
        expected = _expected(cube, kinds, usual, profiles, (line, first, at))
        value, own, total = float(measured[line, at]), expected[-1], float(sum(expected))
        if total > 0 and value >= limits.times * own and abs(value - total) <= limits.tolerance * total:
            found.append(CaughtUp(line, first, at, value, expected, rule))
    return found


def _expected(
    cube: Cube,
    kinds: Int,
    usual: EstimationThresholds,
    profiles: dict[int, Profile],
    where: tuple[int, int, int],
) -> list[float]:
    """What each slot from the gap's first to the one after it would usually be: by day type, else as around."""
    line, first, at = where
    known = cube.flat(cube.known)[line]
    around = [known[first - 1]] + [value for value in known[at + 1 : at + 2] if not np.isnan(value)]
    plain = float(np.mean(around))
    expected = []
    for place in range(first, at + 1):
        day, slot = divmod(place, cube.slots)
        if day not in profiles:
            profiles[day] = usual_day(cube.known, kinds, day, usual)
        value = float(profiles[day].values[line, slot])
        expected.append(max(plain if np.isnan(value) else value, 0.0))
    return expected


def spread(cube: Cube, found: CaughtUp) -> list[Guess]:
    """Lay the energy over gap and slot in the proportions of a usual time; the sum stays what the meter said."""
    weights = np.array(found.usual_kw, np.float64)
    if weights.sum() <= 0:
        weights[:] = 1.0
    values = found.value_kw * weights / weights.sum()
    guesses: dict[int, Guess] = {}
    for place, value in zip(range(found.first, found.at + 1), values.tolist(), strict=True):
        day, slot = divmod(place, cube.slots)
        guess = guesses.setdefault(day, Guess(found.line, day, Method.CATCH_UP))
        guess.slots.append(slot)
        guess.values_kw.append(float(np.float32(value)))
    last_day, slot = divmod(found.at, cube.slots)
    for day, guess in guesses.items():
        guess.inputs = {"caught_up_kw": found.value_kw, "slots": found.at - found.first + 1}
        if day == last_day:
            guess.inputs["originals"] = {str(slot): found.value_kw}
    return list(guesses.values())
