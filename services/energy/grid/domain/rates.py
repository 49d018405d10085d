"""Load rates (负载率), load factors (负荷率), peaks and simultaneity (同时率) of a node."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from services.energy.grid.domain.loads import SLOTS, Floats, LoadColumns
from services.energy.metering.domain.slots import date_of


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest load of a period, and the slot of the day it fell into; the first of several."""

    kw: float
    day: int
    slot: int


@dataclass(frozen=True, slots=True)
class PeriodRate:
    """A day or month of a node.

    ``load_rate``: peak over capacity; ``load_factor``: mean over peak. ``known``: share of the slots whose load is
    known; ``completeness``: of the meters, over all slots. ``simultaneity``: the peak over the sum of the peaks of
    what hangs directly below. What cannot be told is None.
    """

    first: date
    slots: int
    known: float
    completeness: float
    scaled: int
    peak: Peak | None
    least_kw: float | None
    mean_kw: float | None
    energy_kwh: float | None
    capacity_kw: float | None
    load_rate: float | None
    load_factor: float | None
    simultaneity: float | None


def peak_of(loads: LoadColumns) -> Peak | None:
    """None where nothing is known."""
    if not len(loads) or not np.isfinite(loads.load_kw).any():
        return None
    place = int(np.nanargmax(loads.load_kw))
    row, slot = divmod(place, SLOTS)
    return Peak(float(loads.load_kw[row, slot]), int(loads.day[row]), slot)


def rates_by_slot(load_kw: Floats, capacity_kw: float | None) -> Floats:
    """Load over capacity; NaN where either is unknown."""
    if not capacity_kw:
        return np.full(load_kw.shape, np.nan)
    return load_kw / capacity_kw


def period_rate(
    first: date,
    loads: LoadColumns,
    capacity_kw: Sequence[float | None],
    below: Sequence[LoadColumns] = (),
) -> PeriodRate:
    """A period's figures; ``capacity_kw`` by day of the period."""
    known = np.isfinite(loads.load_kw)
    peak = peak_of(loads)
    values = loads.load_kw[known]
    mean = float(values.mean()) if len(values) else None
    rates = [
        float(np.nanmax(row)) / carried
        for row, carried in zip(loads.load_kw, capacity_kw, strict=True)
        if carried and np.isfinite(row).any()
    ]
    peaks = [found for one in below if (found := peak_of(one)) is not None]
    summed = math.fsum(one.kw for one in peaks)
    is_whole = bool(below) and len(peaks) == len(below)
    told = [carried for carried in capacity_kw if carried is not None]
    return PeriodRate(
        first=first,
        slots=known.size,
        known=float(known.mean()) if known.size else 0.0,
        completeness=float(loads.completeness.mean()) if known.size else 0.0,
        scaled=int(loads.scaled.sum()),
        peak=peak,
        least_kw=float(values.min()) if len(values) else None,
        mean_kw=mean,
        energy_kwh=float(values.sum()) / 4 if len(values) else None,
        capacity_kw=told[-1] if told else None,
        load_rate=max(rates, default=None),
        load_factor=None if peak is None or mean is None or peak.kw <= 0 else mean / peak.kw,
        simultaneity=peak.kw / summed if peak is not None and is_whole and summed > 0 else None,
    )


def by_month(days: Sequence[int]) -> list[tuple[date, list[int]]]:
    """The places of the days of each month, months in order."""
    found: dict[date, list[int]] = {}
    for place, day in enumerate(days):
        found.setdefault(date_of(day).replace(day=1), []).append(place)
    return sorted(found.items())


def chosen(loads: LoadColumns, rows: Sequence[int]) -> LoadColumns:
    """Some days of the columns."""
    places = np.asarray(rows, np.int64)
    return LoadColumns(
        loads.day[places],
        loads.load_kw[places],
        loads.completeness[places],
        loads.scaled[places],
        loads.expected[places],
    )
