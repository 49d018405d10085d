"""One part of the grid, one origin: the forecasts of the days ahead, each with how good its like was (S17)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.energy.forecast.domain.candidates import Span
from services.energy.forecast.domain.days import DayTable
from services.energy.forecast.domain.outcome import DayForecast, Needs, Refusal, RefusalReason
from services.energy.forecast.domain.regression import bounded
from services.energy.forecast.domain.series import SLOTS, Floats, Load, Origin, Weather
from services.energy.forecast.domain.similar import SimilarDays

# Loads beyond this multiple of the highest usual one are faults of metering.
_BELIEVED: Final = 3.0


class Forecaster:
    """Everything of one part of the grid at one origin; ``days`` makes the forecasts of days ahead.

    ``table`` has the days of ``load`` and those ahead.
    """

    def __init__(self, load: Load, weather: Weather, table: DayTable, origin: Origin, needs: Needs) -> None:
        self._origin, self._needs = origin, needs
        self._past = load.known_at(origin)
        self._load = believable(self._past.load_kw)
        self._weather = weather
        self._table = table.part(load.first_day - table.first_day, len(table))

    def refusal(self) -> Refusal | None:
        """Why there can be no forecast, if so."""
        known = np.isfinite(self._load)
        whole = known.mean(axis=1) >= self._needs.min_known
        recent = whole[-self._needs.min_days - 1 : -1]
        last = np.flatnonzero(known.any(axis=1))
        last_day = self._past.first_day + int(last[-1]) if len(last) else None
        days = int(whole.sum())

        def because(reason: RefusalReason, found: int, needed: int) -> Refusal:
            return Refusal(reason, found, needed, last_day)

        if last_day is None:
            return because(RefusalReason.NO_LOAD, 0, self._needs.min_days)
        if days < self._needs.min_days:
            return because(RefusalReason.TOO_SHORT, days, self._needs.min_days)
        if last_day < self._origin.day - 1:
            return because(RefusalReason.STALE, days, self._needs.min_days)
        enough = int(np.ceil(self._needs.recent_share * self._needs.min_days))
        if recent.sum() < enough:
            return because(RefusalReason.TOO_MANY_GAPS, int(recent.sum()), enough)
        return None

    def days(self, leads: Sequence[int]) -> list[DayForecast]:
        """The forecasts of the days so many days after the origin's; 0 is the rest of its own day."""
        table = self._table.part(0, len(self._load) + max(leads))
        similar = SimilarDays(self._load, table)
        padded = np.full((len(table), SLOTS), np.nan)
        padded[: len(self._load)] = self._load
        recent = similar.usual(0)
        # The regression looks at the last year alone; earlier years serve the festivals.
        first = max(0, len(self._load) - 1 - self._needs.training_days)
        raw = (padded - recent.load_kw)[first:]
        span = Span(
            table=table.part(first, len(table)),
            load=padded[first:],
            raw=raw,
            differences=bounded(raw),
            weather=self._weather.over(self._past.first_day + first, len(table) - first),
            origin=len(self._load) - 1 - first,
            slot=self._origin.slot,
            needs=self._needs,
            first=first,
        )
        return [span.forecast(similar.usual(lead), lead) for lead in leads]


def believable(load_kw: Floats) -> Floats:
    """The load without values that no part of the grid jumps to: they would teach nothing but their fault."""
    known = np.isfinite(load_kw)
    if not known.any():
        return load_kw
    usual = float(np.quantile(np.abs(load_kw[known]), 0.995))
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(load_kw) <= _BELIEVED * usual, load_kw, np.nan) if usual > 0 else load_kw
