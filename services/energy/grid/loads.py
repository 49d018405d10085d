"""Loads of nodes, summed from the curves of their meters by columns: no object a row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.security.principal import Principal
from services.energy.grid import repository
from services.energy.grid.domain.loads import (
    SLOTS,
    DayLoads,
    DayMeters,
    Floats,
    Int,
    LoadColumns,
    day_loads,
    quarter_hours,
)
from services.energy.grid.domain.node import GridNode
from services.energy.grid.domain.places import Places
from services.energy.grid.errors import GridNodeNotFound
from services.energy.grid.network import Network, load_meters, load_network
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.curve_reader import read_days

__all__ = ["LoadColumns", "find_node", "loads_of", "read_loads", "read_many"]

# Meter-days held at once: 96 float64 each make 150 MB.
_MOST_ROWS: Final = 200_000


async def find_node(session: AsyncSession, principal: Principal, code: str) -> GridNodeRow:
    """Raises GridNodeNotFound, also for a node outside of the caller's regions."""
    return await repository.get_node(session, principal, code)


async def read_loads(session: AsyncSession, node: GridNode | UUID, first_day: int, last_day: int) -> LoadColumns:
    """The loads of one node on the days (since 1970) from ``first_day`` to ``last_day``, both included.

    A row for every day, also where nothing is known of it. Raises GridNodeNotFound.
    """
    node_id = node.id if isinstance(node, GridNode) else node
    return (await read_many(session, [node_id], first_day, last_day))[node_id]


async def read_many(
    session: AsyncSession, nodes: Sequence[UUID], first_day: int, last_day: int
) -> dict[UUID, LoadColumns]:
    """The same for many nodes at once, whatever hangs below another. Raises GridNodeNotFound."""
    network = await load_network(session, nodes, first_day, last_day)
    unknown = [node for node in nodes if node not in network.nodes]
    if unknown:
        raise GridNodeNotFound(node_code=unknown[0])
    return await loads_of(session, network, nodes)


async def loads_of(session: AsyncSession, network: Network, nodes: Sequence[UUID]) -> dict[UUID, LoadColumns]:
    """Loads of some nodes of a network on all of its days."""
    places = await load_meters(session, network)
    place = {node: number for number, node in enumerate(network.nodes)}
    wanted = np.array([place[node] for node in nodes], np.int64)
    days = np.arange(network.first, network.last + 1)
    found = [np.full((len(nodes), len(days), SLOTS), np.nan) for _ in range(2)]
    scaled = np.zeros(found[0].shape, np.bool_)
    expected = np.zeros((len(nodes), len(days)), np.int64)
    async for day, loads in _days(session, network, places, place):
        row = day - network.first
        found[0][:, row], found[1][:, row] = loads.load_kw[wanted], loads.completeness[wanted]
        scaled[:, row], expected[:, row] = loads.scaled[wanted], loads.expected[wanted]
    return {
        node: LoadColumns(days, found[0][number], found[1][number], scaled[number], expected[number])
        for number, node in enumerate(nodes)
    }


async def _days(
    session: AsyncSession, network: Network, places: Places, place: dict[UUID, int]
) -> AsyncIterator[tuple[int, DayLoads]]:
    """The loads of all nodes, day by day."""
    for first, last in places.stretches(network.first, network.last, network.cuts()):
        own = places.on(first)
        shape = network.shape(first, place)
        for start, end in _chunks(first, last, len(own)):
            for number, values in enumerate(await _curves(session, own, start, end)):
                meters = DayMeters(values, own.node, own.capacity_kw, own.is_gateway)
                yield start + number, day_loads(shape, meters)


def _chunks(first: int, last: int, meters: int) -> Iterator[tuple[int, int]]:
    length = max(1, _MOST_ROWS // max(1, meters))
    for start in range(first, last + 1, length):
        yield start, min(last, start + length - 1)


async def _curves(session: AsyncSession, own: Places, first: int, last: int) -> Floats:
    """Curves of the meters: (days, meters, 96) kW, signed."""
    values = np.full((last - first + 1, len(own), SLOTS), np.nan)
    for quantity, slots in sorted(set(zip(own.quantity.tolist(), own.slots.tolist(), strict=True))):
        rows = np.flatnonzero((own.quantity == quantity) & (own.slots == slots))
        meters: Int = np.unique(own.meter_index[rows])
        curves = await read_days(session, quantity, meters, first, last, slots)
        if not len(curves):
            continue
        # A meter may stand at two places: the row of its curve is looked up for each.
        kw = np.full((last - first + 1, len(meters), SLOTS), np.nan)
        kw[curves.day - first, np.searchsorted(meters, curves.meter_index)] = quarter_hours(
            curves.values.astype(np.float64)
        )
        at = np.searchsorted(meters, own.meter_index[rows])
        values[:, rows] = kw[:, at] * own.sign[rows][None, :, None]
    return values
