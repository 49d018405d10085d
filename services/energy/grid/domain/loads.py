"""The load of a node (负荷): summed from what hangs on it, nothing missing taken for zero.

A node's load is what flows through it: import minus export of its meters and of the nodes below. Where some of
them say nothing in a slot, the sum is scaled by what they usually carry; where too little is known, there is none.
A share that nobody measures is scaled for; the node's own meter, if it has one, wins over any sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Int = NDArray[np.int64]

SLOTS: Final = 96
_EXACT: Final = 1 - 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class LoadColumns:
    """Loads of one node; a row a day (since 1970), a column a quarter of an hour.

    ``load_kw``: NaN where it is not known. ``completeness``: share of the meters expected that are there.
    ``scaled``: the load is more than the sum of what was measured. ``expected``: meters expected on the day.
    """

    day: Int
    load_kw: Floats
    completeness: Floats
    scaled: Flags
    expected: Int

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True, slots=True, eq=False)
class DayMeters:
    """The meters of a day: ``values`` (meters, 96) kW, signed, NaN where missing; the place of each one's node.

    ``capacity_kw``: NaN where unknown. ``is_gateway``: it is the node's own meter.
    """

    values: Floats
    node: Int
    capacity_kw: Floats
    is_gateway: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The nodes of a day by place; ``order``: each after all below it.

    ``unmetered``: share of a node's load that nothing below it shows. ``least``: how complete a sum must be.
    """

    order: Sequence[int]
    children: Sequence[Sequence[int]]
    capacity_kw: Floats
    unmetered: Floats
    least: Floats

    def __len__(self) -> int:
        return len(self.children)


@dataclass(frozen=True, slots=True, eq=False)
class DayLoads:
    """Loads of all nodes on a day, (nodes, 96); ``expected`` and ``there`` count meters."""

    load_kw: Floats
    there: Floats
    scaled: Flags
    expected: Int

    @property
    def completeness(self) -> Floats:
        wanted = np.maximum(self.expected, 1)[:, None]
        found: Floats = np.where(self.expected[:, None] > 0, self.there / wanted, 0.0)
        return found


def quarter_hours(values: Floats) -> Floats:
    """Curves of 24, 48, 96 or 288 values as 96; a mean of fewer values than belong to it is none."""
    slots = values.shape[1]
    if slots > SLOTS:
        means: Floats = values.reshape(len(values), SLOTS, slots // SLOTS).mean(axis=2)
        return means
    return np.repeat(values, SLOTS // slots, axis=1)


def day_loads(shape: Shape, meters: DayMeters) -> DayLoads:
    """The loads of all nodes on one day."""
    loads = ~meters.is_gateway
    direct = _direct(shape, meters.values[loads], meters.node[loads], meters.capacity_kw[loads])
    found = DayLoads(
        np.full((len(shape), SLOTS), np.nan),
        np.zeros((len(shape), SLOTS)),
        np.zeros((len(shape), SLOTS), np.bool_),
        np.zeros(len(shape), np.int64),
    )
    gates: dict[int, list[int]] = {}
    for row in np.flatnonzero(meters.is_gateway).tolist():
        gates.setdefault(int(meters.node[row]), []).append(row)
    for node in shape.order:
        _add_up(shape, node, direct, found)
        if node in gates:
            _gauge(node, meters.values[gates[node]], found)
    return found


def _direct(shape: Shape, values: Floats, node: Int, capacity_kw: Floats) -> DayLoads:
    """The meters that hang on each node itself."""
    count = len(shape)
    there = np.isfinite(values)
    filled = np.where(there, values, 0.0)
    weight = _weights(np.abs(filled).sum(axis=1), there.sum(axis=1), capacity_kw, node, count)
    expected = np.bincount(node, minlength=count)
    present = _by_node(node, there.astype(np.float64), count)
    share = present / np.maximum(expected, 1)[:, None]
    whole = np.bincount(node, weights=weight, minlength=count)[:, None]
    known = np.where(
        whole > 0, _by_node(node, weight[:, None] * there, count) / np.where(whole > 0, whole, 1), share
    )
    enough = (known >= shape.least[:, None] * _EXACT) & (known > 0)
    load = np.where(enough, _by_node(node, filled, count) / np.where(enough, known, 1.0), np.nan)
    return DayLoads(load, present, enough & (share < _EXACT), expected)


def _weights(total: Floats, slots: Int, capacity_kw: Floats, group: Int, groups: int) -> Floats:
    """What each usually carries: the mean of what it showed that day, else what its capacity lets expect."""
    mean = np.where(slots > 0, total / np.maximum(slots, 1), np.nan)
    known = np.isfinite(mean)
    both = known & np.isfinite(capacity_kw)
    rated = np.bincount(group[both], weights=capacity_kw[both], minlength=groups)
    carried = np.bincount(group[both], weights=mean[both], minlength=groups)
    seen = np.bincount(group[known], minlength=groups)
    usual = np.bincount(group[known], weights=mean[known], minlength=groups) / np.maximum(seen, 1)
    factor = np.where(rated > 0, carried / np.where(rated > 0, rated, 1.0), np.nan)
    guess = capacity_kw * factor[group]
    guess = np.where(np.isfinite(guess), guess, usual[group])
    # Where nothing of a node is known all its meters weigh the same; nothing is told of it anyway.
    guess = np.where(seen[group] > 0, guess, 1.0)
    return np.where(known, mean, guess)


def _by_node(node: Int, values: Floats, count: int) -> Floats:
    """Sums of rows by node, (nodes, columns)."""
    summed = np.zeros((count, values.shape[1]))
    if len(node):
        order = np.argsort(node, kind="stable")
        own = node[order]
        starts = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])
        summed[own[starts]] = np.add.reduceat(values[order], starts, axis=0)
    return summed


def _add_up(shape: Shape, node: int, direct: DayLoads, found: DayLoads) -> None:
    """What a node's own meters and the nodes below it give; those must be there already."""
    below = list(shape.children[node])
    share = float(shape.unmetered[node])
    if share > 0:
        # What is below without a meter is part of the share.
        below = [child for child in below if found.expected[child] > 0]
    has_own = bool(direct.expected[node] > 0)
    if not has_own and not any(found.expected[child] > 0 for child in below):
        return
    expected = np.maximum(found.expected[below], 1) if below else np.zeros(0, np.int64)
    found.expected[node] = direct.expected[node] + expected.sum()
    found.there[node] = direct.there[node] + found.there[below].sum(axis=0)
    loads = np.concatenate([direct.load_kw[node : node + 1][: int(has_own)], found.load_kw[below]])
    scaled = direct.scaled[node] | found.scaled[below].any(axis=0)
    if len(loads) == 1:
        load = loads[0]
    else:
        load, is_scaled = _joined(loads, np.r_[[np.nan] * has_own, shape.capacity_kw[below]], shape.least[node])
        scaled = scaled | is_scaled
    if share > 0:
        load = load / (1 - share)
        scaled = np.ones(SLOTS, np.bool_)
    found.load_kw[node] = load
    found.scaled[node] = scaled & np.isfinite(load)


def _joined(loads: Floats, capacity_kw: Floats, least: float) -> tuple[Floats, Flags]:
    """The sum of what is below a node, scaled for what is not known in a slot."""
    there = np.isfinite(loads)
    filled = np.where(there, loads, 0.0)
    group = np.zeros(len(loads), np.int64)
    weight = _weights(np.abs(filled).sum(axis=1), there.sum(axis=1), capacity_kw, group, 1)
    whole = weight.sum()
    known = (weight @ there) / whole if whole > 0 else there.mean(axis=0)
    enough = (known >= least * _EXACT) & (known > 0)
    total = np.where(enough, filled.sum(axis=0) / np.where(enough, known, 1.0), np.nan)
    return total, enough & ~there.all(axis=0)


def _gauge(node: int, values: Floats, found: DayLoads) -> None:
    """The node's own meters win; where they say nothing, the sum is scaled as they would have it that day."""
    gate = values.sum(axis=0)
    body = found.load_kw[node]
    is_there = np.isfinite(gate)
    both = is_there & np.isfinite(body)
    whole = float(body[both].sum())
    ratio = float(gate[both].sum()) / whole if whole > 0 else 1.0
    complete = found.there[node] / max(1, int(found.expected[node]))
    found.scaled[node] = np.where(is_there, False, found.scaled[node] | (both.any() & np.isfinite(body)))
    found.load_kw[node] = np.where(is_there, gate, body * (ratio if ratio > 0 else 1.0))
    found.expected[node] = len(values)
    found.there[node] = np.where(is_there, len(values), len(values) * complete)
