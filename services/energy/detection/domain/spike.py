"""Where a consumption spike is decided (用电突增): far above what this meter uses at this hour on such a day.

The forecast of a reading is ``level + season[day of the week][slot]``; a statutory holiday reads the Sunday, a
working weekend the Friday (``day_types.py``). The error of the forecast, in standard deviations of the meter's own
errors, is the score:

* score > ``open_score``: a condition opens, unless one is open or the quiet time of the last one runs;
* while it is open, further readings above ``open_score`` are its evidence;
* |score| <= ``clear_score`` for ``clear_slots`` readings in a row: it clears. Quiet time alone, as in the
  reference, would alarm again every six hours of a long episode and never say that it is over.

After each reading level, season and variance learn from the error, clipped after the warm-up so that a fault
teaches little. Readings of a meter are taken in the order of the log; one that is not newer than the last is
passed over. Meters do not touch each other and every step is elementwise IEEE arithmetic, so the result does not
depend on how the readings are cut into batches or grouped (a property test holds that).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.detection.domain.parameters import NUMERIC
from services.energy.detection.domain.state import NEVER, IntArray, SpikeState

_MINUTES_A_DAY: Final = 1440
_COLUMN = {name: number for number, name in enumerate(NUMERIC)}


class SignalKind(IntEnum):
    OPENED = 1
    EXTENDED = 2
    CLEARED = 3


@dataclass(frozen=True, slots=True)
class Signal:
    """One decision: ``at`` in minutes of the meter's standard time since 1970; powers in kW.

    ``row`` is the curve's place in the call, so that signals sort among other facts of the same batch.
    """

    kind: SignalKind
    row: int
    meter_index: int
    at: int
    slot: int
    value_kw: float
    expected_kw: float
    sigma_kw: float
    # Start of the episode this belongs to.
    opened: int
    rule: int


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Readings of a batch in the order of the log: row i holds values of one meter on one day.

    ``day``: days since 1970; ``season_day``: 0..6; ``values``: (rows, slots) kW, NaN where nothing came;
    ``rule``: the row's line in the table of parameters.
    """

    meter_index: IntArray
    day: IntArray
    season_day: IntArray
    values: NDArray[np.float32]
    rule: NDArray[np.intp]


def detect(state: SpikeState, curves: Curves, rules: NDArray[np.float64]) -> list[Signal]:
    """Feed the curves to the detector: ``state`` learns, the decisions come back in the order of the log.

    ``rules``: one line of ``NUMERIC`` parameters a rule.
    """
    signals: list[Signal] = []
    rows = state.rows_of(curves.meter_index)
    turn = _turns(rows)
    for number in range(int(turn.max(initial=-1)) + 1):
        chosen = np.flatnonzero(turn == number)
        _Round(state, curves, rules, rows[chosen], chosen).run(signals)
    signals.sort(key=lambda signal: (signal.row, signal.slot, signal.kind))
    return signals


def _turns(rows: IntArray) -> IntArray:
    """For each curve, how many of the same meter come before it: rounds in which a meter occurs once."""
    order = np.argsort(rows, kind="stable")
    grouped = rows[order]
    starts = np.flatnonzero(np.concatenate(([True], grouped[1:] != grouped[:-1]))) if len(rows) else order
    counts = np.diff(np.append(starts, len(rows)))
    turn = np.empty(len(rows), np.int64)
    turn[order] = np.arange(len(rows)) - np.repeat(starts, counts)
    return turn


class _Round:
    """One day of many distinct meters, slot by slot; state is gathered before and scattered after."""

    def __init__(
        self, state: SpikeState, curves: Curves, rules: NDArray[np.float64], rows: IntArray, chosen: IntArray
    ) -> None:
        self.state, self.rows, self.chosen = state, rows, chosen
        self.meter_index = curves.meter_index[chosen]
        self.interval = _MINUTES_A_DAY // state.slots
        self.midnight = curves.day[chosen] * _MINUTES_A_DAY
        self.season_day = curves.season_day[chosen]
        self.values = np.ascontiguousarray(curves.values[chosen].T, np.float64)
        self.rule = curves.rule[chosen]
        self.rules = rules
        # One rule for all meters is the common case: plain numbers instead of columns.
        self.is_uniform = bool((self.rule == self.rule[0]).all())

    def run(self, signals: list[Signal]) -> None:
        state, rows = self.state, self.rows
        self.level, self.variance, self.scale = state.level[rows], state.variance[rows], state.scale[rows]
        self.count, self.first, self.last = state.count[rows], state.first[rows], state.last[rows]
        self.opened, self.calm, self.quiet_until = state.opened[rows], state.calm[rows], state.quiet_until[rows]
        season = np.ascontiguousarray(state.season[rows, self.season_day].T)
        present = ~np.isnan(self.values)
        for slot in np.flatnonzero(present.any(axis=1)).tolist():
            minute = self.midnight + slot * self.interval
            live = present[slot] & (minute > self.last)
            every = bool(live.all())
            if every or live.any():
                at = np.arange(len(rows)) if every else np.flatnonzero(live)
                self._step(slot, slice(None) if every else at, at, minute[at], season, signals)
        state.season[rows, self.season_day] = season.T
        state.level[rows], state.variance[rows], state.scale[rows] = self.level, self.variance, self.scale
        state.count[rows], state.first[rows], state.last[rows] = self.count, self.first, self.last
        state.opened[rows], state.calm[rows], state.quiet_until[rows] = self.opened, self.calm, self.quiet_until

    def _parameter(self, name: str, at: IntArray) -> NDArray[np.float64] | np.float64:
        column = _COLUMN[name]
        if self.is_uniform:
            return np.float64(self.rules[self.rule[0], column])
        values: NDArray[np.float64] = self.rules[self.rule[at], column]
        return values

    def _step(
        self,
        slot: int,
        select: slice | IntArray,
        at: IntArray,
        minute: IntArray,
        season: NDArray[np.float32],
        signals: list[Signal],
    ) -> None:
        value = self.values[slot, select]
        count = self.count[select]
        fresh = count == 0
        if fresh.any():
            self.level[at[fresh]] = value[fresh]
            self.scale[at[fresh]] = np.abs(value[fresh])
            self.first[at[fresh]] = minute[fresh]
        level, usual = self.level[select], season[slot, select]
        variance, scale = self.variance[select], self.scale[select]
        expected = level + usual
        error = value - expected
        sigma = np.maximum(np.sqrt(variance), self._parameter("floor_share", at) * scale)
        warm = minute - self.first[select] >= self._parameter("warmup_days", at) * _MINUTES_A_DAY
        self._judge(slot, at, minute, value, expected, error, sigma, warm, signals)

        limit = np.where(warm, self._parameter("clip_score", at) * sigma, np.inf)
        error = np.clip(error, -limit, limit)
        # Early on an average of all so far, later a moving one.
        rate = np.maximum(self._parameter("variance_rate", at), 1.0 / (count + 1.0))
        self.level[select] = level + self._parameter("level_rate", at) * error
        season[slot, select] = usual + self._parameter("season_rate", at) * error
        self.variance[select] = variance + rate * (error * error - variance)
        self.scale[select] = scale + rate * (np.minimum(np.abs(value), np.abs(expected + error)) - scale)
        self.count[select] = count + 1
        self.last[select] = minute

    def _judge(
        self,
        slot: int,
        at: IntArray,
        minute: IntArray,
        value: NDArray[np.float64],
        expected: NDArray[np.float64],
        error: NDArray[np.float64],
        sigma: NDArray[np.float64],
        warm: NDArray[np.bool_],
        signals: list[Signal],
    ) -> None:
        hot = warm & (error > self._parameter("open_score", at) * sigma)
        is_open = self.opened[at] != NEVER
        if not (hot.any() or is_open.any()):
            return
        # Few meters get here in a step; they are still decided together.
        opens = hot & ~is_open & (minute >= self.quiet_until[at])
        extends = hot & is_open
        in_band = is_open & ~hot & (np.abs(error) <= self._parameter("clear_score", at) * sigma)
        self.calm[at] = np.where(in_band, self.calm[at] + 1, 0)
        clears = in_band & (self.calm[at] >= self._parameter("clear_slots", at))
        self.quiet_until[at] = np.where(
            opens, minute + np.asarray(self._parameter("quiet_minutes", at), np.int64), self.quiet_until[at]
        )
        self.opened[at] = np.where(opens, minute, self.opened[at])
        for kind, where in (
            (SignalKind.OPENED, opens),
            (SignalKind.EXTENDED, extends),
            (SignalKind.CLEARED, clears),
        ):
            for one in np.flatnonzero(where).tolist():
                place = int(at[one])
                signals.append(
                    Signal(
                        kind=kind,
                        row=int(self.chosen[place]),
                        meter_index=int(self.meter_index[place]),
                        at=int(minute[one]),
                        slot=slot,
                        value_kw=float(value[one]),
                        expected_kw=float(expected[one]),
                        sigma_kw=float(sigma[one]),
                        opened=int(self.opened[place]),
                        rule=int(self.rule[place]),
                    )
                )
        cleared = at[clears]
        self.opened[cleared] = NEVER
        self.calm[cleared] = 0
