"""What a day differs from the usual one by: ridge regression on what is known at the origin.

For every slot of the day the difference between load and usual load is regressed on the differences seen last:
at the same slot, over the last hours, the last day and week, on the last day of the same class, and on how much
warmer or colder than on the similar days it is. It is the linear autoregression with exogenous inputs that
day-ahead studies use as their benchmark (Lago et al. 2021, doi:10.1016/j.apenergy.2021.116983), with ridge
(Hoerl and Kennard 1970) in the place of lasso: one Cholesky factor a slot, no iterations. Neighbouring slots
share their data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.energy.forecast.domain.days import DayTable
from services.energy.forecast.domain.series import SLOTS, Floats, Mask, Weather, mean_known
from services.energy.forecast.domain.similar import Usual, last_alike

# Differences beyond so many robust standard deviations are cut: a fault teaches nothing.
_CUT: Final = 5.0
_MAD: Final = 1.4826
# Slots on each side that a slot's regression learns from as well.
_NEIGHBOURS: Final = 2
# As many rows as the prior "as usual" weighs.
_PRIOR_ROWS: Final = 100.0
# Days count half after so many.
_HALF_LIFE: Final = 200.0
_SPECIAL_WEIGHT: Final = 0.3
_HOURS: Final = 8
# Slots after which half of an extraordinary difference is taken to be left.
_LASTS_HALF: Final = 48


@dataclass(frozen=True, slots=True)
class Comfort:
    """Temperatures (°C) above which a degree is cooled and below which one is heated."""

    cooling: float
    heating: float

    def cooled(self, celsius: Floats) -> Floats:
        """Degrees above."""
        return np.maximum(celsius - self.cooling, 0.0)

    def heated(self, celsius: Floats) -> Floats:
        """Degrees below."""
        return np.maximum(self.heating - celsius, 0.0)


def bounded(differences: Floats) -> Floats:
    """Differences (n, 96) cut at what can be believed by slot; NaN stays."""
    known = np.isfinite(differences)
    if not known.any():
        return differences
    deviation = np.where(known, np.abs(differences), np.nan)
    with np.errstate(all="ignore"):
        scale = _MAD * np.nanmedian(deviation[known.any(axis=1)], axis=0) if known.any(axis=0).all() else 0.0
    whole = _MAD * float(np.median(np.abs(differences[known])))
    limit = _CUT * np.maximum(np.nan_to_num(scale), whole)
    return np.where(limit > 0, np.clip(differences, -limit, limit), differences)


def carried(differences: Floats, cut: Floats, table: DayTable, lead: int, slot: int) -> Floats:
    """(n, 96): what of an extraordinary difference is taken to last until the slots of each day, kW.

    The regression learns from what is usual. What the load lies beyond that for two hours, a works shut down or a
    line lost, is no noise that goes by: it is carried on, half of it for every half a day, into days of its class.
    ``differences`` as they are, ``cut`` as :func:`bounded` has them.
    """
    beyond = np.nan_to_num(differences - cut)
    before = _shifted(beyond, lead + 1)
    last = np.concatenate([before, _shifted(beyond, lead)], axis=1)[:, SLOTS + slot - _HOURS : SLOTS + slot]
    excess = np.median(np.nan_to_num(last), axis=1)
    origin = np.maximum(np.arange(len(table)) - lead, 0)
    excess = np.where(table.is_rest == table.is_rest[origin], excess, 0.0)
    ahead = np.maximum(lead * SLOTS + np.arange(SLOTS) - slot, 0)
    lasting: Floats = excess[:, None] * 0.5 ** (ahead / _LASTS_HALF)
    return lasting


def features(differences: Floats, table: DayTable, lead: int, slot: int) -> Floats:
    """(96, n, p) for every day of the table as seen ``lead`` days before it with ``slot`` slots of that day known.

    ``differences`` (n, 96): load less usual load, bounded, NaN where unknown.
    """
    days = len(table)
    before = _shifted(differences, lead + 1)
    seen = np.where(np.arange(SLOTS) < slot, _shifted(differences, lead), before)
    week = mean_known(np.stack([_shifted(differences, lead + back) for back in range(1, 8)]), axis=0)
    three = mean_known(np.stack([_shifted(differences, lead + back) for back in range(1, 4)]), axis=0)
    level = _or_zero(mean_known(week, axis=1))
    day = _or(mean_known(seen, axis=1), level)
    hours = np.concatenate([before, _shifted(differences, lead)], axis=1)[:, SLOTS + slot - _HOURS : SLOTS + slot]
    newest = _or(mean_known(hours, axis=1), day)
    alike = last_alike(table.is_rest, lead)
    same = np.where(alike[:, None] >= 0, differences[np.maximum(alike, 0)], np.nan)
    last_week = _shifted(differences, 7 if lead < 7 else 14)
    origin = np.maximum(np.arange(days) - lead, 0)
    is_same = (table.is_rest == table.is_rest[origin]).astype(np.float64)
    by_slot = [_or(one, level[:, None]) for one in (seen, three, same, last_week)]
    by_day = [
        day * is_same,
        day * (1.0 - is_same),
        newest * is_same,
        newest * (1.0 - is_same),
        level,
        np.ones(days),
        table.is_rest.astype(np.float64),
    ]
    own = [one.T for one in by_slot]
    shared = [np.broadcast_to(one, (SLOTS, days)) for one in by_day]
    return np.stack([*own, *shared], axis=2)


def weather_features(weather: Weather, usual: Usual, comfort: Comfort, lead: int) -> Floats:
    """(96, n, p): how much warmer or colder than similar days: by slot, over the day, the day before; or NaN.

    Past days are learnt with what was foreseen of them the day before, where anybody did; of forecasts made longer
    ahead none is kept apart, so their error is told a little too small.
    """
    found = []
    told = np.where(np.isfinite(weather.foreseen), weather.foreseen, weather.measured)
    for degrees in (comfort.cooled, comfort.heated):
        measured = degrees(weather.measured)
        gap = degrees(told) - usual.of(measured)
        before = _shifted(measured - usual.of(measured), lead + 1)
        found += [gap.T, np.broadcast_to(gap.mean(axis=1), gap.T.shape)]
        found.append(np.broadcast_to(mean_known(before, axis=1), gap.T.shape))
    return np.stack(found, axis=2)


def rolling(
    inputs: Floats, differences: Floats, table: DayTable, starts: Sequence[int], end: int, embargo: int
) -> Floats:
    """(n, 96): predicted differences of the days from ``starts[0]`` to ``end``, each by what was known before.

    The coefficients are fitted anew at every day of ``starts``, on rows at least ``embargo`` days older. Rows with
    an input that is not known are neither learnt from nor predicted (NaN).
    """
    usable: Mask = np.asarray(np.isfinite(inputs).all(axis=(0, 2)))
    weight = _row_weights(table, starts[-1]) * usable
    scale = _scale(inputs, usable)
    rows = np.where(usable[:, None], np.nan_to_num(inputs) / scale, 0.0)
    known = np.isfinite(differences)
    target = np.where(known, differences, 0.0).T[:, :, None]
    weighted = rows * (weight * known.T)[:, :, None]
    gram = np.zeros((SLOTS, rows.shape[2], rows.shape[2]))
    moment = np.zeros((SLOTS, rows.shape[2], 1))
    predicted = np.full(differences.shape, np.nan)
    learnt = 0
    for number, start in enumerate(starts):
        until = max(learnt, start - embargo + 1)
        part = weighted[:, learnt:until].transpose(0, 2, 1)
        gram += part @ rows[:, learnt:until]
        moment += part @ target[:, learnt:until]
        learnt = until
        stop = starts[number + 1] if number + 1 < len(starts) else end + 1
        coefficients = _solve(gram, moment)
        predicted[start:stop] = (rows[:, start:stop] @ coefficients)[:, :, 0].T
    predicted[~usable] = np.nan
    return predicted


def learnable(inputs: Floats, differences: Floats, until: int) -> int:
    """Rows before ``until`` that a regression can learn from."""
    usable = np.isfinite(inputs[:, :until]).all(axis=(0, 2)) & np.isfinite(differences[:until]).any(axis=1)
    return int(usable.sum())


def _solve(gram: Floats, moment: Floats) -> Floats:
    # Of standardised inputs the diagonal is a count of rows, so the prior is one as well.
    prior = _PRIOR_ROWS * np.eye(gram.shape[1])
    return np.asarray(np.linalg.solve(_pooled(gram) + prior, _pooled(moment)), np.float64)


def _pooled(values: Floats) -> Floats:
    total: Floats = values.copy()
    for shift in range(1, _NEIGHBOURS + 1):
        total[shift:] += values[:-shift]
        total[:-shift] += values[shift:]
    return total


def _row_weights(table: DayTable, newest: int) -> Floats:
    age = np.maximum(newest - np.arange(len(table)), 0)
    weights = 0.5 ** (age / _HALF_LIFE) * np.where(table.is_special, _SPECIAL_WEIGHT, 1.0)
    return np.asarray(weights, np.float64)


def _scale(inputs: Floats, usable: Mask) -> Floats:
    if not usable.any():
        return np.ones(inputs.shape[2])
    deviation = np.sqrt(np.mean(np.square(inputs[:, usable]), axis=(0, 1)))
    return np.where(deviation > 0, deviation, 1.0)


def _shifted(values: Floats, days: int) -> Floats:
    """The values so many days before, NaN before the first."""
    if days == 0:
        return values
    found = np.full(values.shape, np.nan)
    found[days:] = values[:-days]
    return found


def _or(values: Floats, otherwise: Floats) -> Floats:
    return np.where(np.isfinite(values), values, otherwise)


def _or_zero(values: Floats) -> Floats:
    return np.nan_to_num(values)
