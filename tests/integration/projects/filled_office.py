"""An office in which one of each exists, and what paths and bodies name of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from libs.common.ids import new_id
from libs.common.sheets.model import Limits
from libs.common.web.catalogue import Catalogue
from services.projects.assembly import MESSAGES, build_ledger
from services.projects.exchange.jobs import ImportWorker
from services.projects.exchange.wording import Words
from tests.integration.projects.conftest import MORNING, Office
from tests.integration.projects.openapi_world import World
from tests.support.neighbours import County

# A moment after everything was made, so that what is told does not depend on when it is asked.
LATER = MORNING + timedelta(days=7)


class Bridge(httpx.BaseTransport):
    """The application for a synchronous client in another thread."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = httpx.ASGITransport(app), loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._send(request), self._loop).result()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        given = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        answer = await self._transport.handle_async_request(given)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


async def fill(office: Office, **county: Any) -> County:
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
    # What still waited would else happen while the neighbour is filled.
    await run_imports()
    office.clock.set(LATER)
    return County(world.county, world.names, world.references)
