"""Units a feed may speak, as factors to kW."""

from __future__ import annotations

from typing import Final

_POWER: Final = {"W": 0.001, "kW": 1.0, "MW": 1000.0}
# Energy of one interval; the mean power over it is what a curve holds.
_ENERGY: Final = {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0}

UNITS: Final = (*_POWER, *_ENERGY)


def kw_factor(unit: str, interval_minutes: int) -> float:
    """What a value in ``unit`` is to be multiplied with. Raises KeyError for a unit not in ``UNITS``."""
    if unit in _ENERGY:
        return _ENERGY[unit] * 60 / interval_minutes
    return _POWER[unit]
