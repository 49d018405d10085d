"""How ranks by slot rest in a row: by how far each slot lies below the row's rank.

A correction lifts one slot of a day and leaves the others where they were, so most rows that are uneven have one
gap in nearly all slots; such rows say that gap and the slots that differ from it, in a twentieth of the bytes.
Three shapes, told apart by their length: the number of a profile that rows share has 8 bytes, one gap a slot an
even number (4 or 8 a slot), and a common gap with exceptions an odd one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int

Bytes = NDArray[np.uint8]

# Instead of its ranks by slot a row may hold the number of a profile.
PROFILE_BYTES: Final = 8
_NARROW: Final = 1 << 32
_EXCEPTION: Final = np.dtype([("slot", "<u2"), ("gap", "<u8")])
_HEAD_BYTES: Final = 9


@dataclass(frozen=True, slots=True, eq=False)
class RankGaps:
    """Of rows whose slots differ in rank: which rows, rising, and their gaps: (rows, slots)."""

    rows: Int
    gaps: Int

    def __len__(self) -> int:
        return len(self.rows)


def no_gaps(slots: int) -> RankGaps:
    return RankGaps(np.zeros(0, np.int64), np.zeros((0, slots), np.int64))


class PackedGaps:
    """Gaps as they rest: ``width`` bytes a row."""

    def __init__(self, gaps: Int) -> None:
        slots = gaps.shape[1]
        self._gaps = gaps
        # Where a gap is common to half of the slots and more it is the middle one in order.
        self._common: Int = np.partition(gaps, slots // 2, axis=1)[:, slots // 2]
        differs = gaps != self._common[:, None]
        count: Int = np.count_nonzero(differs, axis=1)
        wide = slots * np.where(gaps.max(axis=1, initial=0) < _NARROW, 4, 8)
        brief = _HEAD_BYTES + _EXCEPTION.itemsize * count
        self.width: Int = np.minimum(wide, brief)
        row, slot = np.nonzero(differs)
        self._exceptions = np.zeros(len(row), _EXCEPTION)
        self._exceptions["slot"], self._exceptions["gap"] = slot, gaps[row, slot]
        self._starts: Int = np.cumsum(count) - count

    def of_width(self, rows: NDArray[np.intp], width: int) -> Bytes:
        """The bytes of rows of this width: (rows, width)."""
        if width % 2 == 0:
            kind = "<u4" if width == 4 * self._gaps.shape[1] else "<u8"
            dense = np.ascontiguousarray(self._gaps[rows].astype(kind))
            return dense.view(np.uint8).reshape(len(rows), width)
        packed = np.zeros(len(rows), _brief(width))
        packed["common"] = self._common[rows]
        exceptions = np.arange((width - _HEAD_BYTES) // _EXCEPTION.itemsize)
        packed["exceptions"] = self._exceptions[self._starts[rows, None] + exceptions]
        return packed.view(np.uint8).reshape(len(rows), width)

    def each(self) -> list[bytes]:
        """Row by row."""
        return [
            self.of_width(np.array([row]), width)[0].tobytes() for row, width in enumerate(self.width.tolist())
        ]


def read_ranks(top: Int, sent: Sequence[bytes | None], slots: int) -> Int:
    """Ranks per slot from the rows' own and their gaps, none of them a profile's number: (rows, slots)."""
    ranks = np.repeat(top[:, None], slots, axis=1)
    found = read_gaps(sent, slots)
    ranks[found.rows] -= found.gaps
    return ranks


def read_gaps(sent: Sequence[bytes | None], slots: int) -> RankGaps:
    """The gaps of those rows that have some."""
    width = np.fromiter((0 if one is None else len(one) for one in sent), np.int64, len(sent))
    rows = np.flatnonzero(width)
    if not len(rows):
        return no_gaps(slots)
    gaps = np.zeros((len(sent), slots), np.int64)
    for size in np.unique(width[rows]).tolist():
        own = np.flatnonzero(width == size)
        joined = b"".join([sent[row] or b"" for row in own.tolist()])
        if size % 2 == 0:
            gaps[own] = np.frombuffer(joined, f"<u{size // slots}").reshape(len(own), slots)
            continue
        packed = np.frombuffer(joined, _brief(size))
        exceptions = packed["exceptions"]
        gaps[own] = packed["common"][:, None]
        gaps[own[:, None], exceptions["slot"]] = exceptions["gap"]
    return RankGaps(rows, gaps[rows])


def _brief(width: int) -> np.dtype[Any]:
    count = (width - _HEAD_BYTES) // _EXCEPTION.itemsize
    return np.dtype([("odd", "u1"), ("common", "<u8"), ("exceptions", _EXCEPTION, (count,))])


def is_shared(sent: bytes | None) -> TypeGuard[bytes]:
    """Whether a row's ranks are those of a profile."""
    return sent is not None and len(sent) == PROFILE_BYTES


def profile_number(sent: bytes) -> int:
    return int.from_bytes(sent, "little")
