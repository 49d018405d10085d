import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from libs.common.web.probes import ReadinessCheck, create_probe_app
from tests.support.web import build_app, client


async def _passes() -> None:
    return None


async def _says_no() -> bool:
    return False


async def _raises() -> None:
    raise ConnectionError("password=hunter2")


async def _hangs() -> None:
    await asyncio.sleep(60)


@pytest.fixture
async def failing() -> AsyncIterator[httpx.AsyncClient]:
    checks = [
        ReadinessCheck("broker", _passes),
        ReadinessCheck("registry", _says_no),
        ReadinessCheck("mail", _raises),
        ReadinessCheck("lag", _hangs, timeout_seconds=0.01),
    ]
    async with client(create_probe_app(checks)) as http:
        yield http


async def test_readiness_names_what_failed_when_checks_fail(failing: httpx.AsyncClient) -> None:
    answer = await failing.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "checks": {"broker": "ok", "registry": "failed", "mail": "failed: ConnectionError", "lag": "timed out"},
    }


async def test_process_is_alive_when_it_is_not_ready(failing: httpx.AsyncClient) -> None:
    answer = await failing.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readiness_is_given_when_all_checks_pass() -> None:
    async with client(create_probe_app([ReadinessCheck("broker", _passes)])) as http:
        answer = await http.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (200, {"broker": "ok"})


async def test_readiness_ends_when_the_process_stops() -> None:
    app = create_probe_app()
    app.state.stopping.set()
    async with client(app) as http:
        answer = await http.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (503, "stopping")


async def test_checks_run_once_when_many_ask_at_once() -> None:
    runs = []

    async def count() -> None:
        runs.append(1)

    async with client(create_probe_app([ReadinessCheck("x", count)])) as http:
        await asyncio.gather(*(http.get("/readyz") for _ in range(10)))

    assert len(runs) == 1


async def test_metrics_are_open_when_no_credential_is_sent() -> None:
    async with client(build_app([]), caller=None) as http:
        answer = await http.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "duban_http_requests_in_progress" in answer.text
