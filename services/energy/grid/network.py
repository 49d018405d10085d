"""The part of the grid that a question is about, over a span of days, loaded once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.grid import network_repository, repository
from services.energy.grid.domain.capacity import Capacity, CapacityBook, CapacityPart
from services.energy.grid.domain.loads import Shape
from services.energy.grid.domain.node import GridNode
from services.energy.grid.domain.places import Places
from services.energy.grid.domain.rules import GridRule, rule_for
from services.energy.grid.domain.spans import Span
from services.energy.grid.domain.tree import Link, Tree, reachable, tree_of
from services.energy.grid.errors import GridRuleMissing
from services.energy.grid.network_repository import Share
from services.energy.metering.domain.slots import date_of, day_number


@dataclass(slots=True)
class Network:
    """Nodes with all below them on any day from ``first`` to ``last`` (since 1970), and what holds of them."""

    first: int
    last: int
    nodes: Mapping[UUID, GridNode]
    links: Sequence[Link]
    capacities: Sequence[CapacityPart]
    shares: Sequence[Share]
    rules: Sequence[GridRule]
    _books: dict[int, CapacityBook] = field(default_factory=dict)
    _cuts: tuple[int, ...] | None = None

    def rule(self, node: UUID, day: int) -> GridRule:
        """Raises GridRuleMissing for days before the first rule that is shipped."""
        found = rule_for(self.rules, self.nodes[node].region_code, date_of(day))
        if found is None:
            raise GridRuleMissing(region_code=self.nodes[node].region_code, day=date_of(day))
        return found

    def tree(self, day: int) -> Tree:
        return self._book(day).tree

    def capacity(self, node: UUID, day: int) -> Capacity:
        return self._book(day).of(node)

    def cuts(self) -> tuple[int, ...]:
        """Days on which anything but a meter's place begins or ends."""
        if self._cuts is None:
            dated: list[GridRule | Link | CapacityPart | Share] = [
                *self.links,
                *self.capacities,
                *self.shares,
                *self.rules,
            ]
            dates = {day for item in dated for day in (item.valid_from, item.valid_to) if day is not None}
            self._cuts = tuple(sorted(day_number(day) for day in dates))
        return self._cuts

    def shape(self, day: int, places: Mapping[UUID, int]) -> Shape:
        """The nodes of a day by their place in ``places``."""
        on = date_of(day)
        tree = self.tree(day)
        count = len(places)
        unmetered, least, capacity = np.zeros(count), np.zeros(count), np.full(count, np.nan)
        for share in self.shares:
            if Span(share.valid_from, share.valid_to).holds(on):
                unmetered[places[share.node]] = share.share
        for node, place in places.items():
            least[place] = self.rule(node, day).least_completeness
            kw = self.capacity(node, day).kw
            if kw is not None:
                capacity[place] = kw
        children = [[places[child] for child in tree.children.get(node, ())] for node in places]
        return Shape([places[node] for node in tree.below(list(places))], children, capacity, unmetered, least)

    def _book(self, day: int) -> CapacityBook:
        # Days between two cuts share one.
        key = max((cut for cut in self.cuts() if cut <= day), default=self.first - 1)
        found = self._books.get(key)
        if found is None:
            on = date_of(day)
            parts: dict[UUID, list[CapacityPart]] = {}
            for part in self.capacities:
                if Span(part.valid_from, part.valid_to).holds(on):
                    parts.setdefault(part.node, []).append(part)
            found = self._books[key] = CapacityBook(
                {node.id: node.kind for node in self.nodes.values()},
                parts,
                tree_of(self.links, on),
                lambda node: self.rule(node, day),
            )
        return found


async def load_network(
    session: AsyncSession, roots: Collection[UUID] | None, first_day: int, last_day: int
) -> Network:
    """The roots (None: all nodes) with all below them on any of the days."""
    span = Span(date_of(first_day), date_of(last_day) + timedelta(days=1))
    links = await repository.links_touching(session, span)
    if roots is None:
        nodes = await network_repository.load_nodes(session)
    else:
        wanted = reachable(links, roots)
        links = [link for link in links if link.child in wanted and link.parent in wanted]
        nodes = await network_repository.load_nodes(session, wanted)
    rules = [repository.rule_of(row) for row in await repository.all_rules(session)]
    return Network(
        first_day,
        last_day,
        nodes,
        links,
        await network_repository.load_capacities(session, span, nodes),
        await network_repository.load_shares(session, span, nodes),
        rules,
    )


async def load_meters(session: AsyncSession, network: Network, nodes: Iterable[UUID] | None = None) -> Places:
    """The meters of the network's nodes, or of some of them."""
    own = network.nodes.values() if nodes is None else [network.nodes[node] for node in nodes]
    return await network_repository.load_places(session, own, date_of(network.first), date_of(network.last))
