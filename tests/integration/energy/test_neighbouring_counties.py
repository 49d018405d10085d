"""No operation of the document tells a county of its neighbour: see tests/support/neighbours.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.common.registry.tables import EnterpriseReplicaRow, RegionReplicaRow
from tests.support.document_requests import Document
from tests.support.energy import COUNTY, NEIGHBOUR, NOW, Site, usual_curve
from tests.support.neighbours import County, Findings, Neighbours, differences

LATER = NOW + timedelta(hours=1)
PLAIN: dict[str, str] = {
    "day": "2026-09-15",
    "month": "2026-08",
    "kind": "day_ahead",
    "system": "marketing",
}
SKIPPED: dict[str, str] = {}
SHARED: dict[str, str] = {}
UNREACHED: dict[str, str] = {}
WORKS = {
    COUNTY: UUID("01994c3e-1000-7a11-8000-00000000aa01"),
    NEIGHBOUR: UUID("01994c3e-1000-7a11-8000-00000000aa02"),
}
CODES = {COUNTY: "91421224MA00000A1X", NEIGHBOUR: "91421224MA00000A2U"}


async def prepare(site: Site) -> None:
    async with site.database.transaction() as session:
        for code, name in ((COUNTY, "通山县"), (NEIGHBOUR, "嘉鱼县"), ("421200", "咸宁市"), ("420000", "湖北省")):
            session.add(RegionReplicaRow(subject=code, version=1, code=code, name=name, default_post="officer"))
        for region, works in WORKS.items():
            facts: dict[str, Any] = {
                "name": f"works {region}",
                "credit_code": CODES[region],
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


async def fill(site: Site, walk: Neighbours, region: str, mark: str) -> tuple[County, list[str]]:
    """Meters with a day, and one of each that the document's examples make."""
    county = County(region)
    meter_no = f"{mark.upper()}-1"
    await site.register(meter_no, region_code=region, enterprise_id=str(WORKS[region]))
    county.references |= {
        "region_code": region,
        "enterprise_id": str(WORKS[region]),
        "credit_code": CODES[region],
        "meter_no": meter_no,
        "active_meter_no": meter_no,
        "code": f"{mark.upper()}-2",
        "external_id": f"{mark}-3",
        "parent_code": region,
        "node_code": f"{mark.upper()}-2",
    }
    county.know("meters", "meter_no", meter_no)
    county.know("enterprises", "enterprise_id", str(WORKS[region]))
    refused = await walk.seed(county, f"admin-{mark}")
    await walk.learn(county, f"admin-{mark}")
    return county, refused


@pytest.mark.timeout(180)
async def test_county_learns_nothing_of_its_neighbour_by_any_operation(site: Site) -> None:
    await prepare(site)

    async def call(method: str, path: str, by: str, **more: Any) -> httpx.Response:
        async with site.client(by) as client:
            return await client.request(method, path, **more)

    document = Document(site.app.openapi(), fixed={})
    walk = Neighbours(document, call, ("admin-b", "leader-b", "officer-b"), PLAIN, SKIPPED)
    own, refused = await fill(site, walk, NEIGHBOUR, "b")
    site.clock.set(LATER)
    before = await walk.told(own, "admin-b")
    site.clock.set(NOW)
    other, _ = await fill(site, walk, COUNTY, "a")
    site.clock.set(LATER)
    after = await walk.told(own, "admin-b")
    changed = differences(before, after)
    findings = Findings()
    await walk.infer(own, other, findings)
    report = [f"{label}: {what}" for label, what in changed.items() if label not in SHARED]
    print(
        len(before),
        "told",
        sum(one.startswith("200") for one in before.values()),
        len(findings.reached),
        "reached",
    )
    for why in refused:
        print("REFUSED", why)
    for label, why in findings.unreached.items():
        print("UNREACHED", label, why)
    for label, what in before.items():
        if not what.startswith("200"):
            print("NOT TOLD", label, what[:200])
    assert report + findings.leaks == []
    assert set(findings.unreached) == set(UNREACHED)
