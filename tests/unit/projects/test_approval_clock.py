"""The clock of a case: working days, lawful pauses, due days, and what is told when they come near or pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.workdays import SHANGHAI, UnknownCalendarYear, WorkCalendar
from services.projects.approvals.domain.case import Case, CaseStatus, Terms
from services.projects.approvals.domain.clock import (
    Clock,
    DayKind,
    Pause,
    days_of,
    is_past,
    reckon,
    used_days,
)
from services.projects.approvals.domain.matters import AuthorityLevel
from services.projects.approvals.domain.watching import clearing_reason, findings_of

CALENDAR = WorkCalendar()
TUESDAY = date(2026, 9, 15)


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def pause(first: str, to: str | None, limit: int | None = None) -> Pause:
    return Pause("expert_review", day(first), "notice 1", None if to is None else day(to), limit)


@pytest.mark.parametrize(
    ("accepted", "promised", "pauses", "due"),
    [
        # 25 to 27 September is the Mid-Autumn Festival; 1 to 7 October the National Day; 20 September is worked.
        ("09-15", 1, (), "09-16"),
        ("09-15", 5, (), "09-21"),
        ("09-18", 5, (), "09-24"),
        ("09-24", 1, (), "09-28"),
        ("09-29", 3, (), "10-09"),
        # Accepted on a day of rest: the first working day after it is the first counted.
        ("09-26", 1, (), "09-28"),
        ("09-15", 5, (pause("09-16", "09-18"),), "09-23"),
        ("09-15", 5, (pause("09-16", "09-16"),), "09-21"),
        # A pause over a weekend of rest takes out its working days alone.
        ("09-11", 2, (pause("09-12", "09-14"),), "09-15"),
        ("09-15", 5, (pause("09-16", "09-17"), pause("09-18", "09-21")), "09-24"),
        ("09-15", 5, (pause("09-16", None),), None),
        # Past the days its ground allows a pause counts again, whether it ended or not.
        ("09-15", 5, (pause("09-16", None, 2),), "09-23"),
        ("09-15", 5, (pause("09-16", "09-30", 2),), "09-23"),
        # A pause after the due day moves nothing.
        ("09-15", 1, (pause("09-17", None),), "09-16"),
    ],
)
def test_due_day_follows_from_working_days_and_pauses(
    accepted: str, promised: int, pauses: tuple[Pause, ...], due: str | None
) -> None:
    reckoning = reckon(Clock(day(accepted), promised, promised, pauses=pauses), CALENDAR)
    assert reckoning.due_on == (None if due is None else day(due))
    assert reckoning.statutory_due_on == reckoning.due_on


def test_a_due_day_in_a_year_not_announced_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownCalendarYear) as refusal:
        reckon(Clock(date(2026, 12, 28), 5, 20), CALENDAR)
    assert refusal.value.params == {"year": 2027}


def test_each_day_says_whether_it_counts() -> None:
    clock = Clock(day("09-17"), 3, 20, pauses=(pause("09-21", "09-23"),))
    told = [
        (one.on.day, one.kind, one.used) for one in takewhile(lambda one: one.used < 3, days_of(clock, CALENDAR))
    ]
    assert told == [
        (17, DayKind.ACCEPTANCE, 0),
        (18, DayKind.COUNTED, 1),
        (19, DayKind.REST, 1),
        (20, DayKind.COUNTED, 2),
        (21, DayKind.PAUSED, 2),
        (22, DayKind.PAUSED, 2),
    ]


spans = st.tuples(st.integers(0, 40), st.integers(0, 15))


@given(st.integers(0, 60), st.integers(1, 20), st.lists(spans, max_size=4))
def test_a_pause_moves_the_due_day_by_exactly_the_working_days_it_covers(
    start: int, promised: int, drawn: list[tuple[int, int]]
) -> None:
    accepted = date(2026, 3, 2) + timedelta(days=start)
    pauses, free = [], accepted + timedelta(days=1)
    for wait, length in drawn:
        begins = free + timedelta(days=wait)
        free = begins + timedelta(days=length)
        pauses.append(Pause("hearing", begins, "n", free))
    clock = Clock(accepted, promised, promised, pauses=tuple(pauses))
    due = reckon(clock, CALENDAR).due_on
    assert due is not None
    between = (accepted + timedelta(days=offset) for offset in range(1, (due - accepted).days + 1))
    worked = [one for one in between if CALENDAR.is_working_day(one)]
    counted = [one for one in worked if not any(stop.covers(one) for stop in pauses)]
    assert len(counted) == promised
    assert counted[-1] == due
    assert used_days(clock, CALENDAR, due) == promised
    assert due >= CALENDAR.add_working_days(accepted, promised)


def test_the_due_day_is_past_when_the_offices_have_closed_on_it() -> None:
    closing = datetime(2026, 9, 16, 18, 0, tzinfo=SHANGHAI)
    assert not is_past(day("09-16"), closing - timedelta(microseconds=1), CALENDAR)
    assert is_past(day("09-16"), closing.astimezone(UTC), CALENDAR)
    assert not is_past(None, closing, CALENDAR)


def accepted_case(*, green: bool = False, due_soon_days: int = 1, pauses: tuple[Pause, ...] = ()) -> Case:
    status = CaseStatus.PAUSED if pauses and pauses[-1].to_on is None else CaseStatus.ACCEPTED
    return Case(
        id=UUID(int=1),
        code="SP-1",
        matter_code="filing",
        matter_name="filing",
        authority_level=AuthorityLevel.COUNTY,
        region_code="421224",
        applied_on=TUESDAY,
        enterprise_id=UUID(int=2),
        status=status,
        green_reason="key project" if green else None,
        accepted_on=TUESDAY,
        terms=Terms(promised_days=5, statutory_days=7, due_soon_days=due_soon_days, green_days=3),
        pauses=pauses,
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("case", "now", "found"),
    [
        # Five working days from Tuesday the 15th: 16, 17, 18, 20 (worked Sunday), 21. Seven: 22, 23.
        (accepted_case(), "09-19T12:00", []),
        (accepted_case(), "09-20T07:30", [("approval_due_soon", "09-21", 1)]),
        (accepted_case(), "09-21T17:59", [("approval_due_soon", "09-21", 1)]),
        (accepted_case(), "09-21T18:00", [("approval_breached", "09-21", 1)]),
        (accepted_case(), "09-23T17:59", [("approval_breached", "09-21", 1)]),
        (accepted_case(), "09-23T18:00", [("approval_breached", "09-23", 2)]),
        (accepted_case(due_soon_days=9), "09-15T09:00", [("approval_due_soon", "09-21", 1)]),
        (accepted_case(due_soon_days=0), "09-20T09:00", []),
        (accepted_case(green=True), "09-18T18:00", [("approval_breached", "09-18", 1)]),
        (accepted_case(pauses=(pause("09-20", None),)), "09-30T09:00", []),
        # What was late before it was paused stays late.
        (accepted_case(pauses=(pause("09-22", None),)), "09-30T09:00", [("approval_breached", "09-21", 1)]),
        (replace(accepted_case(), status=CaseStatus.DECIDED), "09-30T09:00", []),
        (replace(accepted_case(), status=CaseStatus.DRAFT, accepted_on=None, terms=None), "09-30T09:00", []),
    ],
)
def test_conditions_open_to_the_minute(case: Case, now: str, found: list[tuple[str, str, int]]) -> None:
    findings = findings_of(case, CALENDAR, at(now))
    assert [(one.kind, one.reference_on, one.level) for one in findings] == [
        (kind, day(on), level) for kind, on, level in found
    ]


def test_a_breach_is_explained_with_its_figures_in_both_languages() -> None:
    (told,) = findings_of(accepted_case(), CALENDAR, at("09-22T09:00"))
    assert told.explanation_zh == (
        "2026-09-15 受理，承诺时限 5 个工作日（2026-09-21 到期），已用 6 个工作日，尚未办结"
    )
    assert told.explanation_en == (
        "accepted on 2026-09-15, 5 working days promised (until 2026-09-21), 6 used, not decided"
    )
    assert (told.days, told.threshold_days) == (1, 5)


def test_a_due_soon_that_was_broken_is_cleared_as_breached() -> None:
    case = accepted_case()
    findings = findings_of(case, CALENDAR, at("09-22T09:00"))
    assert clearing_reason(case, "approval_due_soon", findings) == "breached"
    assert clearing_reason(case, "approval_breached", ()) == "rescheduled"
