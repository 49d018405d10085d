"""Which meter hangs where: by what somebody said, else by the codes of the meter's register."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.grid.domain.loads import Flags, Floats, Int

NEVER: Final = 1 << 30


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """A row a meter, node and time, in columns.

    ``node``: its place among the nodes asked for, -1 for another. Days since 1970 from ``first`` until before
    ``end``, the meter's own life counted in. ``sign`` 1 or -1: import or export.
    """

    meter_index: Int
    quantity: Int
    sign: Floats
    slots: Int
    capacity_kw: Floats
    node: Int
    is_explicit: Flags
    is_gateway: Flags
    first: Int
    end: Int

    def __len__(self) -> int:
        return len(self.node)

    def take(self, rows: NDArray[np.int64] | Flags) -> Places:
        return Places(*(getattr(self, item.name)[rows] for item in fields(self)))

    def on(self, day: int) -> Places:
        """Those that count on the day: what was said of a meter wins over its register."""
        found = self.take((self.first <= day) & (day < self.end))
        said = found.meter_index[found.is_explicit & ~found.is_gateway]
        # A meter that is a node's own is not one of its loads, unless somebody says so.
        own = found.meter_index[found.is_gateway]
        hidden = ~found.is_explicit & np.isin(found.meter_index, np.concatenate([said, own]))
        return found.take(~hidden & (found.node >= 0))

    def stretches(self, first: int, last: int, edges: Iterable[int] = ()) -> list[tuple[int, int]]:
        """Spans of days, both ends included, within which nothing changes; ``edges`` are further beginnings."""
        cuts = np.unique(np.concatenate([self.first, self.end, np.fromiter(edges, np.int64), [first, last + 1]]))
        cuts = cuts[(cuts >= first) & (cuts <= last + 1)]
        return [(start, end - 1) for start, end in pairwise(cuts.tolist())]
