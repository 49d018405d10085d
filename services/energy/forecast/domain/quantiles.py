"""From held-out errors to quantiles: split conformal prediction by slot, then calibrated on days held out again.

The errors of the days held out, of the same lead and origin, pooled with those of neighbouring slots, are
themselves the distribution of the next error (Vovk et al. 2005; Lei et al. 2018). As they change with the
season, the band of each held-out day is made from the days before it alone, and the last bands are widened or
narrowed by what share of their days they really held (conformalised quantiles, Romano et al. 2019).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from services.energy.forecast.domain.measures import QUANTILES
from services.energy.forecast.domain.series import SLOTS, Floats, Mask

# Slots on each side whose errors count as well.
_NEIGHBOURS: Final = 3
# Held-out days that the first band of all needs.
FIRST_DAYS: Final = 7
# Errors of a class of days are taken by themselves from so many days on.
_OWN_DAYS: Final = 10
_NARROWEST, _WIDEST = 0.5, 3.0
_LOW: Final = QUANTILES[0]
_HIGH: Final = QUANTILES[2]


def band(errors: Floats, is_rest: Mask, wants_rest: bool, widened: float = 1.0) -> tuple[Floats, Floats]:
    """What to add to p50 for p10 and p90, (96,) each; ``errors`` (m, 96): load less forecast, or NaN."""
    own = is_rest == wants_rest
    chosen = errors[own] if np.isfinite(errors[own]).any(axis=1).sum() >= _OWN_DAYS else errors
    padded = np.pad(chosen, ((0, 0), (_NEIGHBOURS, _NEIGHBOURS)), constant_values=np.nan)
    pooled = np.concatenate([padded[:, shift : shift + SLOTS] for shift in range(2 * _NEIGHBOURS + 1)])
    low, high = _quantile(pooled, _LOW), _quantile(pooled, _HIGH)
    return np.minimum(low, 0.0) * widened, np.maximum(high, 0.0) * widened


def nested(errors: Floats, is_rest: Mask) -> tuple[Floats, Floats]:
    """(m, 96) each: the band of every held-out day from the days before it; NaN for the first days."""
    low, high = np.full(errors.shape, np.nan), np.full(errors.shape, np.nan)
    for day in range(FIRST_DAYS, len(errors)):
        low[day], high[day] = band(errors[:day], is_rest[:day], bool(is_rest[day]))
    return low, high


def calibration(errors: Floats, low: Floats, high: Floats) -> float:
    """By what factor the bands of the held-out days had held the share of errors that they promise."""
    known = np.isfinite(errors) & np.isfinite(low) & np.isfinite(high)
    if not known.any():
        return 1.0
    width = np.where(errors >= 0, high, -low)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(errors) / width
    ratio = ratio[known & (width > 0)]
    if not len(ratio):
        return 1.0
    return float(np.clip(np.quantile(ratio, _HIGH - _LOW), _NARROWEST, _WIDEST))


def _quantile(errors: Floats, share: float) -> Floats:
    """(96,) by slot over the rows that are known, with the conformal correction of the rank; 0 where none is."""
    ordered = np.sort(errors, axis=0)
    count = np.isfinite(errors).sum(axis=0)
    rank = (count + 1) * share
    # Of few errors the outer one is taken, on either side.
    place = np.ceil(rank) - 1 if share > 0.5 else np.floor(rank) - 1
    kept = np.clip(place, 0, np.maximum(count - 1, 0)).astype(np.int64)
    found = ordered[kept, np.arange(errors.shape[1])]
    return np.where(count > 0, found, 0.0)
