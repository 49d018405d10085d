"""No operation of the document tells a county of its neighbour: see tests/support/neighbours.py."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.alerts.filled_world import LATER, PLAIN, fill, prepare
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World
from tests.support.document_requests import Document
from tests.support.neighbours import Findings, Neighbours, differences

SKIPPED: dict[str, str] = {}
SHARED: dict[str, str] = {}
UNREACHED: dict[str, str] = {}


@pytest.mark.timeout(180)
async def test_county_learns_nothing_of_its_neighbour_by_any_operation(world: World) -> None:
    prepare(world)

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
