"""The steps of a case, the catalogue of matters, and who kept the promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.web.problems import DomainError
from services.projects.approvals.domain import handling
from services.projects.approvals.domain.case import Case, CaseDocument, CaseOutcome, CaseStatus
from services.projects.approvals.domain.clock import Pause
from services.projects.approvals.domain.history import changes_between
from services.projects.approvals.domain.matters import (
    AuthorityLevel,
    Matter,
    RequiredDocument,
    adopt,
    demand_order,
)
from services.projects.approvals.domain.statistics import CaseOnTime, Grouping, counts_in, tally
from services.projects.approvals.errors import (
    AlreadyReceived,
    CaseDateInFuture,
    CaseDatesOutOfOrder,
    DocumentsMissing,
    IllegalCaseChange,
    MatterNotOrdered,
    NoGreenChannel,
    NothingToReverseInCase,
    OwnerRequired,
    ProjectRequired,
    ReasonRequired,
    UnitRequired,
    UnknownDocument,
)

TODAY = date(2026, 9, 22)
OWNER, OTHER, UNIT = UUID(int=11), UUID(int=12), UUID(int=21)
MATTER = Matter("filing", "备案", AuthorityLevel.CITY, 20, 5, unit_id=UNIT, green_percent=50)
DRAFT = Case(
    id=UUID(int=1),
    code="SP-1",
    matter_code="filing",
    matter_name="备案",
    authority_level=AuthorityLevel.CITY,
    region_code="421224",
    applied_on=date(2026, 9, 14),
    project_id=UUID(int=2),
    first_contact_person_id=OWNER,
    owner_person_id=OWNER,
    documents=(CaseDocument("form", "申请表", received_on=date(2026, 9, 14)),),
)
LACKING = replace(DRAFT, documents=(*DRAFT.documents, CaseDocument("map", "范围图")))


def september(day: int) -> date:
    return date(2026, 9, day)


def accepted(case: Case = DRAFT, reason: str | None = None) -> Case:
    return handling.accept(case, MATTER, september(15), TODAY, reason)


def paused(case: Case | None = None, on: int = 17) -> Case:
    return handling.pause(case or accepted(), Pause("hearing", september(on), "notice"), TODAY)


def granted() -> Case:
    return handling.decide(accepted(), CaseOutcome.GRANTED, september(22), TODAY, None, "permit 1")


def test_acceptance_freezes_the_terms_of_the_day() -> None:
    case = accepted()
    assert (case.status, case.promised_days, case.unit_id) == (CaseStatus.ACCEPTED, 5, UNIT)
    assert handling.take_green_channel(case, "key project").promised_days == 3


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (lambda: handling.receive(DRAFT, OTHER), AlreadyReceived),
        (lambda: handling.hand_over(replace(DRAFT, owner_person_id=None), OTHER), OwnerRequired),
        (lambda: accepted(replace(DRAFT, owner_person_id=None)), OwnerRequired),
        (lambda: handling.accept(DRAFT, replace(MATTER, unit_id=None), TODAY, TODAY), UnitRequired),
        (
            lambda: handling.accept(
                replace(DRAFT, project_id=None), replace(MATTER, requires_gate=True), TODAY, TODAY
            ),
            ProjectRequired,
        ),
        (lambda: handling.accept(DRAFT, MATTER, september(23), TODAY), CaseDateInFuture),
        (lambda: handling.accept(DRAFT, MATTER, september(13), TODAY), CaseDatesOutOfOrder),
        (lambda: accepted(LACKING), DocumentsMissing),
        (lambda: accepted(accepted()), IllegalCaseChange),
        (lambda: paused(DRAFT), IllegalCaseChange),
        (lambda: paused(paused()), IllegalCaseChange),
        (lambda: paused(on=14), CaseDatesOutOfOrder),
        (lambda: handling.resume(accepted(), TODAY, TODAY), IllegalCaseChange),
        (lambda: handling.resume(paused(), september(16), TODAY), CaseDatesOutOfOrder),
        (lambda: paused(handling.resume(paused(), september(20), TODAY), 18), CaseDatesOutOfOrder),
        (lambda: handling.decide(paused(), CaseOutcome.GRANTED, TODAY, TODAY, None, None), IllegalCaseChange),
        (lambda: handling.decide(DRAFT, CaseOutcome.GRANTED, TODAY, TODAY, None, None), IllegalCaseChange),
        (
            lambda: handling.decide(accepted(), CaseOutcome.NOT_ACCEPTED, TODAY, TODAY, "x", None),
            IllegalCaseChange,
        ),
        (lambda: handling.decide(accepted(), CaseOutcome.REFUSED, TODAY, TODAY, None, None), ReasonRequired),
        (
            lambda: handling.decide(accepted(LACKING, "follows"), CaseOutcome.GRANTED, TODAY, TODAY, None, None),
            DocumentsMissing,
        ),
        (lambda: handling.decide(granted(), CaseOutcome.WITHDRAWN, TODAY, TODAY, "x", None), IllegalCaseChange),
        (lambda: handling.put_document(DRAFT, "plan", TODAY, "", TODAY), UnknownDocument),
        (lambda: handling.put_document(DRAFT, "form", september(23), "", TODAY), CaseDateInFuture),
        (lambda: handling.hand_over(granted(), OTHER), IllegalCaseChange),
        (lambda: handling.reverse(DRAFT), NothingToReverseInCase),
        (
            lambda: handling.accept(
                replace(DRAFT, green_reason="x"), replace(MATTER, green_percent=None), TODAY, TODAY
            ),
            NoGreenChannel,
        ),
    ],
)
def test_step_is_refused_when_the_case_is_not_ready(step: Callable[[], Case], error: type[DomainError]) -> None:
    with pytest.raises(error):
        step()


def test_missing_documents_are_named_and_may_follow_with_a_reason() -> None:
    with pytest.raises(DocumentsMissing) as refusal:
        accepted(LACKING)
    assert [fault.params["document"] for fault in refusal.value.errors] == ["map"]
    case = accepted(LACKING, "the map follows within the week")
    assert case.lacking_reason == "the map follows within the week"
    complete = handling.put_document(case, "map", TODAY, "box 7", TODAY)
    assert handling.decide(complete, CaseOutcome.GRANTED, TODAY, TODAY, None, None).outcome is CaseOutcome.GRANTED


def test_handover_keeps_the_first_contact() -> None:
    case = handling.hand_over(accepted(), OTHER)
    assert (case.first_contact_person_id, case.owner_person_id) == (OWNER, OTHER)


@given(st.lists(st.sampled_from(["accept", "pause", "resume", "grant", "withdraw"]), max_size=8))
def test_every_step_can_be_taken_back_to_exactly_what_was_before(acts: list[str]) -> None:
    day, case = september(15), DRAFT
    steps: dict[str, Callable[[Case], Case]] = {
        "accept": lambda one: handling.accept(one, MATTER, day, TODAY),
        "pause": lambda one: handling.pause(one, Pause("hearing", day, "n"), TODAY),
        "resume": lambda one: handling.resume(one, day, TODAY),
        "grant": lambda one: handling.decide(one, CaseOutcome.GRANTED, day, TODAY, None, None),
        "withdraw": lambda one: handling.decide(one, CaseOutcome.WITHDRAWN, day, TODAY, "x", None),
    }
    trail = [case]
    for act in acts:
        try:
            case = steps[act](case)
        except IllegalCaseChange:
            continue
        trail.append(case)
    for before in reversed(trail[:-1]):
        case = handling.reverse(case)
        # The deciding unit and the matter's present name are facts, not part of the step.
        assert replace(case, unit_id=before.unit_id, matter_name=before.matter_name) == before


def test_trail_names_each_part_that_changed() -> None:
    told = {change.field: change.after for change in changes_between(accepted(), paused())}
    assert told["status"] == "paused"
    assert (told["pauses.1.ground"], told["pauses.1.from_on"]) == ("hearing", "2026-09-17")
    assert changes_between(DRAFT, DRAFT) == ()


@pytest.mark.parametrize(
    ("matter", "pointer"),
    [
        (replace(MATTER, promised_days=21), "/promised_days"),
        (replace(MATTER, green_days=2), "/green_percent"),
        (replace(MATTER, green_percent=None, green_days=6), "/green_days"),
        (replace(MATTER, documents=(RequiredDocument("a", "a"), RequiredDocument("a", "b"))), "/documents/1/code"),
    ],
)
def test_matter_out_of_order_is_refused(matter: Matter, pointer: str) -> None:
    with pytest.raises(MatterNotOrdered) as refusal:
        demand_order(matter)
    assert [fault.pointer for fault in refusal.value.errors] == [pointer]


@pytest.mark.parametrize(("promised", "percent", "days"), [(5, 50, 3), (4, 50, 2), (1, 1, 1), (10, 99, 10)])
def test_green_channel_is_rounded_up_to_whole_days(promised: int, percent: int, days: int) -> None:
    assert replace(MATTER, promised_days=promised, green_percent=percent).green_promised_days == days


def test_adoption_adds_what_is_lacking_and_never_lengthens_a_promise() -> None:
    template = (MATTER, replace(MATTER, code="permit", promised_days=5))
    own = (
        replace(MATTER, region_code="421224", promised_days=3),
        replace(MATTER, code="survey", region_code="421224", promised_days=15, green_days=8, green_percent=None),
        replace(MATTER, code="seal", authority_level=AuthorityLevel.COUNTY, promised_days=15),
    )
    adopted = {matter.code: matter for matter in adopt(template, own, "421224", TODAY)}
    assert sorted(adopted) == ["permit", "survey"]
    assert {(one.promised_days, one.region_code, one.valid_from) for one in adopted.values()} == {
        (5, "421224", TODAY)
    }
    assert adopted["survey"].green_days == 5


FIRST, LAST = september(1), september(30)


@pytest.mark.parametrize(
    ("due", "decided", "counts"),
    [
        (10, 9, True),
        (10, None, True),
        (30, None, False),
        (None, None, False),
        (None, 12, True),
    ],
)
def test_case_counts_when_decided_or_overdue_in_the_period(
    due: int | None, decided: int | None, *, counts: bool
) -> None:
    on = [None if number is None else september(number) for number in (due, decided)]
    assert counts_in(on[0], on[1], FIRST, LAST) is counts


def test_decided_after_the_period_counts_as_overdue_in_it() -> None:
    assert counts_in(september(10), date(2026, 10, 8), FIRST, LAST)
    assert not counts_in(september(10), date(2026, 8, 31), FIRST, LAST)


def test_rates_carry_the_cases_behind_both_numbers() -> None:
    cases = [
        CaseOnTime(UUID(int=1), UNIT, "filing", september(10), september(10), 5),
        CaseOnTime(UUID(int=2), UNIT, "filing", september(10), september(11), 6),
        CaseOnTime(UUID(int=3), UNIT, "permit", september(10), None),
    ]
    (unit,) = tally(cases, Grouping.UNIT)
    assert (unit.on_time_ids, len(unit.counted_ids), unit.overdue_undecided_ids) == (
        (UUID(int=1),),
        3,
        (UUID(int=3),),
    )
    assert unit.rate == pytest.approx(1 / 3)
    assert unit.mean_used_days == 5.5
    assert [(one.matter_code, one.rate) for one in tally(cases, Grouping.MATTER)] == [
        ("filing", 0.5),
        ("permit", 0),
    ]
    assert tally((), Grouping.ALL) == ()


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 20), st.one_of(st.none(), st.integers(1, 28)))))
def test_groups_share_out_all_cases_and_a_rate_is_between_nothing_and_all(
    drawn: list[tuple[int, int, int | None]],
) -> None:
    cases = [
        CaseOnTime(UUID(int=n), UUID(int=unit), "m", september(due), None if done is None else september(done))
        for n, (unit, due, done) in enumerate(drawn)
    ]
    groups = tally(cases, Grouping.UNIT)
    assert sorted(key for one in groups for key in one.counted_ids) == sorted(case.case_id for case in cases)
    assert all(one.rate is not None and 0 <= one.rate <= 1 for one in groups)
