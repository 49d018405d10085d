"""No operation of the document tells a county of its neighbour, or an enterprise of another in its own county.

Both have one of each thing. What the county was told before its neighbour had any, it is told afterwards; the
neighbour's ids are answered as ids that never were, whatever the method.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.projects.conftest import Office
from tests.integration.projects.filled_office import fill
from tests.support.document_requests import Document
from tests.support.neighbours import Findings, Neighbours, differences

OWN = {"county": "421221", "town": "421221101", "credit_code": "91350100M00020000F", "mark": "B"}
# Parameters that name no row of anybody's.
PLAIN = {
    "year": "2026",
    "month": "2026-08",
    "edition": "final",
    "entity": "projects",
    "format": "csv",
    "date": "2026-09-15",
    "on": "2026-10-10",
    "rate": "start",
    "formality": "eia",
    "kind": "word",
    "item": "roads",
    "measure": "output_value",
}
SKIPPED: dict[str, str] = {}
SHARED: dict[str, str] = {}
UNREACHED: dict[str, str] = {}


@pytest.mark.timeout(120)
async def test_county_learns_nothing_of_its_neighbour_by_any_operation(office: Office) -> None:
    await office.done("PUT", "/v1/regions/421221101", {"name": "鱼岳镇"})
    for name, role in (("chief", "admin"), ("supervisor-b", "supervisor"), ("leader-b", "leader")):
        await office.staff(name, role, OWN["county"])

    async def call(method: str, path: str, by: str, **more: Any) -> httpx.Response:
        headers = {"Accept-Language": "en", "Authorization": f"Bearer {office.tokens[by]}"}
        return await office.http.request(method, path, **more | {"headers": headers | more.pop("headers", {})})

    document = Document(office.app.openapi(), fixed={})
    walk = Neighbours(document, call, ("chief", "supervisor-b", "leader-b"), PLAIN, SKIPPED)
    own = await fill(office, **OWN)
    await walk.learn(own, "chief")
    before = await walk.told(own, "chief")
    other = await fill(office)
    await walk.learn(other, "admin")
    after = await walk.told(own, "chief")
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
    for label, why in findings.unreached.items():
        print("UNREACHED", label, why)
    for label, what in before.items():
        if not what.startswith("200"):
            print("NOT TOLD", label, what[:200])
    assert report + findings.leaks == []
    assert set(findings.unreached) == set(UNREACHED)
