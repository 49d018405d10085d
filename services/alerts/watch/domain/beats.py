"""What two looks of one watcher tell of the stack's clock and of the watcher itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Beat:
    """One look: the stack's time and its rate, and real time."""

    stack_at: datetime
    rate: float
    real_at: datetime


def step_between(earlier: Beat, later: Beat) -> float:
    """By how many seconds of its own the stack's clock stepped between two looks: negative is backwards.

    What it went on by itself, at its rate, is no step; where the rate changed in between, both are possible.
    """
    went = (later.stack_at - earlier.stack_at).total_seconds()
    real = (later.real_at - earlier.real_at).total_seconds()
    least, most = sorted((real * earlier.rate, real * later.rate))
    if went < least:
        return went - least
    return max(0.0, went - most)
