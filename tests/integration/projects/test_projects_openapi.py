"""Requests made from the service's own OpenAPI document: whatever is sent, no answer is a server error.

The requests are the same in every run. Half of them name things that exist, in the path and in the body, so that
they reach the rules behind the lookup.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from libs.common.clock import ManualClock
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.sheets.model import Limits
from libs.common.web.catalogue import Catalogue
from services.projects.assembly import MESSAGES, build_ledger
from services.projects.bootstrap import build_app
from services.projects.exchange.jobs import ImportWorker
from services.projects.exchange.wording import Words
from tests.integration.projects.conftest import ADMIN_PASSWORD, MORNING, prepare, settings_for
from tests.integration.projects.openapi_world import World
from tests.support.ports import reserve_ports

# What only reads has fewer rules behind it.
_EXAMPLES = {"GET": 4}
_EXAMPLES_OF_WRITES = 6
# Each part is a test, so that they may run side by side.
_PARTS = 2


@dataclass
class Known:
    """A running service, its administrator, and what exists in it."""

    url: str
    headers: dict[str, str]
    world: World

    def refer(self, case: Any, choice: int) -> None:
        """Let the path name something that exists, and the fields of the body too."""
        segments = case.operation.path.split("/")
        for collection, segment in pairwise(segments):
            values = self.world.names.get((collection, segment.strip("{}")))
            if segment.startswith("{") and values:
                case.path_parameters[segment.strip("{}")] = values[choice % len(values)]
        if isinstance(case.body, dict):
            known = self.world.references
            case.body |= {name: known[name] for name in case.body.keys() & known.keys()}


class _Server:
    """The service on a port, in a thread with an event loop of its own."""

    def __init__(self, dsn: str, port: int) -> None:
        self._dsn, self._port = dsn, port
        self.clock = ManualClock(MORNING)
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        options = settings_for(self._dsn, webhook_allowed_hosts=("127.0.0.1",))
        database = Database(options.dsn)
        app = build_app(options, database, self.clock)
        self._server = uvicorn.Server(uvicorn.Config(app, port=self._port, log_config=None))
        await self._server.serve()
        await database.close()

    def run_imports(self) -> None:
        """Carry out the imports that wait, as the worker's process does."""
        asyncio.run(self._run_imports())

    async def _run_imports(self) -> None:
        database = Database(self._dsn)
        words, limits = Words(Catalogue(MESSAGES)), Limits()
        worker = ImportWorker(database, self.clock, new_id, ledger=build_ledger(), words=words, limits=limits)
        await worker.run_queued()
        await database.close()

    def __enter__(self) -> str:
        self._thread.start()
        deadline = time.monotonic() + 30
        while self._server is None or not self._server.started:
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.02)
        return f"http://127.0.0.1:{self._port}"

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.should_exit = True
        self._thread.join(30)


@pytest.fixture
def known(template_database: Callable[..., str]) -> Iterator[Known]:
    server = _Server(template_database("projects", prepare), reserve_ports(1))
    with server as url, httpx.Client(base_url=url, timeout=60) as http:
        answer = http.post("/v1/tokens", json={"username": "admin", "password": ADMIN_PASSWORD})
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield Known(url, dict(http.headers), World(http, server.clock, run_imports=server.run_imports).fill())


@pytest.mark.parametrize("part", range(_PARTS))
def test_no_answer_is_a_server_error_when_requests_follow_the_document(known: Known, part: int) -> None:
    schema = schemathesis.openapi.from_url(f"{known.url}/openapi.json", timeout=60)
    failures: list[str] = []
    found = list(schema.get_all_operations())
    assert len(found) > 40
    for result in found[part::_PARTS]:
        assert isinstance(result, Ok), result
        operation = result.ok()
        # A sign-out would void the token that all other requests carry.
        if operation.path.startswith(("/v1/tokens", "/v1/accounts", "/v1/sign-out")):
            continue
        failures += _server_errors(operation, known)
    assert failures == []


def _server_errors(operation: Any, known: Known) -> list[str]:
    failures: list[str] = []

    @settings(
        max_examples=_EXAMPLES.get(operation.method.upper(), _EXAMPLES_OF_WRITES),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), choice=st.integers(0, 7))
    def probe(case: Any, choice: int) -> None:
        if choice < 4:
            known.refer(case, choice)
        answer = case.call(headers=known.headers)
        if answer.status_code >= 500:
            failures.append(f"{operation.label}: {answer.status_code} {case.as_curl_command()}")

    probe()
    return failures[:3]
