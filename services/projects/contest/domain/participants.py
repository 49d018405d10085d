"""Who takes part: 乡镇 townships, 部门 departments, 企业 enterprises, 项目 projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


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
