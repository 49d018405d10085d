"""The grid as a tree of every day: one parent at a time, no circle at any time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.energy.grid.domain.spans import Span


@dataclass(frozen=True, slots=True)
class Link:
    """``child`` hangs under ``parent`` from ``valid_from`` until before ``valid_to``."""

    child: UUID
    parent: UUID
    valid_from: date
    valid_to: date | None = None

    @property
    def span(self) -> Span:
        return Span(self.valid_from, self.valid_to)


def circle(links: Iterable[Link], new: Link) -> Span | None:
    """The days on which ``new`` would make its child hang under itself; None where it does on no day."""
    if new.child == new.parent:
        return new.span
    by_child: dict[UUID, list[Link]] = {}
    for link in links:
        by_child.setdefault(link.child, []).append(link)
    waiting = [(new.parent, new.span)]
    seen: set[tuple[UUID, Span]] = set()
    while waiting:
        node, span = waiting.pop()
        for link in by_child.get(node, ()):
            both = link.span.common(span)
            if both is None:
                continue
            if link.parent == new.child:
                return both
            if (link.parent, both) not in seen:
                seen.add((link.parent, both))
                waiting.append((link.parent, both))
    return None


@dataclass(frozen=True, slots=True)
class Tree:
    """The links of one day."""

    parent: Mapping[UUID, UUID]
    children: Mapping[UUID, tuple[UUID, ...]]

    def below(self, roots: Collection[UUID]) -> Iterator[UUID]:
        """The roots and all below them, each once, those that hang under others first."""
        done: set[UUID] = set()
        for root in roots:
            stack = [(root, iter(self.children.get(root, ())))]
            if root in done:
                continue
            done.add(root)
            while stack:
                node, rest = stack[-1]
                child = next((one for one in rest if one not in done), None)
                if child is None:
                    stack.pop()
                    yield node
                else:
                    done.add(child)
                    stack.append((child, iter(self.children.get(child, ()))))

    def above(self, node: UUID) -> Iterator[UUID]:
        """The nodes the node hangs under, nearest first."""
        found = self.parent.get(node)
        seen: set[UUID] = {node}
        while found is not None and found not in seen:
            yield found
            seen.add(found)
            found = self.parent.get(found)


def tree_of(links: Iterable[Link], day: date) -> Tree:
    """The tree of a day."""
    parent = {link.child: link.parent for link in links if link.span.holds(day)}
    children: dict[UUID, list[UUID]] = {}
    for child, above in sorted(parent.items()):
        children.setdefault(above, []).append(child)
    return Tree(parent, {node: tuple(own) for node, own in children.items()})


def reachable(links: Sequence[Link], roots: Collection[UUID], *, downwards: bool = True) -> set[UUID]:
    """The roots and whatever hangs below them on any day of the links; upwards, what they hang under."""
    by_node: dict[UUID, list[UUID]] = {}
    for link in links:
        one, other = (link.parent, link.child) if downwards else (link.child, link.parent)
        by_node.setdefault(one, []).append(other)
    found = set(roots)
    waiting = list(found)
    while waiting:
        for other in by_node.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found
