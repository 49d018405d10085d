"""The proxy of deploy/proxy: its numbers beside the services', and requests through a real nginx."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from libs.common.settings import GENEROUS_RATE, CommonSettings
from libs.common.web.serving import bind, serve
from services.alerts.api import BODY_LIMITS
from services.console.api import _BODY_LIMIT
from services.energy.settings import EnergySettings
from services.projects.settings import ProjectsSettings
from tests.support.deployment import CONTAINERS, ROOT
from tests.support.nginx import FOLDER, MAINS, NAMES, SERVICES, nginx, prepared, running, written
from tests.support.ports import reserve_ports

TEXT = (FOLDER / "duban.conf").read_text(encoding="utf-8")


def server_of(service: str) -> str:
    """The server block that passes on to the service."""
    (block,) = (part for part in TEXT.split("\nserver {") if f"proxy_pass $duban_{service};" in part)
    return block


def test_proxy_takes_as_much_as_the_service_behind_it() -> None:
    largest = {
        "console": _BODY_LIMIT,
        "projects": max(
            ProjectsSettings.model_fields[name].default for name in ("import_max_bytes", "document_max_bytes")
        ),
        "energy": EnergySettings.model_fields["max_body_bytes"].default,
        "alerts": max(BODY_LIMITS.values()),
    }
    for service in SERVICES:
        (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", server_of(service))
        assert int(megabytes) * 2**20 == largest[service], service
    (rate,) = re.findall(r"rate=(\d+)r/s", TEXT)
    (burst,) = re.findall(r"burst=(\d+) nodelay", TEXT)
    assert (int(rate), int(burst)) == (GENEROUS_RATE, CommonSettings.model_fields["request_rate_burst"].default)


def test_proxy_passes_on_what_the_chart_lets_in() -> None:
    ingress = (ROOT / "deploy/helm/duban/templates/ingress.yaml").read_text(encoding="utf-8")
    for service in SERVICES[1:]:
        (listed,) = re.findall(rf'"{service}" \(list ([^)]*)\)', ingress)
        (named,) = re.findall(r"location ~ \^/\(([^)]*)\)/\|\^/openapi\\\.json\$", server_of(service))
        assert {*(f"/{name}" for name in named.replace("\\", "").split("|")), "/openapi.json"} == set(
            re.findall(r'"([^"]+)"', listed)
        )


def test_each_way_of_deploying_leads_to_the_right_processes() -> None:
    found = {
        main: dict(
            re.findall(r'map "" \$duban_(\w+) { default http://([^;]+); }', (FOLDER / main).read_text("utf-8"))
        )
        for main in MAINS
    }
    names = {"console": "console", "projects": "projects", "energy": "energy-api", "alerts": "alerts-api"}
    assert found["compose.conf"] == {service: f"{name}:8000" for service, name in names.items()}
    assert set(names.values()) <= set(CONTAINERS)
    units = ROOT / "deploy/systemd/units"
    for service, name in names.items():
        unit = (units / f"duban-{name}.service").read_text(encoding="utf-8")
        (port,) = re.findall(r"DUBAN_HTTP_PORT=(\d+)", unit)
        assert found["systemd.conf"][service] == f"127.0.0.1:{port}"


def test_container_of_the_proxy_is_believed_by_those_behind_it_and_by_its_address() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    address = CONTAINERS["proxy"]["networks"]["duban"]["ipv4_address"]
    assert address in CONTAINERS["projects"]["environment"]["DUBAN_TRUSTED_PROXIES"].split(",")
    assert address in CONTAINERS["console"]["environment"]["DUBAN_TRUSTED_PROXIES"]
    # Nobody else gets it by chance.
    (network,) = compose["networks"]["duban"]["ipam"]["config"]
    assert network["ip_range"] == "172.31.77.128/25"
    assert int(address.rpartition(".")[2]) < 128


@pytest.mark.parametrize("main", MAINS)
async def test_nginx_itself_finds_no_fault_with_the_configuration(tmp_path: Path, main: str) -> None:
    program = nginx()
    prepared(tmp_path)
    path, _, _ = written(tmp_path, main, {})
    checking = await asyncio.create_subprocess_exec(
        *(program, "-t", "-p", str(tmp_path), "-c", str(path)), stderr=asyncio.subprocess.PIPE
    )
    _, told = await checking.communicate()
    assert checking.returncode == 0, told.decode()
    assert b"test is successful" in told


async def _told(request: Request) -> JSONResponse:
    """What has arrived, as it arrived."""
    body = await request.body()
    return JSONResponse({"path": request.url.path, "headers": dict(request.headers), "size": len(body)})


async def _ticks(_request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"data: first\n\n"
        # The second never comes while somebody listens: only what is passed on at once is seen.
        await asyncio.sleep(60)
        yield b"data: second\n\n"

    return StreamingResponse(parts(), media_type="text/event-stream")


@pytest.fixture
async def behind() -> AsyncIterator[int]:
    """Somebody who tells what reached him, in the services' place."""
    stream = [Route(path, _ticks) for path in ("/v1/alerts/stream", "/api/alerts/v1/alerts/stream")]
    everything = Route("/{path:path}", _told, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    app = Starlette(routes=[*stream, everything])
    app.state.stopping = asyncio.Event()
    listener = bind("127.0.0.1", 0)
    serving = asyncio.create_task(serve(app, "127.0.0.1", 0, listener=listener))
    yield listener.getsockname()[1]
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_requests_pass_with_what_is_true_of_them_and_nothing_else_does(tmp_path: Path, behind: int) -> None:
    async with running(tmp_path, dict.fromkeys(SERVICES, behind)) as proxy:
        forged = {
            "X-Forwarded-For": "10.1.2.3",
            "X-Forwarded-Proto": "ftp",
            "X-Forwarded-Host": "elsewhere",
            "Forwarded": "for=10.1.2.3",
            "X-Real-IP": "10.1.2.3",
            "Client-Cert": f":{'A' * 40}:",
            "Authorization": "Bearer a.b.c",
        }
        for name in NAMES:
            async with proxy.client(name) as http:
                answer = await http.post("/v1/x%2Fy?a=%20b", headers=forged, content=b"12345")
                assert answer.status_code == 200, answer.text
                told = answer.json()
                arrived = told["headers"]
                assert (arrived["host"], arrived["x-forwarded-for"]) == (name, "127.0.0.1")
                assert (arrived["x-forwarded-proto"], arrived["authorization"]) == ("https", "Bearer a.b.c")
                assert not {"x-forwarded-host", "forwarded", "x-real-ip", "client-cert"} & arrived.keys()
                assert told["size"] == 5
                assert answer.headers["strict-transport-security"] == "max-age=31536000"
                assert "/" not in answer.headers.get("server", "")
                for inside in ("/metrics", "/readyz", "/healthz"):
                    assert (await http.get(inside)).status_code == 404
        async with proxy.client("projects.duban.test") as http:
            assert (await http.get("/anything")).status_code == 404
        status, told = await proxy.announced("projects.duban.test", "/v1/imports", 100 * 2**20 + 1)
        assert status == 413
        for part in ('"code":"request.too_large"', "application/problem+json", "max-age=31536000"):
            assert part in told
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{proxy.plain}") as http:
            moved = await http.get("/v1/x?y=1", headers={"Host": "duban.test"})
            assert (moved.status_code, moved.headers["location"]) == (308, "https://duban.test/v1/x?y=1")
            assert (await http.post("/v1/tokens", content=b"{}")).status_code == 403


async def test_service_that_is_down_is_told_as_a_problem(tmp_path: Path) -> None:
    async with running(tmp_path, dict.fromkeys(SERVICES, reserve_ports(1))) as proxy, proxy.client() as http:
        answer = await http.get("/v1/x")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_caller_that_asks_too_often_is_told_so_in_the_services_words(tmp_path: Path, behind: int) -> None:
    async with running(tmp_path, dict.fromkeys(SERVICES, behind), slow=True) as proxy, proxy.client() as http:
        answers = [await http.get("/v1/x") for _ in range(8)]
    # A burst of five beside the first; a second each until there is another.
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
    assert answers[-1].json()["code"] == "rate_limited"
    assert answers[-1].headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "path"),
    [("alerts.duban.test", "/v1/alerts/stream"), ("duban.test", "/api/alerts/v1/alerts/stream")],
)
async def test_events_of_a_stream_come_as_they_are_sent(tmp_path: Path, behind: int, name: str, path: str) -> None:
    async with (
        running(tmp_path, dict.fromkeys(SERVICES, behind)) as proxy,
        proxy.client(name) as http,
        asyncio.timeout(15),
        http.stream("GET", path) as answer,
    ):
        assert await anext(answer.aiter_text()) == "data: first\n\n"


async def test_old_tls_is_refused(tmp_path: Path, behind: int) -> None:
    async with running(tmp_path, dict.fromkeys(SERVICES, behind)) as proxy:

        async def spoken(version: ssl.TLSVersion) -> str | None:
            context = ssl.create_default_context(cafile=str(proxy.authority.path))
            # The client would go as low as that by itself no more.
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            _, writer = await asyncio.open_connection("127.0.0.1", proxy.secure, ssl=context)
            try:
                found: str | None = writer.get_extra_info("ssl_object").version()
                return found
            finally:
                writer.close()

        assert await spoken(ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
        assert await spoken(ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
        with pytest.warns(DeprecationWarning, match="TLSv1_1"), pytest.raises((ssl.SSLError, ConnectionError)):
            await spoken(ssl.TLSVersion.TLSv1_1)
