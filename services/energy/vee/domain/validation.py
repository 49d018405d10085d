"""Checks of a day's values, each over whole arrays; what they find is explained by its figures (验证)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from services.energy.metering.domain.incoming import Int, Values
from services.energy.metering.domain.meter import Profile
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of
from services.energy.vee.domain.cube import Cube, any_slot
from services.energy.vee.domain.kinds import (
    DuplicateThresholds,
    FlatThresholds,
    IntervalSizeThresholds,
    NegativeThresholds,
    RangeThresholds,
    RuleKind,
    SpikeThresholds,
    SumCheckThresholds,
    UnitScaleThresholds,
)
from services.energy.vee.domain.rules import Mask, Rule, RuleBook


@dataclass(frozen=True, slots=True)
class Found:
    """One day of one meter: ``line`` and ``day`` are places in the cube."""

    line: int
    day: int
    rule: Rule
    slots: tuple[int, ...]
    figures: dict[str, Any]


# Line and day in the cube, slots, figures.
Told = Iterator[tuple[int, int, Int, dict[str, Any]]]
Check = Callable[[Cube, Any, Mask], Told]


def validate(cube: Cube, book: RuleBook, judged: Mask, with_history: Mask) -> list[Found]:
    """What the rules find on the days of ``judged``: (meters, days).

    Rules that compare with earlier days look at ``with_history`` only.
    """
    found = []
    for kind, (check, needs_history) in CHECKS.items():
        wanted = with_history if needs_history else judged
        for rule, where in book.of(kind, cube.meters, cube.days):
            chosen = where & wanted
            if chosen.any():
                found += [
                    Found(line, day, rule, tuple(np.asarray(slots).tolist()), figures)
                    for line, day, slots, figures in check(cube, rule.thresholds, chosen)
                ]
    return found


def _tell(bad: Mask, chosen: Mask, figures: Callable[[int, int, Int], dict[str, Any]]) -> Told:
    """Days with bad slots."""
    for line, day in np.argwhere(any_slot(bad) & chosen).tolist():
        slots = np.flatnonzero(bad[line, day])
        yield line, day, slots, figures(line, day, slots)


def check_range(cube: Cube, limits: RangeThresholds, chosen: Mask) -> Told:
    capacity = np.array([np.inf if one.capacity_kw is None else one.capacity_kw for one in cube.meters])
    limit = capacity * limits.capacity_share
    values = cube.measured
    with np.errstate(invalid="ignore"):
        bad = np.abs(values) > limit[:, None, None]

    def figures(line: int, day: int, slots: Int) -> dict[str, Any]:
        return {
            "highest_kw": _number(np.abs(values[line, day, slots]).max()),
            "limit_kw": _number(limit[line]),
            "capacity_kw": _number(capacity[line]),
        }

    yield from _tell(bad, chosen, figures)


def check_negative(cube: Cube, limits: NegativeThresholds, chosen: Mask) -> Told:
    one_way = np.array([one.profile is not Profile.NET for one in cube.meters])
    values = cube.measured
    with np.errstate(invalid="ignore"):
        bad = (values < limits.floor_kw) & one_way[:, None, None]

    def figures(line: int, day: int, slots: Int) -> dict[str, Any]:
        return {"lowest_kw": _number(values[line, day, slots].min()), "floor_kw": limits.floor_kw}

    yield from _tell(bad, chosen, figures)


def check_spike(cube: Cube, limits: SpikeThresholds, chosen: Mask) -> Told:
    lines, days = np.flatnonzero(chosen.any(axis=1)), np.flatnonzero(chosen.any(axis=0))
    # The days beside as well: the first and the last slot have neighbours there.
    span = slice(max(0, int(days[0]) - 1), int(days[-1]) + 2)
    values = cube.measured[lines, span]
    time = values.reshape(len(lines), -1)
    padded = np.pad(time, ((0, 0), (2, 2)), constant_values=np.nan)
    length = time.shape[1]
    beside = np.stack([padded[:, shift : shift + length] for shift in (0, 1, 3, 4)])
    whole = ~np.isnan(beside).any(axis=0) & ~np.isnan(time)
    middle = np.median(np.where(whole, beside, 0), axis=0).reshape(values.shape)
    step = _usual_step(values)
    typical = _median(np.abs(values))
    floor = np.maximum(limits.floor_share * np.nan_to_num(typical), limits.floor_kw)
    scale = np.maximum(np.nan_to_num(step), floor)
    with np.errstate(invalid="ignore"):
        far = np.abs(values - middle) > limits.times * scale[:, :, None]
    bad = np.zeros(cube.values.shape, bool)
    bad[lines, span] = far & whole.reshape(values.shape)
    place = {int(line): number for number, line in enumerate(lines)}

    def figures(line: int, day: int, slots: Int) -> dict[str, Any]:
        row, day = place[line], day - span.start
        slot = int(slots[np.argmax(np.abs(values[row, day, slots] - middle[row, day, slots]))])
        return {
            "value_kw": _number(values[row, day, slot]),
            "neighbours_kw": _number(middle[row, day, slot]),
            "step_kw": _number(scale[row, day]),
        }

    yield from _tell(bad, chosen, figures)


def _usual_step(values: Values) -> Values:
    """The day's median step from slot to slot, widened to a standard deviation's size: (meters, days)."""
    return _median(np.abs(np.diff(values, axis=2))) * np.float32(1.4826)


def _median(values: Values) -> Values:
    """Median of what is there, NaN where nothing is: (…, n) → (…)."""
    ordered = np.sort(values, axis=-1)
    count = np.count_nonzero(~np.isnan(ordered), axis=-1)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[..., None], -1)[..., 0]
    high = np.take_along_axis(ordered, np.maximum(count // 2, 0).clip(max=values.shape[-1] - 1)[..., None], -1)[
        ..., 0
    ]
    middle: Values = np.where(count > 0, (low + high) / 2, np.nan).astype(np.float32)
    return middle


def check_flat(cube: Cube, limits: FlatThresholds, chosen: Mask) -> Told:
    values = cube.measured
    least = max(2, -(-limits.minutes * cube.slots // MINUTES_A_DAY))
    same = np.zeros(values.shape, bool)
    same[:, :, 1:] = values[:, :, 1:] == values[:, :, :-1]
    same &= np.abs(np.nan_to_num(values)) >= limits.least_kw
    # How many equal steps end at each slot.
    steps = np.zeros(values.shape, np.int32)
    for slot in range(1, cube.slots):
        steps[:, :, slot] = (steps[:, :, slot - 1] + 1) * same[:, :, slot]
    longest = steps.max(axis=2) + 1
    for line, day in np.argwhere((longest >= least) & chosen).tolist():
        end = int(steps[line, day].argmax())
        begin = end - int(steps[line, day, end])
        yield (
            line,
            day,
            np.arange(begin, end + 1),
            {
                "value_kw": _number(values[line, day, end]),
                "minutes": (end - begin + 1) * MINUTES_A_DAY // cube.slots,
            },
        )


def check_interval_size(cube: Cube, limits: IntervalSizeThresholds, chosen: Mask) -> Told:
    present = cube.quality != 0
    count = np.count_nonzero(present, axis=2)
    for line, day in np.argwhere((count >= limits.least_values) & (count <= cube.slots // 2) & chosen).tolist():
        slots = np.flatnonzero(present[line, day])
        step = int(np.gcd.reduce(np.diff(slots)))
        # Every k-th slot over the stretch that was delivered, not a few lone values.
        if step > 1 and len(slots) == (slots[-1] - slots[0]) // step + 1:
            minutes = MINUTES_A_DAY // cube.slots
            yield line, day, slots, {"interval_minutes": minutes, "delivered_minutes": minutes * step}


def check_duplicate(cube: Cube, limits: DuplicateThresholds, chosen: Mask) -> Told:
    values = cube.measured
    full = ~np.isnan(values).any(axis=2)
    varied = full & (values.max(axis=2, initial=-np.inf, where=~np.isnan(values)) > _lowest(values))
    told: set[tuple[int, int]] = set()
    for back in range(1, limits.lookback_days + 1):
        if back >= values.shape[1]:
            break
        same = np.zeros(full.shape, bool)
        same[:, back:] = (values[:, back:] == values[:, :-back]).all(axis=2)
        for line, day in np.argwhere(same & varied & chosen).tolist():
            if (line, day) not in told:
                told.add((line, day))
                earlier = date_of(cube.first_day + day - back).isoformat()
                yield line, day, np.arange(cube.slots), {"same_as": earlier}


def _lowest(values: Values) -> Values:
    found: Values = values.min(axis=2, initial=np.inf, where=~np.isnan(values))
    return found


def check_unit_scale(cube: Cube, limits: UnitScaleThresholds, chosen: Mask) -> Told:
    typical = _median(np.abs(cube.measured))
    for line, day in np.argwhere(chosen & (typical > 0)).tolist():
        before = typical[line, max(0, day - limits.lookback_days) : day]
        before = before[~np.isnan(before) & (before > 0)]
        if len(before) < limits.least_days:
            continue
        usual = float(np.median(before))
        ratio = float(typical[line, day]) / usual
        for suspected in (limits.factor, 1 / limits.factor):
            if 1 / limits.within < ratio / suspected < limits.within:
                slots = np.flatnonzero(~np.isnan(cube.measured[line, day]))
                yield (
                    line,
                    day,
                    slots,
                    {
                        "median_kw": _number(typical[line, day]),
                        "usual_kw": _number(usual),
                        "suspected_factor": suspected,
                    },
                )


def check_sum(
    total: Values, parts: Sequence[Values | None], limits: SumCheckThresholds
) -> tuple[Int, dict[str, Any]] | None:
    """One day of a meter against its parts, arrays of (slots,); None parts have no curve that day."""
    if any(part is None for part in parts):
        return None
    summed = np.zeros(len(total), np.float64)
    for part, known in zip(limits.parts, parts, strict=True):
        assert known is not None
        summed += part.factor * known
    gap = total.astype(np.float64) - summed
    with np.errstate(invalid="ignore"):
        bad = np.abs(gap) > limits.tolerance_kw + limits.tolerance_share * np.abs(total)
    slots = np.flatnonzero(bad)
    if not len(slots):
        return None
    worst = int(slots[np.argmax(np.abs(gap[slots]))])
    judged = ~np.isnan(gap)
    return slots, {
        "worst_slot": worst,
        "total_kw": _number(total[worst]),
        "parts_kw": _number(summed[worst]),
        "gap_kwh": _number(gap[judged].sum() * 24 / len(total)),
        "judged_slots": int(judged.sum()),
    }


CHECKS: Final[dict[RuleKind, tuple[Check, bool]]] = {
    RuleKind.RANGE: (check_range, False),
    RuleKind.NEGATIVE: (check_negative, False),
    RuleKind.SPIKE: (check_spike, False),
    RuleKind.FLAT: (check_flat, False),
    RuleKind.INTERVAL_SIZE: (check_interval_size, True),
    RuleKind.DUPLICATE: (check_duplicate, True),
    RuleKind.UNIT_SCALE: (check_unit_scale, True),
}


def _number(value: Any) -> float:
    return round(float(value), 4)
