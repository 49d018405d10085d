"""Standing in (代理, AB岗): who answers for whom, when, and for what.

``away`` (离岗代理): the person is on leave or travelling and everything goes to the stand-in for the time.
``unreachable`` (AB岗): a partner for good, asked when the person cannot be reached or is no longer active. Who
stands in may be away himself: the chain is followed to its end, and no chain comes back to where it began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class StandInWhen(StrEnum):
    AWAY = "away"
    UNREACHABLE = "unreachable"


class StandInScope(StrEnum):
    """What is handed over: everything, the turns of duty, or what comes to the person by post."""

    EVERYTHING = "everything"
    DUTY = "duty"
    POST = "post"


@dataclass(frozen=True, slots=True)
class StandIn:
    """In force in [starts_at, ends_at); without an end it stands until it is revoked."""

    id: UUID
    person: UUID
    stand_in: UUID
    when: StandInWhen
    scope: StandInScope
    starts_at: datetime
    ends_at: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def meets(self, other: StandIn) -> bool:
        """Whether there is an instant and a matter for which both hold."""
        in_time = (self.ends_at is None or other.starts_at < self.ends_at) and (
            other.ends_at is None or self.starts_at < other.ends_at
        )
        return in_time and _covers_both(self.scope, other.scope)


def _covers_both(one: StandInScope, other: StandInScope) -> bool:
    return one is other or StandInScope.EVERYTHING in (one, other)


def away(known: Iterable[StandIn], person: UUID, scope: StandInScope, at: datetime) -> StandIn | None:
    """The stand-in of an absent person; what is said of the scope itself goes before what is said of all."""
    return _first(known, person, scope, at, (StandInWhen.AWAY,))


def end_of_chain(
    known: Sequence[StandIn], person: UUID, scope: StandInScope, at: datetime, is_present: Mapping[UUID, bool]
) -> UUID | None:
    """Who answers for a person who is away, gone or unreachable: present and not away; None for nobody."""
    seen = {person}
    one = _first(known, person, scope, at, tuple(StandInWhen))
    while one is not None and one.stand_in not in seen:
        seen.add(one.stand_in)
        present = is_present.get(one.stand_in, False)
        # A partner for good is asked again only where the stand-in is gone as well.
        following = _first(known, one.stand_in, scope, at, (StandInWhen.AWAY,) if present else tuple(StandInWhen))
        if following is None:
            return one.stand_in if present else None
        one = following
    return None


def cycle(known: Iterable[StandIn], new: StandIn) -> list[UUID] | None:
    """The people of a circle of absences that `new` would close, or None; over-cautious rather than not.

    Partners for good may well be each other's: of two who cannot be reached neither answers, and the search ends.
    """
    if new.when is not StandInWhen.AWAY:
        return None
    fitting = [each for each in known if each.id != new.id and each.when is StandInWhen.AWAY and each.meets(new)]
    path = [new.person, new.stand_in]

    def follow(person: UUID, path: list[UUID]) -> list[UUID] | None:
        for each in fitting:
            if each.person != person:
                continue
            if each.stand_in == new.person:
                return [*path, each.stand_in]
            if each.stand_in not in path:
                found = follow(each.stand_in, [*path, each.stand_in])
                if found is not None:
                    return found
        return None

    return follow(new.stand_in, path)


def _first(
    known: Iterable[StandIn], person: UUID, scope: StandInScope, at: datetime, when: Sequence[StandInWhen]
) -> StandIn | None:
    fitting = [
        each
        for each in known
        if each.person == person
        and each.when in when
        and each.holds(at)
        and each.scope in (scope, StandInScope.EVERYTHING)
    ]
    # Said of an absence before said for good, said of this matter before said of everything, said last.
    return max(
        fitting,
        key=lambda each: (each.when is StandInWhen.AWAY, each.scope is scope, each.starts_at, each.id.int),
        default=None,
    )
