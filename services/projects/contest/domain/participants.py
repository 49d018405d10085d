"""Who takes part: 乡镇 townships, 部门 departments, 企业 enterprises, 项目 projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from libs.common import regions
from libs.common.web.problems import DomainError, FieldError
from services.projects.contest.errors import (
    ParticipantElsewhere,
    ParticipantTwice,
    ParticipantUnfit,
    ParticipationEnded,
)


class ParticipantKind(StrEnum):
    """A contest has participants of one kind. A township is any region below the contest's own."""

    TOWNSHIP = "township"
    DEPARTMENT = "department"
    ENTERPRISE = "enterprise"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """``subject_id`` is None of a township, whose ``region_code`` says it; ``code`` is what people call it by.

    ``enterprise_id`` of a project is whose it is, if that is known: a veto against it is one against the project.
    """

    id: UUID
    kind: ParticipantKind
    region_code: str
    code: str
    name: str
    subject_id: UUID | None = None
    enterprise_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a contest's year."""

    year: int
    number: int

    @property
    def first_month(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last_month(self) -> date:
        return date(self.year, self.number * 3, 1)

    @property
    def first_on(self) -> date:
        return self.first_month

    @property
    def last_on(self) -> date:
        return date(self.year, self.number * 3, 31 if self.number in {1, 4} else 30)


def overlaps(from_on: date, to_on: date | None, other_from: date, other_to: date | None) -> bool:
    """Whether two validities have a day in common; each ends before its last day."""
    return (other_to is None or from_on < other_to) and (to_on is None or other_from < to_on)


SUBJECT: Final = {
    ParticipantKind.TOWNSHIP: "region_code",
    ParticipantKind.DEPARTMENT: "unit_id",
    ParticipantKind.ENTERPRISE: "enterprise_id",
    ParticipantKind.PROJECT: "project_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantDraft:
    """One of the subjects. ``region_code`` is a township, or where an enterprise is said to belong."""

    region_code: str | None
    unit_id: UUID | None
    enterprise_id: UUID | None
    project_id: UUID | None
    responsible_unit_id: UUID | None
    from_on: date
    to_on: date | None


def demand_form(kind: ParticipantKind, drafts: Sequence[ParticipantDraft]) -> None:
    """A participant names what its kind is, and nothing else. Raises ParticipantUnfit, ParticipationEnded."""
    faults = []
    for number, draft in enumerate(drafts):
        for name in SUBJECT.values():
            is_own = name == SUBJECT[kind]
            may_be = is_own or (kind is ParticipantKind.ENTERPRISE and name == "region_code")
            is_said = getattr(draft, name) is not None
            if (is_own and not is_said) or (is_said and not may_be):
                faults.append(FieldError("contest.subject_unfit", f"/items/{number}/{name}", {"kind": kind}))
    if faults:
        raise ParticipantUnfit(errors=faults)
    ended = [
        FieldError("rule.ends_before_it_begins", f"/items/{number}/to_on")
        for number, draft in enumerate(drafts)
        if draft.to_on is not None and draft.to_on <= draft.from_on
    ]
    if ended:
        raise ParticipationEnded(errors=ended)


@dataclass(frozen=True, slots=True)
class Entry:
    """A participation: what its subject is known by, where that belongs, and the days."""

    key: str
    region_code: str
    from_on: date
    to_on: date | None = None

    def meets(self, other: Entry) -> bool:
        """Whether the two have a day in common."""
        return overlaps(self.from_on, self.to_on, other.from_on, other.to_on)


Misfit = tuple[type[DomainError], FieldError]


def misfit(
    kind: ParticipantKind,
    contest_region: str,
    entry: Entry | None,
    said_region: str | None,
    others: Sequence[Entry],
    number: int = 0,
) -> Misfit | None:
    """Why an entry cannot be made beside ``others``; ``entry`` None where there is no such subject."""
    pointer = f"/items/{number}/{SUBJECT[kind]}"
    if entry is None:
        return ParticipantUnfit, FieldError("reference.unknown", pointer)
    is_township = kind is ParticipantKind.TOWNSHIP
    is_whole = is_township and entry.region_code == contest_region
    if is_whole or not regions.contains(contest_region, entry.region_code):
        return ParticipantUnfit, FieldError("contest.region_outside", pointer, {"region_code": contest_region})
    if kind is ParticipantKind.ENTERPRISE and said_region not in {None, entry.region_code}:
        params = {"region_code": entry.region_code}
        return ParticipantElsewhere, FieldError(
            "contest.enterprise_elsewhere", f"/items/{number}/region_code", params
        )
    at_once = [one for one in others if entry.meets(one)]
    if any(one.key == entry.key for one in at_once):
        return ParticipantTwice, FieldError("contest.participant_twice", pointer)
    nested = next((one for one in at_once if is_township and _nested(one.region_code, entry.region_code)), None)
    if nested is not None:
        # Whatever lies in the smaller would count for both.
        params = {"region_code": nested.region_code}
        return ParticipantElsewhere, FieldError("contest.region_nested", pointer, params)
    return None


def _nested(one: str, other: str) -> bool:
    return regions.contains(one, other) or regions.contains(other, one)
