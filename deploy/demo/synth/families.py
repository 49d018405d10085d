"""Shapes of load by kind of plant, as shares of the rated power: [meters, 96] for one day.

Every family is made once for its meters (their habits are drawn then) and asked day by day; the answer for a
day depends on the seed and the day only. Nothing in a normal history jumps without a cause that the meter's
own past shows: stops and restarts take the better part of a day, as they do with hot furnaces and kilns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

from deploy.demo.synth.noise import SLOTS, FloatArray, Noise
from deploy.demo.synth.production_calendar import DayKind
from deploy.demo.synth.weather import Weather

HOURS = np.arange(SLOTS) / 4
# Each slot is the mean of a quarter of an hour, so edges are seen from the slot's middle.
MIDDLES = HOURS + 0.125


@dataclass(frozen=True, slots=True)
class Day:
    """What a family may know about a day; the shares are those at its first and last midnight."""

    on: date
    kind: DayKind
    festival_share: float
    rest_at_start: float
    rest_at_end: float
    weather: Weather

    @property
    def rest(self) -> FloatArray:
        """[96] 0 in ordinary times, 1 deep in the Spring Festival, a day's slope between."""
        return np.linspace(self.rest_at_start, self.rest_at_end, SLOTS, endpoint=False)


class Family(Protocol):
    """Makes the days of the meters of one kind."""

    def shares(self, day: Day) -> FloatArray:
        """[count, 96] shares of the rated power."""
        ...


def occupancy(start: FloatArray, end: FloatArray, ramp_hours: float) -> FloatArray:
    """[count, 96] 0 to 1: machines come on one after another around `start` and go off around `end`."""
    rise = (MIDDLES - start[:, None]) / ramp_hours + 0.5
    fall = (end[:, None] - MIDDLES) / ramp_hours + 0.5
    return np.clip(rise, 0, 1) * np.clip(fall, 0, 1)


def pause(centre: FloatArray, width_hours: float, depth: float) -> FloatArray:
    """[count, 96] factor of a meal break: 1 outside, 1 - depth in its middle, soft edges."""
    distance = np.abs(MIDDLES - centre[:, None])
    return 1.0 - depth * np.clip(1.5 - 2.0 * distance / width_hours, 0, 1)


def planned_stops(noise: Noise, day: Day, every_days: tuple[float, float], stop_days: float) -> FloatArray:
    """[count, 96] 1 in operation, 0 in a stop, with slopes of 30 hours; stops recur per meter."""
    rng = noise.constant("stops")
    period = rng.uniform(*every_days, noise.count)
    offset = rng.uniform(0, 1, noise.count) * period
    time = day.on.toordinal() + HOURS[None, :] / 24
    into = np.mod(time + offset[:, None], period[:, None])
    slope = 1.25
    down = np.clip(into / slope, 0, 1)
    up = np.clip((stop_days + 2 * slope - into) / slope, 0, 1)
    return np.asarray(1.0 - down * up)


class Furnace:
    """Submerged-arc furnace: three shifts, a dip at each tapping, less in the dear hours of the tariff."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise
        rng = noise.constant("habits")
        self._cycle_slots = rng.uniform(12.5, 16.5, noise.count)
        self._phase = rng.uniform(0, 1, noise.count)
        self._depth = rng.uniform(0.08, 0.13, noise.count)

    def shares(self, day: Day) -> FloatArray:
        noise, on = self._noise, day.on
        slot = on.toordinal() * SLOTS + np.arange(SLOTS)
        drift = 0.1 * noise.smooth("cycle", on)
        turn = np.mod(slot / self._cycle_slots[:, None] + self._phase[:, None] + drift, 1.0)
        slots_from_tap = np.minimum(turn, 1.0 - turn) * self._cycle_slots[:, None]
        tapping = 1.0 - self._depth[:, None] * np.clip(1.3 - slots_from_tap, 0, 1)
        dear = 0.04 * (_window(10, 12) + _window(18, 21))
        level = 0.94 + 0.02 * noise.smooth("charge", on) + 0.022 * noise.white("arc", on)
        stops = planned_stops(noise, day, (110, 150), 2.5)
        return (level - dear) * tapping * (0.04 + 0.96 * stops) * (1.0 - 0.35 * day.rest)


class Kiln:
    """Cement works: the kiln runs through, the mills move to the cheap night, repairs stop it for days."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise
        self._mill = noise.constant("habits").uniform(0.15, 0.28, noise.count)

    def shares(self, day: Day) -> FloatArray:
        noise, on = self._noise, day.on
        mills = 1.0 - 0.7 * (_window(10, 12) + _window(17.5, 21.5))
        level = 0.66 + self._mill[:, None] * mills
        level = level + 0.025 * noise.smooth("clinker", on, 2) + 0.028 * noise.white("mill", on)
        stops = planned_stops(noise, day, (75, 100), 5.0)
        return level * (0.05 + 0.95 * stops) * (1.0 - 0.5 * day.rest)


class Continuous:
    """Chemical fibre and the like: flat around the clock, a slow wander with orders."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise

    def shares(self, day: Day) -> FloatArray:
        noise, on = self._noise, day.on
        cooling = 0.006 * np.maximum(day.weather.temperature(on) - 20, 0)
        level = 0.86 + cooling + 0.02 * noise.smooth("orders", on) + 0.015 * noise.white("spinning", on)
        return level * (1.0 - 0.3 * day.rest)


@dataclass(frozen=True, slots=True)
class ShiftHabits:
    """A plant that works in shifts, in hours of the day and shares of the rated power."""

    start: float
    end: float
    breaks: tuple[tuple[float, float, float], ...]  # centre, width, depth
    base: float
    peak: float
    saturday: float
    sunday: float
    holiday: float
    noise: float
    # Degrees above 22 and below 10 move the share by these for each degree.
    cooling: float = 0.0
    heating: float = 0.0
    season: tuple[float, ...] = (1.0,) * 12


STONE = ShiftHabits(
    start=6.2,
    end=22.0,
    breaks=((11.8, 1.2, 0.35), (17.8, 1.0, 0.3)),
    base=0.10,
    peak=0.82,
    saturday=0.95,
    sunday=0.30,
    holiday=0.05,
    noise=0.05,
)
PACKAGING = ShiftHabits(
    start=8.0,
    end=17.6,
    breaks=((12.5, 1.3, 0.55),),
    base=0.12,
    peak=0.78,
    saturday=0.55,
    sunday=0.04,
    holiday=0.03,
    noise=0.042,
)
PHARMA = ShiftHabits(
    start=7.0,
    end=22.8,
    breaks=((12.0, 1.0, 0.15),),
    base=0.44,
    peak=0.36,
    saturday=0.85,
    sunday=0.35,
    holiday=0.15,
    noise=0.025,
    cooling=0.014,
    heating=0.008,
)
FOOD = ShiftHabits(
    start=5.8,
    end=20.5,
    breaks=((12.0, 1.0, 0.3),),
    base=0.24,
    peak=0.62,
    saturday=0.9,
    sunday=0.3,
    holiday=0.1,
    noise=0.04,
    cooling=0.008,
    season=(1.0, 0.92, 0.84, 0.8, 0.78, 0.74, 0.72, 0.74, 0.86, 0.94, 1.0, 1.05),
)
OFFICE = ShiftHabits(
    start=8.0,
    end=18.2,
    breaks=((12.8, 1.4, 0.3),),
    base=0.22,
    peak=0.5,
    saturday=0.3,
    sunday=0.12,
    holiday=0.08,
    noise=0.042,
    cooling=0.014,
    heating=0.010,
)


class Shifts:
    """One or two shifts with meal breaks, week-ends and holidays; habits differ a little from meter to meter."""

    def __init__(self, noise: Noise, habits: ShiftHabits) -> None:
        self._noise, self._habits = noise, habits
        rng = noise.constant("habits")
        self._start = habits.start + rng.uniform(-0.4, 0.4, noise.count)
        self._end = habits.end + rng.uniform(-0.4, 0.4, noise.count)
        self._break_shift = rng.uniform(-0.25, 0.25, noise.count)
        self._wobble = rng.uniform(0.8, 1.25, noise.count)

    def shares(self, day: Day) -> FloatArray:
        habits, noise, on = self._habits, self._noise, day.on
        minutes = noise.generator("punctuality", on).uniform(-0.06, 0.06, (2, noise.count))
        work = occupancy(self._start + minutes[0], self._end + minutes[1], ramp_hours=1.4)
        for centre, width, depth in habits.breaks:
            work = work * pause(centre + self._break_shift, width, depth)
        today = {
            DayKind.WORKING: 1.0,
            DayKind.MAKE_UP: 1.0,
            DayKind.SATURDAY: habits.saturday,
            DayKind.SUNDAY: habits.sunday,
            DayKind.HOLIDAY: habits.holiday,
        }[day.kind] * day.festival_share
        orders = 1.0 + 0.035 * noise.smooth("orders", on)
        season = _between_months(habits.season, on)
        temperature = day.weather.temperature(on)
        climate = habits.cooling * np.maximum(temperature - 22, 0)
        climate = climate + habits.heating * np.maximum(10 - temperature, 0)
        # Air conditioning follows the people in the building, clean rooms are kept all night.
        climate = climate * (0.35 + 0.65 * work * max(today, 0.3))
        running = habits.base + habits.peak * today * season * work * orders + climate
        liveliness = (0.6 + 0.4 * running) * self._wobble[:, None] * habits.noise
        return running + liveliness * (0.8 * noise.white("machines", on) + 0.6 * noise.smooth("batch", on, 12))


class Auxiliary:
    """Fans, pumps, dust filters and cooling water of continuous plants."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise
        self._level = noise.constant("habits").uniform(0.6, 0.85, noise.count)

    def shares(self, day: Day) -> FloatArray:
        noise, on = self._noise, day.on
        warm = 0.004 * np.maximum(day.weather.temperature(on) - 18, 0)
        level = self._level[:, None] + warm + 0.025 * noise.smooth("flow", on, 2)
        return (level + 0.022 * noise.white("pumps", on)) * (1.0 - 0.3 * day.rest)


class Hydro:
    """Run-of-river sets: flood after rain, a trickle in the dry winter; one river feeds them all, gates differ."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise
        rng = noise.constant("habits")
        self._design_flow = rng.uniform(6.0, 9.0, noise.count)
        self._own = rng.uniform(-0.2, 0.2, noise.count)

    def shares(self, day: Day) -> FloatArray:
        noise, on = self._noise, day.on
        flow = day.weather.river_flow(on)[None, :] * (1.0 + 0.06 * noise.smooth("gates", on))
        share = np.clip((flow - self._own[:, None]) / self._design_flow[:, None], 0.03, 0.97)
        # Even in the dry winter one set turns on what the stream brings.
        wander = 0.012 * noise.smooth("intake", on, 12) + 0.012 * noise.white("governor", on)
        return np.clip(share + (0.6 + share) * wander, 0.0, 1.0)


class Wind:
    """Turbines on one ridge: cut-in 3 m/s, rated at 11.5 m/s, gusts per turbine."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise

    def shares(self, day: Day) -> FloatArray:
        speed = day.weather.wind_speed(day.on, self._noise.count, self._noise.family)
        return np.clip((speed**3 - 27.0) / (11.5**3 - 27.0), 0.0, 1.0)


def _window(start: float, end: float) -> FloatArray:
    """[96] 1 between the two hours with soft edges of half an hour."""
    return np.clip((MIDDLES - start) / 0.5 + 0.5, 0, 1) * np.clip((end - MIDDLES) / 0.5 + 0.5, 0, 1)


def _between_months(season: tuple[float, ...], on: date) -> float:
    """The season's factor, straight between the middles of the months, so no month begins with a step."""
    if len(set(season)) == 1:
        return season[0]
    position = on.month - 1 + (on.day - 15.5) / 30.5
    left = int(np.floor(position))
    share = position - left
    return season[left % 12] * (1 - share) + season[(left + 1) % 12] * share
