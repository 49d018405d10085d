"""A virtual meter's curves from its members': vectorised over days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int, Qualities, Values
from services.energy.metering.domain.quality import Quality
from services.energy.virtual.domain.formula import Formula, Member, Missing


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Days of one meter: (days, slots) values, NaN where missing, and qualities, 0 there."""

    values: Values
    quality: Qualities


def aligned(curves: Curves, slots: int) -> Curves:
    """The same days in another number of slots.

    Finer ones become their mean, missing when one of them is; coarser ones stand in each of their parts,
    estimated: the mean of an hour is not known of its quarters.
    """
    days, own = curves.values.shape
    if own == slots:
        return curves
    if own > slots:
        parts = curves.values.reshape(days, slots, own // slots).astype(np.float64)
        qualities = curves.quality.reshape(days, slots, own // slots)
        quality = np.where((qualities == 0).any(axis=2), 0, _worst(qualities))
        return Curves(parts.mean(axis=2).astype(np.float32), quality.astype(np.uint8))
    values = np.repeat(curves.values, slots // own, axis=1)
    repeated = np.repeat(curves.quality, slots // own, axis=1)
    quality = np.where((repeated == Quality.MEASURED) | (repeated == Quality.EDITED), Quality.ESTIMATED, repeated)
    return Curves(values, quality.astype(np.uint8))


def combine(formula: Formula, day: Int, members: Sequence[tuple[Member, Curves]], slots: int) -> Curves:
    """The virtual meter's curves of ``day``; ``members``: each with its curves of these days in ``slots``.

    A day on which no member holds is missing.
    """
    total = np.zeros((len(day), slots), np.float64)
    expected = np.zeros((len(day), 1), np.int64)
    present = np.zeros((len(day), slots), np.int64)
    worst = np.zeros((len(day), slots), np.uint8)
    for member, curves in members:
        holds = _holds(member, day)[:, None]
        is_there = holds & (curves.quality != Quality.MISSING)
        expected += holds
        present += is_there
        total += np.where(is_there, curves.values.astype(np.float64) * member.coefficient, 0.0)
        worst = np.where(is_there, np.maximum(worst, _weight(curves.quality)), worst)
    whole = (present == expected) & (expected > 0)
    some = (present > 0) & ~whole & (formula.missing is Missing.PARTIAL)
    quality = np.where(whole, _quality_of(worst), np.where(some, Quality.PARTIAL, Quality.MISSING))
    values = np.where(quality != Quality.MISSING, total, np.nan)
    return Curves(values.astype(np.float32), quality.astype(np.uint8))


def _holds(member: Member, day: Int) -> NDArray[np.bool_]:
    holds: NDArray[np.bool_] = day >= member.first_day
    if member.end_day is not None:
        holds &= day < member.end_day
    return holds


# From the best to the worst: a sum is no better than the worst of its parts.
_ORDER = (Quality.MISSING, Quality.MEASURED, Quality.EDITED, Quality.ESTIMATED, Quality.PARTIAL)
_WEIGHTS = np.array([_ORDER.index(quality) for quality in Quality], np.uint8)
_QUALITIES = np.array([int(quality) for quality in _ORDER], np.uint8)


def _weight(quality: Qualities) -> Qualities:
    weights: Qualities = _WEIGHTS[quality]
    return weights


def _quality_of(weight: Qualities) -> Qualities:
    qualities: Qualities = _QUALITIES[weight]
    return qualities


def _worst(quality: Qualities) -> Qualities:
    """The worst along the last axis."""
    return _quality_of(_weight(quality).max(axis=-1))
