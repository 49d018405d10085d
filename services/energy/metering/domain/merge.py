"""Merging readings into day curves: what a fold over single values would give, for whole batches at once.

One value into one slot: an empty slot is *stored*; a slot of higher rank keeps its value (*superseded*); an equal
value is *unchanged* and only lifts the rank; another value *revises*. Equal means equal as float32. Values meet
their slot in the order of the log. The result equals the fold to the last bit (a property test holds that).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import (
    CurvePatches,
    Incoming,
    Int,
    PointPatches,
    Qualities,
    Values,
    day_keys,
    split_keys,
    turns,
)


@dataclass(frozen=True, slots=True, eq=False)
class StoredRows:
    """Existing day rows; ``rank`` is per slot: (rows, slots)."""

    meter_index: Int
    day: Int
    values: Values
    quality: Qualities
    rank: Int


@dataclass(frozen=True, slots=True)
class Revision:
    """One stored value replaced by another, in kW; ``order`` and ``part`` tell which message did it."""

    order: int
    part: int
    meter_index: int
    day: int
    slot: int
    before: float
    after: float


@dataclass(slots=True, eq=False)
class Counts:
    """Values by their fate, one entry a part."""

    stored: Int
    unchanged: Int
    revised: Int
    superseded: Int


@dataclass(slots=True, eq=False)
class Merged:
    """Day rows after the merge: ``is_new`` were not there before, ``changed`` need writing.

    ``top_rank`` is the rank of every slot, except in rows that stand in ``slot_ranks`` with one for each slot.
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
    slot_ranks: dict[int, Int] = field(default_factory=dict)
    revisions: list[Revision] = field(default_factory=list)


def merge(incoming: Incoming, stored: StoredRows) -> Merged:
    """Fold what came into what is there; ``stored`` holds the rows among ``distinct_days`` that exist."""
    curves, points = incoming.curves, incoming.points
    curve_keys = day_keys(curves.meter_index, curves.day)
    point_keys = day_keys(points.meter_index, points.day)
    keys = np.unique(np.concatenate((curve_keys, point_keys)))
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
    """Values that may meet others, round by round: in one round no slot is met twice."""
    involved = np.unique(row)
    place = np.full(len(merged.meter_index), -1, np.int64)
    place[involved] = np.arange(len(involved))
    rank = np.zeros((len(involved), merged.slots), np.int64)
    met = place[known] >= 0
    rank[place[known][met]] = stored_rank[met]

    turn = turns(row * merged.slots + cells.slot)
    for number in range(int(turn.max(initial=-1)) + 1):
        chosen = np.flatnonzero(turn == number)
        _meet(cells.take(chosen), row[chosen], place[row[chosen]], rank, merged)
    _keep_ranks(involved, rank, merged)
    merged.revisions.sort(key=lambda revision: (revision.order, revision.slot))


def _meet(cells: PointPatches, row: Int, own: Int, rank: Int, merged: Merged) -> None:
    slot = cells.slot
    old, old_quality, old_rank = merged.values[row, slot], merged.quality[row, slot], rank[own, slot]
    is_set = old_quality != 0
    superseded = is_set & (cells.rank < old_rank)
    wins = ~superseded
    same = wins & is_set & (old == cells.values) & (old_quality == cells.quality)
    fills, revises = ~is_set, wins & is_set & ~same
    counts = merged.counts
    _count(counts.stored, cells.part[fills])
    _count(counts.unchanged, cells.part[same])
    _count(counts.revised, cells.part[revises])
    _count(counts.superseded, cells.part[superseded])
    merged.changed[row[wins & (~same | (cells.rank != old_rank))]] = True
    merged.values[row[wins], slot[wins]] = cells.values[wins]
    merged.quality[row[wins], slot[wins]] = cells.quality[wins]
    rank[own[wins], slot[wins]] = cells.rank[wins]
    for at in np.flatnonzero(revises).tolist():
        merged.revisions.append(
            Revision(
                order=int(cells.order[at]),
                part=int(cells.part[at]),
                meter_index=int(cells.meter_index[at]),
                day=int(cells.day[at]),
                slot=int(slot[at]),
                before=float(old[at]),
                after=float(cells.values[at]),
            )
        )


def _count(total: Int, part: Int) -> None:
    total += np.bincount(part, minlength=len(total))


def _keep_ranks(involved: Int, rank: Int, merged: Merged) -> None:
    is_set = merged.quality[involved] != 0
    top = np.where(is_set, rank, 0).max(axis=1)
    merged.top_rank[involved] = top
    for at in np.flatnonzero((is_set & (rank != top[:, None])).any(axis=1)).tolist():
        merged.slot_ranks[int(involved[at])] = np.where(is_set[at], rank[at], top[at])
