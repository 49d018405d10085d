"""The running day for readers, and its closing; what it is says domain/running.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.curve_repository import copy_rows
from services.energy.metering.domain.incoming import Int, Values
from services.energy.metering.domain.running import BLOCK_METERS
from services.energy.metering.domain.slots import date_of
from services.energy.metering.packing import CurveRows
from services.energy.metering.rank_packing import PackedGaps, RankGaps
from services.energy.metering.running_repository import DueDay, keep_days, lock_due
from services.energy.metering.snapshot_repository import (
    RunningCurves,
    add_rank_profile,
    delete_snapshots,
    load_whole_days,
    read_running,
)
from services.energy.metering.tables import CurveDayRow
from services.energy.metering.touched import note_touched

# A block's day takes some 15 ms: few at a time, so that a worker that waits for one waits shortly.
_DAYS_A_RUN: Final = 20


async def running_rows(
    session: AsyncSession, quantity: int, meter_index: Iterable[int], first: date, last: date
) -> list[CurveDayRow]:
    """The running days of these meters as day rows that are not stored; to be read before the stored ones."""
    meters = np.array(list(meter_index), np.int64)
    rows: list[CurveDayRow] = []
    for found in await read_running(session, quantity, meters, first, last):
        present, energy, peak = figures(found)
        says_quality = np.any(found.quality > 1, axis=1).tolist()
        rows += [
            CurveDayRow(
                meter_index=int(found.meter_index[row]),
                quantity=quantity,
                day=date_of(int(found.day[row])),
                slots=found.slots,
                present=int(present[row]),
                energy_kwh=float(energy[row]),
                peak_kw=float(peak[row]),
                rank=0,
                revision=int(found.revision[row]),
                load_kw=found.values[row].astype("<f4").tobytes(),
                quality=found.quality[row].tobytes() if says_quality[row] else None,
            )
            for row in range(len(found.day))
        ]
    return rows


def figures(found: RunningCurves) -> tuple[Int, NDArray[np.float64], Values]:
    """Values present, energy in kWh and peak in kW of each row."""
    present = found.quality != 0
    energy = np.where(present, found.values, 0).sum(axis=1, dtype=np.float64) * (24 / found.slots)
    peak = np.where(present, found.values, np.float32(-np.inf)).max(axis=1)
    return np.count_nonzero(present, axis=1), energy, peak


def over(stored: Iterable[CurveDayRow], running: Iterable[CurveDayRow]) -> list[CurveDayRow]:
    """Both by meter and day; one that is closed between the two queries is in both, and the stored row counts."""
    rows = {(row.meter_index, row.day): row for row in running}
    rows |= {(row.meter_index, row.day): row for row in stored}
    return [rows[key] for key in sorted(rows)]


async def close_days(session: AsyncSession, now: datetime, limit: int = _DAYS_A_RUN) -> int:
    """Turn days that are over into day rows; returns how many blocks' days that were.

    Their locks are held, so the worker's late values wait and then find the day closed: they go to the day rows.
    """
    due = await lock_due(session, now, limit)
    for day in due:
        await _close(session, day, now)
    return len(due)


async def _close(session: AsyncSession, due: DueDay, now: datetime) -> None:
    running, slots = due.running, due.slots
    found = await load_whole_days(session, due.quantity, slots, [running.key])
    if len(found):
        slot = found.time % slots
        values = np.full((BLOCK_METERS, slots), np.nan, np.float32)
        quality = np.zeros((BLOCK_METERS, slots), np.uint8)
        rank = np.zeros((BLOCK_METERS, slots), np.int64)
        values[:, slot], quality[:, slot], rank[:, slot] = found.values.T, found.quality.T, found.rank.T
        meters = np.flatnonzero((quality != 0).any(axis=1) & ~running.in_curves)
        values, quality, rank = values[meters], quality[meters], rank[meters]
        # Each slot's most frequent rank: meters that have no other share one list of them.
        usual = np.zeros(slots, np.int64)
        usual[slot] = [_most_frequent(rank[quality[:, place] != 0, place]) for place in slot.tolist()]
        top, gaps, profile = await _ranks(session, quality != 0, rank, usual)
        rows = CurveRows(
            quantity=due.quantity,
            meter_index=meters + running.block * BLOCK_METERS,
            day=np.full(len(meters), running.day, np.int64),
            values=values,
            quality=quality,
            rank=top,
            revision=running.revisions[meters].astype(np.int64),
            rank_gaps=gaps,
            profile=profile,
        )
        await copy_rows(session, rows)
        await delete_snapshots(session, due)
        await note_touched(session, due.quantity, rows.meter_index, rows.day)
    running.is_closed = True
    running.in_curves[:] = True
    running.revisions[:] = 0
    await keep_days(session, due.quantity, slots, [running], now)


def _most_frequent(ranks: Int) -> int:
    if not len(ranks):
        return 0
    distinct, counts = np.unique(ranks, return_counts=True)
    return int(distinct[np.argmax(counts)])


async def _ranks(
    session: AsyncSession, present: NDArray[np.bool_], rank: Int, usual: Int
) -> tuple[Int, RankGaps, Int]:
    """Top rank of each row, the gaps of rows that have their own, and the number of the profile of the others."""
    shares = ~(present & (rank != usual)).any(axis=1)
    top = np.where(shares, usual.max(), np.where(present, rank, 0).max(axis=1))
    uneven = np.flatnonzero(~shares & (present & (rank != top[:, None])).any(axis=1))
    gaps = RankGaps(uneven, np.where(present[uneven], top[uneven, None] - rank[uneven], 0))
    profile = np.zeros(len(rank), np.int64)
    differs = usual[usual > 0] != usual.max()
    if differs.any() and shares.any():
        below = np.where(usual > 0, usual.max() - usual, 0)
        (sent,) = PackedGaps(below[None]).each()
        profile[shares] = await add_rank_profile(session, sent)
    return top, gaps, profile
