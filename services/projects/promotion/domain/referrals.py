"""The referral graph (引一个带一串): investor introduces investor, without circles and without oneself.

Ties (a company and its representative, a parent and its subsidiary) make several parties one: whoever introduces
his own company introduces himself, and a circle through ties is a circle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from uuid import UUID

from services.projects.promotion.errors import ReferralCycle, SelfReferral

Edge = tuple[UUID, UUID]


class ReferralGraph:
    """``edges`` go from introducer to introduced; ``ties`` join two parties into one.

    Persons of the registry are parties too: the tie of an investor and the person it is.
    """

    def __init__(self, edges: Iterable[Edge], ties: Iterable[Edge] = ()) -> None:
        self._parent: dict[UUID, UUID] = {}
        for one, other in ties:
            self._parent[self._group(one)] = self._group(other)
        self._next: dict[UUID, set[UUID]] = {}
        for introducer, introduced in edges:
            self._next.setdefault(self._group(introducer), set()).add(self._group(introduced))

    def is_same(self, one: UUID, other: UUID) -> bool:
        """Whether the two are one party, by themselves or through ties."""
        return self._group(one) == self._group(other)

    def path(self, start: UUID, goal: UUID) -> tuple[UUID, ...] | None:
        """A shortest chain of introductions from one party to another; None if there is none."""
        first, last = self._group(start), self._group(goal)
        came_from: dict[UUID, UUID | None] = {first: None}
        waiting = deque([first])
        while waiting:
            here = waiting.popleft()
            if here == last:
                chain: list[UUID] = []
                step: UUID | None = here
                while step is not None:
                    chain.append(step)
                    step = came_from[step]
                return tuple(reversed(chain))
            for there in sorted(self._next.get(here, ()), key=str):
                if there not in came_from:
                    came_from[there] = here
                    waiting.append(there)
        return None

    def demand_edge(self, introducer: UUID, introduced: UUID) -> None:
        """Whether one may be said to have introduced the other. Raises SelfReferral, ReferralCycle."""
        if self.is_same(introducer, introduced):
            raise SelfReferral
        chain = self.path(introduced, introducer)
        if chain is not None:
            raise ReferralCycle(chain=[str(party) for party in chain])

    def demand_tie(self, one: UUID, other: UUID) -> None:
        """Whether the two may be one party. Raises ReferralCycle when one has introduced the other."""
        if self.is_same(one, other):
            return
        chain = self.path(one, other) or self.path(other, one)
        if chain is not None:
            raise ReferralCycle(chain=[str(party) for party in chain])

    def has_cycle(self) -> bool:
        """Whether the graph holds a circle; by construction it never does."""
        return any(
            self.path(there, here) is not None for here, following in self._next.items() for there in following
        )

    def _group(self, party: UUID) -> UUID:
        root = party
        while (above := self._parent.get(root, root)) != root:
            root = above
        while (above := self._parent.get(party, party)) != party:
            self._parent[party] = root
            party = above
        return root
