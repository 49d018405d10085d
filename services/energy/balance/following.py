"""From touched days of meters to due days of nodes; follows the job of the touched days."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from libs.common.context import Context
from services.energy.balance import due_repository, repository
from services.energy.grid.network import load_meters, load_network
from services.energy.grid.network_repository import SIGNS
from services.energy.metering.domain.slots import date_of
from services.energy.metering.touched import TouchedDays

_ACTIVE = frozenset(quantity.number for quantity in SIGNS)


async def follow_touched(ctx: Context, touched: Sequence[TouchedDays]) -> None:
    """Note the nodes of the touched meters, and all above them, as due on the touched days."""
    own = [item for item in touched if item.quantity in _ACTIVE and len(item)]
    if not own or not await repository.has_nodes(ctx.session):
        return
    meters = np.concatenate([item.meter_index for item in own])
    days = np.concatenate([item.day for item in own])
    network = await load_network(ctx.session, None, int(days.min()), int(days.max()))
    places = await load_meters(ctx.session, network)
    ids = list(network.nodes)
    due: set[tuple[UUID, int]] = set()
    for day in np.unique(days).tolist():
        there = places.on(day)
        hit = np.unique(there.node[np.isin(there.meter_index, meters[days == day])])
        tree = network.tree(day)
        for place in hit.tolist():
            node = ids[place]
            due |= {(node, day), *((above, day) for above in tree.above(node))}
    await due_repository.put_due(ctx.session, [(node, date_of(day)) for node, day in due])
