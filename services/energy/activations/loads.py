"""Loads of enterprises by quarter of an hour, from the curves of the meters that an order names.

What was estimated says nothing of a response, since estimates are made of usual days, and a sum without one of
its members is none: both count as missing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.activations.domain.quarters import (
    OFFSET_MINUTES,
    QUARTER_MINUTES,
    QUARTERS_A_DAY,
    Floats,
    Int,
)
from services.energy.metering.curve_reader import read_days
from services.energy.metering.domain.day_columns import DayColumns
from services.energy.metering.domain.meter import Meter, Quantity
from services.energy.metering.domain.quality import Quality
from services.energy.metering.repository import meters_by_index

# What counts towards the load that is drawn, and how.
SIGNS: Final[Mapping[Quantity, float]] = {
    Quantity.ACTIVE_IMPORT_KW: 1.0,
    Quantity.ACTIVE_EXPORT_KW: -1.0,
    Quantity.ACTIVE_POWER_KW: 1.0,
}


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Which meter counts to which enterprise (by place), one row a pair, and how many meters each has."""

    meter_index: Int
    place: Int
    wanted: Int

    @classmethod
    def of(cls, members: Sequence[Sequence[int]]) -> Parts:
        pairs = [(meter, place) for place, meters in enumerate(members) for meter in meters]
        columns = np.array(pairs, np.int64).reshape(len(pairs), 2)
        return cls(columns[:, 0], columns[:, 1], np.array([len(meters) for meters in members], np.int64))


async def read_loads(session: AsyncSession, members: Sequence[Sequence[int]], first: int, end: int) -> Floats:
    """kW (enterprises, quarters) from ``first`` until before ``end``; NaN where any of its meters lacks a value.

    ``members``: indexes of each enterprise's meters. Raises ArchiveUnreadable.
    """
    parts = Parts.of(members)
    width = end - first
    total = np.zeros(len(members) * width)
    number = np.zeros(len(members) * width, np.int64)
    if len(parts.meter_index) and width > 0:
        meters = await meters_by_index(session, np.unique(parts.meter_index).tolist())
        for group in _groups(meters):
            await _add(session, group, parts, (first, end), total, number)
    is_whole = (number == np.repeat(parts.wanted, width)) & (number > 0)
    return np.where(is_whole, total, np.nan).reshape(len(members), width)


def _groups(meters: Mapping[int, Meter]) -> list[list[Meter]]:
    """Meters that one reading answers: of one quantity, interval and standard time."""
    groups: dict[tuple[int, int, int], list[Meter]] = {}
    for meter in meters.values():
        if meter.quantity in SIGNS:
            groups.setdefault((meter.quantity.number, meter.slots, meter.offset_minutes), []).append(meter)
    return [groups[key] for key in sorted(groups)]


async def _add(
    session: AsyncSession, group: list[Meter], parts: Parts, span: tuple[int, int], total: Floats, number: Int
) -> None:
    meter = group[0]
    first, end = span
    # Quarters by which the meter's own day begins after the office's.
    later = (OFFSET_MINUTES - meter.offset_minutes) // QUARTER_MINUTES
    days = ((first - later) // QUARTERS_A_DAY, (end - 1 - later) // QUARTERS_A_DAY)
    own = sorted(one.meter_index for one in group)
    rows = await read_days(session, meter.quantity.number, own, *days, meter.slots)
    if not len(rows.day):
        return
    pick, place = _pairs(rows.meter_index, parts)
    quarter = rows.day[pick, None] * QUARTERS_A_DAY + later + np.arange(QUARTERS_A_DAY)[None, :] - first
    value = _quarters(rows)[pick]
    counts = np.isfinite(value) & (quarter >= 0) & (quarter < end - first)
    at = (place[:, None] * (end - first) + quarter)[counts]
    total += SIGNS[meter.quantity] * np.bincount(at, value[counts], len(total))
    number += np.bincount(at, minlength=len(number))


def _pairs(meter_index: Int, parts: Parts) -> tuple[Int, Int]:
    """Rows and the enterprise each counts to; a meter may count to several: activations follow each other."""
    order = np.argsort(parts.meter_index, kind="stable")
    ordered = parts.meter_index[order]
    low, high = (np.searchsorted(ordered, meter_index, side=side) for side in ("left", "right"))
    repeats = high - low
    pick = np.repeat(np.arange(len(meter_index)), repeats)
    within = np.arange(len(pick)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return pick, parts.place[order[np.repeat(low, repeats) + within]]


def _quarters(rows: DayColumns) -> Floats:
    """(rows, 96): means of shorter intervals, a longer one's value for each of its quarters."""
    slots = rows.values.shape[1]
    is_told = (rows.quality == Quality.MEASURED) | (rows.quality == Quality.EDITED)
    known = np.where(is_told, rows.values.astype(np.float64), np.nan)
    if slots >= QUARTERS_A_DAY:
        mean: Floats = known.reshape(len(known), QUARTERS_A_DAY, -1).mean(axis=2)
        return mean
    return np.repeat(known, QUARTERS_A_DAY // slots, axis=1)
