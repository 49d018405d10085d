"""The way to a service, over sockets: what is passed on, what is not, what is told when nobody answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from libs.common.clock import SystemClock
from libs.common.web.serving import bind, serve
from services.console.api import build_api
from services.console.files import Site
from services.console.passing import open_client

Handler = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def upstream(handler: Handler) -> AsyncIterator[str]:
    """A server that shows the bytes of a request's head to `handler`, which writes the answer's bytes."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await handler(await reader.readuntil(b"\r\n\r\n"), reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def console(directory: Path, address: str, silence_seconds: float = 60) -> AsyncIterator[httpx.AsyncClient]:
    (directory / "index.html").write_text("page", encoding="utf-8")
    listener = bind("127.0.0.1", 0)
    client = open_client(silence_seconds)
    app = build_api(Site(directory), client, dict.fromkeys(("projects", "alerts"), address), SystemClock())
    serving = asyncio.create_task(serve(app, "127.0.0.1", 0, listener=listener))
    try:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=base, timeout=120) as browser:
            for _ in range(1_000):
                with suppress(httpx.ConnectError):
                    await browser.get("/healthz")
                    break
                await asyncio.sleep(0.02)
            yield browser
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_request_and_answer_pass_with_what_is_theirs_alone(tmp_path: Path) -> None:
    heads: list[bytes] = []
    bodies: list[bytes] = []

    async def answer(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        bodies.append(await reader.readexactly(6))
        writer.write(
            b'HTTP/1.1 412 Precondition Failed\r\nETag: "8"\r\nSet-Cookie: a=b\r\nConnection: close, X-Own\r\n'
            b"X-Own: 1\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}"
        )
        await writer.drain()

    async with upstream(answer) as address, console(tmp_path, address) as browser:
        told = await browser.request(
            "PATCH",
            "/api/projects/v1/projects/%E5%BC%A0?filter%5Bname%5D%5Beq%5D=a%26b",
            content=b"body 1",
            headers={
                "Authorization": "Bearer t",
                "If-Match": '"7"',
                "Cookie": "c=1",
                "X-Forwarded-For": "203.0.113.9",
                "Client-Cert": ":AAAA:",
            },
        )
    assert told.status_code == 412
    assert told.headers["etag"] == '"8"'
    assert not {"set-cookie", "x-own"} & set(told.headers)
    head = heads[0].lower()
    assert head.startswith(b"patch /v1/projects/%e5%bc%a0?filter%5bname%5d%5beq%5d=a%26b http/1.1")
    assert b"authorization: bearer t" in head
    assert b'if-match: "7"' in head
    assert b"cookie" not in head
    assert b"203.0.113.9" not in head
    assert b"client-cert" not in head
    assert b"x-forwarded-for: 127.0.0.1" in head
    assert bodies == [b"body 1"]


async def test_events_arrive_one_by_one_and_the_service_hears_that_the_reader_left(tmp_path: Path) -> None:
    told, left = asyncio.Event(), asyncio.Event()

    async def answer(_head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nid: 1\n\n")
        await writer.drain()
        await told.wait()
        writer.write(b"id: 2\n\n")
        await writer.drain()
        await reader.read()
        left.set()

    async with upstream(answer) as address, console(tmp_path, address) as browser:
        async with browser.stream("GET", "/api/alerts/v1/alerts/stream") as stream:
            chunks = stream.aiter_raw()
            assert await anext(chunks) == b"id: 1\n\n"
            told.set()
            assert await anext(chunks) == b"id: 2\n\n"
        async with asyncio.timeout(60):
            await left.wait()


async def test_nobody_and_silence_are_told_apart_when_a_service_is_away(tmp_path: Path) -> None:
    async def silent(_head: bytes, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with upstream(silent) as address, console(tmp_path, address, silence_seconds=1) as browser:
        late = await browser.post("/api/projects/v1/tokens", json={})
        assert (late.status_code, late.json()["code"]) == (504, "console.service_silent")
    async with console(tmp_path, "http://127.0.0.1:9") as browser:
        away = await browser.get("/api/alerts/v1/alerts", headers={"Accept-Language": "en"})
        assert (away.status_code, away.json()["code"]) == (503, "console.service_unreachable")
        assert away.json()["detail"].startswith("The service alerts is not reachable")
        assert away.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    "path",
    ["/api/projects/metrics", "/api/projects/v1/%2e%2e/metrics", "/api/projects/v1/../metrics", "/api/x/v1/me"],
)
async def test_nothing_but_the_services_apis_is_reached(tmp_path: Path, path: str) -> None:
    heads: list[bytes] = []

    async def answer(head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with upstream(answer) as address, console(tmp_path, address) as browser:
        # Sent as it stands: a client would take the dots out before.
        reader, writer = await asyncio.open_connection(browser.base_url.host, browser.base_url.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: console\r\nConnection: close\r\n\r\n".encode())
        told = await reader.read()
        writer.close()
    assert told.startswith(b"HTTP/1.1 404 ")
    assert heads == []
