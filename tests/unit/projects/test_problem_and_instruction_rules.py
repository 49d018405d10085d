"""How a problem goes up, when an instruction is near its deadline, who decides on it, and what its papers say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.projects.duties.domain.duty import Duty, DutyStatus, Wording
from services.projects.duties.domain.rules import DutyKind, DutyRule
from services.projects.instructions.domain.instruction import (
    Authority,
    Figure,
    Reference,
    SubjectType,
    check_reference,
    cleared_because,
    due_soon,
    printed_number,
)
from services.projects.instructions.domain.paper import Facts, reminder_letter, slip
from services.projects.instructions.errors import NotTheInstructor, SubjectIncomplete
from services.projects.instructions.printing import DOCX, HTML, choose, render
from services.projects.meetings.domain.meeting import check_governing_from
from services.projects.meetings.errors import GoverningTooEarly
from services.projects.problems.domain.problem import (
    Problem,
    ProblemCategory,
    escalate,
    is_due_to_go_up,
    overdue_finding,
    term_of,
)
from services.projects.problems.errors import HighestLevel

DAY = date(2026, 9, 15)
CALENDAR = WorkCalendar()
SOON = DutyRule(kind=DutyKind.INSTRUCTION_DUE_SOON, threshold_days=2)
OVERDUE = DutyRule(kind=DutyKind.PROBLEM_OVERDUE, threshold_days=1, level2_days=30)
WORDING = Wording("督办件", "instruction")


def problem(level: int = 1, due_on: date = DAY) -> Problem:
    duty = Duty(due_on, due_on)
    return Problem(UUID(int=1), UUID(int=2), 1, "land", "", ProblemCategory.LAND, level, DAY, duty)


def test_problem_goes_up_to_the_leading_group_and_no_further() -> None:
    today = DAY + timedelta(days=1)
    county = escalate(problem(), DAY + timedelta(days=10), today)
    group = escalate(county, DAY + timedelta(days=20), DAY + timedelta(days=11))
    assert (county.level, group.level, group.duty.overdue_since) == (2, 3, DAY)
    with pytest.raises(HighestLevel):
        escalate(group, DAY, today)
    assert [term_of(level).value.rpartition("term_")[2] for level in (1, 2, 3)] == [
        "town",
        "county",
        "leading_group",
    ]


@pytest.mark.parametrize(
    ("level", "late_days", "goes_up", "told_level"),
    [(1, 0, False, None), (1, 1, True, 1), (2, 1, True, 1), (3, 1, False, 2), (1, 30, True, 2)],
)
def test_late_problem_goes_up_and_is_grave_at_the_top(
    level: int, late_days: int, goes_up: bool, told_level: int | None
) -> None:
    today = DAY + timedelta(days=late_days)
    assert is_due_to_go_up(problem(level), today) is goes_up
    found = overdue_finding(problem(level), OVERDUE, today)
    assert (None if found is None else found.level) == told_level


def test_early_escalation_is_no_miss() -> None:
    assert escalate(problem(), DAY + timedelta(days=10), DAY).duty.overdue_since is None


@pytest.mark.parametrize(
    ("due_on", "left"),
    [
        (date(2026, 9, 14), None),
        (date(2026, 9, 15), 0),
        (date(2026, 9, 17), 2),
        (date(2026, 9, 18), None),
        (date(2030, 1, 1), None),
    ],
)
def test_deadline_is_near_by_working_days(due_on: date, left: int | None) -> None:
    found = due_soon(Duty(due_on, due_on), SOON, DAY, CALENDAR, WORDING)
    if left is None:
        assert found is None
    else:
        assert found is not None
        assert found.explanation_zh == f"督办件应于 {due_on} 前办结，还剩 {left} 个工作日"


def test_nearness_over_an_unknown_year_is_an_error_that_names_it() -> None:
    due = Duty(date(2027, 1, 5), date(2027, 1, 5))
    with pytest.raises(UnknownCalendarYear) as unknown:
        due_soon(due, SOON, date(2026, 12, 30), CALENDAR, WORDING)
    assert unknown.value.params["year"] == 2027


@pytest.mark.parametrize(
    ("kind", "status", "today", "found", "reason"),
    [
        ("instruction_due_soon", DutyStatus.RESOLVED, DAY, set(), "resolved"),
        ("instruction_due_soon", DutyStatus.OPEN, DAY + timedelta(days=1), {"instruction_overdue"}, "overdue"),
        ("instruction_due_soon", DutyStatus.OPEN, DAY, set(), "extended"),
        ("instruction_overdue", DutyStatus.OPEN, DAY, set(), "extended"),
        ("instruction_overdue", DutyStatus.OPEN, DAY + timedelta(days=1), set(), "rule_changed"),
    ],
)
def test_reason_of_clearing(kind: str, status: DutyStatus, today: date, found: set[str], reason: str) -> None:
    assert cleared_because(kind, Duty(DAY, DAY, status), today, found) == reason


CHEN, WANG, LI = (UUID(int=number) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("authority", "subject", "person", "allowed"),
    [
        (Authority("acc-1", CHEN, frozenset()), "acc-9", CHEN, True),
        (Authority("acc-1", CHEN, frozenset()), "acc-1", None, False),
        (Authority("acc-1", CHEN, frozenset()), "acc-1", WANG, False),
        (Authority("acc-1", CHEN, frozenset({WANG})), "acc-2", WANG, True),
        (Authority("acc-1", None, frozenset()), "acc-1", None, True),
        (Authority("acc-1", None, frozenset()), "acc-2", None, False),
        (Authority("acc-1", None, frozenset({LI})), "acc-2", LI, True),
    ],
)
def test_who_decides(authority: Authority, subject: str, person: UUID | None, allowed: bool) -> None:
    assert authority.allows(subject, person) is allowed
    if not allowed:
        with pytest.raises(NotTheInstructor):
            authority.demand(subject, person)


FIGURE = Figure("x", Decimal(1), "", DAY)


@pytest.mark.parametrize(
    ("reference", "pointers"),
    [
        (Reference(SubjectType.PROJECT, UUID(int=1)), None),
        (Reference(SubjectType.FIGURE, figure=FIGURE), None),
        (Reference(SubjectType.PROJECT), ["/subject/id"]),
        (Reference(SubjectType.FIGURE), ["/subject/figure"]),
        (Reference(SubjectType.FIGURE, UUID(int=1), figure=FIGURE), ["/subject/id"]),
        (Reference(SubjectType.ALERT, UUID(int=1), figure=FIGURE), ["/subject/figure"]),
    ],
)
def test_subject_has_an_id_or_is_a_figure(reference: Reference, pointers: list[str] | None) -> None:
    if pointers is None:
        check_reference(reference)
        return
    with pytest.raises(SubjectIncomplete) as refused:
        check_reference(reference)
    assert [error.pointer for error in refused.value.errors] == pointers


@pytest.mark.parametrize(
    ("on", "present_from", "fits"),
    [
        (date(2026, 9, 10), None, True),
        (date(2026, 9, 9), None, False),
        (date(2026, 9, 16), None, False),
        (date(2026, 9, 15), date(2026, 9, 12), True),
        (date(2026, 9, 12), date(2026, 9, 12), False),
    ],
)
def test_minutes_govern_from_the_meeting_on_and_after_those_before(
    on: date, present_from: date | None, fits: bool
) -> None:
    if fits:
        check_governing_from(on, date(2026, 9, 10), present_from, DAY)
    else:
        with pytest.raises(GoverningTooEarly):
            check_governing_from(on, date(2026, 9, 10), present_from, DAY)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, DOCX),
        ("*/*", DOCX),
        ("text/html", HTML),
        ("text/html,application/xhtml+xml,*/*;q=0.8", HTML),
        (DOCX, DOCX),
        (f"text/html;q=0.4, {DOCX};q=0.9", DOCX),
        ("text/*", HTML),
        ("application/*, text/html;q=0.1", DOCX),
        ("image/png", None),
        ("text/html;q=0", None),
        ("text/html;q=x", None),
    ],
)
def test_paper_is_chosen_by_what_the_caller_accepts(accept: str | None, chosen: str | None) -> None:
    assert choose(accept) == chosen


FACTS = Facts(
    office="通山县督导组",
    number=printed_number(2026, 3),
    subject_type=SubjectType.PROJECT,
    subject="九宫山风力电场一期",
    text="抓紧办理。",
    instructor="陈建国",
    issued_on=DAY,
    lead_unit="县自然资源局",
    assisting_units=(),
    person="",
    due_on=date(2026, 9, 30),
    original_due_on=date(2026, 9, 21),
    status=DutyStatus.IN_HANDLING,
    feedback=[],
    resolution="",
    resolved_on=None,
    closing_note="",
    closed_on=None,
)


def test_slip_shows_the_extended_deadline_and_leaves_room_for_signatures() -> None:
    paper = slip(FACTS, DAY)
    rows = dict(paper.rows)
    assert paper.number == "督〔2026〕3号"
    assert rows["办理时限"] == "2026年9月30日（原限期2026年9月21日，经批准延期）"
    assert (rows["协办单位"], rows["责 任 人"], rows["办理状态"]) == ("无", "", "办理中")
    assert len(paper.signatures) == 3


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 9, 28), "距办理时限还有2天"),
        (date(2026, 9, 30), "今日到期"),
        (date(2026, 10, 3), "已逾期3天"),
    ],
)
def test_letter_says_how_the_deadline_stands(today: date, words: str) -> None:
    text = "".join(reminder_letter(FACTS, today).paragraphs)
    assert words in text
    assert "至今未收到书面反馈" in text
    fed = replace(FACTS, feedback=[(date(2026, 9, 20), "x")])
    assert "最近一次反馈为2026年9月20日" in "".join(reminder_letter(fed, today).paragraphs)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_page_escapes_whatever_was_written(text: str) -> None:
    page = render(slip(replace(FACTS, text=f"<script>{text}"), DAY), HTML).decode(errors="strict")
    assert "<script>" not in page
