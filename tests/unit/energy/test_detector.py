"""The detector: what it sees, when it is silent, and that batches and restarts do not matter."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from libs.common.contracts.energy import ConditionKind
from libs.common.workdays import WorkCalendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.engine import Curves, Phase, Signal, detect
from services.energy.detection.domain.kernel import BY_CALENDAR, BY_WEATHER
from services.energy.detection.domain.layout import IntArray
from services.energy.detection.domain.parameters import (
    AnyParameters,
    DropParameters,
    ShiftParameters,
    SpikeParameters,
)
from services.energy.detection.domain.rules import Rule, RuleBook
from services.energy.detection.domain.state import MeterStates
from services.energy.metering.domain.slots import day_number

SLOTS = 24
SHIPPED = SpikeParameters()
QUICK = SpikeParameters(quiet_minutes=180, clear_slots=3)
# Find much in little: for the properties.
JUMPY = SpikeParameters(open_score=2, clear_score=1, clear_slots=2, warmup_days=1, quiet_minutes=120, margin=0.5)
JUMPY_DROP = DropParameters(open_score=2, clear_score=1, clear_slots=2, quiet_minutes=120, margin=0.5)
JUMPY_SHIFT = ShiftParameters(warmup_days=1, share=0.05, margin=0.5, quiet_minutes=60, hours=4)


class Detector:
    def __init__(self, *parameters: AnyParameters, slots: int = SLOTS, driver: int = BY_CALENDAR) -> None:
        self.states, self.driver = MeterStates(slots), driver
        book = RuleBook([Rule(one, date(1970, 1, 1)) for one in parameters or (QUICK,)])
        self.rule = int(book.pick([("A", "421224")], np.array([20_000]))[0])
        self.book, self.capacity = book, np.float32(np.nan)

    def feed(self, meters: IntArray, days: IntArray, values: NDArray[np.float32]) -> list[Signal]:
        rows = self.states.rows_of(meters)
        self.states.meters["driver"][rows] = self.driver
        self.states.meters["capacity"][rows] = self.capacity
        weekday = (days + 3) % 7
        facts = np.stack([weekday >= 5, np.maximum(weekday - 4, 0), days * 0], axis=1)
        rule = np.full(len(days), self.rule, np.intp)
        return detect(self.states, Curves(meters, days, facts, values, rule), self.book.table)


def usual(days: int, seed: int = 1, slots: int = SLOTS) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    shape = 1000 + 200 * np.sin(np.arange(slots) / slots * 2 * np.pi)
    return (shape + random.normal(0, 5, (days, slots))).astype(np.float32)


def one_meter(values: NDArray[np.float32]) -> tuple[IntArray, IntArray]:
    return np.zeros(len(values), np.int64), np.arange(20_000, 20_000 + len(values))


def test_spike_opens_extends_and_clears_when_the_meter_returns() -> None:
    values = usual(43)
    values[41, 10:13] = 2500
    signals = Detector().feed(*one_meter(values), values)
    assert [signal.phase for signal in signals] == [
        Phase.OPENED,
        Phase.EXTENDED,
        Phase.EXTENDED,
        Phase.CLEARED,
    ]
    opened, cleared = signals[0], signals[-1]
    assert opened.at == 20_041 * 1440 + 10 * 60
    assert opened.value == 2500
    assert abs(opened.expected - values[40, 10]) < 60
    # Three slots in a row back in the band, then it is over.
    assert cleared.at == opened.at + 5 * 60
    assert {signal.opened for signal in signals} == {opened.at}


def test_nothing_opens_when_the_meter_does_as_usual() -> None:
    values = usual(60)
    assert Detector(SHIPPED).feed(*one_meter(values), values) == []


def test_nothing_opens_before_the_warm_up_is_over() -> None:
    values = usual(10)
    values[1, 10] = 9000
    assert Detector().feed(*one_meter(values), values) == []


def test_one_condition_opens_when_a_long_episode_outlasts_the_quiet_time() -> None:
    values = usual(44)
    values[41, 6:20] += np.linspace(3000, 9000, 14, dtype=np.float32)
    signals = Detector().feed(*one_meter(values), values)
    assert phases(signals, ConditionKind.SPIKE).count(Phase.OPENED) == 1


def test_second_spike_is_silent_within_the_quiet_time_and_opens_after_it() -> None:
    parameters = QUICK.model_copy(update={"clear_slots": 1})
    values = usual(48)
    values[41, 2] = values[41, 4] = 3000
    signals = Detector(parameters).feed(*one_meter(values), values)
    assert phases(signals, ConditionKind.SPIKE).count(Phase.OPENED) == 1
    values[41, 4] = values[40, 4]
    values[41, 6] = 6000
    signals = Detector(parameters).feed(*one_meter(values), values)
    assert phases(signals, ConditionKind.SPIKE).count(Phase.OPENED) == 2


def test_late_reading_is_passed_over_when_it_is_not_newer_than_the_last() -> None:
    values = usual(10)
    detector = Detector()
    detector.feed(*one_meter(values), values)
    before = detector.states.dump(np.zeros(1, np.int64))
    late = np.full((1, SLOTS), 9000, np.float32)
    assert detector.feed(np.zeros(1, np.int64), np.array([20_005]), late) == []
    assert detector.states.dump(np.zeros(1, np.int64)) == before


def test_missing_slots_are_no_zeros_when_a_day_has_gaps() -> None:
    values = usual(43)
    values[41, 5:20] = np.nan
    signals = Detector().feed(*one_meter(values), values)
    assert signals == []


def test_steady_meter_is_silent_when_it_moves_by_its_own_rounding() -> None:
    values = np.full((43, SLOTS), 100, np.float32)
    values[41, 10] = 100.5
    assert Detector().feed(*one_meter(values), values) == []


@st.composite
def stream(draw: st.DrawFn) -> tuple[IntArray, IntArray, NDArray[np.float32]]:
    """Rows of several meters in the order of a log, with gaps, spikes and late rows."""
    meters, days = draw(st.integers(1, 4)), draw(st.integers(4, 7))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    rows = [(meter, 20_000 + day) for day in range(days) for meter in range(meters)]
    for _ in range(draw(st.integers(0, 4))):
        rows.insert(draw(st.integers(0, len(rows))), draw(st.sampled_from(rows)))
    values = np.stack([usual(1, seed=int(random.integers(1 << 30)))[0] for _ in rows])
    values[random.random(values.shape) < 0.1] = np.nan
    values[random.random(values.shape) < 0.03] *= np.float32(4)
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows]), values


@settings(max_examples=60, deadline=None)
@given(stream(), st.data())
def test_decisions_are_the_same_when_the_log_is_cut_otherwise(
    log: tuple[IntArray, IntArray, NDArray[np.float32]], data: st.DataObject
) -> None:
    meters, days, values = log
    whole = Detector(JUMPY, JUMPY_DROP, JUMPY_SHIFT)
    expected = [replace(signal, row=0) for signal in whole.feed(meters, days, values)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(days)), max_size=5)))
    pieces = Detector(JUMPY, JUMPY_DROP, JUMPY_SHIFT)
    found: list[Signal] = []
    for start, end in zip([0, *cuts], [*cuts, len(days)], strict=True):
        part = slice(start, end)
        if data.draw(st.booleans()):
            # A restart: what was learned so far comes from a checkpoint.
            restored = Detector(JUMPY, JUMPY_DROP, JUMPY_SHIFT)
            known = pieces.states.meter_index
            half = len(known) // 2
            restored.states.absorb(pieces.states.dump(known[half:]))
            restored.states.absorb(pieces.states.dump(known[:half]))
            pieces = restored
        if end > start:
            found += [replace(s, row=0) for s in pieces.feed(meters[part], days[part], values[part])]
    by_meter = {meter: [s for s in expected if s.meter_index == meter] for meter in set(meters.tolist())}
    assert {m: [s for s in found if s.meter_index == m] for m in by_meter} == by_meter
    every = np.unique(meters)
    assert pieces.states.dump(every) == whole.states.dump(every)


def test_meters_do_not_touch_each_other_when_fed_together() -> None:
    values = [usual(9, seed=seed) for seed in range(5)]
    values[3][8, 12] = 3000
    together = Detector(JUMPY, JUMPY_DROP, JUMPY_SHIFT)
    alone = Detector(JUMPY, JUMPY_DROP, JUMPY_SHIFT)
    meters, days = np.repeat(np.arange(5), 9), np.tile(np.arange(20_000, 20_009), 5)
    signals = [signal for signal in together.feed(meters, days, np.concatenate(values)) if signal.meter_index == 3]
    single = alone.feed(np.full(9, 3), days[:9], values[3])
    assert single
    assert [replace(signal, row=0) for signal in signals] == [replace(signal, row=0) for signal in single]
    assert together.states.dump(np.array([3])) == alone.states.dump(np.array([3]))


def test_five_minute_meter_is_judged_like_others() -> None:
    values = usual(43, slots=288)
    values[41, 100] = 4000
    detector = Detector(slots=288)
    signals = detector.feed(*one_meter(values), values)
    assert signals[0].at == 20_041 * 1440 + 100 * 5


def test_holiday_reads_sunday_and_worked_weekend_reads_working_days() -> None:
    types = DayTypes(WorkCalendar())
    national_day, worked_sunday, monday = date(2025, 10, 1), date(2025, 9, 28), date(2025, 9, 29)
    days = np.array([day_number(day) for day in (national_day, worked_sunday, monday)])
    assert types.facts(days)[:, :2].tolist() == [[1, 2], [0, 0], [0, 0]]
    assert [types.name(int(day)) for day in days[:2]] == ["holiday", "adjusted_workday"]


def test_unknown_year_reads_plain_weekdays() -> None:
    types = DayTypes(WorkCalendar())
    first = date(1999, 3, 1)
    days = np.array([day_number(first + timedelta(days=number)) for number in range(7)])
    assert types.facts(days)[:, :2].tolist() == [[0, 3], [0, 0], [0, 0], [0, 0], [0, 0], [1, 1], [1, 2]]


def test_most_specific_rule_wins_when_several_hold() -> None:
    meter_rule = SpikeParameters(open_score=12)
    book = RuleBook(
        (
            Rule(meter_rule, date(2026, 1, 1), meter_no="A"),
            Rule(SpikeParameters(open_score=11), date(2026, 1, 1), region_prefix="421224"),
            Rule(SpikeParameters(open_score=9), date(2026, 6, 1), valid_to=date(2026, 7, 1)),
        )
    )
    meters = [("A", "421224101"), ("B", "421224101"), ("C", "429004"), ("C", "429004"), ("A", "421224101")]
    days = np.array([day_number(day) for day in [date(2026, 6, 15)] * 3 + [date(2026, 7, 1), date(2025, 1, 1)]])
    chosen = [_spike(book, number).open_score for number in book.pick(meters, days)]
    assert chosen == [12, 11, 9, 5.5, 5.5]


def test_parameters_are_refused_when_scores_do_not_rise() -> None:
    with pytest.raises(ValueError, match="scores must rise"):
        SpikeParameters(open_score=3, clear_score=4)


def _spike(book: RuleBook, number: int) -> SpikeParameters:
    found = book.parameters(int(number), ConditionKind.SPIKE)
    assert isinstance(found, SpikeParameters)
    return found


@pytest.mark.parametrize(
    ("value", "kind"), [(2500, ConditionKind.SPIKE), (100, ConditionKind.DROP), (9e7, ConditionKind.UNIT)]
)
def test_value_behind_the_last_one_is_told_as_late_and_teaches_nothing(value: float, kind: ConditionKind) -> None:
    values = usual(43)
    detector, plain = Detector(QUICK, DropParameters()), Detector(QUICK, DropParameters())
    for each in (detector, plain):
        each.feed(*one_meter(values), values)
    late = np.full((1, SLOTS), np.nan, np.float32)
    late[0, 10] = value
    day = np.array([20_041])
    (signal,) = detector.feed(np.zeros(1, np.int64), day, late)
    assert (signal.kind, signal.phase, signal.at) == (kind, Phase.LATE, 20_041 * 1440 + 600)
    assert signal.opened == signal.at
    usual_value = late.copy()
    usual_value[0, 10] = values[41, 10] + 4
    # Too far back nobody knows what was usual.
    assert detector.feed(np.zeros(1, np.int64), day, usual_value) == []
    assert detector.feed(np.zeros(1, np.int64), day - 40, late) == []
    row = np.zeros(1, np.int64)
    assert detector.states.dump(row) == plain.states.dump(row)


def phases(signals: list[Signal], kind: ConditionKind) -> list[Phase]:
    return [signal.phase for signal in signals if signal.kind is kind]


def test_drop_opens_at_once_and_clears_when_the_load_is_back() -> None:
    values = usual(43)
    values[41, 8:12] = 60
    signals = Detector(QUICK, DropParameters(clear_slots=2)).feed(*one_meter(values), values)
    assert phases(signals, ConditionKind.DROP) == [Phase.OPENED, *[Phase.EXTENDED] * 3, Phase.CLEARED]
    assert {signal.kind for signal in signals} == {ConditionKind.DROP}
    assert signals[0].value < signals[0].limit < signals[0].expected


def test_shift_opens_within_two_days_and_clears_when_it_has_become_usual() -> None:
    values = usual(70)
    values[41:] *= np.float32(1.6)
    signals = Detector(SHIPPED).feed(*one_meter(values), values)
    shift = [signal for signal in signals if signal.kind is ConditionKind.SHIFT]
    assert [signal.phase for signal in shift] == [Phase.OPENED, Phase.CLEARED]
    assert shift[0].at - 20_041 * 1440 <= 2 * 1440
    assert shift[0].value > 0.28


def test_dead_meter_is_dead_and_no_drop_when_zeros_come() -> None:
    values = usual(43, slots=96)
    values[41, 40:60] = 0
    signals = Detector(slots=96).feed(*one_meter(values), values)
    dead = [signal for signal in signals if signal.kind is ConditionKind.DEAD]
    assert dead[0].phase is Phase.OPENED
    assert dead[0].at == 20_041 * 1440 + 43 * 15
    assert dead[-1].phase is Phase.CLEARED


def test_meter_with_zeros_every_night_is_not_dead() -> None:
    values = usual(43)
    values[:, :6] = 0
    values[:, 22:] = 0
    signals = Detector().feed(*one_meter(values), values)
    assert [signal for signal in signals if signal.at > 20_020 * 1440] == []


def test_stuck_value_opens_after_four_hours_and_clears_with_the_next_value() -> None:
    values = usual(43)
    values[41, 3:12] = values[41, 2]
    signals = Detector().feed(*one_meter(values), values)
    stuck = [signal for signal in signals if signal.kind is ConditionKind.STUCK]
    assert stuck[0].phase is Phase.OPENED
    assert stuck[0].at == 20_041 * 1440 + 6 * 60
    assert (stuck[-1].phase, stuck[-1].at) == (Phase.CLEARED, 20_041 * 1440 + 12 * 60)


@pytest.mark.parametrize("factor", [1000, -1])
def test_unit_error_is_told_and_taught_to_nobody(factor: float) -> None:
    values = usual(45)
    values[41, 5:9] *= np.float32(factor)
    detector, untouched = Detector(), Detector()
    signals = detector.feed(*one_meter(values), values)
    assert phases(signals, ConditionKind.UNIT) == [Phase.OPENED, *[Phase.EXTENDED] * 3, Phase.CLEARED]
    assert {signal.kind for signal in signals} == {ConditionKind.UNIT}
    gap = values.copy()
    gap[41, 5:9] = np.nan
    untouched.feed(*one_meter(gap), gap)
    assert np.array_equal(detector.states.profile, untouched.states.profile)


def test_new_scale_is_learned_anew_when_it_has_stood_for_a_week() -> None:
    values = usual(90)
    values[41:] *= np.float32(100)
    signals = Detector().feed(*one_meter(values), values)
    unit = [signal for signal in signals if signal.kind is ConditionKind.UNIT]
    assert (unit[0].phase, unit[-1].phase) == (Phase.OPENED, Phase.CLEARED)
    assert unit[-1].at == 20_048 * 1440
    assert [signal for signal in signals if signal.at > 20_049 * 1440] == []


def test_clock_an_hour_wrong_is_found_by_the_second_day() -> None:
    shape = np.where((np.arange(96) >= 32) & (np.arange(96) < 72), 1000, 200)
    values = (shape + np.random.default_rng(1).normal(0, 5, (60, 96))).astype(np.float32)
    values[41:] = np.roll(values[41:], 8, axis=1)
    signals = Detector(slots=96).feed(*one_meter(values), values)
    clock = [signal for signal in signals if signal.kind is ConditionKind.CLOCK]
    assert clock[0].phase is Phase.OPENED
    assert clock[0].at <= 20_043 * 1440
    assert abs(clock[0].value) == 2


def test_overload_opens_above_the_capacity_and_clears_below_its_share() -> None:
    values = usual(43)
    detector = Detector()
    detector.capacity = np.float32(1300)
    values[41, 10:12] = 1400
    values[41, 12] = 1290
    signals = detector.feed(*one_meter(values), values)
    assert phases(signals, ConditionKind.OVERLOAD) == [Phase.OPENED, Phase.EXTENDED, Phase.CLEARED]


def test_wind_has_no_daily_pattern_and_spikes_only_beyond_all_seen() -> None:
    random = np.random.default_rng(5)
    values = np.abs(np.cumsum(random.normal(0, 20, 50 * SLOTS))).reshape(50, SLOTS).astype(np.float32)
    assert Detector(driver=BY_WEATHER).feed(*one_meter(values), values) == []
    values[45, 12] = 6 * values.max()
    signals = Detector(driver=BY_WEATHER).feed(*one_meter(values), values)
    assert signals[0].kind is ConditionKind.SPIKE


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_none_teach_nothing(bad: float) -> None:
    values, spoilt = usual(20), usual(20)
    values[10, 4:9] = np.nan
    spoilt[10, 4:9] = bad
    clean, dirty = Detector(), Detector()
    assert clean.feed(*one_meter(values), values) == dirty.feed(*one_meter(spoilt), spoilt)
    assert clean.states.dump(np.zeros(1, np.int64)) == dirty.states.dump(np.zeros(1, np.int64))


def test_meter_of_nothing_but_zeros_is_silent() -> None:
    values = np.zeros((60, SLOTS), np.float32)
    signals = Detector().feed(*one_meter(values), values)
    assert {signal.kind for signal in signals} <= {ConditionKind.DEAD}
    assert len(phases(signals, ConditionKind.DEAD)) < 20


def test_state_of_a_meter_is_small() -> None:
    assert MeterStates(96).bytes_a_meter <= 6000


def test_parameters_of_a_kind_are_those_of_its_rule_alone() -> None:
    book = RuleBook([Rule(DropParameters(open_score=9), date(2026, 1, 1), meter_no="A")])
    days = np.array([day_number(date(2026, 2, 1))] * 2)
    ruled, plain = book.pick([("A", "421224"), ("B", "421224")], days).tolist()
    assert [float(book.table[n]["drop_open_score"]) for n in (ruled, plain)] == [9, 6]
    assert book.parameters(ruled, ConditionKind.SPIKE) == SHIPPED
