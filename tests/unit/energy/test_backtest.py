"""A backtest judges stored curves as the worker judged them, and draws what went wrong."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from numpy.typing import NDArray

from libs.common.contracts.energy import ConditionKind
from libs.common.workdays import WorkCalendar
from services.energy.backtests.command import UnreadableInput, drafts_in, labels_in
from services.energy.backtests.domain.draft import DraftRule, tried
from services.energy.backtests.domain.drawing import Scene, picture
from services.energy.backtests.domain.judging import Judged, judge
from services.energy.backtests.domain.replaying import Found, Replay, Subject
from services.energy.backtests.domain.scoring import Alarm, Event, Series
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.engine import Curves, Phase, detect, signals_of
from services.energy.detection.domain.kernel import BY_CALENDAR
from services.energy.detection.domain.knowledge import Knowledge
from services.energy.detection.domain.parameters import DropParameters, SpikeParameters
from services.energy.detection.domain.rules import Rule
from services.energy.detection.domain.silence import tick
from services.energy.detection.domain.state import MeterStates

METERS, DAYS, FIRST, OFFSET = 10, 60, 20_500, 480
TYPES = DayTypes(WorkCalendar())


def plants(slots: int) -> NDArray[np.float32]:
    """(meters, days, slots) with a spike, a drop, a frozen day and gaps of all lengths."""
    random = np.random.default_rng(11)
    hour = np.arange(slots) * 24 / slots
    shape = np.where((hour >= 7) & (hour < 21), 1000.0, 300.0)
    values = (shape * (1 + random.normal(0, 0.02, (METERS, DAYS, slots)))).astype(np.float32)
    at = slots * 10 // 24
    values[0, 50, at] *= 3
    values[1, 51, at : at + slots // 6] *= np.float32(0.05)
    values[2, 52, at : at + slots // 3] = values[2, 52, at]
    values[3, 53, at : at + slots // 4] = np.nan
    values[4, 54] = np.nan
    values[5, 55, at : at + 2] = np.nan
    values[6, :10] = np.nan
    return values


def subjects(slots: int) -> list[Subject]:
    # Not in the order of their indexes.
    return [
        Subject(7 * (METERS - n), f"M{n}", "421224", slots, OFFSET, BY_CALENDAR, 2500.0) for n in range(METERS)
    ]


def reading_by_reading(values: NDArray[np.float32], slots: int) -> list[tuple[int, ConditionKind, int]]:
    """The same as the worker does it: each slot when it is due, and a look for silence after it."""
    own, states, book = subjects(slots), MeterStates(slots), Knowledge().rules
    index = np.array([one.meter_index for one in own])
    rows = states.rows_of(index)
    states.meters["capacity"][rows] = 2500.0
    rule, offset = np.zeros(METERS, np.intp), np.full(METERS, OFFSET)
    found = []
    for day in range(DAYS):
        days = np.full(METERS, FIRST + day)
        for slot in range(slots):
            part = np.full((METERS, slots), np.nan, np.float32)
            part[:, slot] = values[:, day, slot]
            signals = detect(states, Curves(index, days, TYPES.facts(days), part, rule), book.table)
            clock = (FIRST + day) * 1440 + (slot + 1) * 1440 // slots
            signals += signals_of(tick(states, clock - OFFSET, offset, book.table[rule]), rule)
            found += [(s.meter_index, s.kind, s.at) for s in signals if s.phase is Phase.OPENED]
    return sorted(found)


def told(found: list[Found]) -> list[tuple[int, ConditionKind, int]]:
    return sorted((one.meter_index, one.kind, one.began) for one in found)


def test_whole_days_at_once_say_what_reading_by_reading_does() -> None:
    slots = 24
    values = plants(slots)
    replay = Replay(subjects(slots), Knowledge(), TYPES)
    found = [one for day in range(DAYS) for one in replay.judge_day(FIRST + day, values[:, day])]
    expected = reading_by_reading(values, slots)
    assert told(found) == expected
    assert {kind for _, kind, _ in expected} >= {
        ConditionKind.SPIKE,
        ConditionKind.DROP,
        ConditionKind.STUCK,
        ConditionKind.MISSING,
    }


def test_draft_takes_the_place_of_the_rule_of_its_kind_and_scope() -> None:
    in_force = [
        Rule(SpikeParameters(margin=2), date(2026, 1, 1)),
        Rule(SpikeParameters(margin=3), date(2026, 1, 1), meter_no="A"),
        Rule(DropParameters(margin=4), date(2026, 1, 1)),
    ]
    book = tried(in_force, [(DraftRule(SpikeParameters(margin=9)), None)], {})

    def margin(meter_no: str, kind: ConditionKind) -> float:
        found = book.parameters_on(meter_no, "421224", 20_600, kind)
        assert isinstance(found, SpikeParameters | DropParameters)
        return found.margin

    assert [margin("B", ConditionKind.SPIKE), margin("A", ConditionKind.SPIKE)] == [9, 3]
    assert margin("B", ConditionKind.DROP) == 4
    same = DraftRule(SpikeParameters.model_validate({"margin": 9.0}))
    assert same.digest == DraftRule(SpikeParameters(margin=9)).digest
    assert same.digest != DraftRule(SpikeParameters(margin=9), region_code="421224").digest


SERIES = [Series("A", "consumption", 15, None, "", 60 * 1440, 0, True)]


def test_what_nobody_judged_is_neither_hit_nor_false() -> None:
    alarms = [Alarm("A", at * 1440, "spike") for at in (5, 15, 25)]
    true = Judged("1", "A", "spike", 5 * 1440, 5 * 1440 + 30, True)
    false = Judged("2", "A", "spike", 15 * 1440, 15 * 1440 + 30, False)
    missed = Judged("3", "A", "drop", 40 * 1440, 40 * 1440 + 30, True)
    judgement = judge(SERIES, alarms, None, [true, false, missed])
    figures = judgement.figures
    assert (figures["hits"], figures["events"], figures["false_alarms"], figures["unjudged"]) == (1, 2, 1, 1)
    assert [event.event_id for event in judgement.misses] == ["3"]
    labelled = judge(SERIES, alarms, [Event("x", "A", "spike", 25 * 1440, 25 * 1440, 60, "label", True)], [])
    assert (labelled.figures["hits"], labelled.figures["false_alarms"]) == (1, 2)


def test_picture_is_well_formed_whatever_is_missing() -> None:
    minutes = np.arange(96 * 5, dtype=np.int64) * 15
    values = np.full(480, np.nan, np.float32)
    for filled in (0, 480):
        values[:filled] = 100
        scene = Scene(minutes, values, values, (1440, 1500), [(1450, "<spike> & more")])
        root = etree.fromstring(picture(scene))
        assert root.tag.endswith("svg")
        assert "<spike> & more" in "".join(root.itertext())


def test_files_that_are_none_are_refused_with_their_name(tmp_path: Path) -> None:
    path = tmp_path / "draft.json"
    for text in ("", "[1]", '{"kind": "spike", "parameters": {"share": 1}}', "{"):
        path.write_text(text)
        with pytest.raises(UnreadableInput, match=r"draft\.json"):
            drafts_in(path)
    path.write_text('{"kind": "spike", "parameters": {"margin": 2}}')
    assert drafts_in(path)[0].parameters == SpikeParameters(margin=2)
    for text in ("meter_no,kind\nA,spike\n", "meter_no,kind,start,end\nA,spike,today,2026-01-01\n"):
        path.write_text(text)
        with pytest.raises(UnreadableInput):
            labels_in(path)
