"""The ladder and its clock; no database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from libs.common.contracts.alerts import Severity
from libs.common.workdays import WorkCalendar
from services.alerts.escalation.domain.ladder import ClockMode, Policy, before, due_after
from services.alerts.escalation.domain.spans import Span
from services.alerts.escalation.domain.steps import (
    TimerKind,
    after_step,
    gravest,
    next_promise_reminder,
    next_repeat,
)

CALENDAR = WorkCalendar()


def local(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    """An instant by its time in Shanghai, in 2026 unless said otherwise."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def policy(**changes: Any) -> Policy:
    every = dict.fromkeys(Severity, 0)
    values: dict[str, Any] = {
        "name_zh": "督办",
        "name_en": "Chase",
        "rungs": [
            {"post": "officer", "after_minutes": every},
            {"post": "leader", "after_minutes": {"yellow": 120, "red": 15}},
            {"post": "supervision_group", "after_minutes": {"yellow": 240, "orange": 60, "red": 30}},
            {"post": "leading_group", "after_minutes": {"red": 60}},
        ],
        "clocks": {
            "blue": "working",
            "yellow": "working",
            "orange": "around_the_clock",
            "red": "around_the_clock",
        },
        "promise_minutes": dict.fromkeys(Severity, 420),
    }
    return Policy.model_validate({**values, **changes})


@pytest.mark.parametrize(
    ("severity", "path"),
    [
        (Severity.BLUE, [0]),
        (Severity.YELLOW, [0, 1, 2]),
        (Severity.ORANGE, [0, 2]),
        (Severity.RED, [0, 1, 2, 3]),
    ],
)
def test_rungs_without_minutes_are_passed_over_when_an_alert_climbs(severity: Severity, path: list[int]) -> None:
    climbed, level = [], -1
    while (rung := policy().next_rung(severity, level)) is not None:
        climbed.append(rung)
        level = rung
    assert climbed == path
    assert policy().top_rung(severity) == path[-1]


@pytest.mark.parametrize(
    ("mode", "start", "minutes", "expected"),
    [
        # Within a morning, over the noon break, over the night.
        (ClockMode.WORKING, local(9, 15, 9), 60, local(9, 15, 10)),
        (ClockMode.WORKING, local(9, 15, 11, 30), 60, local(9, 15, 15)),
        (ClockMode.WORKING, local(9, 15, 17, 30), 60, local(9, 16, 9)),
        # Friday evening to Monday; a whole working day has 420 minutes.
        (ClockMode.WORKING, local(9, 11, 19), 30, local(9, 14, 9)),
        (ClockMode.WORKING, local(9, 14, 8, 30), 420, local(9, 14, 18)),
        # National Day: 1 to 7 October 2026 rest.
        (ClockMode.WORKING, local(9, 30, 17), 120, local(10, 8, 9, 30)),
        # Spring Festival's worked Saturday, 28 February 2026.
        (ClockMode.WORKING, local(2, 28, 8, 30), 60, local(2, 28, 9, 30)),
        (ClockMode.AROUND_THE_CLOCK, local(9, 30, 17), 120, local(9, 30, 19)),
        (ClockMode.AROUND_THE_CLOCK, local(9, 12, 3), 15, local(9, 12, 3, 15)),
    ],
)
def test_due_time_follows_the_clock_over_nights_weekends_and_holidays(
    mode: ClockMode, start: datetime, minutes: float, expected: datetime
) -> None:
    due = due_after(CALENDAR, mode, start, Span(minutes))
    assert (due.at, due.year_unknown) == (expected, None)


def test_minutes_run_on_around_the_clock_when_the_year_is_unknown() -> None:
    start = local(3, 3, 9, year=2031)
    due = due_after(CALENDAR, ClockMode.WORKING, start, Span(90))
    assert (due.at, due.year_unknown) == (start + timedelta(minutes=90), 2031)


def test_rules_clock_wins_when_it_names_one() -> None:
    assert policy().clock_for(Severity.YELLOW, None) is ClockMode.WORKING
    assert policy().clock_for(Severity.YELLOW, ClockMode.AROUND_THE_CLOCK) is ClockMode.AROUND_THE_CLOCK


@pytest.mark.parametrize(
    "changes",
    [
        {"rungs": []},
        {"clocks": {"red": "working"}},
        {"promise_minutes": dict.fromkeys(Severity, 0)},
        {"rungs": [{"post": "officer", "after_minutes": {"red": 0}}]},
        {"rungs": [{"post": "officer", "after_minutes": dict.fromkeys(Severity, -1)}]},
        {"remind_minutes": {"red": 0}},
        {"remind": {"red": "0m"}},
        {"promise_reminders": {"red": ["0m"]}},
        {"rungs": [{"after": dict.fromkeys(Severity, 0)}]},
        {"rungs": [{"post": "officer", "after": dict.fromkeys(Severity, 0), "repeat": {"red": 0}}]},
    ],
)
def test_policy_is_refused_when_a_severity_would_go_nowhere(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**changes)


@pytest.mark.parametrize(
    ("written", "span", "text"),
    [
        (15, Span(15), "15m"),
        ("2h", Span(2, "h"), "2h"),
        ("3d", Span(3, "d"), "3d"),
        ("1.5h", Span(1.5, "h"), "1.5h"),
    ],
)
def test_span_is_read_as_people_write_it(written: object, span: Span, text: str) -> None:
    assert Span.parse(written) == span
    assert str(span) == text
    assert Span.parse(text) == span


@pytest.mark.parametrize("written", ["", "3w", "-1m", -1, "1.5d", True, None, "366d", "9" * 400 + "m", "１５m"])
def test_span_is_refused_when_nobody_could_count_it(written: object) -> None:
    with pytest.raises(ValueError, match=r"span|days"):
        Span.parse(written)


def test_policy_reads_what_earlier_releases_stored_and_writes_spans() -> None:
    known = policy(promise_minutes=dict.fromkeys(Severity, 90))
    stored = known.model_dump(mode="json")
    assert stored["rungs"][1]["after"] == {"yellow": "120m", "red": "15m"}
    assert stored["promise"]["red"] == "90m"
    assert Policy.model_validate(stored) == known


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        # Working days keep the time of day; Friday evening counts from Sunday 20 September, worked for October.
        (local(9, 15, 10), 2, local(9, 17, 10)),
        (local(9, 18, 20), 1, local(9, 21, 8, 30)),
        # National Day 2026: Wednesday 30 September 16:00; the 8th, 9th and the worked Saturday the 10th.
        (local(9, 30, 16), 3, local(10, 10, 16)),
    ],
)
def test_working_days_are_days_of_the_calendar(start: datetime, days: int, expected: datetime) -> None:
    assert due_after(CALENDAR, ClockMode.WORKING, start, Span(days, "d")).at == expected
    assert due_after(CALENDAR, ClockMode.AROUND_THE_CLOCK, start, Span(days, "d")).at == start + timedelta(
        days=days
    )


def test_reminder_lies_so_much_working_time_before_the_promise() -> None:
    # Monday 09:00 less one working hour: half an hour of Friday is left after Monday's half hour.
    assert before(CALENDAR, ClockMode.WORKING, local(9, 14, 9), Span(1, "h")) == local(9, 11, 17, 30)
    assert before(CALENDAR, ClockMode.WORKING, local(10, 8, 10), Span(1, "d")) == local(9, 30, 10)
    assert before(CALENDAR, ClockMode.AROUND_THE_CLOCK, local(9, 14, 9), Span(1, "h")) == local(9, 14, 8)
    assert before(CALENDAR, ClockMode.WORKING, local(3, 3, 9, year=2031), Span(1, "h")) == local(
        3, 3, 8, year=2031
    )


def repeating() -> Policy:
    rungs = [
        {"post": "officer", "after": dict.fromkeys(Severity, 0), "repeat": {"red": "5m"}, "repeat_times": 2},
        {"post": "leader", "after": {"red": "15m"}},
    ]
    return policy(rungs=rungs, remind={"red": "8h"}, promise_reminders={"red": ["30m", "10m"]})


def test_step_plans_the_rung_above_and_its_own_repeats() -> None:
    start, red, mode = local(9, 15, 2), Severity.RED, ClockMode.AROUND_THE_CLOCK
    planned = after_step(repeating(), red, mode, CALENDAR, 0, start)
    assert [(each.kind, each.due.at - start) for each in planned] == [
        (TimerKind.RUNG, timedelta(minutes=15)),
        (TimerKind.REPEAT, timedelta(minutes=5)),
    ]
    second = next_repeat(repeating(), red, mode, CALENDAR, 0, start, 2)
    assert second is not None
    assert next_repeat(repeating(), red, mode, CALENDAR, 0, start, 3) is None
    # At the top the reminder goes on, and nothing is repeated where nothing says so.
    (reminder,) = after_step(repeating(), red, mode, CALENDAR, 1, start)
    assert (reminder.kind, reminder.due.at) == (TimerKind.REMINDER, start + timedelta(hours=8))
    assert after_step(repeating(), Severity.YELLOW, mode, CALENDAR, 0, start) == []


def test_promise_reminders_come_one_after_the_other_and_none_from_the_past() -> None:
    promised = local(9, 15, 12)
    at = (repeating(), Severity.RED, ClockMode.AROUND_THE_CLOCK, CALENDAR, promised)
    first = next_promise_reminder(*at, local(9, 15, 10))
    assert first is not None
    assert first.due.at == promised - timedelta(minutes=30)
    second = next_promise_reminder(*at, first.due.at)
    assert second is not None
    assert second.due.at == promised - timedelta(minutes=10)
    assert next_promise_reminder(*at, second.due.at) is None


def test_gravest_of_several_due_timers_decides() -> None:
    assert gravest(["repeat", "rung", "reminder"]) == 1
    assert gravest(["promise_reminder", "promise"]) == 1
