"""The running day of meters that report single readings: snapshots of a block's meters instead of day rows.

Rewriting a meter's day row for every slot costs the database a thousand bytes a reading. So while a day runs,
the readings of a block of 1,000 meters at one time make one row (a *snapshot*), and when the day is over the
snapshots become day rows. The values of one meter and day are in one place only: in snapshots, or in a day row,
as the :class:`RunningDay` of the block says. A curve that is delivered for such a day takes the meter's values out
of the snapshots; whatever comes after the day was closed goes to the day rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

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
)

BLOCK_METERS: Final = 1000
# A snapshot row of 4,000 bytes against day rows of 500: worth it where so many of those are touched for one.
_DAY_ROWS_A_SNAPSHOT: Final = 16

_MAX_SLOTS: Final = 288

Mask = NDArray[np.bool_]
BlockDay = tuple[int, int]


@dataclass(slots=True, eq=False)
class RunningDay:
    """A block's day that has snapshots, or had them before it was closed.

    ``in_curves``: the meters, by their place in the block, whose values of the day are in a day row;
    ``revisions``: how often values of the others were corrected.
    """

    block: int
    day: int
    in_curves: Mask
    revisions: NDArray[np.int32]
    is_closed: bool
    written_at: datetime
    is_new: bool = False
    is_changed: bool = False

    @property
    def key(self) -> BlockDay:
        return self.block, self.day


@dataclass(frozen=True, slots=True, eq=False)
class Snapshots:
    """Rows of a block at one time each: (rows, BLOCK_METERS). ``time`` is day * slots + slot.

    ``rank`` is each value's own.
    """

    block: Int
    time: Int
    values: Values
    quality: Qualities
    rank: Int

    def __len__(self) -> int:
        return len(self.block)


@dataclass(slots=True, eq=False)
class Placed:
    """A batch taken apart: for day rows, and for snapshots. ``moving``: meters and days that leave these."""

    for_curves: Incoming
    for_snapshots: PointPatches
    moving: tuple[Int, Int]
    days: dict[BlockDay, RunningDay] = field(default_factory=dict)


def block_days(incoming: Incoming) -> tuple[Int, Int]:
    """Blocks and days that a batch touches, sorted."""
    curves, points = incoming.curves, incoming.points
    return split_keys(
        np.unique(
            np.concatenate(
                (
                    day_keys(curves.meter_index // BLOCK_METERS, curves.day),
                    day_keys(points.meter_index // BLOCK_METERS, points.day),
                )
            )
        )
    )


def worth_opening(points: PointPatches, known: Mapping[BlockDay, RunningDay]) -> list[BlockDay]:
    """The blocks and days, other than the ``known``, for which snapshots are cheaper than their day rows."""
    key = day_keys(points.meter_index // BLOCK_METERS, points.day)
    new = ~np.isin(key, _keys_of(list(known)))
    if np.count_nonzero(new) < _DAY_ROWS_A_SNAPSHOT:
        return []
    keys, of_key = np.unique(key[new], return_inverse=True)
    # Distinct meters and distinct slots of each block and day.
    day_rows = np.bincount(
        np.unique(of_key * BLOCK_METERS + points.meter_index[new] % BLOCK_METERS) // BLOCK_METERS
    )
    snapshots = np.bincount(np.unique(of_key * _MAX_SLOTS + points.slot[new]) // _MAX_SLOTS)
    block, day = split_keys(keys[day_rows >= snapshots * _DAY_ROWS_A_SNAPSHOT])
    return list(zip(block.tolist(), day.tolist(), strict=True))


def place(incoming: Incoming, days: dict[BlockDay, RunningDay]) -> Placed:
    """Take a batch apart by where the values of each meter and day are; ``days`` learn of what moves."""
    curves, points = incoming.curves, incoming.points
    none = np.zeros(0, np.int64)
    running = [days[key] for key in sorted(days) if not days[key].is_closed]
    if not running:
        return Placed(incoming, points.take(slice(0, 0)), (none, none), days)
    keys = _keys_of([item.key for item in running])
    moving = _take_out(curves, running, keys)
    at, is_running = _locate(keys, points.meter_index, points.day)
    in_curves = np.stack([item.in_curves for item in running])
    to_snapshots = is_running & ~in_curves[at, points.meter_index % BLOCK_METERS]
    if not to_snapshots.any():
        return Placed(incoming, points.take(slice(0, 0)), moving, days)
    if to_snapshots.all():
        for_snapshots, rest = points, points.take(slice(0, 0))
    else:
        for_snapshots, rest = points.take(to_snapshots), points.take(~to_snapshots)
    for_curves = Incoming(incoming.quantity, incoming.slots, incoming.parts, curves, rest)
    return Placed(for_curves, for_snapshots, moving, days)


def _take_out(curves: CurvePatches, running: list[RunningDay], keys: Int) -> tuple[Int, Int]:
    """The meters and days that a curve came for while they are in snapshots; from now on they are in day rows."""
    at, is_running = _locate(keys, curves.meter_index, curves.day)
    rows = np.flatnonzero(is_running)
    place_of = np.unique(at[rows] * BLOCK_METERS + curves.meter_index[rows] % BLOCK_METERS)
    meters: list[int] = []
    of_day: list[int] = []
    for number in np.unique(place_of // BLOCK_METERS).tolist():
        item = running[number]
        own = place_of[place_of // BLOCK_METERS == number] % BLOCK_METERS
        own = own[~item.in_curves[own]]
        if len(own):
            item.in_curves[own] = True
            item.is_changed = True
            meters += (own + item.block * BLOCK_METERS).tolist()
            of_day += [item.day] * len(own)
    return np.array(meters, np.int64), np.array(of_day, np.int64)


def _locate(keys: Int, meter_index: Int, day: Int) -> tuple[Int, Mask]:
    """For each row the place of its block and day among the sorted keys, and whether it is there."""
    own = day_keys(meter_index // BLOCK_METERS, day)
    at = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
    return at, keys[at] == own


def _keys_of(days: list[BlockDay]) -> Int:
    pairs = np.array(days, np.int64).reshape(-1, 2)
    return day_keys(pairs[:, 0], pairs[:, 1])


def across(points: PointPatches, incoming: Incoming) -> Incoming:
    """The same readings as patches of snapshots: a block's time is the row, the meter's place in it the slot."""
    none = np.zeros(0, np.int64)
    nothing = np.zeros((0, BLOCK_METERS))
    return Incoming(
        quantity=incoming.quantity,
        slots=BLOCK_METERS,
        parts=incoming.parts,
        curves=CurvePatches(none, none, nothing.astype(np.float32), nothing.astype(np.uint8), none, none, none),
        points=PointPatches(
            meter_index=points.meter_index // BLOCK_METERS,
            day=points.day * incoming.slots + points.slot,
            slot=points.meter_index % BLOCK_METERS,
            values=points.values,
            quality=points.quality,
            rank=points.rank,
            part=points.part,
            order=points.order,
        ),
    )
