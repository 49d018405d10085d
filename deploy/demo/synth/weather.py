"""Weather of one county in the middle Yangtze hills: temperature, rain and river flow, wind. Made up, seasonal."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from deploy.demo.synth.noise import SLOTS, FloatArray, Noise

# Chance of a rainy day and mean depth (mm) in it, January to December: plum rains peak in May to July.
_RAIN_CHANCE = (0.33, 0.36, 0.45, 0.47, 0.46, 0.48, 0.40, 0.32, 0.27, 0.28, 0.27, 0.24)
_RAIN_DEPTH = (6, 8, 11, 15, 17, 21, 18, 13, 9, 8, 7, 5)
# A small mountain catchment answers within days; the ground below it feeds the river for weeks.
_QUICK_DAYS, _SLOW_DAYS, _MEMORY_DAYS = 2.5, 25.0, 60


class Weather:
    """Deterministic by seed; every method is a pure function of the day."""

    def __init__(self, seed: int) -> None:
        self._noise = Noise(seed, "weather", 1)
        self._flow = lru_cache(maxsize=1024)(self._daily_flow)

    def temperature(self, day: date) -> FloatArray:
        """[96] degrees Celsius."""
        season = 17.0 - 12.0 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 18) / 365.25)
        hour = np.arange(SLOTS) / 4
        diurnal = 4.0 * np.cos(2 * np.pi * (hour - 14.5) / 24)
        spell = 2.6 * self._noise.smooth("temperature", day)[0]
        return np.asarray(season + diurnal + spell)

    def rain_mm(self, day: date) -> float:
        """Depth of rain of the day."""
        rng = self._noise.generator("rain", day)
        if rng.random() >= _RAIN_CHANCE[day.month - 1]:
            return 0.0
        return float(rng.exponential(_RAIN_DEPTH[day.month - 1]))

    def river_flow(self, day: date) -> FloatArray:
        """[96] flow in mm of catchment rain a day, continuous over midnight; about 1 dry to 20 in flood."""
        today, tomorrow = self._flow(day), self._flow(day + timedelta(1))
        return np.linspace(today, tomorrow, SLOTS, endpoint=False)

    def wind_speed(self, day: date, count: int, family: str) -> FloatArray:
        """[count, 96] m/s at hub height: fronts of days, sea-sawing nights, gusts per turbine."""
        month = day.timetuple().tm_yday
        season = 6.6 + 1.0 * math.cos(2 * math.pi * (month - 45) / 365.25)
        shared = Noise(self._noise.seed, f"{family}/front", 1)
        front = 2.3 * shared.smooth("front", day, 2) + 0.7 * shared.smooth("hours", day, 12)
        hour = np.arange(SLOTS) / 4
        night = 0.7 * np.cos(2 * np.pi * (hour - 3) / 24)
        own = Noise(self._noise.seed, family, count)
        gusts = 0.6 * own.white("gust", day) + 0.4 * own.smooth("wake", day, 8)
        return np.maximum(season + front + night + gusts, 0.0)

    def _daily_flow(self, day: date) -> float:
        quick = slow = 0.0
        for age in range(_MEMORY_DAYS):
            rain = self.rain_mm(day - timedelta(age + 1))
            # Rising over two days: the dams on the way even a storm out.
            quick += 0.4 * rain * min(1.0, (age + 1) / 2) * math.exp(-age / _QUICK_DAYS) / _QUICK_DAYS
            slow += 0.35 * rain * math.exp(-age / _SLOW_DAYS) / _SLOW_DAYS
        return quick + slow
