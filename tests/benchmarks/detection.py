"""The detector against labelled curves: the referee's table for ours and two references, and its speed.

``python -m tests.benchmarks.detection [--set DIR]`` prints the table and writes ``build/score.json``. The curves
go through the worker's own detectors in the order of their arrival, with a second meter that reports on time, by
whose clock silence is noticed; an alarm's time is the clock of the arrival that raised it.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from libs.common.workdays import DayType, WorkCalendar
from services.energy.backtests.domain.scoring import Alarm, Score, Series, score
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.engine import Curves, Phase, compile_rules, detect
from services.energy.detection.domain.knowledge import Knowledge
from services.energy.detection.domain.rules import Rule, RuleBook
from services.energy.detection.domain.state import MeterStates
from services.energy.ingest.detectors import Detectors
from services.energy.metering.directory import MeterDirectory
from services.energy.metering.domain.incoming import CurvePatches, Incoming, PointPatches
from services.energy.metering.domain.meter import Meter, Profile, Quantity
from tests.benchmarks.detection_score import load_events, load_ignored, load_series
from tests.support.shared_data import SHARED

SHARED_SET: Final = SHARED / "detection"
_PROFILES: Final = {"wind": Profile.WIND, "hydro": Profile.HYDRO, "netload": Profile.NET}
_NONE: Final = np.zeros(0, np.int64)
_BATCH: Final = 1000
# Minutes between two looks for silent meters: the product looks four times as often, and a run takes as long.
_STEP: Final = 60


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """Rows of one series in the order of arrival: minutes of its wall clock, values, arrival clock."""

    minute: NDArray[np.int64]
    value: NDArray[np.float32]
    at: NDArray[np.int64]


class ListedCalendar(WorkCalendar):
    """Day types as the data set lists them, for countries whose calendar the product does not keep."""

    def __init__(self, listed: dict[date, tuple[str, str]]) -> None:
        super().__init__()
        self._listed = listed

    def is_working_day(self, day: date) -> bool:
        return self._listed.get(day, ("W" if day.weekday() < 5 else "R", ""))[0] == "W"

    def day_type(self, day: date) -> DayType:
        kind = self._listed.get(day, ("", ""))[0]
        if kind == "H":
            return DayType.HOLIDAY
        if not self.is_working_day(day):
            return DayType.SATURDAY if day.weekday() == 5 else DayType.SUNDAY
        if day.weekday() >= 5:
            return DayType.ADJUSTED_WORKDAY
        before = date.fromordinal(day.toordinal() - 1)
        return DayType.WORKING if self.is_working_day(before) else DayType.FIRST_AFTER_REST


def load_calendars(folder: Path) -> dict[str, ListedCalendar]:
    listed: dict[str, dict[date, tuple[str, str]]] = {}
    with (folder / "calendar.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            days = listed.setdefault(row["calendar"], {})
            days[date.fromisoformat(row["date"])] = (row["daytype"], row["name"])
    return {name: ListedCalendar(days) for name, days in listed.items()}


def load_arrivals(folder: Path, meter_id: str) -> Arrivals:
    minutes, values, delays = [], [], []
    with (folder / "readings" / f"{meter_id}.csv").open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            stamp, value, delay = line.rstrip("\n").split(",")
            minutes.append(stamp)
            values.append(float(value))
            delays.append(int(delay or 0))
    minute = np.array(minutes, "datetime64[m]").astype(np.int64)
    at = np.maximum.accumulate(minute + np.array(delays, np.int64))
    return Arrivals(minute, np.array(values, np.float32), at)


def _meter(index: int, one: Series, *, is_judged: bool = True) -> Meter:
    return Meter(
        meter_id=UUID(int=index),
        meter_no=f"{one.meter_id}/{index}",
        meter_index=index,
        name=one.meter_id,
        quantity=Quantity.ACTIVE_IMPORT_KW,
        profile=_PROFILES.get(one.kind, Profile.CONSUMPTION) if is_judged else Profile.WIND,
        interval_minutes=one.interval,
        offset_minutes=0,
        capacity_kw=one.capacity if is_judged else None,
        low_kw=None,
        high_kw=None,
        multiplier=1.0,
        region_code="421224",
        enterprise_id=None,
        valid_from=date(2000, 1, 1),
        version=1,
    )


def detectors_for(one: Series, calendar: WorkCalendar, rules: tuple[Rule, ...] = ()) -> Detectors:
    """The worker's detectors with the series as meter 0 and a punctual meter 1."""
    directory = MeterDirectory()
    directory.by_index = {0: _meter(0, one), 1: _meter(1, one, is_judged=False)}
    found = Detectors(directory)
    found.knowledge, found.day_types = Knowledge(1, RuleBook(rules)), DayTypes(calendar)
    found.adopt(0)
    found.meters_changed()
    return found


def ours(one: Series, arrivals: Arrivals, calendar: WorkCalendar, rules: tuple[Rule, ...] = ()) -> list[Alarm]:
    """Alarms of the shipped detector over one series."""
    detectors = detectors_for(one, calendar, rules)
    slots = 1440 // one.interval
    first, last = int(arrivals.at[0]) // one.interval, int(arrivals.at[-1]) // one.interval
    pulse = np.arange(first, last + 1) * one.interval
    minute = np.concatenate((arrivals.minute, pulse))
    at = np.concatenate((arrivals.at, pulse))
    order = np.argsort(at, kind="stable")
    meter = np.concatenate((np.zeros(len(arrivals.minute), np.int64), np.ones(len(pulse), np.int64)))[order]
    value = np.concatenate((arrivals.value, 1 + np.arange(len(pulse)) % 7 / np.float32(7)))[order].astype(
        np.float32
    )
    minute, at = minute[order], at[order]
    alarms = []
    for start in range(0, len(minute), _BATCH):
        part = slice(start, start + _BATCH)
        rows = len(minute[part])
        points = PointPatches(
            meter_index=meter[part],
            day=minute[part] // 1440,
            slot=minute[part] % 1440 // one.interval,
            values=value[part],
            quality=np.ones(rows, np.uint8),
            rank=at[part] // _STEP * _STEP * 60_000,
            part=np.zeros(rows, np.int64),
            order=np.arange(start, start + rows),
        )
        for decision in detectors.learn(0, [Incoming(1, slots, 1, _no_curves(slots), points)]):
            signal = decision.signal
            if signal.phase is Phase.OPENED and signal.meter_index == 0:
                alarms.append(Alarm(one.meter_id, int(at[decision.order]), signal.kind.value))
    return alarms


def _no_curves(slots: int) -> CurvePatches:
    return CurvePatches(
        _NONE, _NONE, np.zeros((0, slots), np.float32), np.zeros((0, slots), np.uint8), _NONE, _NONE, _NONE
    )


def static(one: Series, arrivals: Arrivals, _calendar: WorkCalendar) -> list[Alarm]:
    """Reference: a fixed threshold, 1.1 times the largest value of the warm-up."""
    known = arrivals.minute < one.warmup_end
    limit = 1.1 * float(arrivals.value[known].max())
    hot = (arrivals.value > limit) & (arrivals.at >= one.warmup_end)
    return [Alarm(one.meter_id, int(at), "spike") for at in arrivals.at[hot]]


def seasonal(one: Series, arrivals: Arrivals, _calendar: WorkCalendar) -> list[Alarm]:
    """Reference: median and MAD of the same slot of the last eight weeks' same weekday, six deviations."""
    slots = 1440 // one.interval
    week = 7 * slots
    history: dict[int, list[float]] = {}
    alarms = []
    for minute, value, at in zip(
        arrivals.minute.tolist(), arrivals.value.tolist(), arrivals.at.tolist(), strict=True
    ):
        past = history.setdefault(minute // one.interval % week, [])
        if len(past) >= 4:
            middle = float(np.median(past))
            spread = 1.4826 * float(np.median(np.abs(np.array(past) - middle))) + 0.02 * abs(middle) + 1e-9
            if abs(value - middle) > 6 * spread:
                alarms.append(Alarm(one.meter_id, at, "spike" if value > middle else "drop"))
        past.append(value)
        del past[:-8]
    return alarms


Method = Callable[[Series, Arrivals, WorkCalendar], list[Alarm]]


def alarms_of(folder: Path, method: Method) -> list[Alarm]:
    """Alarms of a method over a set."""
    calendars = load_calendars(folder)
    return [
        alarm
        for one in load_series(folder)
        for alarm in method(
            one, load_arrivals(folder, one.meter_id), calendars.get(one.calendar, ListedCalendar({}))
        )
    ]


def judged(folder: Path, alarms: list[Alarm], only: Callable[[Series], bool] = lambda _: True) -> Score:
    """The referee's judgement, of some of the series."""
    series = [one for one in load_series(folder) if only(one)]
    names = {one.meter_id for one in series}
    events = [event for event in load_events(folder) if event.meter_id in names]
    return score(series, events, load_ignored(folder), alarms)


def by_set(folder: Path, alarms: list[Alarm]) -> dict[str, Any]:
    """The same by half of the meters and by kind of series."""
    parts: dict[str, Callable[[Series], bool]] = {
        "odd_meters": lambda one: int(one.meter_id[1:]) % 2 == 1,
        "even_meters": lambda one: int(one.meter_id[1:]) % 2 == 0,
    }
    for kind in sorted({one.kind for one in load_series(folder)}):
        parts[kind] = partial(_is_kind, kind)
    return {name: judged(folder, alarms, part).summary() for name, part in parts.items()}


def _is_kind(kind: str, one: Series) -> bool:
    return one.kind == kind


def speed(meters: int, days: int = 40, slots: int = 96) -> float:
    """Readings a second of one core, state update and all rules, ``meters`` a call, one day a call."""
    random = np.random.default_rng(1)
    shape = 1000 + 300 * np.sin(np.arange(slots) / slots * 2 * np.pi)
    values = (shape + random.normal(0, 20, (8, meters, slots))).astype(np.float32)
    states, book, types = MeterStates(slots), RuleBook(), DayTypes(WorkCalendar())
    index, rule = np.arange(meters), np.zeros(meters, np.intp)
    states.rows_of(index)
    spent = 0.0
    for number in range(days):
        day = np.full(meters, 20_000 + number)
        curves = Curves(index, day, types.facts(day), values[number % 8], rule)
        started = time.process_time()
        detect(states, curves, book.table)
        spent += time.process_time() - started
    return meters * days * slots / spent


def speed_of_snapshots(meters: int, steps: int = 400, slots: int = 96) -> float:
    """The same when each call holds one reading of each meter: the running day."""
    random = np.random.default_rng(1)
    states, book, types = MeterStates(slots), RuleBook(), DayTypes(WorkCalendar())
    index, rule = np.arange(meters), np.zeros(meters, np.intp)
    states.rows_of(index)
    values = np.full((meters, slots), np.nan, np.float32)
    spent = 0.0
    for step in range(steps):
        values[:] = np.nan
        values[:, step % slots] = random.normal(1000, 20, meters)
        day = np.full(meters, 20_000 + step // slots)
        curves = Curves(index, day, types.facts(day), values, rule)
        started = time.process_time()
        detect(states, curves, book.table)
        spent += time.process_time() - started
    return meters * steps / spent


def measure(folder: Path = SHARED_SET) -> dict[str, Any]:
    """The table and the figures of speed and memory."""
    compile_rules()
    found: dict[str, Any] = {"set": str(folder)}
    if folder.exists():
        alarms = alarms_of(folder, ours)
        found["ours"] = judged(folder, alarms).summary()
        for name, method in (("static", static), ("seasonal", seasonal)):
            found[name] = judged(folder, alarms_of(folder, method)).summary()
        found["ours_by_set"] = by_set(folder, alarms)
    found["readings_a_second"] = {str(meters): round(speed(meters)) for meters in (1, 20, 200, 2000)}
    found["snapshot_readings_a_second"] = {str(m): round(speed_of_snapshots(m)) for m in (20, 200, 2000)}
    found["bytes_a_meter"] = {str(slots): MeterStates(slots).bytes_a_meter for slots in (24, 48, 96, 288)}
    return found


def run_all(folder: Path) -> None:
    """Print the figures and write them to ``build/score.json``."""
    found = measure(folder)
    for name, figures in found.items():
        sys.stdout.write(f"{name}: {json.dumps(figures, ensure_ascii=False)}\n")
    target = Path("build/score.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    run_all(Path(sys.argv[sys.argv.index("--set") + 1]) if "--set" in sys.argv else SHARED_SET)
