"""No operation of the document tells a county of its neighbour: see tests/support/neighbours.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from libs.common.security.principal import Role
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World, caller, spike, stalled
from tests.support.document_requests import Document
from tests.support.neighbours import County, Findings, Neighbours, differences

LATER = MORNING + timedelta(hours=1)
PLAIN: dict[str, str] = {"year": "2026", "severity": "critical", "kind": "spike", "event_type": "x"}
SKIPPED: dict[str, str] = {}
SHARED: dict[str, str] = {}
UNREACHED: dict[str, str] = {}


async def fill(world: World, walk: Neighbours, region: str, mark: str) -> tuple[County, list[str]]:
    person = await world.add_person("officer", region_code=region, name=f"{mark}（演示）")
    await world.handle(spike(uuid4()), region_code=region)
    await world.handle(stalled(), region_code=region)
    county = County(region)
    county.references |= {"region_code": region, "region": region, "person_id": str(person), "code": f"{mark}-2"}
    county.know("persons", "person_id", str(person))
    for collection in ("route-trees", "profiles", "storm-limits", "verification-limits"):
        county.know(collection, "region", region)
    refused = await walk.seed(county, f"admin-{mark}")
    await walk.learn(county, f"admin-{mark}")
    return county, refused


@pytest.mark.timeout(180)
async def test_county_learns_nothing_of_its_neighbour_by_any_operation(world: World) -> None:
    for region, mark in ((COUNTY, "a"), (OTHER_COUNTY, "b")):
        for role in (Role.ADMIN, Role.OFFICER, Role.LEADER, Role.SUPERVISOR):
            world.callers.known[f"{role}-{mark}"] = caller(f"{role}-{mark}", role, region)

    async def call(method: str, path: str, by: str, **more: Any) -> httpx.Response:
        async with world.client(by) as client:
            return await client.request(method, path, **more)

    document = Document(world.app.openapi(), fixed={})
    walk = Neighbours(document, call, ("admin-b", "leader-b", "officer-b"), PLAIN, SKIPPED)
    own, refused = await fill(world, walk, OTHER_COUNTY, "b")
    world.clock.set(LATER)
    before = await walk.told(own, "admin-b")
    world.clock.set(MORNING)
    other, _ = await fill(world, walk, COUNTY, "a")
    world.clock.set(LATER)
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
