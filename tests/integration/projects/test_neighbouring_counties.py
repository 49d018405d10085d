"""No operation of the document tells a county of its neighbour, or an enterprise of another in its own county.

Both have one of each thing. What the county was told before its neighbour had any, it is told afterwards; the
neighbour's ids are answered as ids that never were, whatever the method.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.projects.registry.domain.credit_code import check_character
from tests.integration.projects.conftest import Office
from tests.integration.projects.filled_office import fill
from tests.support.document_requests import Document
from tests.support.neighbours import Findings, Neighbours, differences, kept_apart, out_of_reach

OWN = {"county": "421221", "town": "421221101", "credit_code": "91350100M00020000F", "mark": "B"}

# Another enterprise of the same town.
BESIDE = {"credit_code": "91350100M00020001J", "mark": "C", "beside": True}


def _credit_code(number: int) -> str:
    body = f"91350100M{number:08d}"
    return body + check_character(body)


# Parameters that name no row of anybody's.
PLAIN = {
    "year": "2026",
    "month": "2026-08",
    "edition": "final",
    "entity": "projects",
    "format": "xlsx",
    "form": "xlsx",
    "date": "2026-09-15",
    "rate": "start",
    "formality": "eia",
    "item": "roads",
    "key": "a",
    "measure": "output_value",
}
NOBODYS = {"credit_code": _credit_code}
SKIPPED = {
    "GET /v1/appeals/by-code/{code}": "whoever has the code made the appeal",
    "GET /v1/regions/{code}": "names of regions are everybody's",
    "PUT /v1/regions/{code}": "names of regions are everybody's",
    "DELETE /v1/regions/{code}": "names of regions are everybody's",
    "PUT /v1/calendar-days/{on}": "holidays are the country's",
    "DELETE /v1/calendar-days/{on}": "holidays are the country's",
    "PUT /v1/economy-indicators/{code}": "indicators are everybody's",
    "PUT /v1/target-indicators/{code}": "indicators are everybody's",
}
SHARED = {
    "GET /v1/regions": "names of regions are everybody's",
    "GET /v1/exports/regions": "names of regions are everybody's",
    "GET /v1/calendar-days": "holidays are the country's",
    "GET /v1/approval-matters": "matters without a region hold everywhere",
    "GET /v1/exports/oc4ids": "a package has an id of its own",
    "GET /v1/audit-records": "tells of the questions asked here",
    "GET /v1/audit-records/export": "tells of the questions asked here",
    "GET /v1/audit-chain": "counts the questions asked here",
}
# What the county keeps for all of its enterprises; the second one's examples make more of it.
OF_THE_COUNTY = (
    *("/v1/units", "/v1/exports/units", "/v1/parks", "/v1/sites", "/v1/enterprise-lists", "/v1/honour-rounds"),
    *("/v1/contests", "/v1/gate-rules", "/v1/visit-rules", "/v1/cadence-regimes"),
)
UNREACHED = Path(__file__).with_name("out_of_reach.json")


@pytest.fixture
def more_settings() -> dict[str, Any]:
    return {"webhook_allowed_hosts": ("127.0.0.1",)}


def _walk(office: Office, callers: Sequence[str]) -> Neighbours:
    async def call(method: str, path: str, by: str, **more: Any) -> httpx.Response:
        headers = {"Accept-Language": "en", "Authorization": f"Bearer {office.tokens[by]}"}
        return await office.http.request(method, path, **more | {"headers": headers | more.pop("headers", {})})

    return Neighbours(Document(office.app.openapi(), fixed={}), call, callers, PLAIN, SKIPPED, NOBODYS)


@pytest.mark.timeout(250)
async def test_enterprise_learns_nothing_of_another_in_its_town_by_any_operation(office: Office) -> None:
    await office.done("PUT", "/v1/regions/421221101", {"name": "鱼岳镇"})
    await office.staff("chief", "admin", OWN["county"])
    walk = _walk(office, ("clerk",))
    own = await fill(office, **OWN)
    works = own.references["enterprise_id"]
    await office.staff("clerk", "enterprise", OWN["county"], enterprise_id=works)
    await walk.seed(own, "chief")
    await walk.learn(own, "chief")
    before = await walk.told(own, "clerk")
    other = await fill(office, **OWN | BESIDE)
    await walk.seed(other, "chief")
    await walk.learn(other, "chief", beside=own)
    after = await walk.told(own, "clerk")
    findings = Findings()
    await walk.infer(own, other, findings)
    report = [f"{label}: {what}" for label, what in differences(before, after).items() if label not in SHARED]
    assert kept_apart(report + findings.leaks, OF_THE_COUNTY) == []
    assert sum(one.startswith("200") for one in before.values()) > 50
    assert len(findings.reached) > 50


@pytest.mark.timeout(250)
async def test_county_learns_nothing_of_its_neighbour_by_any_operation(office: Office) -> None:
    await office.done("PUT", "/v1/regions/421221101", {"name": "鱼岳镇"})
    for name, role in (("chief", "admin"), ("supervisor-b", "supervisor"), ("leader-b", "leader")):
        await office.staff(name, role, OWN["county"])

    walk = _walk(office, ("chief", "supervisor-b", "leader-b"))
    own = await fill(office, **OWN)
    await office.staff("chief-a", "admin", "421224")
    await walk.seed(own, "chief")
    await walk.learn(own, "chief")
    before = await walk.told(own, "chief")
    other = await fill(office)
    await walk.seed(other, "chief-a")
    await walk.learn(other, "chief-a", beside=own)
    after = await walk.told(own, "chief")
    changed = differences(before, after)
    findings = Findings()
    await walk.infer(own, other, findings)
    report = [f"{label}: {what}" for label, what in changed.items() if label not in SHARED]
    assert report + findings.leaks == []
    assert findings.unreached.keys() == out_of_reach(UNREACHED).keys()
    # Most of what reads is told, so there was something to compare; most of what names a row looks it up.
    assert sum(one.startswith("200") for one in before.values()) > 250
    assert len(findings.reached) > 280
