"""What generation adds to the supply by slot: what the balance asks for."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.security.principal import Principal
from services.energy.generation import repository
from services.energy.generation.domain.contribution import Contribution, contribution_of
from services.energy.generation.domain.plant import PlantKind
from services.energy.generation.tables import PlantRow
from services.energy.generation.world import load_worlds
from services.energy.grid.domain.spans import Span
from services.energy.grid.domain.tree import reachable
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
