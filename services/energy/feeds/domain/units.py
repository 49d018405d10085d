"""Units a feed may speak, as factors to the unit of a meter's curve or register."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.meter import SORTS, Kind, Sort

_ACTIVE: Final = {"W": 0.001, "kW": 1.0, "MW": 1000.0}
_REACTIVE: Final = {"var": 0.001, "kvar": 1.0, "Mvar": 1000.0}
_APPARENT: Final = {"VA": 0.001, "kVA": 1.0, "MVA": 1000.0}
_POWERS: Final = {"kW": _ACTIVE, "kvar": _REACTIVE, "kVA": _APPARENT}
# Energy of one interval; the mean power over it is what a curve holds.
_ENERGIES: Final = {
    unit: {f"{name}h": factor for name, factor in powers.items()} for unit, powers in _POWERS.items()
}
# The meter's own: kW, kvar or kVA of an interval, kWh, kvarh or kVAh of a register, pulses where it counts them.
OWN: Final = "own"
PULSES: Final = "imp"

UNITS: Final = (
    OWN,
    *(name for powers in _POWERS.values() for name in powers),
    *(name for energies in _ENERGIES.values() for name in energies),
    PULSES,
)


def unit_factor(unit: str, sort: Sort) -> float:
    """What a value in ``unit`` is to be multiplied with for a meter of this sort, its own multiplier apart.

    To kW (kvar, kVA) for intervals, to kWh (kvarh, kVAh) or pulses for cumulative registers; where pulses of
    intervals are counted, to be divided by the meter's pulses a kWh. NaN when the unit is not one of what the
    meter measures, and for a virtual meter, which measures nothing.
    """
    if sort.kind is Kind.VIRTUAL:
        return math.nan
    if sort.kind is Kind.COUNTER:
        return 1.0 if unit in {OWN, PULSES} else math.nan
    if sort.kind is Kind.PULSE:
        return 60 / sort.interval_minutes if unit in {OWN, PULSES} else math.nan
    if unit == OWN:
        return 1.0
    own = sort.quantity.unit
    if sort.kind is Kind.REGISTER:
        return _ENERGIES[own].get(unit, math.nan)
    if unit in _ENERGIES[own]:
        return _ENERGIES[own][unit] * 60 / sort.interval_minutes
    return _POWERS[own].get(unit, math.nan)


@lru_cache(maxsize=64)
def factors_of_sorts(unit: str) -> NDArray[np.float64]:
    """:func:`unit_factor` for every sort by its number."""
    return np.array([unit_factor(unit, sort) for sort in SORTS])
