"""Two counties of a site in which one of each exists that the document's examples make."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.common.registry.tables import EnterpriseReplicaRow, RegionReplicaRow
from tests.support.energy import COUNTY, NEIGHBOUR, NOW, Site
from tests.support.neighbours import County, Neighbours

LATER = NOW + timedelta(hours=1)
# Parameters of paths that name no row of anybody's.
PLAIN: dict[str, str] = {
    "day": "2026-09-15",
    "month": "2026-08",
    "kind": "day_ahead",
    "system": "marketing",
}
WORKS = {
    COUNTY: UUID("01994c3e-1000-7a11-8000-00000000aa01"),
    NEIGHBOUR: UUID("01994c3e-1000-7a11-8000-00000000aa02"),
}
# Another enterprise of the same county.
BESIDE = UUID("01994c3e-1000-7a11-8000-00000000aa03")
CODES = {
    WORKS[COUNTY]: "91421224MA00000A1X",
    WORKS[NEIGHBOUR]: "91421224MA00000A2U",
    BESIDE: "91421224MA00000A3R",
}


async def prepare(site: Site) -> None:
    async with site.database.transaction() as session:
        for code, name in ((COUNTY, "通山县"), (NEIGHBOUR, "嘉鱼县"), ("421200", "咸宁市"), ("420000", "湖北省")):
            session.add(RegionReplicaRow(subject=code, version=1, code=code, name=name, default_post="officer"))
        for region, works in (*WORKS.items(), (COUNTY, BESIDE)):
            facts: dict[str, Any] = {
                "name": f"works {CODES[works]}",
                "credit_code": CODES[works],
                "region_code": region,
            }
            session.add(
                EnterpriseReplicaRow(
                    subject=str(works),
                    version=1,
                    enterprise_id=works,
                    sector_code="3110",
                    key_energy_user=True,
                    **facts,
                )
            )
    for region, mark in ((COUNTY, "a"), (NEIGHBOUR, "b")):
        for role in ("admin", "officer", "leader", "supervisor"):
            await site.add_key(f"{role}-{mark}", role, region)
    await site.add_key("clerk", "enterprise", COUNTY, enterprise_id=WORKS[COUNTY])


async def fill(
    site: Site,
    walk: Neighbours,
    region: str,
    mark: str,
    beside: County | None = None,
    *,
    by: str | None = None,
    works: UUID | None = None,
) -> tuple[County, list[str]]:
    """A meter, and one of each that the document's examples make; ``by`` the county's administrator."""
    county, by, works = County(region), by or f"admin-{mark}", works or WORKS[region]
    meter_no = f"{mark.upper()}-1"
    await site.register(meter_no, region_code=region, enterprise_id=str(works))
    county.references |= {
        "region_code": region,
        "enterprise_id": str(works),
        "credit_code": CODES[works],
        "meter_no": meter_no,
        "active_meter_no": meter_no,
        "code": f"{mark.upper()}-2",
        "external_id": f"{mark}-3",
        "parent_code": region,
        "node_code": f"{mark.upper()}-2",
    }
    county.know("meters", "meter_no", meter_no)
    county.know("enterprises", "enterprise_id", str(works))
    refused = await walk.seed(county, by)
    await walk.learn(county, by, beside)
    return county, refused
