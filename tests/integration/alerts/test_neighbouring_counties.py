"""No operation of the document tells a county of its neighbour: see tests/support/neighbours.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.alerts.filled_world import LATER, PLAIN, fill, prepare
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World
from tests.support.document_requests import Document
from tests.support.neighbours import Findings, Neighbours, differences, out_of_reach

SKIPPED = {"GET /v1/alerts/stream": "never ends: test_stream_gives_what_its_caller_may_see"}
# A county of another city.
NOBODYS: dict[str, Callable[[int], str]] = {"region": lambda _number: "420222"}
SHARED = {
    "GET /v1/audit-records": "tells of the questions asked here",
    "GET /v1/audit-records/export": "tells of the questions asked here",
    "GET /v1/audit-chain": "counts the questions asked here",
}
UNREACHED = Path(__file__).with_name("out_of_reach.json")


@pytest.mark.timeout(250)
async def test_county_learns_nothing_of_its_neighbour_by_any_operation(world: World) -> None:
    prepare(world)

    async def call(method: str, path: str, by: str, **more: Any) -> httpx.Response:
        async with world.client(by) as client:
            return await client.request(method, path, **more)

    document = Document(world.app.openapi(), fixed={})
    walk = Neighbours(document, call, ("admin-b", "leader-b", "officer-b"), PLAIN, SKIPPED, NOBODYS)
    own, _ = await fill(world, walk, OTHER_COUNTY, "b")
    world.clock.set(LATER)
    before = await walk.told(own, "admin-b")
    world.clock.set(MORNING)
    other, _ = await fill(world, walk, COUNTY, "a", beside=own)
    world.clock.set(LATER)
    after = await walk.told(own, "admin-b")
    changed = differences(before, after)
    findings = Findings()
    await walk.infer(own, other, findings)
    report = [f"{label}: {what}" for label, what in changed.items() if label not in SHARED]
    assert report + findings.leaks == []
    assert findings.unreached.keys() == out_of_reach(UNREACHED).keys()
    # Most of what reads is told, so there was something to compare; most of what names a row looks it up.
    assert sum(one.startswith("200") for one in before.values()) > 55
    assert len(findings.reached) > 30
