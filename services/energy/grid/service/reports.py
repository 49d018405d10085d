"""Answers about the grid: its tree, loads and rates of nodes, what is left when the largest transformer is out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.energy.grid import placement_repository, repository
from services.energy.grid.domain.capacity import Capacity
from services.energy.grid.domain.loads import LoadColumns
from services.energy.grid.domain.node import GridNode, PlacementRole
from services.energy.grid.domain.rates import Peak, PeriodRate, by_month, chosen, peak_of, period_rate
from services.energy.grid.errors import GridTreeTooLarge
from services.energy.grid.loads import loads_of
from services.energy.grid.network import Network, load_meters, load_network
from services.energy.grid.repository import node_of
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.metering.errors import CurveRangeTooLong, PeriodInverted
from services.energy.metering.repository import meters_by_index

MOST_LOAD_DAYS: Final = 62
MOST_RATE_DAYS: Final = 400
MOST_MARGIN_DAYS: Final = 31
_MOST_NODES: Final = 20_000


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A node in the tree of a day; ``parent_code`` None at the top."""

    node: GridNode
    parent_code: str | None
    depth: int
    capacity: Capacity


@dataclass(frozen=True, slots=True, eq=False)
class NodeLoads:
    """Loads of a node with its capacity by day."""

    loads: LoadColumns
    capacities: Sequence[Capacity]


@dataclass(frozen=True, slots=True)
class Margin:
    """N-1 of a substation: ``margin_kw`` is what is left of the firm capacity at the peak of the days."""

    node: GridNode
    capacity: Capacity
    peak: Peak | None

    @property
    def margin_kw(self) -> float | None:
        if self.peak is None or self.capacity.firm_kw is None:
            return None
        return self.capacity.firm_kw - self.peak.kw

    @property
    def holds(self) -> bool | None:
        """Whether the rest carries the peak; None where that cannot be told."""
        margin = self.margin_kw
        return None if margin is None else margin >= 0


@dataclass(frozen=True, slots=True)
class PlacedMeter:
    """A meter of a node on a day; ``is_said``: somebody said so, else its register does."""

    meter_no: str
    name: str
    role: PlacementRole
    is_said: bool
    quantity: str


def check_days(first: date, last: date, most: int) -> None:
    """Raises PeriodInverted, CurveRangeTooLong."""
    if last < first:
        raise PeriodInverted(first=first, last=last)
    if (last - first).days >= most:
        raise CurveRangeTooLong(max_days=most)


async def tree(ctx: Context, root_code: str | None, day: date) -> list[TreeNode]:
    """The nodes of the caller's regions on a day, each after what it hangs under.

    Raises GridNodeNotFound, GridTreeTooLarge.
    """
    number = day_number(day)
    alive = await repository.alive_nodes(ctx.session, ctx.principal, day)
    roots: list[UUID]
    if root_code is None:
        roots = sorted(alive, key=lambda one: alive[one].code)
    else:
        roots = [(await repository.get_node(ctx.session, ctx.principal, root_code)).id]
    network = await load_network(ctx.session, roots, number, number)
    if len(network.nodes) > _MOST_NODES:
        raise GridTreeTooLarge(limit=_MOST_NODES)
    parent = network.tree(number).parent
    top = frozenset() if root_code is None else frozenset(roots)
    children: dict[UUID | None, list[GridNode]] = {}
    for node in sorted(network.nodes.values(), key=lambda one: one.code):
        if node.id in alive:
            above = parent.get(node.id)
            children.setdefault(above if above in alive and node.id not in top else None, []).append(node)
    found: list[TreeNode] = []
    stack: list[tuple[GridNode, str | None, int]] = [(node, None, 0) for node in reversed(children.get(None, []))]
    while stack:
        node, above_code, depth = stack.pop()
        found.append(TreeNode(node, above_code, depth, network.capacity(node.id, number)))
        stack += [(child, node.code, depth + 1) for child in reversed(children.get(node.id, []))]
    return found


async def node_loads(ctx: Context, code: str, first: date, last: date) -> NodeLoads:
    """Raises GridNodeNotFound, PeriodInverted, CurveRangeTooLong."""
    check_days(first, last, MOST_LOAD_DAYS)
    row = await repository.get_node(ctx.session, ctx.principal, code)
    network = await load_network(ctx.session, [row.id], day_number(first), day_number(last))
    loads = (await loads_of(ctx.session, network, [row.id]))[row.id]
    return NodeLoads(loads, [network.capacity(row.id, day) for day in loads.day.tolist()])


async def node_rates(ctx: Context, code: str, first: date, last: date, *, monthly: bool) -> list[PeriodRate]:
    """Days, or months as far as they lie within. Raises GridNodeNotFound, PeriodInverted, CurveRangeTooLong."""
    check_days(first, last, MOST_RATE_DAYS)
    row = await repository.get_node(ctx.session, ctx.principal, code)
    network = await load_network(ctx.session, [row.id], day_number(first), day_number(last))
    below = _children(network, row.id)
    loads = await loads_of(ctx.session, network, [row.id, *below])
    own = loads[row.id]
    days = own.day.tolist()
    capacities = [network.capacity(row.id, day).kw for day in days]
    periods = by_month(days) if monthly else [(date_of(day), [place]) for place, day in enumerate(days)]
    return [
        period_rate(
            start,
            chosen(own, rows),
            [capacities[place] for place in rows],
            [chosen(loads[child], rows) for child in _children_on(network, row.id, days[rows[-1]], below)],
        )
        for start, rows in periods
    ]


def _children(network: Network, node: UUID) -> list[UUID]:
    return sorted({link.child for link in network.links if link.parent == node})


def _children_on(network: Network, node: UUID, day: int, known: Sequence[UUID]) -> list[UUID]:
    return [child for child in network.tree(day).children.get(node, ()) if child in known]


async def margins(
    session: AsyncSession, rows: Sequence[GridNodeRow], first: date, last: date
) -> dict[UUID, Margin]:
    """N-1 of substations at their peak of the days. Raises PeriodInverted, CurveRangeTooLong."""
    check_days(first, last, MOST_MARGIN_DAYS)
    ids = [row.id for row in rows]
    network = await load_network(session, ids, day_number(first), day_number(last))
    loads = await loads_of(session, network, ids)
    return {
        row.id: Margin(node_of(row), network.capacity(row.id, day_number(last)), peak_of(loads[row.id]))
        for row in rows
    }


async def placed_meters(ctx: Context, code: str, day: date) -> list[PlacedMeter]:
    """The meters that hang on a node itself on a day. Raises GridNodeNotFound."""
    row = await repository.get_node(ctx.session, ctx.principal, code)
    number = day_number(day)
    network = await load_network(ctx.session, [row.id], number, number)
    own = (await load_meters(ctx.session, network, [row.id])).on(number)
    meters = await meters_by_index(ctx.session, np.unique(own.meter_index).tolist())
    visible = await placement_repository.meters_by_no(
        ctx.session, ctx.principal, [meter.meter_no for meter in meters.values()]
    )
    found = []
    for index, is_gateway, is_said in zip(
        own.meter_index.tolist(), own.is_gateway.tolist(), own.is_explicit.tolist(), strict=True
    ):
        meter = meters[index]
        if meter.meter_no in visible:
            role = PlacementRole.GATEWAY if is_gateway else PlacementRole.LOAD
            found.append(PlacedMeter(meter.meter_no, meter.name, role, is_said, meter.quantity.value))
    return sorted(found, key=lambda one: (one.role.value, one.meter_no))
