"""The console with the projects service alone, in this process: what a journey at the door needs."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.local.console import build_console
from libs.common.clock import ManualClock
from libs.common.database import Database
from libs.common.security.issuer import issuer_client
from libs.common.web.serving import bind, serve
from services.console.api import build_api
from services.console.bootstrap import relying_party
from services.console.files import Site
from services.console.passing import open_client
from services.console.settings import ConsoleSettings
from services.projects.bootstrap import build_app
from tests.integration.projects.conftest import ADMIN_PASSWORD, MORNING, settings_for
from tests.support.stack import wait_for
from tests.support.vendors import Reply, Request, running
from tests.support.world import ok


@dataclass
class House:
    """Where the console and the service listen; ``vendor`` is a server of the test's own beside them."""

    projects: str
    console: str
    vendor: str = ""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def admin(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.projects, timeout=120) as http:
            proof = {"username": "admin", "password": ADMIN_PASSWORD}
            http.headers["Authorization"] = f"Bearer {ok(http.post('/v1/tokens', json=proof))['access_token']}"
            yield http


@contextmanager
def running_house(
    dsn: str, *, issuer: str | None = None, answer: Callable[[Request], Reply] | None = None
) -> Iterator[House]:
    """With the site's own issuer where one is named, and a server of a platform where an ``answer`` is given."""
    built = build_console()
    listeners = bind("127.0.0.1", 0), bind("127.0.0.1", 0)
    projects, console = (_address(listener) for listener in listeners)
    house, failure = House(projects, console), list[BaseException]()
    loop = asyncio.new_event_loop()

    async def work() -> None:
        async with AsyncExitStack() as stack:
            if answer is not None:
                house.vendor = (await stack.enter_async_context(running(answer))).url
            settings = settings_for(
                dsn, oidc_issuer=issuer, projects_url=projects, webhook_allowed_hosts=("127.0.0.1",)
            )
            database = Database(settings.dsn)
            stack.push_async_callback(database.close)
            clock = ManualClock(MORNING)
            http = await stack.enter_async_context(issuer_client())
            known = ConsoleSettings(console_files=built, oidc_issuer=issuer)
            addresses = {"projects": projects, "energy": projects, "alerts": projects}
            party = relying_party(known, http)
            door = build_api(Site(built), open_client(60), addresses, clock, party=party, oidc_scope="openid")
            serving = [
                asyncio.create_task(serve(app, "127.0.0.1", 0, listener=listener))
                for app, listener in zip((build_app(settings, database, clock), door), listeners, strict=True)
            ]
            await house._stopping.wait()
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)

    def run() -> None:
        try:
            loop.run_until_complete(work())
        except BaseException as error:
            failure.append(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="small-house", daemon=True)
    thread.start()
    try:
        wait_for(lambda: failure or all(map(_answers, (projects, console))), 180, "both answer")
        assert not failure, failure
        yield house
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(house._stopping.set)
        thread.join(timeout=120)


def _answers(address: str) -> bool:
    return httpx.get(f"{address}/healthz", timeout=30).is_success


def _address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def open_account(house: House, username: str, password: str, **grants: Any) -> dict[str, Any]:
    """An account, by the administrator."""
    with house.admin() as http:
        made: dict[str, Any] = ok(
            http.post("/v1/accounts", json={"username": username, "password": password, **grants})
        )
        return made
