"""A case of the licence agency centre (证照代办中心): matters that wait for each other or run side by side.

The clock of a matter starts on the day on which all it waits for is done and its required documents are in; that
day is not counted. Until then the unit cannot be late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from libs.common.workdays import WorkCalendar
from services.projects.environment.errors import (
    CaseDateInvalid,
    CaseStatusWrong,
    CyclicDependencies,
    DependentsStarted,
    ItemsInvalid,
    UnknownDocument,
)


class AgencyCaseStatus(StrEnum):
    """办理中 open, 已办结 finished, 已终止 cancelled."""

    OPEN = "open"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class ItemStatus(StrEnum):
    """等待前置 waiting, 待补材料 incomplete, 办理中 running, 已办结 finished, 不再办理 dropped."""

    WAITING = "waiting"
    INCOMPLETE = "incomplete"
    RUNNING = "running"
    FINISHED = "finished"
    DROPPED = "dropped"


DONE = frozenset({ItemStatus.FINISHED, ItemStatus.DROPPED})


@dataclass(frozen=True, slots=True)
class Document:
    """One line of a matter's checklist; ``received_on`` None is missing."""

    name: str
    required: bool = True
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One matter. ``key`` names it within the case; ``promised_days`` are working days from its start."""

    key: str
    matter: str
    unit_id: UUID
    promised_days: int
    documents: tuple[Document, ...] = ()
    depends_on: tuple[str, ...] = ()
    agent_person_id: UUID | None = None
    approval_case_id: UUID | None = None
    status: ItemStatus = ItemStatus.WAITING
    started_on: date | None = None
    due_on: date | None = None
    finished_on: date | None = None
    outcome: str | None = None

    @property
    def missing_documents(self) -> tuple[str, ...]:
        if self.status in DONE:
            return ()
        return tuple(
            document.name for document in self.documents if document.required and document.received_on is None
        )


Items = Mapping[str, Item]


def demand_sound(items: Sequence[Item], pointer: str = "/items") -> dict[str, Item]:
    """The matters by key. Raises ItemsInvalid (all faults at once), CyclicDependencies."""
    by_key: dict[str, Item] = {}
    faults: list[FieldError] = []
    for number, item in enumerate(items):
        if item.key in by_key:
            faults.append(FieldError("agency_case.key_twice", f"{pointer}/{number}/key"))
        by_key[item.key] = item
        if len({document.name for document in item.documents}) != len(item.documents):
            faults.append(FieldError("agency_case.document_twice", f"{pointer}/{number}/documents"))
    for number, item in enumerate(items):
        if unknown := sorted(set(item.depends_on) - set(by_key)):
            params = {"keys": unknown}
            faults.append(FieldError("agency_case.unknown_item", f"{pointer}/{number}/depends_on", params))
    if faults:
        raise ItemsInvalid(errors=faults)
    in_order(by_key)
    return by_key


def demand_received(items: Iterable[Item], today: date) -> None:
    """No document came in after today. Raises CaseDateInvalid."""
    for item in items:
        for document in item.documents:
            if document.received_on is not None and document.received_on > today:
                raise CaseDateInvalid(on=document.received_on, earliest=None, today=today)


def in_order(items: Items) -> list[Item]:
    """The matters, each after those it waits for; by key where that leaves a choice. Raises CyclicDependencies."""
    ordered: list[Item] = []
    placed: set[str] = set()
    rest = dict(sorted(items.items()))
    while rest:
        ready = [key for key, item in rest.items() if placed.issuperset(item.depends_on)]
        if not ready:
            raise CyclicDependencies(keys=sorted(_circle(rest)))
        ordered += [rest.pop(key) for key in ready]
        placed.update(ready)
    return ordered


def _circle(rest: dict[str, Item]) -> set[str]:
    """One circle among matters of which each waits for another of them."""
    path: list[str] = []
    key = next(iter(rest))
    while key not in path:
        path.append(key)
        key = next(name for name in rest[key].depends_on if name in rest)
    return set(path[path.index(key) :])


def advance(items: Items, today: date, calendar: WorkCalendar) -> dict[str, Item]:
    """Start what may start today. Raises UnknownCalendarYear."""
    after = dict(items)
    for item in items.values():
        if item.status not in {ItemStatus.WAITING, ItemStatus.INCOMPLETE}:
            continue
        if any(items[key].status not in DONE for key in item.depends_on):
            after[item.key] = replace(item, status=ItemStatus.WAITING)
        elif item.missing_documents:
            after[item.key] = replace(item, status=ItemStatus.INCOMPLETE)
        else:
            due_on = calendar.add_working_days(today, item.promised_days)
            after[item.key] = replace(item, status=ItemStatus.RUNNING, started_on=today, due_on=due_on)
    return after


def receive(items: Items, key: str, document: str, on: date | None, today: date) -> dict[str, Item]:
    """Tick a document off the checklist, or with None take the tick back while the matter has not started.

    Raises CaseStatusWrong, UnknownDocument, CaseDateInvalid.
    """
    item = items[key]
    if item.status in DONE or (on is None and item.status is ItemStatus.RUNNING):
        raise CaseStatusWrong(status=item.status)
    if document not in {known.name for known in item.documents}:
        raise UnknownDocument(document=document, errors=[FieldError("agency_case.unknown_document", "/document")])
    if on is not None and on > today:
        raise CaseDateInvalid(on=on, earliest=None, today=today, errors=[FieldError("date.in_future", "/on")])
    documents = tuple(
        replace(known, received_on=on) if known.name == document else known for known in item.documents
    )
    return {**items, key: replace(item, documents=documents)}


def finish(items: Items, key: str, on: date, outcome: str, today: date) -> dict[str, Item]:
    """A running matter is done. Raises CaseStatusWrong, CaseDateInvalid."""
    item = items[key]
    if item.status is not ItemStatus.RUNNING or item.started_on is None:
        raise CaseStatusWrong(status=item.status)
    if not item.started_on <= on <= today:
        raise CaseDateInvalid(
            on=on,
            earliest=item.started_on,
            today=today,
            errors=[FieldError("agency_case.date_invalid", "/on")],
        )
    return {**items, key: replace(item, status=ItemStatus.FINISHED, finished_on=on, outcome=outcome)}


def drop(items: Items, key: str, reason: str) -> dict[str, Item]:
    """A matter turns out not to be needed; what waited for it goes on. Raises CaseStatusWrong."""
    item = items[key]
    if item.status in DONE:
        raise CaseStatusWrong(status=item.status)
    return {**items, key: replace(item, status=ItemStatus.DROPPED, outcome=reason)}


def reopen(items: Items, key: str) -> dict[str, Item]:
    """Take a finishing or dropping back; its clock goes on from where it started.

    Raises CaseStatusWrong, DependentsStarted.
    """
    item = items[key]
    if item.status not in DONE:
        raise CaseStatusWrong(status=item.status)
    started = sorted(
        other.key
        for other in items.values()
        if key in other.depends_on and other.status in {ItemStatus.RUNNING, *DONE}
    )
    if started:
        raise DependentsStarted(keys=started)
    status = ItemStatus.WAITING if item.started_on is None else ItemStatus.RUNNING
    return {**items, key: replace(item, status=status, finished_on=None, outcome=None)}


def case_status(items: Iterable[Item]) -> AgencyCaseStatus:
    """Finished once every matter is; a case of dropped matters alone is finished too."""
    return AgencyCaseStatus.FINISHED if all(item.status in DONE for item in items) else AgencyCaseStatus.OPEN
