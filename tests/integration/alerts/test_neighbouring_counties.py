"""No operation tells a county of its neighbour, or an enterprise of another: see tests/support/neighbours.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from libs.common.security.principal import Role
from tests.integration.alerts.filled_world import LATER, PLAIN, fill, prepare
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World, caller
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


def _walk(world: World, callers: Sequence[str]) -> Neighbours:
    async def call(method: str, path: str, by: str, **more: Any) -> httpx.Response:
        async with world.client(by) as client:
            return await client.request(method, path, **more)

    return Neighbours(Document(world.app.openapi(), fixed={}), call, callers, PLAIN, SKIPPED, NOBODYS)


@pytest.mark.timeout(250)
async def test_county_learns_nothing_of_its_neighbour_by_any_operation(world: World) -> None:
    prepare(world)

    walk = _walk(world, ("admin-b", "leader-b", "officer-b"))
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


@pytest.mark.timeout(250)
async def test_enterprise_learns_nothing_of_another_in_its_county_by_any_operation(world: World) -> None:
    prepare(world)
    works, others = uuid4(), uuid4()
    world.callers.known["clerk"] = caller("clerk", Role.ENTERPRISE, COUNTY, enterprise_id=works)
    walk = _walk(world, ("clerk",))
    own, _ = await fill(world, walk, COUNTY, "a", works=works)
    world.clock.set(LATER)
    before = await walk.told(own, "clerk")
    world.clock.set(MORNING)
    other, _ = await fill(world, walk, COUNTY, "c", beside=own, by="admin-a", works=others)
    world.clock.set(LATER)
    after = await walk.told(own, "clerk")
    findings = Findings()
    await walk.infer(own, other, findings)
    report = [f"{label}: {what}" for label, what in differences(before, after).items() if label not in SHARED]
    assert report + findings.leaks == []
    assert sum(one.startswith("200") for one in before.values()) > 7
    assert len(findings.reached) > 3
