"""Progress and investment entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.entries import (
    Investment,
    Progress,
    add_progress,
    set_investment,
    summarise_progress,
)
from services.projects.ledger.domain.project import PlannedDate, Project
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.ledger.errors import (
    CorrectionNeedsNote,
    DateInFuture,
    OutsideConstruction,
    ProgressFallNeedsNote,
)

STARTED_ON = date(2026, 3, 1)
TODAY = date(2026, 9, 15)
STARTED = Project(
    id=UUID(int=1),
    code="X",
    name="X",
    kind=ProjectKind.NEW_BUILD,
    region_code="421224",
    stage=Stage.STARTED,
    signed_on=date(2026, 1, 20),
    plan={Milestone.START: PlannedDate(STARTED_ON, STARTED_ON, STARTED_ON)},
)
HALTED = replace(STARTED, stage=Stage.SUSPENDED, interrupted_stage=Stage.STARTED, interrupted_on=date(2026, 6, 1))


def at(day: int, percent: str) -> Progress:
    return Progress(STARTED_ON + timedelta(days=day), Decimal(percent))


@pytest.mark.parametrize(
    ("known", "entry", "note", "accepted"),
    [
        ([], at(0, "0"), "", True),
        ([at(1, "10")], at(2, "10"), "", True),
        ([at(1, "10")], at(2, "9.99"), "", False),
        ([at(1, "10")], at(2, "9.99"), "   ", False),
        ([at(1, "10")], at(2, "9.99"), "measured anew", True),
        ([at(1, "10")], at(1, "5"), "", False),
        ([at(1, "10"), at(9, "30")], at(5, "20"), "", True),
        ([at(1, "10"), at(9, "30")], at(5, "31"), "", False),
        ([at(1, "10"), at(9, "30")], at(5, "31"), "the later one was measured anew", True),
    ],
)
def test_falling_progress_needs_a_note(known: list[Progress], entry: Progress, note: str, accepted: bool) -> None:
    if accepted:
        add_progress(STARTED, known, entry, note, TODAY)
        return
    with pytest.raises(ProgressFallNeedsNote) as raised:
        add_progress(STARTED, known, entry, note, TODAY)
    assert raised.value.errors[0].pointer == "/note"


@pytest.mark.parametrize(
    ("project", "on", "error"),
    [
        (STARTED, TODAY + timedelta(days=1), DateInFuture),
        (STARTED, STARTED_ON - timedelta(days=1), OutsideConstruction),
        (replace(STARTED, plan={}, stage=Stage.SIGNED), TODAY, OutsideConstruction),
        (HALTED, date(2026, 6, 2), OutsideConstruction),
    ],
)
def test_progress_is_refused_when_no_work_ran(project: Project, on: date, error: type[Exception]) -> None:
    with pytest.raises(error):
        add_progress(project, [], Progress(on, Decimal(10)), "", TODAY)


def test_late_entry_is_welcome_when_the_work_ran_on_that_day() -> None:
    for project in (HALTED, replace(STARTED, stage=Stage.AT_CAPACITY)):
        assert add_progress(project, [], Progress(date(2026, 6, 1), Decimal(10)), "", TODAY).percent == 10


@given(st.lists(st.tuples(st.integers(0, 190), st.decimals(0, 100, places=2)), max_size=12))
def test_order_of_recording_does_not_matter(entries: list[tuple[int, Decimal]]) -> None:
    unique = dict(entries)
    recorded: list[Progress] = []
    project = STARTED
    for day, percent in unique.items():
        entry = Progress(STARTED_ON + timedelta(days=day), percent)
        project = add_progress(project, recorded, entry, "late paper", TODAY)
        recorded = sorted([*recorded, entry], key=lambda one: one.on)
    assert project == summarise_progress(STARTED, recorded)


def test_advance_is_the_latest_rise() -> None:
    entries = [at(1, "10"), at(5, "25"), at(9, "25"), at(12, "20")]
    made = summarise_progress(STARTED, entries)
    assert (made.percent, made.last_progress_on, made.last_advance_on) == (
        Decimal(20),
        entries[-1].on,
        entries[1].on,
    )


def test_investment_of_a_month_is_replaced_with_a_note_only() -> None:
    known = [Investment(date(2026, 4, 1), 100)]
    with pytest.raises(CorrectionNeedsNote):
        set_investment(STARTED, known, Investment(date(2026, 4, 1), 90), "", TODAY)
    assert set_investment(STARTED, known, Investment(date(2026, 4, 1), 90), "typo", TODAY).invested_yuan == 90
    assert set_investment(STARTED, known, Investment(date(2026, 4, 17), 100), "", TODAY).invested_yuan == 100


def test_investment_is_summed_over_months_and_zero_is_no_sign_of_life() -> None:
    known = [Investment(date(2026, 4, 1), 100), Investment(date(2026, 5, 1), 50)]
    made = set_investment(STARTED, known, Investment(date(2026, 9, 1), 0), "", TODAY)
    assert (made.invested_yuan, made.last_investment_month) == (150, date(2026, 5, 1))


@pytest.mark.parametrize(
    ("project", "month", "error"),
    [
        (STARTED, date(2026, 10, 1), DateInFuture),
        (STARTED, date(2025, 12, 1), OutsideConstruction),
        (replace(STARTED, signed_on=None), date(2026, 4, 1), OutsideConstruction),
        (
            replace(HALTED, stage=Stage.TERMINATED),
            date(2026, 7, 1),
            OutsideConstruction,
        ),
    ],
)
def test_investment_is_refused_when_outside(project: Project, month: date, error: type[Exception]) -> None:
    with pytest.raises(error):
        set_investment(project, [], Investment(month, 1), "", TODAY)


def test_month_of_signing_counts() -> None:
    assert set_investment(STARTED, [], Investment(date(2026, 1, 1), 7), "", TODAY).invested_yuan == 7
