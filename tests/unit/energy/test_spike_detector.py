"""The spike detector: what it sees, when it is silent, and that batches and restarts do not matter."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from libs.common.workdays import WorkCalendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.parameters import NUMERIC, Rule, RuleBook, SpikeParameters
from services.energy.detection.domain.spike import Curves, Signal, SignalKind, detect
from services.energy.detection.domain.state import IntArray, SpikeState
from services.energy.metering.domain.slots import day_number

SLOTS = 24
SHIPPED = SpikeParameters()
QUICK = SpikeParameters(quiet_minutes=180, clear_slots=3)
# Finds much in little: for the properties.
JUMPY = SpikeParameters(open_score=2, clear_score=1, clear_slots=2, warmup_days=1, quiet_minutes=120)


@dataclass
class Detector:
    parameters: SpikeParameters = QUICK
    slots: int = SLOTS

    def __post_init__(self) -> None:
        self.state = SpikeState(self.slots)
        self.rules = np.array([[float(getattr(self.parameters, name)) for name in NUMERIC]])

    def feed(self, meters: IntArray, days: IntArray, values: NDArray[np.float32]) -> list[Signal]:
        curves = Curves(meters, days, (days + 3) % 7, values, np.zeros(len(days), np.intp))
        return detect(self.state, curves, self.rules)


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
    assert [signal.kind for signal in signals] == [
        SignalKind.OPENED,
        SignalKind.EXTENDED,
        SignalKind.EXTENDED,
        SignalKind.CLEARED,
    ]
    opened, cleared = signals[0], signals[-1]
    assert opened.at == 20_041 * 1440 + 10 * 60
    assert opened.value_kw == 2500
    assert abs(opened.expected_kw - values[40, 10]) < 60
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
    assert [signal.kind for signal in signals].count(SignalKind.OPENED) == 1


def test_second_spike_is_silent_within_the_quiet_time_and_opens_after_it() -> None:
    parameters = QUICK.model_copy(update={"clear_slots": 1})
    values = usual(48)
    values[41, 2] = values[41, 4] = 3000
    signals = Detector(parameters).feed(*one_meter(values), values)
    assert [signal.kind for signal in signals].count(SignalKind.OPENED) == 1
    values[41, 4] = values[40, 4]
    values[41, 6] = 6000
    signals = Detector(parameters).feed(*one_meter(values), values)
    assert [signal.kind for signal in signals].count(SignalKind.OPENED) == 2


def test_late_reading_is_passed_over_when_it_is_not_newer_than_the_last() -> None:
    values = usual(10)
    detector = Detector()
    detector.feed(*one_meter(values), values)
    before = detector.state.dump(np.zeros(1, np.int64))
    late = np.full((1, SLOTS), 9000, np.float32)
    assert detector.feed(np.zeros(1, np.int64), np.array([20_005]), late) == []
    assert detector.state.dump(np.zeros(1, np.int64)) == before


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
    whole = Detector(JUMPY)
    expected = [replace(signal, row=0) for signal in whole.feed(meters, days, values)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(days)), max_size=5)))
    pieces = Detector(JUMPY)
    found: list[Signal] = []
    for start, end in zip([0, *cuts], [*cuts, len(days)], strict=True):
        part = slice(start, end)
        if data.draw(st.booleans()):
            # A restart: what was learned so far comes from a checkpoint.
            restored = Detector(JUMPY)
            known = pieces.state.meter_index
            half = len(known) // 2
            restored.state.absorb(pieces.state.dump(known[half:]))
            restored.state.absorb(pieces.state.dump(known[:half]))
            pieces = restored
        if end > start:
            found += [replace(s, row=0) for s in pieces.feed(meters[part], days[part], values[part])]
    by_meter = {meter: [s for s in expected if s.meter_index == meter] for meter in set(meters.tolist())}
    assert {m: [s for s in found if s.meter_index == m] for m in by_meter} == by_meter
    every = np.unique(meters)
    assert pieces.state.dump(every) == whole.state.dump(every)


def test_meters_do_not_touch_each_other_when_fed_together() -> None:
    values = [usual(9, seed=seed) for seed in range(5)]
    values[3][8, 12] = 3000
    together, alone = Detector(JUMPY), Detector(JUMPY)
    meters, days = np.repeat(np.arange(5), 9), np.tile(np.arange(20_000, 20_009), 5)
    signals = [signal for signal in together.feed(meters, days, np.concatenate(values)) if signal.meter_index == 3]
    single = alone.feed(np.full(9, 3), days[:9], values[3])
    assert single
    assert [replace(signal, row=0) for signal in signals] == [replace(signal, row=0) for signal in single]
    assert together.state.dump(np.array([3])) == alone.state.dump(np.array([3]))


def test_five_minute_meter_is_judged_like_others() -> None:
    values = usual(43, slots=288)
    values[41, 100] = 4000
    detector = Detector(slots=288)
    signals = detector.feed(*one_meter(values), values)
    assert signals[0].at == 20_041 * 1440 + 100 * 5


def test_holiday_reads_sunday_and_worked_weekend_reads_friday() -> None:
    types = DayTypes(WorkCalendar())
    national_day, worked_sunday, monday = date(2025, 10, 1), date(2025, 9, 28), date(2025, 9, 29)
    days = np.array([day_number(day) for day in (national_day, worked_sunday, monday)])
    assert types.season_days(days).tolist() == [6, 4, 0]
    assert [types.name(int(day)) for day in days[:2]] == ["holiday", "adjusted_workday"]


def test_unknown_year_reads_plain_weekdays() -> None:
    types = DayTypes(WorkCalendar())
    first = date(1999, 3, 1)
    days = np.array([day_number(first + timedelta(days=number)) for number in range(7)])
    assert types.season_days(days).tolist() == list(range(7))


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
    chosen = [book.rules[number].parameters.open_score for number in book.pick(meters, days)]
    assert chosen == [12, 11, 9, 10, 10]


def test_parameters_are_refused_when_scores_do_not_rise() -> None:
    with pytest.raises(ValueError, match="scores must rise"):
        SpikeParameters(open_score=3, clear_score=4)
