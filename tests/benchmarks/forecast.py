"""Forecasts of load on real curves: held-out months against the naive ones, and how many nodes a second.

``python -m tests.benchmarks --only forecast``. Meters of the labelled set beside the checkout, and sums of them,
stand for substations; where there is none, generated ones do. Days of the held-out months are forecast from
what was known at 17:00 of the day before, as the product does it. Slots within labelled faults are taken for
missing, in what is learnt from as in what is compared: the validation of readings is measured elsewhere.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from libs.common.workdays import WorkCalendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.forecast.domain.days import DayTable, day_table
from services.energy.forecast.domain.measures import accuracy_of
from services.energy.forecast.domain.model import Forecaster
from services.energy.forecast.domain.naive import naive, seasonal_naive
from services.energy.forecast.domain.outcome import Needs
from services.energy.forecast.domain.series import NO_WEATHER, SLOTS, Floats, Load, Origin
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number
from tests.benchmarks.detection import SHARED_SET, load_calendars
from tests.benchmarks.detection_score import load_events
from tests.benchmarks.results import Case, paired

_KW: Final = {"kW": 1.0, "MW": 1000.0}
_AHEAD: Final = 9
_SLOT: Final = 68
# Substations as meters added up, with the months that are held out.
_PARTS: Final = {
    "works": (("d02", "d03", "d04", "d05", "d06", "d07"), date(2016, 9, 1), date(2016, 12, 18)),
    "steel": (("d01",), date(2018, 9, 1), date(2018, 12, 30)),
    "town": (("d08",), date(2016, 9, 1), date(2016, 12, 18)),
    "towns": (("d08", "d09", "d10", "d11"), date(2016, 9, 1), date(2016, 12, 18)),
    "feeder": (("d20",), date(2019, 10, 1), date(2020, 3, 1)),
    "city": (("d18",), date(2014, 9, 1), date(2014, 12, 30)),
    "area 1": (("d21",), date(2013, 1, 1), date(2013, 5, 31)),
    "area 2": (("d22",), date(2012, 12, 1), date(2013, 5, 31)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A substation: its load, and the days held out."""

    name: str
    load: Load
    table: DayTable
    first: int
    last: int


def load_parts(folder: Path) -> list[Part]:
    """The parts of the grid whose meters are in the folder."""
    with (folder / "meters.csv").open(encoding="utf-8", newline="") as lines:
        meters = {row["meter_id"]: row for row in csv.DictReader(lines)}
    calendars = {name: DayTypes(calendar) for name, calendar in load_calendars(folder).items()}
    calendars["CN"] = DayTypes(WorkCalendar())
    events = load_events(folder)
    found = []
    for name, (members, first, last) in _PARTS.items():
        if not set(members) <= set(meters):
            continue
        curves = [_curve(folder, meter, float(meters[meter]["interval_min"])) for meter in members]
        begin = max(start for start, _ in curves)
        end = min(start + len(values) for start, values in curves)
        members_kw = []
        for meter, (start, values) in zip(members, curves, strict=True):
            own = values[begin - start : end - start] * _KW[meters[meter]["unit"]]
            for event in events:
                if event.meter_id == meter:
                    _leave_out(own, begin, event.start, event.end)
            members_kw.append(own)
        total = _summed(np.array(members_kw))
        table = day_table(calendars[meters[members[0]]["calendar"]], begin, len(total) + _AHEAD)
        held = (day_number(first), min(day_number(last), end - 1))
        found.append(Part(name, Load(begin, total), table, *held))
    return found


def _curve(folder: Path, meter: str, interval: float) -> tuple[int, Floats]:
    with (folder / "readings" / f"{meter}.csv").open(encoding="utf-8") as lines:
        next(lines)
        told = {stamp: float(value) for stamp, value, _ in (line.rstrip("\n").split(",") for line in lines)}
    minute = np.array(list(told), "datetime64[m]").astype(np.int64)
    first, last = int(minute.min()) // MINUTES_A_DAY, int(minute.max()) // MINUTES_A_DAY
    values = np.full((last - first + 1) * SLOTS, np.nan)
    slot = (minute - first * MINUTES_A_DAY) * SLOTS // MINUTES_A_DAY
    for step in range(int(interval) // 15):
        values[slot + step] = list(told.values())
    return first, values.reshape(-1, SLOTS)


def _summed(members_kw: Floats) -> Floats:
    """As the grid adds up: scaled for what is missing of a slot, unless that is most of it."""
    usual = np.nanmean(members_kw, axis=(1, 2))
    share = np.where(np.isfinite(members_kw), usual[:, None, None], 0.0).sum(axis=0) / usual.sum()
    return np.where(share > 0.5, np.nansum(members_kw, axis=0) / np.maximum(share, 0.5), np.nan)


def _leave_out(load_kw: Floats, begin: int, start: int, end: int) -> None:
    flat = load_kw.reshape(-1)
    places = [(minute - begin * MINUTES_A_DAY) * SLOTS // MINUTES_A_DAY for minute in (start, end)]
    flat[max(0, places[0]) : max(0, places[1] + 1)] = np.nan


def generated(parts: int = 4) -> list[Part]:
    """Substations that nobody measured: a week, a year, holidays, and days that follow each other."""
    first, days = day_number(date(2024, 6, 1)), 560
    table = day_table(DayTypes(WorkCalendar()), first, days + _AHEAD)
    slots = np.arange(SLOTS)
    found = []
    for part in range(parts):
        random = np.random.default_rng(part)
        drift = np.zeros(days)
        for day in range(1, days):
            drift[day] = 0.8 * drift[day - 1] + random.normal(0, 250.0)
        shape = 1.0 + 0.5 * np.sin((slots - 30) * np.pi / 48) ** 2
        level = np.where(table.is_rest[:days], 0.6, 1.0) * (1 + 0.15 * np.cos(np.arange(days) * 2 * np.pi / 365))
        load = 12_000.0 * level[:, None] * shape + drift[:, None] + random.normal(0, 150.0, (days, SLOTS))
        held = (first + days - 120, first + days - 1)
        found.append(Part(f"generated {part}", Load(first, load), table, *held))
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """Errors of one part and lead in percent, ours first."""

    mape: float
    naive: float
    seasonal: float
    pinball: float
    coverage: float
    models: dict[str, int]


def play(part: Part, lead: int, slot: int, step: int, needs: Needs | None = None) -> Shown:
    """Every ``step``-th of the days held out, forecast ``lead`` days before at ``slot``."""
    days = range(part.first, part.last + 1, step)
    found = []
    for day in days:
        load = _read(part.load, day - lead, needs or Needs())
        forecaster = Forecaster(load, NO_WEATHER, part.table, Origin(day - lead, slot), needs or Needs())
        if forecaster.refusal() is None:
            found.append(forecaster.days([lead])[0])
    ahead = np.arange(SLOTS) >= (slot if lead == 0 else 0)
    rows = [one.day - part.load.first_day for one in found]
    actual = np.where(ahead, part.load.load_kw[rows], np.nan)
    own = accuracy_of(actual, *(np.array([getattr(one, name) for one in found]) for name in ("p50", "p10", "p90")))
    padded = np.vstack([part.load.load_kw, np.full((_AHEAD, SLOTS), np.nan)])
    simple = accuracy_of(actual, naive(padded, part.table, lead, slot)[rows])
    seasonal = accuracy_of(actual, seasonal_naive(padded, part.table, lead)[rows])
    models = [one.model.value for one in found]
    mape, last, week = (float(one.mape or np.nan) for one in (own, simple, seasonal))
    return Shown(
        mape,
        last,
        week,
        float(own.pinball_percent or np.nan),
        float(own.coverage or np.nan),
        {model: models.count(model) for model in sorted(set(models))},
    )


def _read(load: Load, day: int, needs: Needs) -> Load:
    """As much of the past as the product reads."""
    first = max(load.first_day, day - needs.days_read(is_festive=True))
    return Load(first, load.load_kw[first - load.first_day :])


def _speed(part: Part, rounds: int) -> Case:
    """Nodes a second with seven days ahead, beside plain least squares of the same rows and inputs."""
    leads = list(range(1, 8))
    pairs = []
    random = np.random.default_rng(1)
    rows, inputs = random.normal(0, 1, (400, 12)), random.normal(0, 1, (400, SLOTS))
    for number in range(rounds):
        started = time.perf_counter()
        origin = Origin(part.last - 8 - number, _SLOT)
        load = _read(part.load, origin.day, Needs())
        Forecaster(load, NO_WEATHER, part.table, origin, Needs()).days(leads)
        ours = time.perf_counter() - started
        started = time.perf_counter()
        for _ in leads:
            for slot in range(SLOTS):
                np.linalg.lstsq(rows, inputs[:, slot], rcond=None)
        pairs.append((1.0 / ours, 1.0 / (time.perf_counter() - started)))
    reference = "least squares a slot and lead, once (ours fits nine times for the days held out), nodes/s"
    return paired("forecast.nodes", "nodes/s", reference, pairs)


def run(rounds: int, folder: Path = SHARED_SET) -> list[Case]:
    """The table printed, the cases of it returned."""
    parts = load_parts(folder) if folder.is_dir() else generated()
    cases: list[Case] = []
    plays: Sequence[tuple[str, int, int, int]] = (
        ("day_ahead", 1, _SLOT, 2),
        ("week_ahead", 7, _SLOT, 5),
        ("intraday", 0, 40, 5),
    )
    for part in parts:
        for name, lead, slot, step in plays:
            found = play(part, lead, slot, step)
            print(  # noqa: T201 - a benchmark's table
                f"{part.name:12} {name:10} MAPE {found.mape:6.2f} naive {found.naive:6.2f} "
                f"seasonal {found.seasonal:6.2f} pinball {found.pinball:5.2f} % coverage {found.coverage:5.1f} % "
                f"{found.models}"
            )
            told = f"the better of yesterday and last week's day ({found.naive:.2f}, {found.seasonal:.2f}), MAPE %"
            pairs = [(found.mape, min(found.naive, found.seasonal))]
            cases.append(paired(f"forecast.{name}.{part.name}", "MAPE %", told, pairs))
    cases.append(_speed(parts[0], max(3, rounds)))
    return cases
