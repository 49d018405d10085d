"""Supply quotas (供电指标): what a region, a part of the grid or a user may draw, by slot of a day (S17, S21)."""

from __future__ import annotations

from enum import StrEnum
from math import lcm
from typing import Final

import numpy as np
from numpy.typing import NDArray

# MW, NaN where nothing is said; one for each slot of the day, of standard time.
Quotas = NDArray[np.float64]

INTERVALS: Final = (5, 15, 30, 60)


class Scope(StrEnum):
    """Whose quota it is; by a region's code, a name in the region's grid, a credit code, a meter's number."""

    REGION = "region"
    SUBSTATION = "substation"
    TRANSFORMER = "transformer"
    FEEDER = "feeder"
    ENTERPRISE = "enterprise"
    METER = "meter"


def overlaid(before: Quotas, after: Quotas) -> Quotas:
    """What holds once ``after`` was handed out: its slots, and those of ``before`` it says nothing of."""
    slots = lcm(len(before), len(after))
    one, other = (np.repeat(values, slots // len(values)) for values in (before, after))
    return np.where(np.isnan(other), one, other)


def is_same(one: Quotas, other: Quotas) -> bool:
    """Whether both say the same, at whatever interval."""
    slots = lcm(len(one), len(other))
    return np.array_equal(np.repeat(one, slots // len(one)), np.repeat(other, slots // len(other)), equal_nan=True)
