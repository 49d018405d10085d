"""Terms of office: each has a first day, and a last one once it ended; a handover joins two without a gap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.leadership.errors import HandoverTooEarly, HandoverToSamePerson


class TaskForceRole(StrEnum):
    """组长 head, 副组长 deputy head, 成员 member, 联络员 liaison."""

    HEAD = "head"
    DEPUTY_HEAD = "deputy_head"
    MEMBER = "member"
    LIAISON = "liaison"


@dataclass(frozen=True, slots=True)
class Tenure:
    """A person's term from ``valid_from`` until the day before ``valid_to``; None: until further notice."""

    person_id: UUID
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def begin(last: Tenure | None, person_id: UUID, on: date) -> tuple[date | None, Tenure]:
    """A new term after the ``last`` one, if any: the last one's end, which a handover sets, and the new term.

    Raises HandoverToSamePerson, HandoverTooEarly.
    """
    new = Tenure(person_id, on)
    if last is None:
        return None, new
    if last.valid_to is None and last.person_id == person_id:
        raise HandoverToSamePerson(errors=[FieldError("leadership.same_person", "/person_id")])
    if last.valid_to is None:
        return end(last, on), new
    if on < last.valid_to:
        raise _too_early(on, last.valid_to)
    return last.valid_to, new


def end(last: Tenure, on: date) -> date:
    """The first day without. Raises HandoverTooEarly."""
    if on <= last.valid_from:
        raise _too_early(on, last.valid_from)
    return on


def _too_early(on: date, since: date) -> HandoverTooEarly:
    return HandoverTooEarly(on=on, since=since, errors=[FieldError("leadership.handover_too_early", "/on")])
