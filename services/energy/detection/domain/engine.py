"""Feeding curves to the compiled rules: what goes in, what comes out, in the order of the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain import kernel
from services.energy.detection.domain.kernel import NEVER, SIGNALS_A_SLOT
from services.energy.detection.domain.layout import SIGNAL, IntArray
from services.energy.detection.domain.parameters import CLASSES, table_of
from services.energy.detection.domain.state import MeterStates

# The kernel's numbers, in their order.
KIND_OF: Final = (
    ConditionKind.SPIKE,
    ConditionKind.DROP,
    ConditionKind.SHIFT,
    ConditionKind.DEAD,
    ConditionKind.STUCK,
    ConditionKind.MISSING,
    ConditionKind.UNIT,
    ConditionKind.CLOCK,
    ConditionKind.OVERLOAD,
)
NUMBER_OF: Final = {kind: number for number, kind in enumerate(KIND_OF)}

# Room for the signals of one pass; a pass that needs more is continued.
_ROOM: Final = 16_384


class Phase(IntEnum):
    """What a signal does to a condition; a late one shows it in a slot that the running state has passed."""

    OPENED = kernel.OPENED
    EXTENDED = kernel.EXTENDED
    CLEARED = kernel.CLEARED
    LATE = kernel.LATE


@dataclass(frozen=True, slots=True)
class Signal:
    """One decision: ``at`` in minutes of the meter's standard time since 1970; powers in kW.

    ``limit`` is what the value had to pass; of a shift value, expected, spread and limit are shares. ``row`` is
    the curve's place in the call, so that signals sort among other facts of the same batch.
    """

    kind: ConditionKind
    phase: Phase
    row: int
    meter_index: int
    at: int
    slot: int
    value: float
    expected: float
    sigma: float
    limit: float
    # Start of the episode this belongs to.
    opened: int
    rule: int


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Readings of a batch in the order of the log: row i holds values of one meter on one day.

    ``day``: days since 1970; ``facts``: (rows, 3) what the calendar says, see day_types.py; ``values``: (rows,
    width) kW from the row's slot ``start`` on (0 if nobody says), NaN where nothing came; ``rule``: the row's line
    in the table of parameters. ``known``: the row's line in ``masks``, (n, slots) bits of the kinds that were
    known in advance (expected.py).
    """

    meter_index: IntArray
    day: IntArray
    facts: IntArray
    values: NDArray[np.float32]
    rule: NDArray[np.intp]
    known: IntArray | None = None
    masks: IntArray = field(default_factory=lambda: np.zeros((1, 0), np.int64))
    start: IntArray | None = None


def detect(states: MeterStates, curves: Curves, rules: NDArray[np.void]) -> list[Signal]:
    """Feed the curves to the detector: ``states`` learns, the decisions come back in the order of the log."""
    index = states.rows_of(curves.meter_index)
    values = np.ascontiguousarray(curves.values, np.float32)
    known, masks = curves.known, curves.masks
    if known is None:
        known, masks = np.zeros(len(index), np.int64), np.zeros((1, states.slots), np.int64)
    start = np.zeros(len(index), np.int64) if curves.start is None else curves.start
    room = max(_ROOM, SIGNALS_A_SLOT * states.slots)
    out = np.zeros(room, SIGNAL)
    found: list[NDArray[np.void]] = []
    first = 0
    while first < len(index):
        first, written = kernel.run(
            _records(states.meters),
            states.profile,
            states.spread,
            states.margin,
            index,
            np.ascontiguousarray(curves.day, np.int64),
            np.ascontiguousarray(curves.facts, np.int64),
            values,
            np.ascontiguousarray(start, np.int64),
            _records(rules),
            np.ascontiguousarray(curves.rule, np.int64),
            known,
            masks,
            _records(out),
            first,
        )
        if written:
            found.append(out[:written].copy())
    if not found:
        return []
    return signals_of(np.concatenate(found), curves.rule)


def _records(table: NDArray[np.void]) -> NDArray[np.void]:
    """Interpreted code reads fields of a record array only; compiled code those of any."""
    return table if kernel.COMPILED else table.view(np.recarray)


def signals_of(records: NDArray[np.void], rule: NDArray[np.intp]) -> list[Signal]:
    """The kernel's records as decisions."""
    signals = []
    for kind, phase, row, slot, at, opened, meter, value, expected, sigma, limit in records.tolist():
        signals.append(
            Signal(
                KIND_OF[kind],
                Phase(phase),
                row,
                meter,
                at,
                slot,
                value,
                expected,
                sigma,
                limit,
                at if opened == NEVER else opened,
                int(rule[row]),
            )
        )
    return signals


def compile_rules() -> None:
    """Compile the rules, or load what was compiled before, so that the first block does not wait for it."""
    parameters = {kind: one() for kind, one in CLASSES.items()}
    rows = np.zeros(1, np.int64)
    nothing = np.full((1, 24), np.nan, np.float32)
    curves = Curves(rows, rows, np.zeros((1, 3), np.int64), nothing, np.zeros(1, np.intp))
    detect(MeterStates(24), curves, table_of([parameters]))


if __name__ == "__main__":
    compile_rules()
