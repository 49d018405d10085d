"""Totals by hour, day and month, with completeness beside each; missing is NaN, never zero (S18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np

from libs.common import regions
from services.energy.curves.domain.asked import AskedMeter, MeterColumns
from services.energy.metering.domain.day_columns import DayColumns, DayTotals, Floats
from services.energy.metering.domain.expected import expected_between
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number
from services.energy.rollups.domain.months import MonthTotals, month_after

HOURS_A_DAY = 24


class Interval(StrEnum):
    """The length of a period."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Group(StrEnum):
    """What a line of the answer stands for."""

    METER = "meter"
    REGION = "region"
    ENTERPRISE = "enterprise"
    TOTAL = "total"


class RegionLevel(StrEnum):
    """How finely regions are told apart; a meter registered more coarsely counts under its own code."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


_DIGITS = {RegionLevel.PROVINCE: 2, RegionLevel.CITY: 4, RegionLevel.COUNTY: 6, RegionLevel.TOWNSHIP: 9}


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Lines by periods; every array is (lines, periods). NaN where nothing is present.

    ``present`` counts all values, ``estimated`` and ``edited`` those among them. ``peak_kw`` of a group is NaN:
    the highest values of its meters need not have met, and their sum would be a demand that never was.
    """

    energy_kwh: Floats
    peak_kw: Floats
    present: Int
    estimated: Int
    edited: Int
    expected: Int

    @classmethod
    def empty(cls, lines: int, periods: int) -> Grid:
        shape = (lines, periods)
        counts = (np.zeros(shape, np.int64) for _ in range(4))
        return cls(np.full(shape, np.nan), np.full(shape, np.nan), *counts)

    @property
    def completeness(self) -> Floats:
        """Share present of what was to be expected, NaN where that is nothing."""
        return shares(self.present, self.expected)

    def add(self, line: Int, other: Grid) -> None:
        """Add another's lines to these lines; peaks do not add up."""
        np.add.at(self.energy_kwh, line, np.nan_to_num(other.energy_kwh))
        for name in ("present", "estimated", "edited", "expected"):
            np.add.at(getattr(self, name), line, getattr(other, name))

    def put(self, line: Int, other: Grid) -> None:
        """Set these lines to another's."""
        for item in fields(self):
            getattr(self, item.name)[line] = getattr(other, item.name)

    def blank(self) -> None:
        """Energy where nothing is present is not known."""
        self.energy_kwh[self.present == 0] = np.nan

    def total(self) -> Grid:
        """One period for the whole span."""
        some = (self.present > 0).any(axis=1, keepdims=True)
        peaks = np.where(np.isnan(self.peak_kw), -np.inf, self.peak_kw).max(axis=1, keepdims=True, initial=-np.inf)
        return Grid(
            np.where(some, np.nansum(self.energy_kwh, axis=1, keepdims=True), np.nan),
            np.where(np.isinf(peaks), np.nan, peaks),
            *(getattr(self, item.name).sum(axis=1, keepdims=True) for item in fields(self)[2:]),
        )


def stacked(grids: Sequence[Grid]) -> Grid:
    """The lines of all, one below the other."""
    return Grid(*(np.concatenate([getattr(grid, item.name) for grid in grids]) for item in fields(Grid)))


def shares(present: Int, expected: Int) -> Floats:
    """Completeness from 0 to 1, rounded to a millionth; NaN where nothing was to be expected."""
    found = np.full(np.shape(present), np.nan, np.float64)
    np.divide(present, expected, out=found, where=expected > 0)
    # A value ahead of its slot's end counts, but nothing is more than complete.
    return np.asarray(np.round(np.minimum(found, 1.0), 6), np.float64)


def edges_of(interval: Interval, first: date, last: date) -> Int:
    """Minutes of standard time since 1970 at which the periods begin, and the end of the last."""
    begin, end = day_number(first) * MINUTES_A_DAY, (day_number(last) + 1) * MINUTES_A_DAY
    if interval is Interval.HOUR:
        return np.arange(begin, end + 1, 60, dtype=np.int64)
    if interval is Interval.DAY:
        return np.arange(begin, end + 1, MINUTES_A_DAY, dtype=np.int64)
    edges, month = [begin], month_after(first.replace(day=1))
    while month <= last:
        edges.append(day_number(month) * MINUTES_A_DAY)
        month = month_after(month)
    return np.array([*edges, end], np.int64)


def names_of(interval: Interval, edges: Int) -> list[str]:
    """Periods as the answer calls them: ``2026-09``, ``2026-09-15``, ``2026-09-15T07:00``."""
    unit = {Interval.HOUR: "m", Interval.DAY: "D", Interval.MONTH: "M"}[interval]
    starts = edges[:-1].astype("datetime64[m]")
    names: list[str] = np.datetime_as_string(starts.astype(f"datetime64[{unit}]")).tolist()
    return names


def is_whole_months(first: date, last: date) -> bool:
    return first.day == 1 and (last + timedelta(days=1)).day == 1


def expected_grid(meters: MeterColumns, edges: Int, now: datetime) -> Int:
    """Values to be expected: (meters, periods)."""
    return expected_between(
        edges[None, :-1],
        edges[None, 1:],
        (meters.first_day[:, None], meters.last_day[:, None]),
        meters.interval[:, None],
        meters.offset[:, None],
        now,
    )


def of_totals(totals: DayTotals, meters: MeterColumns, edges: Int, expected: Int) -> Grid:
    """Days or parts of months from day totals."""
    line = meters.place(totals.meter_index)
    period = np.searchsorted(edges, totals.day * MINUTES_A_DAY, side="right") - 1
    return _gathered((line, period), expected, totals)


def of_months(months: MonthTotals, meters: MeterColumns, edges: Int, expected: Int) -> Grid:
    """Whole months from the kept totals."""
    line = meters.place(months.meter_index)
    period = np.searchsorted(edges, months.month * MINUTES_A_DAY)
    return _gathered((line, period), expected, months)


def of_hours(days: Sequence[DayColumns], meters: MeterColumns, edges: Int, expected: Int) -> Grid:
    """Hours from the values themselves; ``days`` holds one block an interval of meters."""
    grid = Grid.empty(*expected.shape)
    grid.expected[:] = expected
    hour = np.arange(HOURS_A_DAY)
    for block in days:
        if not len(block):
            continue
        shape = (len(block), HOURS_A_DAY, block.slots // HOURS_A_DAY)
        values, quality = block.values.reshape(shape).astype(np.float64), block.quality.reshape(shape)
        is_there = quality != 0
        line = meters.place(block.meter_index)[:, None]
        period = (block.day * MINUTES_A_DAY - edges[0])[:, None] // 60 + hour
        present = np.count_nonzero(is_there, axis=2)
        energy = np.where(is_there, values, 0).sum(axis=2) * (HOURS_A_DAY / block.slots)
        peak = np.where(is_there, values, -np.inf).max(axis=2)
        grid.energy_kwh[line, period] = np.where(present > 0, energy, np.nan)
        grid.peak_kw[line, period] = np.where(present > 0, peak, np.nan)
        grid.present[line, period] = present
        grid.estimated[line, period] = np.count_nonzero(quality == Quality.ESTIMATED, axis=2)
        grid.edited[line, period] = np.count_nonzero(quality == Quality.EDITED, axis=2)
    return grid


def _gathered(cell: tuple[Int, Int], expected: Int, totals: DayTotals | MonthTotals) -> Grid:
    grid = Grid.empty(*expected.shape)
    grid.expected[:] = expected
    grid.energy_kwh[:] = 0.0
    np.add.at(grid.energy_kwh, cell, totals.energy_kwh)
    np.fmax.at(grid.peak_kw, cell, totals.peak_kw.astype(np.float64))
    for name in ("present", "estimated", "edited"):
        np.add.at(getattr(grid, name), cell, getattr(totals, name))
    grid.blank()
    return grid


def group_key(group: Group, level: RegionLevel, meter: AskedMeter) -> str | None:
    """The line a meter counts under; None for a meter of no enterprise."""
    if group is Group.METER:
        return meter.meter_no
    if group is Group.ENTERPRISE:
        return None if meter.enterprise_id is None else str(meter.enterprise_id)
    if group is Group.TOTAL:
        return "total"
    code = meter.region_code
    digits = _DIGITS[level]
    return code if len(regions.prefix(code)) <= digits else code[:digits].ljust(6, "0")
