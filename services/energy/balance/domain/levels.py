"""Warning levels of a shortage (缺口预警等级) and the hysteresis that keeps them from flapping (S17).

Ⅳ 蓝色 up to 5 % of the forecast maximum load, Ⅲ 黄色 to 10 %, Ⅱ 橙色 from 10 % on, Ⅰ 红色 from 20 % on: the
edges are data. A level rises once the gap has reached it for some slots in a row, and falls once the gap has
stayed at or below a lower one for some. A slot that is not known says nothing: it neither counts nor ends a row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Int = NDArray[np.int64]

UNKNOWN: Final = -1
# Rules ask for no longer rows of slots, so these are counted no further.
_MOST: Final = 96


class Level(IntEnum):
    """The higher the graver; the Chinese numbers count the other way."""

    NONE = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4


@dataclass(frozen=True, slots=True)
class Edges:
    """Percent of the denominator: blue and yellow begin above theirs, orange and red at theirs."""

    blue_above: float = 0.0
    yellow_above: float = 5.0
    orange_from: float = 10.0
    red_from: float = 20.0

    @property
    def are_ordered(self) -> bool:
        return 0 <= self.blue_above < self.yellow_above < self.orange_from < self.red_from


def level_of(gap_percent: float | None, edges: Edges) -> Level | None:
    """The level of a single gap; None where it is not known."""
    if gap_percent is None or math.isnan(gap_percent):
        return None
    return Level(int(levels_of(np.array([gap_percent]), edges)[0]))


def levels_of(gap_percent: Floats, edges: Edges) -> Int:
    """The level of each gap, UNKNOWN where it is NaN."""
    known = np.isfinite(gap_percent)
    filled = np.where(known, gap_percent, 0.0)
    level = (filled > edges.blue_above).astype(np.int64) + (filled > edges.yellow_above)
    level += (filled >= edges.orange_from).astype(np.int64) + (filled >= edges.red_from)
    return np.where(known, level, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Held:
    """Where the levels of a node stand after a slot.

    ``at_least``: for blue to red, how many known slots in a row the gap has reached it; ``at_most``: for none to
    orange, how many it has stayed at or below.
    """

    level: int = 0
    at_least: tuple[int, int, int, int] = (0, 0, 0, 0)
    at_most: tuple[int, int, int, int] = (0, 0, 0, 0)


def hold_levels(raw: Int, before: Held, up_slots: int, down_slots: int) -> tuple[Int, Held]:
    """The level held in each slot, and where it stands after the last; ``raw`` by slot, UNKNOWN where unknown.

    A slot's level depends on the slots up to it alone: what comes later changes nothing.
    """
    level, at_least, at_most = before.level, list(before.at_least), list(before.at_most)
    held = np.zeros(len(raw), np.int64)
    if level == 0 and not (raw > 0).any():
        # Most nodes on most days.
        known = int((raw != UNKNOWN).sum())
        return held, Held(0, (0, 0, 0, 0) if known else before.at_least, _four([one + known for one in at_most]))
    for slot, now in enumerate(raw.tolist()):
        if now != UNKNOWN:
            for place in range(4):
                if now > place:
                    at_least[place] += 1
                    at_most[place] = 0
                else:
                    at_least[place] = 0
                    at_most[place] += 1
            if now > level:
                level = max(
                    [place + 1 for place in range(level, now) if at_least[place] >= up_slots], default=level
                )
            elif now < level:
                level = min([place for place in range(now, level) if at_most[place] >= down_slots], default=level)
        held[slot] = level
    return held, Held(level, _four(at_least), _four(at_most))


def _four(values: list[int]) -> tuple[int, int, int, int]:
    one, two, three, four = (min(_MOST, count) for count in values)
    return one, two, three, four
