"""Parts of the grid (供电区域、变电站、变压器、线路) and which may hang under which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class NodeKind(StrEnum):
    """供区 area, 变电站 substation, 主变/配变 transformer, 线路 feeder."""

    AREA = "area"
    SUBSTATION = "substation"
    TRANSFORMER = "transformer"
    FEEDER = "feeder"


# A 110 kV substation may be fed by one of 220 kV; a main transformer stands in a substation and feeds lines, a
# distribution transformer hangs on a line.
PARENTS: Final = {
    NodeKind.AREA: frozenset({NodeKind.AREA}),
    NodeKind.SUBSTATION: frozenset({NodeKind.AREA, NodeKind.SUBSTATION}),
    NodeKind.TRANSFORMER: frozenset({NodeKind.SUBSTATION, NodeKind.FEEDER}),
    NodeKind.FEEDER: frozenset({NodeKind.SUBSTATION, NodeKind.TRANSFORMER}),
}


def may_hang_under(kind: NodeKind, parent: NodeKind) -> bool:
    return parent in PARENTS[kind]


class PlacementRole(StrEnum):
    """What a meter is to a node: one of its loads, or the meter of the node itself (关口表)."""

    LOAD = "load"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class GridNode:
    """A node as the rules see it."""

    id: UUID
    kind: NodeKind
    code: str
    name: str
    region_code: str
