"""What meters and senders get wrong: the detector neither breaks, nor cries, nor learns it."""

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from libs.common.contracts.energy import ConditionKind
from libs.common.workdays import WorkCalendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.engine import Curves, Phase, Signal, detect
from services.energy.detection.domain.kernel import BY_CALENDAR, NET
from services.energy.detection.domain.layout import IntArray
from services.energy.detection.domain.rules import RuleBook
from services.energy.detection.domain.state import MeterStates
from services.energy.metering.domain.slots import day_number

SLOTS = 96
FIRST = day_number(date(2025, 3, 3))
BOOK, TYPES = RuleBook(), DayTypes(WorkCalendar())


def plant(days: int | IntArray, seed: int = 3) -> NDArray[np.float32]:
    """(days, slots): two shifts on working days, a fifth of it else."""
    random = np.random.default_rng(seed)
    if isinstance(days, int):
        days = np.arange(FIRST, FIRST + days)
    hour = np.arange(SLOTS) / 4
    shape = np.where((hour >= 6) & (hour < 22), 800.0, 200.0)
    rests = TYPES.facts(days)[:, :1]
    return (np.where(rests == 1, 160.0, shape) * (1 + random.normal(0, 0.03, (len(days), SLOTS)))).astype(
        np.float32
    )


def fed(
    values: NDArray[np.float32], days: IntArray | None = None, driver: int = BY_CALENDAR
) -> tuple[list[Signal], MeterStates]:
    if days is None:
        days = np.arange(FIRST, FIRST + len(values))
    states, meters = MeterStates(SLOTS), np.zeros(len(values), np.int64)
    states.rows_of(meters)
    states.meters["driver"] = driver
    curves = Curves(meters, days, TYPES.facts(days), values, np.zeros(len(values), np.intp))
    return detect(states, curves, BOOK.table), states


def opened(signals: list[Signal]) -> list[ConditionKind]:
    return [signal.kind for signal in signals if signal.phase is Phase.OPENED]


def is_sound(states: MeterStates) -> bool:
    """Everything it remembers is a number."""
    names = [name for name in states.meters.dtype.names or () if name not in {"capacity", "last_value"}]
    tables = (states.profile, states.spread, states.margin, *(states.meters[name] for name in names))
    return all(np.isfinite(table.astype(np.float64)).all() for table in tables)


def test_meter_of_zeros_for_a_year_opens_at_most_one_condition_and_then_works() -> None:
    values = plant(360)
    values[:200] = 0
    signals, states = fed(values)
    silent = [signal for signal in signals if signal.at < (FIRST + 200) * 1440]
    assert opened(silent) in ([], [ConditionKind.DEAD])
    # With its first load the meter begins: there is nothing it could be held against.
    assert opened([signal for signal in signals if signal.at >= (FIRST + 200) * 1440]) == []
    assert is_sound(states)


def test_export_of_a_meter_that_feeds_in_every_noon_is_no_error_of_sign() -> None:
    random = np.random.default_rng(5)
    hour = np.arange(SLOTS) / 4
    sun = np.maximum(0, np.sin((hour - 6) / 12 * np.pi)) * random.uniform(0.2, 1.0, (120, 1)) * 600
    values = (200 + random.normal(0, 15, (120, SLOTS)) - sun).astype(np.float32)
    for driver in (BY_CALENDAR, NET):
        signals, states = fed(values, driver=driver)
        late = [signal for signal in signals if signal.at > (FIRST + 30) * 1440]
        assert ConditionKind.UNIT not in opened(late)
        assert is_sound(states)


def test_hourly_values_in_the_middle_of_quarters_are_no_outage() -> None:
    values = plant(90)
    # From one day on the sender gives every fourth value only.
    values[60:, np.arange(SLOTS) % 4 != 0] = np.nan
    signals, states = fed(values)
    assert opened(signals) == []
    assert is_sound(states)


def test_year_without_a_reading_is_a_new_beginning() -> None:
    days = np.arange(FIRST, FIRST + 120)
    days[60:] += 380
    values = plant(days)
    # It has become half as large again meanwhile.
    values[60:] *= np.float32(1.5)
    signals, states = fed(values, days)
    assert opened(signals) == []
    assert is_sound(states)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, np.float32(3.4e38), np.float32(-3.4e38)])
def test_values_that_cannot_be_teach_nothing(bad: float) -> None:
    values = plant(60)
    spoilt = values.copy()
    spoilt[50, 30:34] = bad
    signals, states = fed(spoilt)
    assert set(opened(signals)) <= {ConditionKind.UNIT}
    assert is_sound(states)
    gap = values.copy()
    gap[50, 30:34] = np.nan
    assert np.array_equal(states.profile, fed(gap)[1].profile)


def test_clock_that_jumps_back_and_forth_repeats_nothing() -> None:
    values = plant(60)
    days = np.arange(FIRST, FIRST + 60)
    # A day is told as one of last week, and one of next year comes too early: then all before it is past.
    order = np.concatenate((np.arange(50), [43, 44], np.arange(50, 60)))
    signals, states = fed(values[order], days[order])
    straight, same = fed(values, days)
    assert signals == [] == straight
    assert states.dump(np.zeros(1, np.int64)) == same.dump(np.zeros(1, np.int64))
    ahead = np.insert(days, 55, FIRST + 400)
    signals, states = fed(np.insert(values, 55, values[54], axis=0), ahead)
    assert is_sound(states)
    assert len(opened(signals)) <= 1


def test_tenth_of_the_rows_twice_changes_nothing() -> None:
    values, days = plant(100), np.arange(FIRST, FIRST + 100)
    values[80, 40] *= 4
    twice = np.sort(np.concatenate((np.arange(100), np.arange(0, 100, 10))))
    signals, states = fed(values[twice], days[twice])
    straight, same = fed(values, days)
    # What is repeated is held against what is usual; whoever stores it knows that it is no news.
    late = [signal for signal in signals if signal.phase is Phase.LATE]
    assert {(signal.kind, signal.at) for signal in late} <= {(s.kind, s.at) for s in straight}
    in_time = [(s.kind, s.phase, s.at) for s in signals if s.phase is not Phase.LATE]
    assert in_time == [(s.kind, s.phase, s.at) for s in straight]
    assert states.dump(np.zeros(1, np.int64)) == same.dump(np.zeros(1, np.int64))
