"""No operation tells a county of its neighbour, or an enterprise of another: see tests/support/neighbours.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.energy.filled_site import BESIDE, LATER, PLAIN, fill, prepare
from tests.support.document_requests import Document
from tests.support.energy import COUNTY, NEIGHBOUR, NOW, Site
from tests.support.neighbours import Findings, Neighbours, differences, kept_apart, out_of_reach

SKIPPED: dict[str, str] = {}
SHARED = {
    "GET /v1/audit-records": "tells of the questions asked here",
    "GET /v1/audit-records/export": "tells of the questions asked here",
    "GET /v1/audit-chain": "counts the questions asked here",
}
# What the county keeps for all of its enterprises; the second one's examples make more of it.
OF_THE_COUNTY = ("/v1/forecast-rules", "/v1/curtailment-rules", "/v1/temperatures")
UNREACHED = Path(__file__).with_name("out_of_reach.json")


def _walk(site: Site, callers: Sequence[str]) -> Neighbours:
    async def call(method: str, path: str, by: str, **more: Any) -> httpx.Response:
        async with site.client(by) as client:
            return await client.request(method, path, **more)

    return Neighbours(Document(site.app.openapi(), fixed={}), call, callers, PLAIN, SKIPPED)


@pytest.mark.timeout(250)
async def test_county_learns_nothing_of_its_neighbour_by_any_operation(site: Site) -> None:
    await prepare(site)

    walk = _walk(site, ("admin-b", "leader-b", "officer-b"))
    own, _ = await fill(site, walk, NEIGHBOUR, "b")
    site.clock.set(LATER)
    before = await walk.told(own, "admin-b")
    site.clock.set(NOW)
    other, _ = await fill(site, walk, COUNTY, "a", beside=own)
    site.clock.set(LATER)
    after = await walk.told(own, "admin-b")
    changed = differences(before, after)
    findings = Findings()
    await walk.infer(own, other, findings)
    report = [f"{label}: {what}" for label, what in changed.items() if label not in SHARED]
    assert report + findings.leaks == []
    assert findings.unreached.keys() == out_of_reach(UNREACHED).keys()
    # Most of what reads is told, so there was something to compare; most of what names a row looks it up.
    assert sum(one.startswith("200") for one in before.values()) > 110
    assert len(findings.reached) > 70


@pytest.mark.timeout(250)
async def test_enterprise_learns_nothing_of_another_in_its_county_by_any_operation(site: Site) -> None:
    await prepare(site)
    walk = _walk(site, ("clerk",))
    own, _ = await fill(site, walk, COUNTY, "a")
    site.clock.set(LATER)
    before = await walk.told(own, "clerk")
    site.clock.set(NOW)
    other, _ = await fill(site, walk, COUNTY, "c", beside=own, by="admin-a", works=BESIDE)
    site.clock.set(LATER)
    after = await walk.told(own, "clerk")
    findings = Findings()
    await walk.infer(own, other, findings)
    report = [f"{label}: {what}" for label, what in differences(before, after).items() if label not in SHARED]
    assert kept_apart(report + findings.leaks, OF_THE_COUNTY) == []
    assert sum(one.startswith("200") for one in before.values()) > 40
    assert len(findings.reached) > 10
