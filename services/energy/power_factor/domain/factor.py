"""The power factor (功率因数, cos φ) of a day, and when days below their standard are a condition.

Energies decide as on the bill: cos φ = P / √(P² + Q²) with active and reactive energy, reactive energy fed back
counting like that drawn (反向无功按绝对值计入). Slots of low load are left out: an idling plant draws hardly
anything but magnetising current and says nothing of its compensation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import hypot
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.detection.domain.parameters import PowerFactorParameters

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_DAY_HOURS: Final = 24


class Standard(StrEnum):
    """Class of user, by which the standard (考核标准) is 0.90, 0.85 or 0.80."""

    LARGE_INDUSTRY = "large_industry"
    GENERAL = "general"
    AGRICULTURAL = "agricultural"


def limit_of(standard: Standard, parameters: PowerFactorParameters) -> float:
    """The lowest power factor that is in order."""
    limit: float = getattr(parameters, standard.value)
    return limit


@dataclass(frozen=True, slots=True)
class DayFactor:
    """A day's energies over its loaded slots (kWh, kvarh); ``factor`` None where the day says nothing.

    ``worst``: the lowest of a single loaded slot, ``worst_slot`` its place in the day of ``slots`` slots.
    """

    day: int
    slots: int
    loaded: int
    active_kwh: float
    reactive_kvarh: float
    factor: float | None
    worst: float | None = None
    worst_slot: int | None = None


def factor_of_day(
    day: int,
    active: Floats,
    reactive: Sequence[Floats],
    excused: Mask,
    peak_kw: float,
    parameters: PowerFactorParameters,
) -> DayFactor:
    """From curves of one length (kW; kvar drawn and fed back), NaN where missing.

    ``excused``: slots that count not; ``peak_kw``: the meter's highest load of the last month.
    """
    slots = len(active)
    hours = np.float64(_DAY_HOURS) / slots
    total = np.sum([np.abs(curve.astype(np.float64)) for curve in reactive], axis=0)
    load = active.astype(np.float64)
    with np.errstate(invalid="ignore"):
        counts = np.isfinite(load) & np.isfinite(total) & ~excused & (load > 0)
        counts &= load >= parameters.low_load_share * peak_kw
    loaded = int(np.count_nonzero(counts))
    energy, idle = float(load[counts].sum() * hours), float(total[counts].sum() * hours)
    if loaded == 0 or loaded < parameters.loaded_share * slots:
        return DayFactor(day, slots, loaded, energy, idle, None)
    single = np.where(counts, load / np.hypot(load, total, where=counts, out=np.ones(slots)), np.inf)
    worst = int(np.argmin(single))
    return DayFactor(day, slots, loaded, energy, idle, energy / hypot(energy, idle), float(single[worst]), worst)


def common(curves: Sequence[Floats]) -> list[Floats]:
    """The curves at the longest of their intervals, means of its shorter ones; a slot with a gap is missing."""
    slots = min(len(curve) for curve in curves)
    return [curve.reshape(slots, -1).mean(axis=1).astype(np.float32) for curve in curves]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of days that is a condition: the days below, and the day whose end cleared it."""

    below: tuple[DayFactor, ...]
    cleared_day: int | None = None

    @property
    def first_day(self) -> int:
        return self.below[0].day

    @property
    def last_day(self) -> int:
        return max(self.below[-1].day, self.cleared_day or 0)


def spans_of(days: Sequence[tuple[DayFactor, float]], parameters: PowerFactorParameters) -> list[Span]:
    """Conditions in days with their standards, in order; days that say nothing neither open, hold nor clear."""
    found: list[Span] = []
    run: list[DayFactor] = []
    is_open, above = False, 0
    for day, limit in days:
        if day.factor is None:
            continue
        if day.factor < limit:
            run.append(day)
            above = 0
            is_open = is_open or len(run) >= parameters.open_days or day.factor < limit - parameters.far_below
        elif not is_open:
            run = []
        elif day.factor >= limit + parameters.clear_above:
            above += 1
            if above >= parameters.clear_days:
                found.append(Span(tuple(run), day.day))
                run, is_open, above = [], False, 0
        else:
            above = 0
    if is_open:
        found.append(Span(tuple(run)))
    return found
