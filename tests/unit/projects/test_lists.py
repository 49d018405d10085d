"""Lists: typed entry conditions, what is owed when, reforms and pilots step by step."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.workdays import WorkCalendar
from services.projects.duties.domain.rules import DutyKind, DutyRule
from services.projects.lists.domain import pilots, reforms
from services.projects.lists.domain.facts import ENTERPRISE, EntryVerdict, Fact, check, judge
from services.projects.lists.domain.lists import PERIODS, Reporting, overdue
from services.projects.lists.domain.pilots import PilotStage
from services.projects.lists.domain.reforms import Reform, ReformForm, ReformStage
from services.projects.lists.errors import (
    ConditionMalformed,
    PilotNeedsEvidence,
    PilotStepRefused,
    ReformIncomplete,
    ReformStaffMismatch,
    ReformStepRefused,
)

CONDITION = "sales >= 80000000 and not vetoed and 'key' in lists and sector_code =~ '^31'"
CLEAN: dict[str, Fact] = {"vetoed": Fact(False), "lists": Fact(("key",)), "sector_code": Fact("3140")}


@pytest.mark.parametrize(
    ("facts", "verdict", "missing"),
    [
        ({"sales": Fact(Decimal(80_000_000))}, EntryVerdict.MET, {}),
        ({"sales": Fact(Decimal(79_999_999))}, EntryVerdict.NOT_MET, {}),
        ({"sales": Fact(Decimal(90_000_000)), "vetoed": Fact(True)}, EntryVerdict.NOT_MET, {}),
        ({"sales": Fact(None, "not_reported")}, EntryVerdict.UNKNOWN, {"sales": "not_reported"}),
        ({}, EntryVerdict.UNKNOWN, {"sales": "not_known"}),
    ],
)
def test_condition_is_met_or_not_or_cannot_be_told(
    facts: dict[str, Fact], verdict: EntryVerdict, missing: dict[str, str]
) -> None:
    found = judge(CONDITION, ENTERPRISE, CLEAN | facts)
    assert (found.verdict, dict(found.missing)) == (verdict, missing)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sails > 3", "unknown_name"),
        ("sales >", "syntax"),
        ("sales", "not_boolean"),
        ("sector_code > 3", "wrong_type"),
        ("sales ** 9 > 3", "not_allowed"),
    ],
)
def test_condition_that_cannot_work_is_refused_with_its_place(text: str, code: str) -> None:
    with pytest.raises(ConditionMalformed) as refused:
        check(text, ENTERPRISE, "/condition")
    assert [(fault.code, fault.pointer) for fault in refused.value.errors] == [
        (f"condition.fault.{code}", "/condition")
    ]


@given(st.sampled_from(PERIODS), st.integers(1, 28), st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_periods_follow_each_other_and_are_due_after_their_end(months: int, day: int, on: date) -> None:
    reporting = Reporting(months, day)
    begun = reporting.period_of(on)
    after = reporting.after(begun)
    assert begun <= on < after
    assert reporting.period_of(after) == after
    assert reporting.due_on(begun) == after.replace(day=day)


# The tenth of October 2026 is a Saturday that is worked, the eleventh a Sunday.
@pytest.mark.parametrize(
    ("day", "today", "days"),
    [
        (10, date(2026, 10, 10), None),
        (10, date(2026, 10, 11), 1),
        (11, date(2026, 10, 12), None),
        (11, date(2026, 10, 13), 1),
    ],
)
def test_progress_is_overdue_once_its_working_day_has_passed(day: int, today: date, days: int | None) -> None:
    rule = DutyRule(kind=DutyKind.LIST_PROGRESS_OVERDUE, threshold_days=1, level2_days=30)
    calendar = WorkCalendar({date(2026, 10, 10): True, date(2026, 10, 11): False})
    found = overdue(
        date(2026, 10, day),
        [rule],
        "421224101",
        calendar,
        today,
        list_name="亿元企业",
        period_from=date(2026, 7, 1),
    )
    assert [finding.days for finding in found] == ([] if days is None else [days])
    assert all("2026-07 – 2026-09" in finding.explanation_en for finding in found)


def _reform(stage: ReformStage, **facts: object) -> Reform:
    whole: dict[str, object] = {
        "approved_on": date(2026, 3, 20),
        "carried_out_on": date(2026, 6, 30),
        "acquirer_name": "x",
        "staff_before": 326,
        "staff_rehired": 280,
        "staff_paid_off": 46,
        "evidence": "approval 12",
    }
    return Reform(form=ReformForm.ACQUISITION, stage=stage, **(whole | facts))  # type: ignore[arg-type] # a table of facts


def test_reform_goes_step_by_step_and_settles_its_staff() -> None:
    reforms.demand_step(ReformStage.APPROVED, _reform(ReformStage.CARRIED_OUT))
    with pytest.raises(ReformStepRefused):
        reforms.demand_step(ReformStage.PLANNED, _reform(ReformStage.CARRIED_OUT))
    with pytest.raises(ReformStepRefused):
        reforms.demand_step(ReformStage.CARRIED_OUT, _reform(ReformStage.GIVEN_UP))
    with pytest.raises(ReformIncomplete) as lacking:
        reforms.demand_step(
            ReformStage.APPROVED, _reform(ReformStage.CARRIED_OUT, evidence="", acquirer_name=None)
        )
    assert {fault.pointer for fault in lacking.value.errors} == {"/evidence", "/acquirer_name"}
    with pytest.raises(ReformStaffMismatch):
        reforms.demand_step(None, _reform(ReformStage.APPROVED, staff_rehired=281))


def test_pilot_never_goes_back_and_ends_with_a_paper() -> None:
    pilots.demand_step(None, PilotStage.AUDITED, "")
    pilots.demand_step(PilotStage.AUDITED, PilotStage.AUDITED, "")
    pilots.demand_step(PilotStage.CARRYING_OUT, PilotStage.ACCEPTED, "acceptance 3")
    with pytest.raises(PilotStepRefused):
        pilots.demand_step(PilotStage.CARRYING_OUT, PilotStage.AUDITED, "")
    with pytest.raises(PilotStepRefused):
        pilots.demand_step(PilotStage.ACCEPTED, PilotStage.FAILED, "paper")
    with pytest.raises(PilotNeedsEvidence):
        pilots.demand_step(PilotStage.CARRYING_OUT, PilotStage.FAILED, " ")
