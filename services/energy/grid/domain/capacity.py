"""What a node can carry (供电能力), and what is left when its largest transformer is out (N-1, S17)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from services.energy.grid.domain.node import NodeKind
from services.energy.grid.domain.rules import GridRule
from services.energy.grid.domain.tree import Tree

_KW_A_MW: Final = 1000.0
MOST_UNITS: Final = 100


@dataclass(frozen=True, slots=True)
class CapacityPart:
    """Rated power that a node has for a time: of ``units`` equal transformers, or of a line.

    ``rated_mva`` of all units together; negative where something is taken away for a time (a cooler that failed).
    ``overload_factor``: by how much a unit may be overloaded for a short time; ``power_factor``: MW for each MVA.
    None takes the rule of the region.
    """

    id: UUID
    node: UUID
    rated_mva: float
    units: int
    valid_from: date
    valid_to: date | None = None
    overload_factor: float | None = None
    power_factor: float | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """Of a node on a day. ``kw`` is None where nobody recorded any: unknown, not zero.

    ``firm_kw``: what the others carry, overloaded for a short time, while the largest unit is out; None where
    there is nothing to lose a unit of. ``parts``: the rows behind the figure.
    """

    rated_mva: float | None
    kw: float | None
    largest_mva: float | None
    firm_kw: float | None
    parts: tuple[UUID, ...]


UNKNOWN: Final = Capacity(None, None, None, None, ())


@dataclass(slots=True)
class CapacityBook:
    """All parts of a day by node, the tree of the day and the rules of the regions."""

    kinds: Mapping[UUID, NodeKind]
    parts: Mapping[UUID, Sequence[CapacityPart]]
    tree: Tree
    rule_of: Callable[[UUID], GridRule]
    _known: dict[UUID, Capacity] = field(default_factory=dict)

    def of(self, node: UUID) -> Capacity:
        """A substation has its own rows and those of the transformers in it; an area what its substations have.

        An area's own rows limit what comes in; they count where they are the lower, or where the capacity of a
        substation is unknown.
        """
        found = self._known.get(node)
        if found is None:
            # Against a circle that no rule let in: unknown rather than endless.
            self._known[node] = UNKNOWN
            found = self._known[node] = self._compute(node)
        return found

    def _compute(self, node: UUID) -> Capacity:
        kind = self.kinds[node]
        own = list(self.parts.get(node, ()))
        if kind is NodeKind.AREA:
            return self._of_area(node, own)
        if kind is NodeKind.SUBSTATION:
            for child in self.tree.children.get(node, ()):
                if self.kinds[child] is NodeKind.TRANSFORMER:
                    own += self.parts.get(child, ())
        return self._summed(node, own)

    def _of_area(self, node: UUID, own: Sequence[CapacityPart]) -> Capacity:
        limit = self._summed(node, own)
        below = [self.of(child) for child in self.tree.children.get(node, ())]
        if not below or any(one.kw is None for one in below):
            return Capacity(limit.rated_mva, limit.kw, None, None, limit.parts)
        kw = sum(one.kw for one in below if one.kw is not None)
        if limit.kw is not None and limit.kw <= kw:
            return Capacity(limit.rated_mva, limit.kw, None, None, limit.parts)
        mva = sum(one.rated_mva for one in below if one.rated_mva is not None)
        return Capacity(mva, kw, None, None, tuple(part for one in below for part in one.parts))

    def _summed(self, node: UUID, parts: Iterable[CapacityPart]) -> Capacity:
        rows = list(parts)
        if not rows:
            return UNKNOWN
        units: list[tuple[float, float, float]] = []
        mva = kw = 0.0
        for part in rows:
            rule = self.rule_of(part.node)
            factor = rule.power_factor if part.power_factor is None else part.power_factor
            overload = rule.overload_factor if part.overload_factor is None else part.overload_factor
            mva += part.rated_mva
            kw += part.rated_mva * factor * _KW_A_MW
            if part.rated_mva > 0:
                units += [(part.rated_mva / part.units, factor, overload)] * part.units
        taken = sum(part.rated_mva for part in rows if part.rated_mva < 0)
        largest = max((unit[0] for unit in units), default=None)
        firm = _firm_kw(units, taken) if self.kinds[node] is NodeKind.SUBSTATION and units else None
        return Capacity(max(0.0, mva), max(0.0, kw), largest, firm, tuple(part.id for part in rows))


def _firm_kw(units: Sequence[tuple[float, float, float]], taken_mva: float) -> float:
    """What is left of the units (MVA, power factor, overload factor) without the largest, in kW."""
    rest = sorted(units, reverse=True)[1:]
    whole = sum(mva for mva, _, _ in rest)
    if whole + taken_mva <= 0:
        return 0.0
    left = (whole + taken_mva) / whole
    return left * math.fsum(mva * factor * overload for mva, factor, overload in rest) * _KW_A_MW
