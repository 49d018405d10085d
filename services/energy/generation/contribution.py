"""What generation adds to the supply by slot: what the balance asks for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.security.principal import Principal
from services.energy.generation import repository
from services.energy.generation.domain.contribution import Contribution, contribution_of, deliverable, sum_known
from services.energy.generation.domain.plant import Floats, PlantKind
from services.energy.generation.tables import PlantRow
from services.energy.generation.world import load_worlds
from services.energy.grid.domain.spans import Span
from services.energy.grid.domain.tree import reachable
from services.energy.grid.network import load_meters, load_network
from services.energy.grid.repository import links_touching
from services.energy.metering.domain.slots import date_of, day_number


async def generation_of(
    session: AsyncSession, place: str | UUID, day: date | int, principal: Principal | None = None
) -> Contribution:
    """What the plants of a region's subtree, or those that feed a node or one below it, can deliver on the day.

    ``place``: a region's code or a node's id; ``day``: a date, or days since 1970. ``available_kw`` (96) is NaN
    where it is known of no plant, never 0; ``available_completeness`` says how much of the capacity stands behind.
    """
    number = day_number(day) if isinstance(day, date) else day
    plants = await _plants(session, place, date_of(number), principal)
    worlds = await load_worlds(session, plants, number, number)
    found = [(world.plant.code, PlantKind(world.plant.kind), world.figures(number)) for world in worlds.values()]
    return contribution_of(number, found)


async def _plants(
    session: AsyncSession, place: str | UUID, on: date, principal: Principal | None
) -> list[PlantRow]:
    if isinstance(place, str):
        found = await repository.plants_within(session, place, principal=principal)
    else:
        links = await links_touching(session, Span(on, on + timedelta(days=1)))
        found = await repository.plants_feeding(session, reachable(links, [place]), on, principal)
    return [
        plant
        for plant in found
        if plant.commissioned_on <= on and (plant.retired_on is None or on < plant.retired_on)
    ]


async def plants_on_node(ctx: Context, node: UUID) -> Sequence[str]:
    """Codes of the plants that feed, fed or are to feed the node itself: what keeps it from being taken away."""
    return await repository.codes_connected(ctx.session, node)


async def generation_beside(ctx: Context, nodes: Collection[UUID], day: int) -> dict[UUID, Floats]:
    """Power of plants that feed the nodes though no meter below shows it: (96,) kW by node, for a day since 1970.

    The balance asks so: a plant whose meter hangs in the grid is in the load already. A plant of which nothing is
    known adds nothing; NaN where nothing is known of any. Nodes without such a plant are absent.
    """
    feeds = await repository.connections_on(ctx.session, date_of(day))
    if not feeds or not nodes:
        return {}
    network = await load_network(ctx.session, set(feeds.values()), day, day)
    placed = set((await load_meters(ctx.session, network)).on(day).meter_index.tolist())
    links = await links_touching(ctx.session, Span(date_of(day), date_of(day) + timedelta(days=1)))
    plants = await repository.plants_by_id(ctx.session, list(feeds))
    worlds = await load_worlds(ctx.session, list(plants.values()), day, day)
    wanted, found = set(nodes), dict[UUID, list[Floats]]()
    for plant_id, world in worlds.items():
        if placed.isdisjoint(world.net_meters(day)):
            kw = deliverable(PlantKind(world.plant.kind), world.figures(day))
            for node in wanted & reachable(links, [feeds[plant_id]], downwards=False):
                found.setdefault(node, []).append(kw)
    return {node: sum_known(np.array(rows)) for node, rows in found.items()}
