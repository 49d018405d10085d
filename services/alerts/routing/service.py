"""Finding the people of a rung of the ladder.

Posts (岗位) of the chase (S28): officer, leader, supervision group, leading group. The responsible person comes
first, then the responsible unit's people, then the region's; where a region has nobody with the post, the nearest
region above that has somebody answers for it.
"""

from __future__ import annotations

from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.registry import queries
from libs.common.registry.queries import Person

OFFICER = "officer"
LEADER = "leader"


async def people_for(
    ctx: Context,
    post: str,
    region_code: str,
    *,
    responsible_person_id: UUID | None = None,
    responsible_unit_id: UUID | None = None,
) -> list[Person]:
    """Who answers for `post` in the region; empty when nobody does or the region's code is nonsense.

    For the officer's rung the responsible person is asked first, then the responsible unit's officers; when
    neither is known here, the region's default post takes it, and failing that its officers.
    """
    session = ctx.session
    try:
        if post == OFFICER:
            return await _officers(ctx, region_code, responsible_person_id, responsible_unit_id)
        if post == LEADER and responsible_unit_id is not None:
            return await queries.persons_of_unit(session, responsible_unit_id, region_code, LEADER)
        return await queries.persons_with_post(session, region_code, post)
    except regions.InvalidRegionCode:
        return []


async def find_person(ctx: Context, person_id: UUID) -> Person | None:
    """An active person of the registry."""
    return await queries.person_by_id(ctx.session, person_id)


async def region_name(ctx: Context, region_code: str) -> str:
    """The region's name, or its code while the registry has not told it yet."""
    return await queries.region_name(ctx.session, region_code) or region_code


async def region_of_enterprise(ctx: Context, enterprise_id: UUID) -> str | None:
    enterprise = await queries.enterprise_by_id(ctx.session, enterprise_id)
    return None if enterprise is None else enterprise.region_code


async def _officers(ctx: Context, region_code: str, person_id: UUID | None, unit_id: UUID | None) -> list[Person]:
    if person_id is not None:
        person = await find_person(ctx, person_id)
        if person is not None:
            return [person]
    if unit_id is not None:
        found = await queries.persons_of_unit(ctx.session, unit_id, region_code, OFFICER)
        own = [person for person in found if person.unit_id == unit_id]
        if own:
            return own
    default = await queries.default_post(ctx.session, region_code)
    found = await queries.persons_with_post(ctx.session, region_code, default)
    return found or await queries.persons_with_post(ctx.session, region_code, OFFICER)
