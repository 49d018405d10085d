"""Units a feed may speak, as factors to the unit of a meter's curve or register."""

from __future__ import annotations

import math
from typing import Final

from services.energy.metering.domain.meter import Kind, Meter

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


def unit_factor(unit: str, meter: Meter) -> float:
    """What a value in ``unit`` is to be multiplied with for this meter, its own multiplier apart.

    To kW (kvar, kVA) for intervals, to kWh (kvarh, kVAh) or pulses for cumulative registers. NaN when the unit is
    not one of what the meter measures, and for a virtual meter, which measures nothing.
    """
    if meter.kind is Kind.VIRTUAL:
        return math.nan
    if meter.kind is Kind.COUNTER:
        return 1.0 if unit in {OWN, PULSES} else math.nan
    if meter.kind is Kind.PULSE:
        if unit not in {OWN, PULSES} or meter.pulses_per_kwh is None:
            return math.nan
        return 60 / (meter.interval_minutes * meter.pulses_per_kwh)
    if unit == OWN:
        return 1.0
    own = meter.quantity.unit
    if meter.kind is Kind.REGISTER:
        return _ENERGIES[own].get(unit, math.nan)
    if unit in _ENERGIES[own]:
        return _ENERGIES[own][unit] * 60 / meter.interval_minutes
    return _POWERS[own].get(unit, math.nan)
