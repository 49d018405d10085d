"""Periods, regimes, reports, missed checks and who reported in time (S4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from libs.common.web.problems import DomainError
from libs.common.workdays import WorkCalendar
from services.projects.cadences.domain import check as steps
from services.projects.cadences.domain.check import Check, CheckStatus, cleared_because, missed_finding
from services.projects.cadences.domain.periods import ended_between, parse_period
from services.projects.cadences.domain.regimes import (
    AnswerKind,
    Level,
    OwnerRule,
    Question,
    Regime,
    ReportFact,
    check_regime,
    narrower,
)
from services.projects.cadences.domain.reports import (
    Report,
    ReportedInvestment,
    ReportedProgress,
    check_report,
    progress_day,
)
from services.projects.cadences.domain.statistics import Counted, Outcome, outcome_of, tally
from services.projects.cadences.domain.summaries import Line, totals
from services.projects.cadences.errors import (
    CheckIncomplete,
    CheckOfInterruptedProject,
    CheckOutsidePeriod,
    CheckStepRefused,
    RegimeNotOrdered,
    UnknownPeriod,
)
from services.projects.registry.domain.periods import Period, PeriodKind, period_of
from services.projects.registry.domain.records import Post

CALENDAR = WorkCalendar()
SEPTEMBER = period_of(PeriodKind.MONTH, date(2026, 9, 15))
MONTH = Level("month", "月通报", PeriodKind.MONTH, 3, requires=(ReportFact.PROGRESS, ReportFact.INVESTMENT))
# 1-7 October 2026 are a holiday and Saturday 10 October is worked in return.
DUE_ON = date(2026, 10, 10)
DAYS = st.dates(date(2010, 1, 1), date(2090, 12, 31))


def a_check(**facts: object) -> Check:
    check = Check(UUID(int=1), UUID(int=2), MONTH, SEPTEMBER, DUE_ON, DUE_ON)
    return replace(check, **facts)  # type: ignore[arg-type]  # fields of the test's own choosing


@pytest.mark.parametrize(
    ("kind", "day", "code", "first", "last", "name"),
    [
        (PeriodKind.WEEK, "2026-09-15", "2026-W38", "2026-09-14", "2026-09-20", "2026年第38周"),
        (PeriodKind.WEEK, "2027-01-01", "2026-W53", "2026-12-28", "2027-01-03", "2026年第53周"),
        (PeriodKind.TEN_DAYS, "2026-09-10", "2026-09-X1", "2026-09-01", "2026-09-10", "2026年9月上旬"),
        (PeriodKind.TEN_DAYS, "2026-09-11", "2026-09-X2", "2026-09-11", "2026-09-20", "2026年9月中旬"),
        (PeriodKind.TEN_DAYS, "2026-10-31", "2026-10-X3", "2026-10-21", "2026-10-31", "2026年10月下旬"),
        (PeriodKind.TEN_DAYS, "2024-02-21", "2024-02-X3", "2024-02-21", "2024-02-29", "2024年2月下旬"),
        (PeriodKind.MONTH, "2026-12-31", "2026-12", "2026-12-01", "2026-12-31", "2026年12月"),
        (PeriodKind.QUARTER, "2026-09-15", "2026-Q3", "2026-07-01", "2026-09-30", "2026年第3季度"),
        (PeriodKind.HALF_YEAR, "2026-06-30", "2026-H1", "2026-01-01", "2026-06-30", "2026年上半年"),
        (PeriodKind.HALF_YEAR, "2026-07-01", "2026-H2", "2026-07-01", "2026-12-31", "2026年下半年"),
        (PeriodKind.YEAR, "2026-09-15", "2026", "2026-01-01", "2026-12-31", "2026年"),
    ],
)
def test_period_holds_its_day(kind: PeriodKind, day: str, code: str, first: str, last: str, name: str) -> None:
    period = period_of(kind, date.fromisoformat(day))
    assert (period.code, str(period.first), str(period.last), period.name_zh) == (code, first, last, name)


@given(st.sampled_from(PeriodKind), DAYS)
def test_periods_of_a_kind_follow_each_other_without_gap_and_are_read_from_their_codes(
    kind: PeriodKind, day: date
) -> None:
    period = period_of(kind, day)
    assert period.first <= day <= period.last
    assert period.following.first == period.last + timedelta(days=1)
    assert period.following.code > period.code
    assert parse_period(period.code) == period
    assert period_of(kind, period.first) == period_of(kind, period.last) == period


@pytest.mark.parametrize(
    "code", ["", "2026-W54", "2026-W00", "2026-13", "2026-09-X4", "2026-Q5", "26", "２０２６"]
)
def test_code_is_refused_when_it_is_no_period(code: str) -> None:
    with pytest.raises(UnknownPeriod):
        parse_period(code)


def test_periods_end_before_today_and_on_or_after_the_first_day() -> None:
    ended = [one.code for one in ended_between(PeriodKind.TEN_DAYS, date(2026, 9, 10), date(2026, 9, 30))]
    assert ended == ["2026-09-X1", "2026-09-X2"]
    assert "2026-09-X3" in {
        one.code for one in ended_between(PeriodKind.TEN_DAYS, date(2026, 9, 10), date(2026, 10, 1))
    }


def test_due_day_counts_working_days_over_the_holiday() -> None:
    assert MONTH.due_on(SEPTEMBER, CALENDAR) == DUE_ON


REGIME = Regime(code="county", name="县级", levels=(MONTH,), region_code="421224")


@pytest.mark.parametrize(
    ("regime", "codes"),
    [
        (replace(REGIME, levels=(MONTH, MONTH)), {"cadence.level_repeated"}),
        (replace(REGIME, stages=()), {"cadence.stages_missing"}),
        (replace(REGIME, stages=(Stage.SUSPENDED,)), {"cadence.stage_never_reports"}),
        (replace(REGIME, levels=(replace(MONTH, post=Post.LEADER),)), {"cadence.post_goes_with_rule"}),
        (
            replace(REGIME, levels=(replace(MONTH, owner=OwnerRule.POST_IN_REGION),)),
            {"cadence.post_goes_with_rule"},
        ),
        (
            replace(REGIME, levels=(replace(MONTH, questions=(Question("a", "?"), Question("a", "?"))),)),
            {"cadence.question_repeated"},
        ),
        (
            replace(REGIME, levels=(replace(MONTH, questions=(Question("a", "?", AnswerKind.CHOICE),)),)),
            {"cadence.options_go_with_choice"},
        ),
        (
            replace(REGIME, levels=(replace(MONTH, questions=(Question("a", "?", options=("x",)),)),)),
            {"cadence.options_go_with_choice"},
        ),
    ],
)
def test_regime_is_refused_when_it_contradicts_itself(regime: Regime, codes: set[str]) -> None:
    with pytest.raises(RegimeNotOrdered) as refused:
        check_regime(regime)
    assert {fault.code for fault in refused.value.errors} == codes


def test_regime_may_ask_for_nothing() -> None:
    check_regime(replace(REGIME, levels=()))


def test_regions_with_an_entry_of_their_own_are_left_out() -> None:
    town = replace(REGIME, region_code="421224101", valid_from=date(2026, 9, 1))
    province = replace(REGIME, region_code=None)
    other = replace(REGIME, code="contest", region_code="421224102")
    neighbour = replace(REGIME, region_code="421221")
    known = (REGIME, town, province, other, neighbour)
    assert narrower(REGIME, known, date(2026, 9, 30)) == ("421224101",)
    assert narrower(REGIME, known, date(2026, 8, 31)) == ()
    assert narrower(province, known, date(2026, 9, 30)) == ("421221", "421224", "421224101")


QUESTIONS = (
    Question("next", "下一步", required=True),
    Question("workers", "人数", AnswerKind.NUMBER),
    Question("kept", "按计划", AnswerKind.YES_NO),
    Question("grade", "等次", AnswerKind.CHOICE, options=("好", "差")),
)
ASKING = replace(MONTH, requires=(), questions=QUESTIONS)
WHOLE = Report(
    progress=ReportedProgress(Decimal(52)),
    investments=(ReportedInvestment(date(2026, 9, 1), 100),),
)


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        ({"next": "吊装", "workers": Decimal(5), "kept": False, "grade": "好"}, {}),
        ({"next": "吊装"}, {}),
        ({}, {"/answers/next": "fact.required"}),
        ({"next": " "}, {"/answers/next": "fact.required"}),
        ({"next": True}, {"/answers/next": "check.answer_of_other_kind"}),
        ({"next": "a", "workers": "five"}, {"/answers/workers": "check.answer_of_other_kind"}),
        ({"next": "a", "workers": True}, {"/answers/workers": "check.answer_of_other_kind"}),
        ({"next": "a", "kept": "yes"}, {"/answers/kept": "check.answer_of_other_kind"}),
        ({"next": "a", "grade": "中"}, {"/answers/grade": "check.answer_not_offered"}),
        ({"next": "a", "other": "a"}, {"/answers/other": "check.question_unknown"}),
    ],
)
def test_answers_fit_their_questions(answers: dict[str, str | bool | Decimal], faults: dict[str, str]) -> None:
    report = Report(answers=answers)
    if not faults:
        check_report(report, ASKING, SEPTEMBER, Stage.STARTED, date(2026, 10, 8))
        return
    with pytest.raises(CheckIncomplete) as refused:
        check_report(report, ASKING, SEPTEMBER, Stage.STARTED, date(2026, 10, 8))
    assert {fault.pointer: fault.code for fault in refused.value.errors} == faults


@pytest.mark.parametrize(
    ("stage", "missing"),
    [
        (Stage.PLANNED, set()),
        (Stage.SIGNED, {"/investments"}),
        (Stage.STARTED, {"/progress", "/investments"}),
        (Stage.COMPLETED, {"/investments"}),
    ],
)
def test_facts_are_demanded_of_stages_that_have_them(stage: Stage, missing: set[str]) -> None:
    pointers: set[str] = set()
    try:
        check_report(Report(), MONTH, SEPTEMBER, stage, date(2026, 10, 8))
    except CheckIncomplete as refused:
        pointers = {fault.pointer for fault in refused.errors}
    assert pointers == missing


@pytest.mark.parametrize(
    ("report", "pointer"),
    [
        (replace(WHOLE, progress=ReportedProgress(Decimal(1), date(2026, 8, 31))), "/progress/on"),
        (replace(WHOLE, progress=ReportedProgress(Decimal(1), date(2026, 10, 9))), "/progress/on"),
        (replace(WHOLE, investments=(ReportedInvestment(date(2026, 10, 1), 1),)), "/investments/0/month"),
        (replace(WHOLE, investments=(*WHOLE.investments, *WHOLE.investments)), "/investments/1/month"),
    ],
)
def test_report_is_refused_when_its_facts_are_of_other_days(report: Report, pointer: str) -> None:
    with pytest.raises(CheckOutsidePeriod) as refused:
        check_report(report, MONTH, SEPTEMBER, Stage.STARTED, date(2026, 10, 8))
    assert [fault.pointer for fault in refused.value.errors] == [pointer]


def test_progress_is_of_the_periods_last_day_unless_said_otherwise() -> None:
    check_report(WHOLE, MONTH, SEPTEMBER, Stage.STARTED, date(2026, 10, 8))
    assert progress_day(ReportedProgress(Decimal(1)), SEPTEMBER, date(2026, 10, 8)) == date(2026, 9, 30)


def test_check_goes_its_whole_way_and_late_stays_late() -> None:
    late = steps.submit(a_check(), Stage.STARTED, date(2026, 10, 12))
    assert (late.status, late.late, late.submissions) == (CheckStatus.SUBMITTED, True, 1)
    back = steps.give_back(late, "figures", date(2026, 10, 14))
    assert (back.status, back.due_on, back.original_due_on) == (CheckStatus.RETURNED, date(2026, 10, 14), DUE_ON)
    again = steps.submit(back, Stage.STARTED, date(2026, 10, 14))
    assert (again.late, again.submissions, again.reason) == (True, 2, "")


def test_report_is_on_time_on_its_last_day_and_never_due_earlier_by_a_return() -> None:
    on_time = steps.submit(a_check(), Stage.STARTED, DUE_ON)
    assert not on_time.late
    assert steps.give_back(on_time, "r", date(2026, 10, 9)).due_on == DUE_ON


@pytest.mark.parametrize(
    ("status", "stage", "error"),
    [
        (CheckStatus.SUBMITTED, Stage.STARTED, CheckStepRefused),
        (CheckStatus.EXCUSED, Stage.STARTED, CheckStepRefused),
        (CheckStatus.DUE, Stage.SUSPENDED, CheckOfInterruptedProject),
        (CheckStatus.RETURNED, Stage.TERMINATED, CheckOfInterruptedProject),
    ],
)
def test_report_is_refused_when_none_is_owed(status: CheckStatus, stage: Stage, error: type[DomainError]) -> None:
    with pytest.raises(error):
        steps.submit(a_check(status=status), stage, DUE_ON)


@pytest.mark.parametrize("status", [CheckStatus.SUBMITTED, CheckStatus.EXCUSED])
def test_done_check_is_neither_excused_nor_reassigned(status: CheckStatus) -> None:
    with pytest.raises(CheckStepRefused):
        steps.excuse(a_check(status=status), "r")
    with pytest.raises(CheckStepRefused):
        steps.reassign(a_check(status=status), None, None)


@pytest.mark.parametrize(
    ("today", "level"),
    [
        (DUE_ON, None),
        (date(2026, 10, 11), 1),
        # Five working days from Saturday the 10th (worked): Friday the 16th is still level 1.
        (date(2026, 10, 16), 1),
        (date(2026, 10, 17), 2),
    ],
)
def test_missed_check_is_told_from_the_day_after_and_gravely_later(today: date, level: int | None) -> None:
    found = missed_finding(a_check(), Stage.STARTED, CALENDAR, today)
    assert (None if found is None else found.level) == level


def test_explanation_has_its_figures() -> None:
    found = missed_finding(a_check(), Stage.STARTED, CALENDAR, date(2026, 10, 13))
    assert found is not None
    assert found.explanation_zh == "“月通报”（2026年9月）应于 2026-10-10 前报送，已逾期 3 天"
    assert found.explanation_en == "the report “月通报” for 2026-09 was due on 2026-10-10 and is 3 days late"


def test_missed_check_is_not_grave_while_the_year_is_unknown() -> None:
    december = a_check(due_on=date(2026, 12, 30))
    found = missed_finding(december, Stage.STARTED, CALENDAR, date(2027, 3, 1))
    assert found is not None
    assert found.level == 1


@given(
    st.sampled_from(CheckStatus),
    st.sampled_from(Stage),
    st.dates(date(2026, 10, 1), date(2026, 12, 1)),
)
def test_check_is_told_exactly_while_it_is_owed_and_late(status: CheckStatus, stage: Stage, today: date) -> None:
    check = a_check(status=status)
    found = missed_finding(check, stage, CALENDAR, today)
    interrupted = stage in {Stage.SUSPENDED, Stage.TERMINATED}
    assert (found is not None) == (check.is_pending and today > DUE_ON and not interrupted)
    if found is None and not check.is_pending:
        assert cleared_because(check, stage) == status.value


def test_due_day_follows_the_calendar_until_a_report_came_back() -> None:
    moved = WorkCalendar({date(2026, 10, 10): False})
    assert steps.rescheduled(a_check(), moved).due_on == date(2026, 10, 12)
    returned = a_check(status=CheckStatus.RETURNED)
    assert steps.rescheduled(returned, moved) == returned


def test_tally_splits_every_check_once() -> None:
    today = date(2026, 10, 13)
    checks = [
        Counted(UUID(int=1), "a", CheckStatus.SUBMITTED, DUE_ON, late=False),
        Counted(UUID(int=2), "a", CheckStatus.SUBMITTED, DUE_ON, late=True),
        Counted(UUID(int=3), "a", CheckStatus.DUE, DUE_ON, late=False),
        Counted(UUID(int=4), "a", CheckStatus.RETURNED, date(2026, 10, 13), late=True),
        Counted(UUID(int=5), "a", CheckStatus.EXCUSED, DUE_ON, late=False),
        Counted(UUID(int=6), None, CheckStatus.EXCUSED, DUE_ON, late=False),
    ]
    assert [outcome_of(one, today) for one in checks] == [
        *(Outcome.ON_TIME, Outcome.LATE, Outcome.MISSED, Outcome.OPEN, Outcome.EXCUSED, Outcome.EXCUSED)
    ]
    first, last = tally(checks, today)
    assert (first.key, last.key) == ("a", None)
    assert [one.int for one in first.due_ids] == [1, 2, 3]
    assert first.rate == pytest.approx(1 / 3)
    assert last.rate is None


def test_totals_keep_what_is_unknown_apart_from_nothing() -> None:
    known = Line(UUID(int=1), "421224101", percent_before=Decimal(20), percent=Decimal(22), investment_yuan=5)
    nothing = Line(UUID(int=2), "421224102", planned_percent=Decimal(10))
    assert (known.advance, nothing.advance, nothing.points_behind) == (Decimal(2), None, Decimal(10))
    everywhere, first, second = totals([known, nothing])
    assert (everywhere.projects, everywhere.investment_yuan) == (2, 5)
    assert (first.investment_yuan, second.investment_yuan) == (5, None)
    assert (everywhere.advanced_ids, everywhere.behind_ids) == ((known.project_id,), (nothing.project_id,))


def test_months_of_a_period_are_those_it_touches() -> None:
    week = Period(PeriodKind.WEEK, date(2026, 9, 28), date(2026, 10, 4))
    assert week.months == (date(2026, 9, 1), date(2026, 10, 1))
    assert len(period_of(PeriodKind.YEAR, date(2026, 5, 5)).months) == 12
