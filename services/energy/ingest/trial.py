"""A reading that is stored, read back, judged and taken back: what shows that the worker does its work.

It goes by the worker's own merge, tables and compiled rules, in a savepoint of the transaction in which the
probe's offset is committed. No meter has its index, so no total, no list and no condition can come to hold it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import structlog

from libs.common.context import Context
from libs.common.contracts.energy import ConditionKind
from libs.common.outages import is_database_outage
from libs.common.remember import savepoint
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.engine import Curves, Phase, detect
from services.energy.detection.domain.kernel import BY_CALENDAR
from services.energy.detection.domain.rules import RuleBook
from services.energy.detection.domain.state import MeterStates
from services.energy.metering.curve_repository import Batch, load_rows
from services.energy.metering.day_locks import lock_days
from services.energy.metering.domain.incoming import CurvePatches, Incoming, PointPatches, Values
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.rank import DEFAULT_PRIORITY, rank_of
from services.energy.metering.domain.slots import day_number
from services.energy.metering.merging import store

log = structlog.get_logger(__name__)

# Beyond every index that is ever given: they are dense from 0.
METER_INDEX: Final = 2_147_000_000
_SLOTS: Final = 96
_USUAL_DAYS: Final = 42
_SPIKE_SLOT: Final = 40
_SPIKE_KW: Final = 2_500.0
_SHIFT: Final = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``is_judged`` is None where nothing is to be detected."""

    is_stored: bool
    is_judged: bool | None


class _TakenBack(Exception):
    pass


def trial_reading(ctx: Context) -> Incoming:
    """Today's curve of no meter: as usual but for one spike."""
    day = np.array([day_number((ctx.now + _SHIFT).date())], np.int64)
    values = _usual(_USUAL_DAYS + 1)[-1:]
    values[0, _SPIKE_SLOT] = _SPIKE_KW
    none = np.zeros(0, np.int64)
    curves = CurvePatches(
        meter_index=np.array([METER_INDEX], np.int64),
        day=day,
        values=values,
        quality=np.ones((1, _SLOTS), np.uint8),
        rank=np.array([rank_of(DEFAULT_PRIORITY, ctx.now)], np.int64),
        part=np.zeros(1, np.int64),
        order=np.zeros(1, np.int64),
    )
    points = PointPatches(none, none, none, np.zeros(0, np.float32), np.zeros(0, np.uint8), none, none, none)
    return Incoming(Quantity.ACTIVE_IMPORT_KW.number, _SLOTS, 1, curves, points)


async def try_reading(ctx: Context, incoming: Incoming, day_types: DayTypes | None) -> Outcome:
    """Store, read back, judge, take back. ``day_types`` None: judge nothing. The month's partition is there."""
    curves = incoming.curves
    stored: Values | None = None
    try:
        async with savepoint(ctx.session):
            # Whoever holds it has every lock of a batch already, so nobody waits in a ring.
            await lock_days(ctx.session, curves.meter_index, curves.day)
            await store(ctx.session, incoming, Batch([ctx.new_id()], ctx.now))
            found = await load_rows(ctx.session, incoming.quantity, incoming.slots, curves.meter_index, curves.day)
            stored = found.rows.values
            raise _TakenBack
    except _TakenBack:
        pass
    except Exception as error:
        if is_database_outage(error):
            raise
        log.error("probe.not_stored", cause=repr(error)[:300])
    if stored is None or not np.array_equal(stored, curves.values):
        return Outcome(is_stored=False, is_judged=None if day_types is None else False)
    if day_types is None:
        return Outcome(is_stored=True, is_judged=None)
    return Outcome(is_stored=True, is_judged=_is_noticed(stored, int(curves.day[0]), day_types))


def _is_noticed(values: Values, day: int, day_types: DayTypes) -> bool:
    """Whether the shipped rules find the spike, after six usual weeks that nobody sent."""
    states, book = MeterStates(_SLOTS), RuleBook()
    days = np.arange(day - _USUAL_DAYS, day + 1, dtype=np.int64)
    meters = np.zeros(len(days), np.int64)
    rows = states.rows_of(meters)
    states.meters["driver"][rows] = BY_CALENDAR
    states.meters["capacity"][rows] = np.float32(np.nan)
    curves = Curves(
        meter_index=meters,
        day=days,
        facts=day_types.facts(days),
        values=np.concatenate((_usual(_USUAL_DAYS), values)),
        rule=book.pick([("", "")] * len(days), days),
    )
    return any(
        (signal.kind, signal.phase, signal.row, signal.slot)
        == (ConditionKind.SPIKE, Phase.OPENED, _USUAL_DAYS, _SPIKE_SLOT)
        for signal in detect(states, curves, book.table)
    )


def _usual(days: int) -> Values:
    """(days, slots) kW, the same at every call."""
    random = np.random.default_rng(1)
    shape = 1_000 + 200 * np.sin(np.arange(_SLOTS) / _SLOTS * 2 * np.pi)
    return (shape + random.normal(0, 5, (days, _SLOTS))).astype(np.float32)
