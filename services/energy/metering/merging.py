"""One batch into the store: day rows, snapshots of the running day, and what corrections replaced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.curve_repository import Batch, Loaded, load_rows, write_revisions, write_rows
from services.energy.metering.domain.incoming import (
    CurvePatches,
    Incoming,
    Int,
    PointPatches,
    Values,
    day_keys,
    distinct_days,
)
from services.energy.metering.domain.merge import Counts, Merged, Revisions, StoredRows, merge
from services.energy.metering.domain.running import (
    BLOCK_METERS,
    BlockDay,
    Placed,
    RunningDay,
    across,
    block_days,
    place,
    worth_opening,
)
from services.energy.metering.running_repository import find_days, keep_days, open_day
from services.energy.metering.snapshot_repository import load_snapshots, load_whole_days, write_snapshots

# How exactly a running day says when it was last written to.
_WRITTEN_WITHIN: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """What a batch met and what it left, by row: meters and days, or blocks and times."""

    before: StoredRows
    merged: Merged

    def is_news(self, row: int, of_day: int, column: int) -> bool:
        after = self._value(self.merged.meter_index, self.merged.day, self.merged.values, (row, of_day, column))
        before = self._value(self.before.meter_index, self.before.day, self.before.values, (row, of_day, column))
        return not np.isnan(after) and after != before

    @staticmethod
    def _value(rows: Int, days: Int, values: Values, cell: tuple[int, int, int]) -> float:
        row, of_day, column = cell
        found = np.flatnonzero((rows == row) & (days == of_day))
        return float(values[found[0], column]) if len(found) else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Values by their fate, one entry a part, and the values that were replaced.

    ``changed_days``: meters and days of the day rows that changed; what went into snapshots is not among them.
    """

    slots: int
    counts: tuple[Counts, ...]
    revisions: tuple[Revisions, ...]
    changed_days: tuple[Int, Int]
    rows: Laid
    snapshots: Laid | None

    def is_news(self, meter_index: int, day: int, slot: int) -> bool:
        """Whether the batch gave this slot a value that it had not."""
        if self.rows.is_news(meter_index, day, slot):
            return True
        block, column = divmod(meter_index, BLOCK_METERS)
        return self.snapshots is not None and self.snapshots.is_news(block, day * self.slots + slot, column)


async def store(session: AsyncSession, incoming: Incoming, batch: Batch) -> Stored:
    """Merge what came of one quantity and number of slots; the caller holds the days' locks (day_locks.py)."""
    quantity, slots = incoming.quantity, incoming.slots
    days = await find_days(session, quantity, slots, *block_days(incoming))
    for block, day in worth_opening(incoming.points, days):
        days[block, day] = await open_day(session, quantity, block, day, batch.now)
    placed = place(incoming, days)
    laid = await _into_curves(session, placed, batch)
    rows = laid.merged
    merged = [(rows.counts, rows.revisions)]
    snapshots = None
    if len(placed.for_snapshots):
        snapshots, revisions = await _into_snapshots(session, placed, batch)
        merged.append((snapshots.merged.counts, revisions))
    stale = [item for item in days.values() if item.is_changed]
    await keep_days(session, quantity, slots, stale, batch.now)
    return Stored(
        slots=slots,
        counts=tuple(item[0] for item in merged),
        revisions=tuple(item[1] for item in merged),
        changed_days=(rows.meter_index[rows.changed], rows.day[rows.changed]),
        rows=laid,
        snapshots=snapshots,
    )


async def load_held(
    session: AsyncSession, quantity: int, slots: int, meter_index: Int, day: Int, now: datetime
) -> Loaded:
    """The day rows of these meters and days, for who writes them himself under the days' locks.

    Values that rest in snapshots become day rows first.
    """
    none = np.zeros(0, np.int64)
    nothing = np.full((len(day), slots), np.nan, np.float32)
    order = np.arange(len(day))
    curves = CurvePatches(meter_index, day, nothing, (nothing > 0).astype(np.uint8), order * 0, order * 0, order)
    points = PointPatches(none, none, none, nothing[:0, 0], none.astype(np.uint8), none, none, none)
    incoming = Incoming(quantity, slots, 1, curves, points)
    days = await find_days(session, quantity, slots, *block_days(incoming))
    if any(not item.is_closed for item in days.values()):
        # A curve without a value takes a day out of the snapshots and changes nothing.
        await store(session, incoming, Batch([], now))
    return await load_rows(session, quantity, slots, meter_index, day)


async def _into_curves(session: AsyncSession, placed: Placed, batch: Batch) -> Laid:
    incoming = placed.for_curves
    meter_index, day = distinct_days(incoming)
    loaded = await load_rows(session, incoming.quantity, incoming.slots, meter_index, day)
    if len(placed.moving[0]):
        loaded = loaded.joined(await _moved(session, placed))
    merged = merge(incoming, loaded.rows)
    keys = day_keys(merged.meter_index, merged.day)
    known = np.searchsorted(keys, day_keys(loaded.rows.meter_index, loaded.rows.day))
    revision, is_row = np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
    revision[known], is_row[known] = loaded.revision, loaded.is_row
    # What leaves the snapshots is written whether the batch changed it or not.
    merged.changed[known[~loaded.is_row]] = True

    def rows_of(meter: Int, of_day: Int) -> Int:
        return np.searchsorted(keys, day_keys(meter, of_day))

    meter, of_day, number = await write_revisions(
        session, merged.revisions, incoming.quantity, batch, lambda meter, day: revision[rows_of(meter, day)]
    )
    np.maximum.at(revision, rows_of(meter, of_day), number)
    await write_rows(session, merged, revision, is_row, incoming.quantity)
    return Laid(loaded.rows, merged)


async def _moved(session: AsyncSession, placed: Placed) -> Loaded:
    """What the snapshots hold of the meters and days that leave them; those without a value are left out."""
    slots = placed.for_curves.slots
    meters, of_day = placed.moving
    block_day = day_keys(meters // BLOCK_METERS, of_day)
    wanted = {(meter // BLOCK_METERS, day) for meter, day in _pairs(meters, of_day)}
    found = await load_whole_days(session, placed.for_curves.quantity, slots, wanted)
    values = np.full((len(meters), slots), np.nan, np.float32)
    quality = np.zeros((len(meters), slots), np.uint8)
    rank = np.zeros((len(meters), slots), np.int64)
    snapshot_day = day_keys(found.block, found.time // slots)
    for key in np.unique(snapshot_day).tolist():
        rows, snapshots = np.flatnonzero(block_day == key), np.flatnonzero(snapshot_day == key)
        slot = found.time[snapshots] % slots
        cells = np.ix_(snapshots, meters[rows] % BLOCK_METERS)
        values[np.ix_(rows, slot)] = found.values[cells].T
        quality[np.ix_(rows, slot)] = found.quality[cells].T
        rank[np.ix_(rows, slot)] = found.rank[cells].T
    there = (quality != 0).any(axis=1)
    revision = np.array([_corrected(placed.days, *key) for key in _pairs(meters[there], of_day[there])], np.int64)
    rows_there = StoredRows(meters[there], of_day[there], values[there], quality[there], rank[there])
    return Loaded(rows_there, revision, np.zeros(len(revision), bool))


def _pairs(one: Int, other: Int) -> list[tuple[int, int]]:
    return list(zip(one.tolist(), other.tolist(), strict=True))


def _corrected(days: dict[BlockDay, RunningDay], meter: int, day: int) -> int:
    """How often the day of a meter in snapshots was corrected."""
    return int(days[meter // BLOCK_METERS, day].revisions[meter % BLOCK_METERS])


async def _into_snapshots(session: AsyncSession, placed: Placed, batch: Batch) -> tuple[Laid, Revisions]:
    quantity, slots = placed.for_curves.quantity, placed.for_curves.slots
    incoming = across(placed.for_snapshots, placed.for_curves)
    block, time = distinct_days(incoming)
    found = await load_snapshots(session, quantity, slots, block, time)
    before = StoredRows(found.block, found.time, found.values, found.quality, found.rank)
    merged = merge(incoming, before)
    await write_snapshots(session, quantity, slots, merged)
    revisions = _along(merged.revisions, slots)

    def times_corrected(meters: Int, days: Int) -> Int:
        return np.array([_corrected(placed.days, *key) for key in _pairs(meters, days)], np.int64)

    found_at = await write_revisions(session, revisions, quantity, batch, times_corrected)
    for meter, day, number in zip(*(column.tolist() for column in found_at), strict=True):
        running = placed.days[meter // BLOCK_METERS, day]
        running.revisions[meter % BLOCK_METERS] = number
        running.is_changed = True
    _note_written(placed.days, merged, slots, batch.now)
    return Laid(before, merged), revisions


def _along(revisions: Revisions, slots: int) -> Revisions:
    """From blocks and times back to meters and days."""
    return Revisions(
        order=revisions.order,
        part=revisions.part,
        meter_index=revisions.meter_index * BLOCK_METERS + revisions.slot,
        day=revisions.day // slots,
        slot=revisions.day % slots,
        before=revisions.before,
        after=revisions.after,
    )


def _note_written(days: dict[BlockDay, RunningDay], merged: Merged, slots: int, now: datetime) -> None:
    for block, day in {(block, time // slots) for block, time in _pairs(merged.meter_index, merged.day)}:
        running = days[block, day]
        running.is_changed |= now - running.written_at > _WRITTEN_WITHIN
