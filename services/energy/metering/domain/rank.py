"""Precedence of a value in its slot: the source's priority, then its creation stamp, then the place in the log.

The first two make one number that is carried in the block and stored with the curve; the third is the order in
which the worker meets the values, so among equal ranks the later one stands. An old body sent again has its old
stamp and never undoes a correction.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

DEFAULT_PRIORITY: Final = 50
MAX_PRIORITY: Final = 255

# Above every source: what a person entered with a reason stands until a person changes it.
EDIT_PRIORITY: Final = 256
# Below every source: whatever is measured takes an estimate's place.
ESTIMATE_RANK: Final = 0
# What is computed from other meters: above estimates, below what a person entered.
COMPUTED_RANK: Final = 1

_STAMP_BITS: Final = 48
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def rank_of(priority: int, created_at: datetime) -> int:
    """The rank of a body; fits a signed 64-bit column. Raises ValueError out of range."""
    stamp = (created_at - _EPOCH) // _MILLISECOND
    if not 0 <= priority <= MAX_PRIORITY or not 0 <= stamp < 1 << _STAMP_BITS:
        raise ValueError(f"no rank for priority {priority} at {created_at.isoformat()}")
    return priority << _STAMP_BITS | stamp


def edit_rank(edited_at: datetime) -> int:
    """The rank of values a person entered; a later edit stands above an earlier one."""
    return EDIT_PRIORITY << _STAMP_BITS | (edited_at - _EPOCH) // _MILLISECOND


def minute_of(rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole minutes UTC since 1970 of the creation stamps in ranks."""
    minutes: NDArray[np.int64] = (rank & ((1 << _STAMP_BITS) - 1)) // 60_000
    return minutes
