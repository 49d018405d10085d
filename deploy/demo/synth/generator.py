"""Load curves of any number of meters for any day, from a seed.

`CurveGenerator(loads, seed=...).day(date)` gives float64 kW in the shape [meters, 96]; a slot holds the mean power
of the quarter hour that starts at its index (slot 0 starts at 00:00 standard time). Generation is positive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from deploy.demo.synth import families
from deploy.demo.synth.noise import SLOTS, FloatArray, Noise
from deploy.demo.synth.production_calendar import IsWorkingDay, ProductionCalendar, national_calendar
from deploy.demo.synth.weather import Weather

# Growth is told from here, so that the level of the demo's first live day is the rated one.
_GROWTH_EPOCH = date(2026, 9, 15)
_HIGHEST_SHARE = 1.25


class LoadKind(StrEnum):
    """Families of load curves."""

    FURNACE = "furnace"
    KILN = "kiln"
    STONE = "stone"
    PACKAGING = "packaging"
    PHARMA = "pharma"
    FIBRE = "fibre"
    FOOD = "food"
    OFFICE = "office"
    AUXILIARY = "auxiliary"
    HYDRO = "hydro"
    WIND = "wind"


GENERATION = frozenset({LoadKind.HYDRO, LoadKind.WIND})

_MAKERS: dict[LoadKind, Callable[[Noise], families.Family]] = {
    LoadKind.FURNACE: families.Furnace,
    LoadKind.KILN: families.Kiln,
    LoadKind.STONE: lambda noise: families.Shifts(noise, families.STONE),
    LoadKind.PACKAGING: lambda noise: families.Shifts(noise, families.PACKAGING),
    LoadKind.PHARMA: lambda noise: families.Shifts(noise, families.PHARMA),
    LoadKind.FIBRE: families.Continuous,
    LoadKind.FOOD: lambda noise: families.Shifts(noise, families.FOOD),
    LoadKind.OFFICE: lambda noise: families.Shifts(noise, families.OFFICE),
    LoadKind.AUXILIARY: families.Auxiliary,
    LoadKind.HYDRO: families.Hydro,
    LoadKind.WIND: families.Wind,
}


@dataclass(frozen=True, slots=True)
class Load:
    """One meter as the generator sees it: its family and its power at full operation."""

    kind: LoadKind
    rated_kw: float


class CurveGenerator:
    """Pure by seed: the same day is the same curves, whoever asks and whenever."""

    def __init__(self, loads: Sequence[Load], *, seed: int, is_working_day: IsWorkingDay | None = None) -> None:
        self._count = len(loads)
        self._rated = np.array([load.rated_kw for load in loads])[:, None]
        self._calendar = ProductionCalendar(is_working_day or national_calendar())
        self._weather = Weather(seed)
        self._families: list[tuple[np.ndarray[tuple[int], np.dtype[np.intp]], families.Family, FloatArray]] = []
        for kind, make in _MAKERS.items():
            rows = np.array([n for n, load in enumerate(loads) if load.kind is kind], dtype=np.intp)
            if rows.size:
                noise = Noise(seed, kind.value, rows.size)
                yearly = noise.constant("growth").uniform(-0.03, 0.1, rows.size)
                if kind in GENERATION:
                    yearly = np.zeros(rows.size)
                self._families.append((rows, make(noise), yearly))

    @property
    def meters(self) -> int:
        return self._count

    def day(self, on: date) -> FloatArray:
        """[meters, 96] kW, rounded as a meter would send it."""
        day = self._context(on)
        result = np.empty((self._count, SLOTS))
        years = (on.toordinal() - _GROWTH_EPOCH.toordinal()) / 365.25
        for rows, family, yearly in self._families:
            growth = 1.0 + yearly[:, None] * years
            result[rows] = np.clip(family.shares(day) * growth, 0.0, _HIGHEST_SHARE)
        rounded: FloatArray = np.round(result * self._rated, 2)
        return rounded

    def days(self, first: date, count: int) -> FloatArray:
        """[meters, count, 96] kW."""
        return np.stack([self.day(first + timedelta(n)) for n in range(count)], axis=1)

    def _context(self, on: date) -> families.Day:
        calendar, tomorrow = self._calendar, on + timedelta(1)
        return families.Day(
            on=on,
            kind=calendar.kind(on),
            festival_share=calendar.festival_share(on),
            rest_at_start=float(calendar.in_festival(on)),
            rest_at_end=float(calendar.in_festival(tomorrow)),
            weather=self._weather,
        )
