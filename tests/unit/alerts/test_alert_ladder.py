"""The ladder and its clock; no database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from libs.common.contracts.alerts import Severity
from libs.common.workdays import WorkCalendar
from services.alerts.escalation.domain.ladder import ClockMode, Policy, due_after

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
    due = due_after(CALENDAR, mode, start, minutes)
    assert (due.at, due.year_unknown) == (expected, None)


def test_minutes_run_on_around_the_clock_when_the_year_is_unknown() -> None:
    start = local(3, 3, 9, year=2031)
    due = due_after(CALENDAR, ClockMode.WORKING, start, 90)
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
    ],
)
def test_policy_is_refused_when_a_severity_would_go_nowhere(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**changes)
