"""The steps of a case: received, accepted, paused, resumed, decided; each can be taken back on the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.approvals.domain.case import Case, CaseDocument, CaseOutcome, CaseStatus, Terms
from services.projects.approvals.domain.clock import Pause
from services.projects.approvals.domain.matters import Matter
from services.projects.approvals.errors import (
    AlreadyReceived,
    CaseDateInFuture,
    CaseDatesOutOfOrder,
    DocumentsMissing,
    IllegalCaseChange,
    NoGreenChannel,
    NothingToReverseInCase,
    OwnerRequired,
    ProjectRequired,
    ReasonRequired,
    UnitRequired,
    UnknownDocument,
)


def receive(case: Case, person_id: UUID) -> Case:
    """Bind the first person who receives the case (首问负责制). Raises AlreadyReceived, IllegalCaseChange."""
    if case.owner_person_id is not None:
        raise AlreadyReceived(person_id=case.owner_person_id)
    demand(case, "receive", CaseStatus.DRAFT)
    return replace(case, first_contact_person_id=person_id, owner_person_id=person_id)


def hand_over(case: Case, to_person_id: UUID) -> Case:
    """Give the case to somebody else; the first contact stays named. Raises OwnerRequired, IllegalCaseChange."""
    demand(case, "hand_over", CaseStatus.DRAFT, CaseStatus.ACCEPTED, CaseStatus.PAUSED)
    if case.owner_person_id is None:
        raise OwnerRequired
    return replace(case, owner_person_id=to_person_id)


def accept(case: Case, matter: Matter, on: date, today: date, lacking_reason: str | None = None) -> Case:
    """Start the clock (受理) by the matter in force on the day.

    Raises IllegalCaseChange, CaseDateInFuture, CaseDatesOutOfOrder, OwnerRequired, UnitRequired, ProjectRequired,
    DocumentsMissing (unless a reason is given: 容缺受理), NoGreenChannel.
    """
    demand(case, "accept", CaseStatus.DRAFT)
    _demand_past(on, today, after=case.applied_on)
    if case.owner_person_id is None:
        raise OwnerRequired
    unit_id = case.unit_id or matter.unit_id
    if unit_id is None:
        raise UnitRequired(errors=[FieldError("fact.required", "/unit_id")])
    if matter.requires_gate and case.project_id is None:
        raise ProjectRequired(matter=matter.name)
    if case.missing_documents and not lacking_reason:
        raise _documents_missing(case)
    terms = Terms.of(matter)
    if case.is_green and terms.green_days is None:
        raise NoGreenChannel(matter=case.matter_name)
    return replace(
        case,
        status=CaseStatus.ACCEPTED,
        accepted_on=on,
        unit_id=unit_id,
        matter_name=matter.name,
        requires_gate=matter.requires_gate,
        terms=terms,
        lacking_reason=lacking_reason if case.missing_documents else None,
    )


def take_green_channel(case: Case, reason: str) -> Case:
    """Shorten the promise. Raises IllegalCaseChange, NoGreenChannel."""
    demand(case, "green_channel", CaseStatus.DRAFT, CaseStatus.ACCEPTED, CaseStatus.PAUSED)
    if case.is_green:
        raise IllegalCaseChange(act="green_channel", status=case.status)
    if case.terms is not None and case.terms.green_days is None:
        raise NoGreenChannel(matter=case.matter_name)
    return replace(case, green_reason=reason)


def put_document(case: Case, code: str, received_on: date | None, reference: str, today: date) -> Case:
    """Tick off a paper, or untick it with None. Raises UnknownDocument, IllegalCaseChange, CaseDateInFuture."""
    demand(case, "put_document", CaseStatus.DRAFT, CaseStatus.ACCEPTED, CaseStatus.PAUSED)
    if all(paper.code != code for paper in case.documents):
        raise UnknownDocument(document=code)
    if received_on is not None and received_on > today:
        raise CaseDateInFuture(on=received_on, today=today, errors=[FieldError("date.in_future", "/received_on")])
    papers = (_ticked(paper, code, received_on, reference) for paper in case.documents)
    return replace(case, documents=tuple(papers))


def _ticked(paper: CaseDocument, code: str, received_on: date | None, reference: str) -> CaseDocument:
    if paper.code != code:
        return paper
    return replace(paper, received_on=received_on, reference=reference if received_on else "")


def pause(case: Case, stop: Pause, today: date) -> Case:
    """Stop the clock. Raises IllegalCaseChange, CaseDateInFuture, CaseDatesOutOfOrder."""
    demand(case, "pause", CaseStatus.ACCEPTED)
    _demand_past(stop.from_on, today, after=_last_step(case), pointer="/from_on")
    if stop.expected_to_on is not None and stop.expected_to_on < stop.from_on:
        raise _out_of_order(stop.expected_to_on, stop.from_on, "/expected_to_on")
    return replace(case, status=CaseStatus.PAUSED, pauses=(*case.pauses, stop))


def resume(case: Case, on: date, today: date) -> Case:
    """Let the clock run again: ``on`` is the first day that may count.

    Raises IllegalCaseChange, CaseDateInFuture, CaseDatesOutOfOrder.
    """
    demand(case, "resume", CaseStatus.PAUSED)
    *earlier, running = case.pauses
    _demand_past(on, today, after=running.from_on)
    return replace(case, status=CaseStatus.ACCEPTED, pauses=(*earlier, replace(running, to_on=on)))


_DECIDABLE = {
    CaseOutcome.GRANTED: (CaseStatus.ACCEPTED,),
    CaseOutcome.REFUSED: (CaseStatus.ACCEPTED,),
    CaseOutcome.WITHDRAWN: (CaseStatus.DRAFT, CaseStatus.ACCEPTED, CaseStatus.PAUSED),
    CaseOutcome.NOT_ACCEPTED: (CaseStatus.DRAFT,),
}


def decide(
    case: Case, outcome: CaseOutcome, on: date, today: date, reason: str | None, document: str | None
) -> Case:
    """End the case. What was paused is resumed before it is granted or refused.

    Raises IllegalCaseChange, CaseDateInFuture, CaseDatesOutOfOrder, ReasonRequired, DocumentsMissing.
    """
    demand(case, f"decide_{outcome.value}", *_DECIDABLE[outcome])
    _demand_past(on, today, after=_last_step(case))
    if outcome is not CaseOutcome.GRANTED and not reason:
        raise ReasonRequired(outcome=outcome, errors=[FieldError("fact.required", "/reason")])
    if outcome is CaseOutcome.GRANTED and case.missing_documents:
        raise _documents_missing(case)
    return replace(
        case,
        status=CaseStatus.DECIDED,
        outcome=outcome,
        decided_on=on,
        decision_reason=reason,
        decision_document=document,
    )


def reverse(case: Case) -> Case:
    """Take back the last step: decision, resumption, pause, acceptance. Raises NothingToReverseInCase."""
    if case.status is CaseStatus.DECIDED:
        before = CaseStatus.PAUSED if case.running_pause else CaseStatus.ACCEPTED
        return replace(
            case,
            status=before if case.accepted_on else CaseStatus.DRAFT,
            outcome=None,
            decided_on=None,
            decision_reason=None,
            decision_document=None,
        )
    if case.status is CaseStatus.DRAFT:
        raise NothingToReverseInCase
    if case.status is CaseStatus.PAUSED:
        return replace(case, status=CaseStatus.ACCEPTED, pauses=case.pauses[:-1])
    if case.pauses:
        *earlier, last = case.pauses
        return replace(case, status=CaseStatus.PAUSED, pauses=(*earlier, replace(last, to_on=None)))
    return replace(
        case, status=CaseStatus.DRAFT, accepted_on=None, terms=None, requires_gate=False, lacking_reason=None
    )


def demand_open(case: Case) -> None:
    """Raises IllegalCaseChange for a case that is decided."""
    demand(case, "amend", CaseStatus.DRAFT, CaseStatus.ACCEPTED, CaseStatus.PAUSED)


def demand(case: Case, act: str, *statuses: CaseStatus) -> None:
    """Raises IllegalCaseChange unless the case is in one of the statuses."""
    if case.status not in statuses:
        raise IllegalCaseChange(act=act, status=case.status)


def _last_step(case: Case) -> date:
    if case.pauses:
        return case.pauses[-1].to_on or case.pauses[-1].from_on
    return case.accepted_on or case.applied_on


def _demand_past(on: date, today: date, *, after: date, pointer: str = "/on") -> None:
    if on > today:
        raise CaseDateInFuture(on=on, today=today, errors=[FieldError("date.in_future", pointer)])
    if on < after:
        raise _out_of_order(on, after, pointer)


def _out_of_order(on: date, after: date, pointer: str) -> CaseDatesOutOfOrder:
    return CaseDatesOutOfOrder(on=on, after=after, errors=[FieldError("date.before_last_step", pointer)])


def _documents_missing(case: Case) -> DocumentsMissing:
    missing = case.missing_documents
    return DocumentsMissing(
        documents=[paper.name for paper in missing],
        errors=[
            FieldError("document.missing", "/documents", {"document": paper.code, "name": paper.name})
            for paper in missing
        ],
    )
