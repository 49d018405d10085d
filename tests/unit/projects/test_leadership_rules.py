"""Terms of office, and which of the four "one"s is missing."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from services.projects.duties.domain.rules import DutyKind, DutyRule
from services.projects.leadership.domain.gaps import FourOnes, Standing, finding, gap_id, missing
from services.projects.leadership.domain.tenure import Tenure, begin, end
from services.projects.leadership.errors import HandoverTooEarly, HandoverToSamePerson

DAY = date(2026, 9, 15)
CHEN, LI = UUID(int=1), UUID(int=2)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))
BARE = Standing(UUID(int=7), Stage.STARTED, date(2026, 8, 1))
WHOLE = replace(
    BARE, lead_person_id=CHEN, task_force_id=UUID(int=8), on_site_meetings=1, governing_minutes_id=UUID(int=9)
)


@given(st.lists(st.tuples(days, st.sampled_from([CHEN, LI])), min_size=1, max_size=8))
def test_terms_never_overlap_and_leave_no_gap_when_handed_over(moves: list[tuple[date, UUID]]) -> None:
    terms: list[Tenure] = []
    for on, who in moves:
        try:
            ended_on, term = begin(terms[-1] if terms else None, who, on)
        except (HandoverTooEarly, HandoverToSamePerson):
            continue
        if terms:
            terms[-1] = replace(terms[-1], valid_to=ended_on)
        terms.append(term)
    for earlier, later in itertools.pairwise(terms):
        assert earlier.valid_to == later.valid_from > earlier.valid_from
    for day in (moves[0][0], moves[-1][0]):
        assert sum(term.holds_on(day) for term in terms) <= 1


@pytest.mark.parametrize(
    ("last", "person", "on", "expected"),
    [
        (None, CHEN, DAY, (None, Tenure(CHEN, DAY))),
        (Tenure(CHEN, date(2026, 9, 1)), LI, DAY, (DAY, Tenure(LI, DAY))),
        (Tenure(CHEN, date(2026, 9, 1), date(2026, 9, 10)), CHEN, DAY, (date(2026, 9, 10), Tenure(CHEN, DAY))),
    ],
)
def test_beginning_of_a_term(last: Tenure | None, person: UUID, on: date, expected: Any) -> None:
    assert begin(last, person, on) == expected


def test_term_is_refused_when_it_would_begin_before_the_last_has_ended() -> None:
    with pytest.raises(HandoverTooEarly):
        begin(Tenure(CHEN, DAY), LI, DAY)
    with pytest.raises(HandoverTooEarly):
        begin(Tenure(CHEN, date(2026, 9, 1), date(2026, 9, 20)), LI, DAY)
    with pytest.raises(HandoverToSamePerson):
        begin(Tenure(CHEN, date(2026, 9, 1)), CHEN, DAY)
    with pytest.raises(HandoverTooEarly):
        end(Tenure(CHEN, DAY), DAY)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (WHOLE, {}),
        (BARE, dict.fromkeys(FourOnes, date(2026, 8, 1))),
        (replace(BARE, key_since=None), {}),
        (replace(BARE, stage=Stage.TERMINATED), {}),
        (replace(BARE, stage=Stage.AT_CAPACITY), {}),
        (replace(WHOLE, stage=Stage.SUSPENDED, task_force_id=None), {FourOnes.TASK_FORCE: date(2026, 8, 1)}),
        (
            replace(WHOLE, lead_person_id=None, lead_ended_on=date(2026, 9, 1)),
            {FourOnes.LEAD_OFFICIAL: date(2026, 9, 1)},
        ),
        # Whoever left before the project became a key project left no gap then.
        (
            replace(WHOLE, lead_person_id=None, lead_ended_on=date(2026, 7, 1)),
            {FourOnes.LEAD_OFFICIAL: date(2026, 8, 1)},
        ),
        (replace(WHOLE, on_site_meetings=0), {FourOnes.ON_SITE_MEETING: date(2026, 8, 1)}),
        (
            replace(WHOLE, governing_minutes_id=None, governing_ended_on=date(2026, 9, 2)),
            {FourOnes.GOVERNING_MINUTES: date(2026, 9, 2)},
        ),
    ],
)
def test_what_is_missing_and_since_when(standing: Standing, expected: dict[FourOnes, date]) -> None:
    assert missing(standing) == expected


@given(st.integers(min_value=0, max_value=200))
def test_gap_is_told_after_its_days_of_grace(passed: int) -> None:
    rule = DutyRule(kind=DutyKind.LEADERSHIP_GAP, threshold_days=15, level2_days=45)
    found = finding(FourOnes.TASK_FORCE, DAY, rule, DAY + timedelta(days=passed))
    assert (None if found is None else found.level) == (None if passed < 15 else 1 if passed < 45 else 2)
    if found is not None:
        assert found.explanation_zh == f"重点项目自 2026-09-15 起缺“工作专班”，已 {passed} 天"
    assert finding(FourOnes.TASK_FORCE, DAY, None, DAY + timedelta(days=passed)) is None


def test_each_gap_of_a_project_is_a_subject_of_its_own() -> None:
    assert len({gap_id(UUID(int=7), one) for one in FourOnes}) == 4
    assert gap_id(UUID(int=7), FourOnes.TASK_FORCE) == gap_id(UUID(int=7), FourOnes.TASK_FORCE)
