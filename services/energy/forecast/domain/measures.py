"""How far a forecast was off: MAPE, pinball loss and coverage, over the slots that are known.

MAPE leaves out slots whose load is next to nothing, where a percentage says nothing (Hyndman and Koehler 2006);
pinball is the mean over p10, p50 and p90 of the quantile loss, in kW and as a share of the mean load; coverage is
the share of loads between p10 and p90, which is 80 % of a calibrated forecast (Gneiting and Raftery 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from services.energy.forecast.domain.series import Floats

QUANTILES: Final = (0.1, 0.5, 0.9)
# Loads below this share of the mean load are no base for a percentage.
_NEXT_TO_NOTHING: Final = 0.05


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Over ``slots`` slots: MAPE and coverage in percent, mean absolute error and pinball in kW; None if unknown.

    ``pinball_percent``: pinball as a share of the mean load, so that parts of the grid can be compared.
    """

    slots: int
    mape: float | None
    mae_kw: float | None
    pinball_kw: float | None = None
    pinball_percent: float | None = None
    coverage: float | None = None


NOTHING: Final = Accuracy(0, None, None)


def accuracy_of(actual: Floats, p50: Floats, p10: Floats | None = None, p90: Floats | None = None) -> Accuracy:
    """Arrays of one shape, kW; NaN where there is nothing to compare."""
    both = np.isfinite(actual) & np.isfinite(p50)
    slots = int(both.sum())
    if not slots:
        return NOTHING
    load, error = actual[both], np.abs(actual[both] - p50[both])
    size = float(np.abs(load).mean())
    counts = np.abs(load) > _NEXT_TO_NOTHING * size
    mape = 100.0 * float((error[counts] / np.abs(load[counts])).mean()) if counts.any() else None
    mae = float(error.mean())
    if p10 is None or p90 is None:
        return Accuracy(slots, mape, mae)
    low, high = p10[both], p90[both]
    told = zip((low, p50[both], high), QUANTILES, strict=True)
    pinball = float(np.mean([pinball_loss(load, one, quantile) for one, quantile in told]))
    coverage = 100.0 * float(((load >= low) & (load <= high)).mean())
    return Accuracy(slots, mape, mae, pinball, 100.0 * pinball / size if size else None, coverage)


def pinball_loss(actual: Floats, forecast: Floats, quantile: float) -> float:
    """The mean quantile loss."""
    gap = actual - forecast
    return float(np.maximum(quantile * gap, (quantile - 1.0) * gap).mean())
