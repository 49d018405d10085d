from collections.abc import AsyncIterator

import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from prometheus_client import REGISTRY

from libs.common.web.dependencies import ContextDep
from libs.common.web.routes import TransactionalRoute, public, unaudited
from tests.support.web import build_app, client

router = APIRouter(prefix="/v1", route_class=TransactionalRoute)


@router.get("/things/{thing_id}")
async def get_thing(ctx: ContextDep, thing_id: int) -> dict[str, int]:
    return {"id": thing_id}


@router.get("/kept")
async def get_kept(ctx: ContextDep) -> Response:
    return Response(b"{}", headers={"Cache-Control": "no-store"})


@router.get("/stream")
async def stream(ctx: ContextDep) -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        yield b"one\n"
        yield b"two\n"

    return StreamingResponse(lines(), media_type="text/plain")


@router.post("/bodies")
@router.post("/bodies/large")
@router.post("/bodies/one")
@router.post("/bodies/one/below")
@unaudited
async def post_body(ctx: ContextDep, request: Request) -> dict[str, int]:
    return {"bytes": len(await request.body())}


@router.post("/gateways/{gateway_id}/reports/{key}")
@public
@unaudited
async def report(ctx: ContextDep, gateway_id: int, key: str) -> None:
    if gateway_id == 8:
        raise RuntimeError
    if gateway_id == 9:
        raise ConnectionRefusedError


@router.post("/names/{name}")
@unaudited
async def post_name(ctx: ContextDep, name: str) -> None:
    return None


@pytest.fixture
def app() -> FastAPI:
    return build_app(
        [router], default_body_limit=10, body_limits={"/v1/bodies/large": 100, "POST /v1/bodies/one": 50}
    )


def _count(route: str, status: str) -> float:
    labels = {"method": "GET", "route": route, "status": status}
    return REGISTRY.get_sample_value("duban_http_request_seconds_count", labels) or 0.0


def test_two_applications_share_the_routes_of_a_router(app: FastAPI) -> None:
    # Made once, when they are declared: making them again for each application took longer than a request.
    other = build_app([router])
    assert router.routes
    assert all(any(route is one for one in each.routes) for each in (app, other) for route in router.routes)


async def test_answer_carries_id_and_security_headers_when_nothing_is_asked_for(app: FastAPI) -> None:
    async with client(app) as http:
        answer = await http.get("/v1/things/1")

    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "strict-transport-security" not in answer.headers


async def test_browser_is_told_to_stay_with_tls_when_it_came_by_it(app: FastAPI) -> None:
    async with client(app) as http:
        answers = [await http.get(f"https://test/v1/{path}") for path in ("things/1", "nothing")]

    assert {answer.headers["strict-transport-security"] for answer in answers} == {"max-age=31536000"}


async def test_endpoint_decides_when_it_sets_a_header_itself(app: FastAPI) -> None:
    async with client(app) as http:
        answer = await http.get("/v1/kept")

    assert answer.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize(("given", "is_kept"), [("trace-7.A_b", True), ("x" * 65, False), ("a b", False)])
async def test_request_id_is_the_callers_when_it_is_harmless(app: FastAPI, given: str, is_kept: bool) -> None:
    async with client(app) as http:
        answer = await http.get("/v1/things/1", headers={"X-Request-Id": given})

    assert (answer.headers["x-request-id"] == given) is is_kept


async def test_latency_is_counted_by_template_when_paths_hold_ids(app: FastAPI) -> None:
    before = _count("/v1/things/{thing_id}", "200"), _count("unmatched", "404")
    async with client(app) as http:
        for path in ("/v1/things/1", "/v1/things/2", "/v1/none"):
            await http.get(path)

    assert _count("/v1/things/{thing_id}", "200") == before[0] + 2
    assert _count("unmatched", "404") == before[1] + 1


async def test_request_is_logged_when_it_writes(app: FastAPI) -> None:
    with structlog.testing.capture_logs() as logs:
        async with client(app) as http:
            await http.post("/v1/bodies", content=b"x")

    (line,) = [line for line in logs if line["event"] == "http_request"]
    assert (line["route"], line["status"], line["log_level"]) == ("/v1/bodies", 200, "info")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/v1/gateways/7/reports/hunter2", "/v1/gateways/7/reports/…"),
        ("/v1/gateways/7/reports/hunter%202", "/v1/gateways/7/reports/…"),
        ("/v1/gateways/8/reports/hunter2", "/v1/gateways/8/reports/…"),
        ("/v1/gateways/9/reports/hunter2", "/v1/gateways/9/reports/…"),
        ("/v1/names/hunter2", "/v1/names/hunter2"),
    ],
)
async def test_credential_in_an_address_is_not_logged(app: FastAPI, path: str, shown: str) -> None:
    with structlog.testing.capture_logs() as logs:
        async with client(app) as http:
            await http.post(path)

    assert "http_request" in {line["event"] for line in logs}
    assert {line["path"] for line in logs if "path" in line} == {shown}


async def test_stream_passes_when_an_ordinary_route_returns_one(app: FastAPI) -> None:
    async with client(app) as http:
        answer = await http.get("/v1/stream")

    assert answer.text == "one\ntwo\n"


async def _chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"12345"


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/v1/bodies", 10, 200),
        ("/v1/bodies", 15, 413),
        ("/v1/bodies/large", 100, 200),
        ("/v1/bodies/large", 105, 413),
        ("/v1/bodies/one", 50, 200),
        ("/v1/bodies/one", 55, 413),
        ("/v1/bodies/one/below", 15, 413),
    ],
)
@pytest.mark.parametrize("is_chunked", [True, False])
async def test_body_is_limited_when_its_path_says_so(
    app: FastAPI, path: str, length: int, status: int, is_chunked: bool
) -> None:
    content = _chunks(length // 5) if is_chunked else b"x" * length
    async with client(app) as http:
        answer: httpx.Response = await http.post(path, content=content)

    assert answer.status_code == status
    if status == 413:
        assert answer.json()["code"] == "request.too_large"
        assert answer.json()["detail"].split()[-2] in {"10", "100", "50"}


async def test_length_is_refused_before_reading_when_it_is_announced(app: FastAPI) -> None:
    sent = []

    async def never_ending() -> AsyncIterator[bytes]:
        while True:
            sent.append(1)
            assert len(sent) < 3
            yield b"12345"

    async with client(app) as http:
        answer = await http.post("/v1/bodies", content=never_ending(), headers={"Content-Length": "99"})

    assert answer.status_code == 413
