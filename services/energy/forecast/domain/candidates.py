"""The candidates for a day, played over the days held out; the best of them is the forecast.

Four models are candidates: the regression on top of the usual day, the usual day alone, the same day of last week,
and yesterday. All are played over the days held out from a rolling origin, as they would have been issued: at the
same slot of the day, so many days ahead, from what was known by then, coefficients fitted anew each week. The one
with the smallest pinball loss is issued and named; so a model that loses to last week's day is never used. The
quantiles are those of its own held-out errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.energy.forecast.domain import quantiles
from services.energy.forecast.domain.days import DayTable
from services.energy.forecast.domain.measures import QUANTILES, Accuracy, accuracy_of
from services.energy.forecast.domain.naive import naive, seasonal_naive
from services.energy.forecast.domain.outcome import DayForecast, Model, Needs
from services.energy.forecast.domain.regression import (
    bounded,
    carried,
    features,
    learnable,
    rolling,
    weather_features,
)
from services.energy.forecast.domain.series import SLOTS, Floats, Ints, Mask, Weather, mean_known
from services.energy.forecast.domain.similar import Usual

_REFIT_DAYS: Final = 7
# Rows with temperatures that a regression with them needs, and the same without.
_WEATHER_ROWS: Final = 60
_ROWS: Final = 14
# Days on which people do otherwise than usual, without such days in the past to learn the errors of.
_SPECIAL_WIDER: Final = 2.0
_SPECIAL_DAYS: Final = 5
_MOST_WIDER: Final = 4.0
# Share of the days held out by which a model is chosen: all but the worst.
_COUNTED: Final = 0.9


@dataclass(frozen=True, slots=True)
class Trial:
    """A model over the days of the table: ``load_kw`` (n, 96), NaN where it has no answer."""

    model: Model
    load_kw: Floats
    with_weather: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """The last year and the days ahead; ``origin`` is the row of the origin's day."""

    table: DayTable
    load: Floats
    raw: Floats
    differences: Floats
    weather: Weather
    origin: int
    slot: int
    needs: Needs
    first: int

    def forecast(self, whole: Usual, lead: int) -> DayForecast:
        """The best candidate for the day, with the quantiles of its held-out errors."""
        usual = whole.since(self.first)
        target = self.origin + lead
        usual.load_kw[target] = self._completed(usual.load_kw[target])
        usual.load_kw[:] += carried(self.raw, self.differences, self.table, lead, self.slot)
        held = np.arange(max(_ROWS, self.origin - self.needs.held_out_days), self.origin)
        trials = self._trials(usual, lead, target, held)
        actual = np.where(np.arange(SLOTS) >= self.slot, self.load[held], np.nan) if lead == 0 else self.load[held]
        judged = [self._judged(trial, actual, held) for trial in trials]
        by_model: Mapping[Model, Accuracy] = {one.trial.model: one.accuracy for one in judged}
        possible = [one for one in judged if _is_whole(one.trial.load_kw[target])]
        best = min(possible, key=lambda one: one.cost)
        low, high = self._band(best, usual, held, target)
        p50 = best.trial.load_kw[target]
        floor = 0.0 if np.nanmin(self.load[: self.origin]) >= 0 else -np.inf
        p10, p50, p90 = (np.maximum(one, floor) for one in (p50 + low, p50, p50 + high))
        first_slot = self.slot if lead == 0 else 0
        if first_slot:
            measured = self.load[target, :first_slot]
            p10, p50, p90 = (_with_measured(one, measured) for one in (p10, p50, p90))
        return DayForecast(
            day=self.table.first_day + target,
            lead=lead,
            first_slot=first_slot,
            p10=p10,
            p50=p50,
            p90=p90,
            model=best.trial.model,
            with_weather=best.trial.with_weather,
            held_out_days=int(np.isfinite(best.errors).any(axis=1).sum()),
            accuracy=best.accuracy,
            naive=by_model[Model.NAIVE],
            seasonal=by_model[Model.SEASONAL_NAIVE],
        )

    def _completed(self, usual: Floats) -> Floats:
        """A slot that no similar day knows of stands at the mean of the last weeks, else of their days."""
        recent = self.load[max(0, self.origin - self.needs.min_days) : self.origin]
        slots = mean_known(recent, axis=0)
        slots = np.where(np.isfinite(slots), slots, float(np.nanmean(recent)))
        return np.where(np.isfinite(usual), usual, slots)

    def _trials(self, usual: Usual, lead: int, target: int, held: Ints) -> list[Trial]:
        found = [
            Trial(Model.SEASONAL_NAIVE, _filled(seasonal_naive(self.load, self.table, lead), usual.load_kw)),
            Trial(Model.NAIVE, _filled(naive(self.load, self.table, lead, self.slot), usual.load_kw)),
            Trial(Model.SIMILAR_DAYS, usual.load_kw),
        ]
        regression = self._regression(usual, lead, target, held)
        return found if regression is None else [*found, regression]

    def _regression(self, usual: Usual, lead: int, target: int, held: Ints) -> Trial | None:
        differences = bounded(self.load - usual.load_kw)
        differences[self.origin :] = np.nan
        if lead == 0:
            # What is known of the day itself would teach its neighbours that it foretells itself.
            differences[:, : self.slot] = np.nan
        starts = [*range(int(held[0]), self.origin, _REFIT_DAYS), max(target, self.origin)]
        inputs = features(self.differences, self.table, lead, self.slot)
        inputs[:, ~np.isfinite(usual.load_kw).any(axis=1)] = np.nan
        warm = weather_features(self.weather, usual, self.needs.comfort, lead)
        with_weather = np.concatenate([inputs, warm], axis=2)
        embargo = lead + 1
        is_given = bool(np.isfinite(with_weather[:, target]).all())
        if is_given and learnable(with_weather, differences, int(held[0])) >= _WEATHER_ROWS:
            predicted = rolling(with_weather, differences, self.table, starts, target, embargo)
            return Trial(Model.REGRESSION, usual.load_kw + predicted, with_weather=True)
        if learnable(inputs, differences, int(held[0])) < _ROWS:
            return None
        predicted = rolling(inputs, differences, self.table, starts, target, embargo)
        return Trial(Model.REGRESSION, usual.load_kw + predicted)

    def _judged(self, trial: Trial, actual: Floats, held: Ints) -> _Judged:
        errors = actual - trial.load_kw[held]
        is_rest = self.table.is_rest[held]
        low, high = quantiles.nested(errors, is_rest)
        p50 = trial.load_kw[held]
        banded = np.where(np.isfinite(low), actual, np.nan)
        point = accuracy_of(actual, p50)
        whole = accuracy_of(banded, p50, p50 + low, p50 + high)
        accuracy = Accuracy(
            point.slots, point.mape, point.mae_kw, whole.pinball_kw, whole.pinball_percent, whole.coverage
        )
        return _Judged(trial, errors, low, high, accuracy, _usual_loss(errors, low, high))

    def _band(self, best: _Judged, usual: Usual, held: Ints, target: int) -> tuple[Floats, Floats]:
        factor = quantiles.calibration(best.errors, best.low, best.high)
        is_special = self.table.is_special
        if is_special[target]:
            factor *= _wider(self.load - usual.load_kw, is_special, self.origin)
        is_rest = self.table.is_rest
        return quantiles.band(best.errors, is_rest[held], bool(is_rest[target]), factor)


@dataclass(frozen=True, slots=True)
class _Judged:
    trial: Trial
    errors: Floats
    low: Floats
    high: Floats
    accuracy: Accuracy
    # What the choice goes by.
    cost: float


def _usual_loss(errors: Floats, low: Floats, high: Floats) -> float:
    """The mean pinball loss of a day held out, without the worst of them: one blackout chooses no model."""
    losses = [
        np.maximum(quantile * (errors - band), (quantile - 1.0) * (errors - band))
        for quantile, band in zip(QUANTILES, (low, np.zeros(SLOTS), high), strict=True)
    ]
    days = mean_known(np.mean(losses, axis=0), axis=1)
    days = np.sort(days[np.isfinite(days)])
    return float(days[: max(1, int(np.ceil(_COUNTED * len(days))))].mean()) if len(days) else np.inf


def _wider(differences: Floats, is_special: Mask, today: int) -> float:
    """How much further special days lie from their usual ones than others do."""
    past = np.abs(differences[:today])
    special = past[is_special[:today]]
    if np.isfinite(special).any(axis=1).sum() < _SPECIAL_DAYS:
        return _SPECIAL_WIDER
    ordinary = past[~is_special[:today]]
    ordinary = ordinary[np.isfinite(ordinary)]
    if not len(ordinary) or not np.median(ordinary):
        return _SPECIAL_WIDER
    return float(np.clip(np.median(special[np.isfinite(special)]) / np.median(ordinary), 1.0, _MOST_WIDER))


def _filled(values: Floats, otherwise: Floats) -> Floats:
    return np.where(np.isfinite(values), values, otherwise)


def _is_whole(values: Floats) -> bool:
    return bool(np.isfinite(values).all())


def _with_measured(forecast: Floats, measured: Floats) -> Floats:
    found = forecast.copy()
    found[: len(measured)] = np.where(np.isfinite(measured), measured, forecast[: len(measured)])
    return found
