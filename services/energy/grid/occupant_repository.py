"""SQL of what keeps a node from being taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.energy.grid.domain.node import NodeKind
from services.energy.grid.tables import GridLinkRow, GridNodeRow, GridPlacementRow, GridWorksRow
from services.energy.metering.tables import MeterRow

_REGISTERED: Final = {NodeKind.TRANSFORMER: MeterRow.transformer_code, NodeKind.FEEDER: MeterRow.feeder_code}


@dataclass(frozen=True, slots=True)
class Occupants:
    """What hangs or ever hung on a node, a few of each by code: nodes, meters, projects."""

    nodes: tuple[str, ...]
    meters: tuple[str, ...]
    projects: tuple[str, ...]


async def occupants_of(session: AsyncSession, row: GridNodeRow, most: int) -> Occupants:
    """At most so many of each; meters that were placed on it, or name it in their register."""
    children = select(col(GridLinkRow.child_id)).where(col(GridLinkRow.parent_id) == row.id)
    placed: Any = select(col(GridPlacementRow.meter_no)).where(col(GridPlacementRow.node_id) == row.id)
    column = _REGISTERED.get(NodeKind(row.kind))
    if column is not None:
        placed = placed.union(select(col(MeterRow.meter_no)).where(col(column) == row.code))
    nodes = select(col(GridNodeRow.code)).where(col(GridNodeRow.id).in_(children))
    projects = select(col(GridWorksRow.code)).where(col(GridWorksRow.node_id) == row.id)

    async def first(statement: Any) -> tuple[str, ...]:
        found = statement.subquery()
        return tuple(await session.scalars(select(found.c[0]).distinct().order_by(found.c[0]).limit(most)))

    return Occupants(await first(nodes), await first(placed), await first(projects))
