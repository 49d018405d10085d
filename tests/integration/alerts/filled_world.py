"""A county with alerts in which one of each exists that the document's examples make."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from libs.common.security.principal import Role
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World, caller, spike, stalled
from tests.support.neighbours import County, Neighbours

LATER = MORNING + timedelta(hours=1)
# Parameters of paths that name no row of anybody's.
PLAIN: dict[str, str] = {
    "year": "2026",
    "severity": "critical",
    "kind": "spike",
    "event_type": "energy.condition.opened.v1",
    "revision": "1",
}


def prepare(world: World) -> None:
    """Callers of both counties."""
    for region, mark in ((COUNTY, "a"), (OTHER_COUNTY, "b")):
        for role in (Role.ADMIN, Role.OFFICER, Role.LEADER, Role.SUPERVISOR):
            world.callers.known[f"{role}-{mark}"] = caller(f"{role}-{mark}", role, region)


async def fill(
    world: World,
    walk: Neighbours,
    region: str,
    mark: str,
    beside: County | None = None,
    *,
    by: str | None = None,
    works: UUID | None = None,
) -> tuple[County, list[str]]:
    """Two alerts, of ``works`` where it is told, and one of each that the document's examples make."""
    by = by or f"admin-{mark}"
    person = await world.add_person("officer", region_code=region, name=f"{mark}（演示）")
    await world.handle(spike(uuid4(), enterprise_id=works), region_code=region)
    await world.handle(stalled(enterprise_id=works), region_code=region)
    county = County(region)
    county.references |= {"region_code": region, "region": region, "person_id": str(person), "code": f"{mark}-2"}
    county.know("persons", "person_id", str(person))
    for collection in ("route-trees", "profiles", "storm-limits", "verification-limits"):
        county.know(collection, "region", region)
    refused = await walk.seed(county, by)
    await walk.learn(county, by, beside)
    return county, refused
