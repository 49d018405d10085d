"""Merging readings into day curves: what a fold over single values would give, for whole batches at once.

One value into one slot: an empty slot is *stored*; a slot of higher rank keeps its value (*superseded*); an equal
value is *unchanged* and only lifts the rank; another value *revises*. Equal means equal as float32. Values meet
their slot in the order of the log. The result equals the fold to the last bit (a property test holds that).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from libs.common.compiled import compiled
from services.energy.metering.domain.incoming import (
    CurvePatches,
    Incoming,
    Int,
    PointPatches,
    Qualities,
    Rows,
    Values,
    day_keys,
    distinct_days,
    split_keys,
)


@dataclass(frozen=True, slots=True, eq=False)
class StoredRows:
    """Existing day rows; ``rank`` is per slot: (rows, slots)."""

    meter_index: Int
    day: Int
    values: Values
    quality: Qualities
    rank: Int


@dataclass(frozen=True, slots=True, eq=False)
class Revisions:
    """Stored values replaced by others, in the order of the log: kW before and after, and which message did it."""

    order: Int
    part: Int
    meter_index: Int
    day: Int
    slot: Int
    before: Values
    after: Values

    def __len__(self) -> int:
        return len(self.order)

    def take(self, rows: Rows) -> Revisions:
        return Revisions(
            self.order[rows],
            self.part[rows],
            self.meter_index[rows],
            self.day[rows],
            self.slot[rows],
            self.before[rows],
            self.after[rows],
        )


def no_revisions() -> Revisions:
    none, nothing = np.zeros(0, np.int64), np.zeros(0, np.float32)
    return Revisions(none, none, none, none, none, nothing, nothing)


@dataclass(slots=True, eq=False)
class Counts:
    """Values by their fate, one entry a part."""

    stored: Int
    unchanged: Int
    revised: Int
    superseded: Int


@dataclass(frozen=True, slots=True, eq=False)
class UnevenRanks:
    """Of rows whose slots differ in rank: which rows, rising, and the rank of each slot: (rows, slots)."""

    rows: Int
    ranks: Int


def uneven_ranks(rows: Int, rank: Int, is_set: NDArray[np.bool_], top: Int) -> UnevenRanks:
    """Those among the rows; an empty slot has the row's rank. ``rank`` and ``is_set``: (rows, slots)."""
    chosen = np.flatnonzero((is_set & (rank != top[:, None])).any(axis=1))
    return UnevenRanks(rows[chosen], np.where(is_set[chosen], rank[chosen], top[chosen, None]))


@dataclass(slots=True, eq=False)
class Merged:
    """Day rows after the merge: ``is_new`` were not there before, ``changed`` need writing.

    ``top_rank`` is the rank of every slot, except in rows that stand in ``uneven`` with one for each slot.
    """

    slots: int
    meter_index: Int
    day: Int
    values: Values
    quality: Qualities
    top_rank: Int
    is_new: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    counts: Counts
    uneven: UnevenRanks
    revisions: Revisions = field(default_factory=no_revisions)


def merge(incoming: Incoming, stored: StoredRows) -> Merged:
    """Fold what came into what is there; ``stored`` holds the rows among ``distinct_days`` that exist."""
    curves, points = incoming.curves, incoming.points
    curve_keys = day_keys(curves.meter_index, curves.day)
    point_keys = day_keys(points.meter_index, points.day)
    keys = day_keys(*distinct_days(incoming))
    merged = _empty(incoming, keys)
    known = np.searchsorted(keys, day_keys(stored.meter_index, stored.day))
    merged.is_new[known] = False
    merged.values[known], merged.quality[known] = stored.values, stored.quality

    curve_row, point_row = np.searchsorted(keys, curve_keys), np.searchsorted(keys, point_keys)
    touches = np.bincount(curve_row, minlength=len(keys)) + 2 * np.bincount(point_row, minlength=len(keys))
    # A new row that one curve alone makes needs no comparing: the whole of a first delivery.
    alone = (merged.is_new & (touches == 1))[curve_row]
    _lay_down(curves.take(alone), curve_row[alone], merged)
    if len(points) or not alone.all():
        cells = curves.take(~alone).cells().joined(points)
        row = np.searchsorted(keys, day_keys(cells.meter_index, cells.day))
        _fold(cells, row, known, stored.rank, merged)
    return merged


def _empty(incoming: Incoming, keys: Int) -> Merged:
    meter_index, day = split_keys(keys)
    rows, slots = len(keys), incoming.slots
    return Merged(
        slots=slots,
        meter_index=meter_index,
        day=day,
        values=np.full((rows, slots), np.nan, np.float32),
        quality=np.zeros((rows, slots), np.uint8),
        top_rank=np.zeros(rows, np.int64),
        is_new=np.ones(rows, bool),
        changed=np.zeros(rows, bool),
        counts=Counts(*(np.zeros(incoming.parts, np.int64) for _ in range(4))),
        uneven=UnevenRanks(np.zeros(0, np.int64), np.zeros((0, slots), np.int64)),
    )


def _lay_down(curves: CurvePatches, row: Int, merged: Merged) -> None:
    present = np.count_nonzero(curves.quality, axis=1)
    merged.values[row], merged.quality[row] = curves.values, curves.quality
    merged.top_rank[row] = curves.rank
    merged.changed[row] = present > 0
    merged.counts.stored += np.bincount(curves.part, weights=present, minlength=len(merged.counts.stored)).astype(
        np.int64
    )


def _fold(cells: PointPatches, row: Int, known: Int, stored_rank: Int, merged: Merged) -> None:
    """Values that may meet others."""
    # Rows that are there keep their ranks though nothing comes for them.
    involved = np.union1d(row, known)
    place = np.full(len(merged.meter_index), -1, np.int64)
    place[involved] = np.arange(len(involved))
    rank = np.zeros((len(involved), merged.slots), np.int64)
    met = place[known] >= 0
    rank[place[known][met]] = stored_rank[met]
    fates = np.zeros((4, len(merged.counts.stored)), np.int64)
    revised, before = np.empty(len(cells), np.int64), np.empty(len(cells), np.float32)
    number = fold_cells(
        row,
        place[row],
        cells.slot,
        cells.values,
        cells.quality,
        cells.rank,
        cells.part,
        merged.values,
        merged.quality,
        rank,
        merged.changed,
        fates,
        revised,
        before,
    )
    counts = merged.counts
    counts.stored += fates[_STORED]
    counts.unchanged += fates[_UNCHANGED]
    counts.revised += fates[_REVISED]
    counts.superseded += fates[_SUPERSEDED]
    chosen = cells.take(revised[:number])
    merged.revisions = Revisions(
        chosen.order, chosen.part, chosen.meter_index, chosen.day, chosen.slot, before[:number], chosen.values
    )
    _keep_ranks(involved, rank, merged)


_STORED, _UNCHANGED, _REVISED, _SUPERSEDED = range(4)


@compiled
def fold_cells(
    row: Int,
    rank_row: Int,
    slot: Int,
    value: Values,
    quality: Qualities,
    rank: Int,
    part: Int,
    stored: Values,
    stored_quality: Qualities,
    stored_rank: Int,
    changed: NDArray[np.bool_],
    fates: Int,
    revised: Int,
    before: Values,
) -> int:
    """One value after the other, in the order of the log; returns how many revised.

    ``stored``, ``stored_quality``: (rows, slots); ``stored_rank`` by ``rank_row`` alike; ``fates``: (4, parts).
    """
    number = 0
    for cell in range(len(row)):
        r, s = row[cell], slot[cell]
        old_rank = stored_rank[rank_row[cell], s]
        if stored_quality[r, s] != 0:
            if rank[cell] < old_rank:
                fates[_SUPERSEDED, part[cell]] += 1
                continue
            if stored[r, s] == value[cell] and stored_quality[r, s] == quality[cell]:
                fates[_UNCHANGED, part[cell]] += 1
                if rank[cell] != old_rank:
                    stored_rank[rank_row[cell], s] = rank[cell]
                    changed[r] = True
                continue
            fates[_REVISED, part[cell]] += 1
            revised[number], before[number] = cell, stored[r, s]
            number += 1
        else:
            fates[_STORED, part[cell]] += 1
        stored[r, s], stored_quality[r, s] = value[cell], quality[cell]
        stored_rank[rank_row[cell], s] = rank[cell]
        changed[r] = True
    return number


def _keep_ranks(involved: Int, rank: Int, merged: Merged) -> None:
    is_set = merged.quality[involved] != 0
    top = np.where(is_set, rank, 0).max(axis=1)
    merged.top_rank[involved] = top
    merged.uneven = uneven_ranks(involved, rank, is_set, top)
