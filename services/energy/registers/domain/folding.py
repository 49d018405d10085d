"""States that came into states that are stored: the rules of a curve's slot, for the minutes of a register."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int, Qualities, turns
from services.energy.registers.domain.differencing import Floats


@dataclass(frozen=True, slots=True, eq=False)
class StateColumns:
    """States of registers; ``value`` NaN and ``quality`` 0 where a minute has none yet."""

    meter_index: Int
    minute: Int
    value: Floats
    quality: Qualities
    rank: Int

    def __len__(self) -> int:
        return len(self.value)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> StateColumns:
        return StateColumns(
            self.meter_index[rows], self.minute[rows], self.value[rows], self.quality[rows], self.rank[rows]
        )

    def keys(self) -> Int:
        return state_keys(self.meter_index, self.minute)


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """States of the distinct minutes that something came for.

    ``counts``: stored, unchanged, revised, superseded. ``is_written``: rows to write; ``is_changed``: rows whose
    state is another one now. ``replaced``: (row, before, after) of each correction, in order.
    """

    states: StateColumns
    counts: tuple[int, int, int, int]
    is_written: NDArray[np.bool_]
    is_changed: NDArray[np.bool_]
    replaced: list[tuple[int, float, float]]


def state_keys(meter_index: Int, minute: Int) -> Int:
    """One sortable number for (meter, minute)."""
    return meter_index * (1 << 32) + minute


def fold(came: StateColumns, stored: StateColumns) -> Folded:
    """``came`` in the order of the log; ``stored`` holds what exists among its minutes.

    An empty minute is *stored*; a state of higher rank stays (*superseded*); an equal one is *unchanged* and only
    lifts the rank; another one *revises*.
    """
    keys = np.unique(came.keys())
    meter_index, minute = keys >> 32, keys & 0xFFFFFFFF
    value, quality = np.full(len(keys), np.nan), np.zeros(len(keys), np.uint8)
    rank = np.zeros(len(keys), np.int64)
    known = np.searchsorted(keys, stored.keys())
    value[known], quality[known], rank[known] = stored.value, stored.quality, stored.rank
    was_value, was_quality, was_rank = value.copy(), quality.copy(), rank.copy()
    row = np.searchsorted(keys, came.keys())
    turn = turns(row)
    counts = np.zeros(4, np.int64)
    replaced: list[tuple[int, float, float]] = []
    for number in range(int(turn.max(initial=-1)) + 1):
        chosen = np.flatnonzero(turn == number)
        at, new = row[chosen], came.take(chosen)
        is_set = quality[at] != 0
        superseded = is_set & (new.rank < rank[at])
        same = is_set & ~superseded & (value[at] == new.value) & (quality[at] == new.quality)
        revises = is_set & ~superseded & ~same
        counts += [int(mask.sum()) for mask in (~is_set, same, revises, superseded)]
        replaced += [
            (int(at[place]), float(value[at[place]]), float(new.value[place])) for place in np.flatnonzero(revises)
        ]
        wins = ~superseded
        value[at[wins]], quality[at[wins]], rank[at[wins]] = new.value[wins], new.quality[wins], new.rank[wins]
    is_changed = (was_quality != quality) | (was_value != value)
    return Folded(
        states=StateColumns(meter_index, minute, value, quality, rank),
        counts=(int(counts[0]), int(counts[1]), int(counts[2]), int(counts[3])),
        is_written=is_changed | (was_rank != rank),
        is_changed=is_changed,
        replaced=replaced,
    )
