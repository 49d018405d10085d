"""No operation of the document tells a county of its neighbour, or an enterprise of another in its own county.

Both have one of each thing. What the county was told before its neighbour had any, it is told afterwards; the
neighbour's ids are answered as ids that never were, whatever the method.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from libs.common.ids import new_id
from libs.common.sheets.model import Limits
from libs.common.web.catalogue import Catalogue
from services.projects.assembly import MESSAGES, build_ledger
from services.projects.exchange.jobs import ImportWorker
from services.projects.exchange.wording import Words
from tests.integration.projects.conftest import MORNING, Office
from tests.integration.projects.openapi_world import World
from tests.support.document_requests import Document
from tests.support.neighbours import County, Findings, Neighbours, differences

OWN = {"county": "421221", "town": "421221101", "credit_code": "91350100M00020000F", "mark": "B"}
# A moment after everything was made, so that what is told does not depend on when it is asked.
LATER = MORNING + timedelta(days=7)
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


class Bridge(httpx.BaseTransport):
    """The application for a synchronous client in another thread."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._app, self._loop = app, loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._send(request), self._loop).result()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app)) as client:
            given = dict(request.headers)
            answer = await client.request(request.method, str(request.url), content=request.read(), headers=given)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


async def fill(office: Office, **county: str) -> County:
    """One of each, as the fuzzing has it."""
    loop = asyncio.get_running_loop()
    office.clock.set(MORNING)

    async def run_imports() -> None:
        words, limits = Words(Catalogue(MESSAGES)), Limits()
        worker = ImportWorker(
            office.database, office.clock, new_id, ledger=build_ledger(), words=words, limits=limits
        )
        await worker.run_queued()

    def wait_for_imports() -> None:
        asyncio.run_coroutine_threadsafe(run_imports(), loop).result()

    def make() -> World:
        headers = {"Authorization": f"Bearer {office.tokens['admin']}"}
        with httpx.Client(
            transport=Bridge(office.app, loop), base_url="http://projects.test", headers=headers
        ) as http:
            return World(http, office.clock, run_imports=wait_for_imports, **county).fill()

    world = await asyncio.to_thread(make)
    office.clock.set(LATER)
    return County(world.county, world.names, world.references)


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
