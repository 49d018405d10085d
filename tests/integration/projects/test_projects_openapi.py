"""Requests made from the service's own OpenAPI document: whatever is sent, no answer is a server error.

The requests are the same in every run. Where a path names something, half of them name something that exists, so
that they reach the rules behind the lookup.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from services.projects.bootstrap import build_app
from tests.integration.projects.conftest import ADMIN_PASSWORD, MORNING, REGIONS, TODAY, prepare, settings_for
from tests.support.ports import reserve_ports

_EXAMPLES = 12


@dataclass
class Known:
    """A running service, its administrator, and what a path may name."""

    url: str
    headers: dict[str, str]
    names: dict[str, list[str]]


class _Server:
    """The service on a port, in a thread with an event loop of its own."""

    def __init__(self, dsn: str, port: int) -> None:
        self._dsn, self._port = dsn, port
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        options = settings_for(self._dsn)
        database = Database(options.dsn)
        app = build_app(options, database, ManualClock(MORNING))
        self._server = uvicorn.Server(uvicorn.Config(app, port=self._port, log_config=None))
        await self._server.serve()
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
    with server as url, httpx.Client(base_url=url) as http:
        answer = http.post("/v1/tokens", json={"username": "admin", "password": ADMIN_PASSWORD})
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield Known(url, dict(http.headers), _fill(http))


def _fill(http: httpx.Client) -> dict[str, list[str]]:
    def made(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = http.request(method, path, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    for code, name in REGIONS.items():
        made("PUT", f"/v1/regions/{code}", {"name": name})
    projects = []
    for code in ("P-1", "P-2"):
        body = {"code": code, "name": f"project {code}", "kind": "new_build", "region_code": "421224101"}
        projects.append(made("POST", "/v1/projects", body)["id"])
    signed = {
        "stage": "signed",
        "on": str(TODAY),
        "contract_amount_yuan": 140_000_000,
        "investor": "investor (demo)",
        "channel": "return_home",
        "planned_start_on": str(TODAY),
    }
    made("POST", f"/v1/projects/{projects[1]}/stage-changes", signed)
    return {"project_id": projects, "code": list(REGIONS), **_fill_gate(made, projects[1])}


def _fill_gate(
    made: Callable[[str, str, dict[str, Any]], dict[str, Any]], project_id: str
) -> dict[str, list[str]]:
    """A matter with a case, and a review with an expert."""
    unit = made("PUT", "/v1/units/U-1", {"name": "unit", "region_code": "421224"})["unit_id"]
    matter = {
        "code": "filing",
        "name": "filing",
        "authority_level": "county",
        "statutory_days": 20,
        "promised_days": 5,
        "unit_id": unit,
        "valid_from": "2000-01-01",
    }
    made("PUT", "/v1/approval-matters", matter)
    case = made("POST", "/v1/approval-cases", {"matter_code": "filing", "project_id": project_id})
    review = made("POST", "/v1/gate-reviews", {"project_id": project_id, "review": "energy"})
    person = {"name": "A", "organisation": "B", "expertise": "C", "has_conflict": False}
    panel = made("POST", f"/v1/gate-reviews/{review['id']}/experts", person)["experts"]
    return {"case_id": [case["id"]], "review_id": [review["id"]], "expert_id": [panel[0]["id"]]}


def test_no_answer_is_a_server_error_when_requests_follow_the_document(known: Known) -> None:
    schema = schemathesis.openapi.from_url(f"{known.url}/openapi.json")
    failures: list[str] = []
    found = list(schema.get_all_operations())
    assert len(found) > 40
    for result in found:
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
        max_examples=_EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), choice=st.integers(0, 7))
    def probe(case: Any, choice: int) -> None:
        for name, values in known.names.items():
            if case.path_parameters and name in case.path_parameters and choice < 4:
                case.path_parameters[name] = values[choice % len(values)]
        answer = case.call(headers=known.headers)
        if answer.status_code >= 500:
            failures.append(f"{operation.label}: {answer.status_code} {case.as_curl_command()}")

    probe()
    return failures[:3]
